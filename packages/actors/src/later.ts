/** Answers that are given later: what `replyLater()` makes. Erlang: `{noreply, State}` and `gen_server:reply/2`. */
import { brand } from "./brand.ts"
import type { Cell } from "./cell.ts"
import { Refusal } from "./errors.ts"
import { extrasOf } from "./extras.ts"
import type { Request } from "./request.ts"

declare const answers: unique symbol

/**
 * The right to answer a call later, from any process. A method that returns it answers nothing yet. The first answer counts; a second one
 * is a counted late reply.
 */
export class Later<T = unknown> {
  /** Only the compiler knows it. */
  declare readonly [answers]?: T
  /** @internal Null of a cast. */
  readonly "~request": Request | null

  /** @internal With null, of a cast: nobody waits. */
  constructor(request: Request | null) {
    this["~request"] = request
  }

  /** Whether somebody still waits for it. */
  get open(): boolean {
    return this["~request"]?.open === true
  }

  /** Answers. */
  reply(value: T): void {
    this.done()?.answer(value)
  }

  /** Fails the call, as `refuse()` would. */
  refuse(error: unknown): void {
    this.done()?.refused(error instanceof Refusal ? error : new Refusal(error))
  }

  private done(): Request | null {
    const request = this["~request"]
    if (request !== null) request.target.extras?.answers?.delete(request)
    return request
  }
}

brand(Later, "Later")

/** The call will be answered later, or fail when its callee ends; so nobody hangs on it meanwhile. Nothing happens if nobody waits any more. */
export function putOff(cell: Cell, request: Request): void {
  if (!request.open) return
  request.freeCaller()
  const extras = extrasOf(cell)
  ;(extras.answers ??= new Set()).add(request)
}

/** Stackless calls: routines whose frames the scheduler keeps on the tasklet's own heap stack. */
import { type Body, checkBody, type Outcome, type StarredBody } from "./body.ts"
import { RETURNED } from "./drive.ts"
import { misuse, Operation, type OperationKind, STARTED } from "./operation.ts"
import { finished, realm, SUSPEND, type Suspend } from "./realm.ts"
import type { RunLoop } from "./run-loop.ts"
import { CALLING, RUNNING } from "./state.ts"

/** @internal Its first argument stands in the object itself: in a deep recursion, one array per level would be a third more memory. */
export class Call<T> extends Operation<T> {
  declare readonly body: Body
  declare readonly first: unknown
  /** All arguments, unless there is exactly one. */
  declare readonly args: readonly unknown[] | null

  constructor(body: Body, first: unknown, args: readonly unknown[] | null) {
    super()
    this.body = body
    this.first = first
    this.args = args
  }

  get kind(): OperationKind {
    return STARTED
  }

  next(value?: unknown): IteratorResult<Suspend, T> {
    const tasklet = realm.current
    if (tasklet === null || tasklet.state !== RUNNING) return misuse(this)
    if (tasklet.op === RETURNED) {
      tasklet.op = null
      return finished(value as T)
    }
    tasklet.op = this
    tasklet.state = CALLING
    return SUSPEND
  }

  /** Calls the body; the driver makes a frame of what it returns. */
  invoke(): unknown {
    const { args, body } = this
    return args === null ? body(this.first) : body(...args)
  }

  unpark(): void {}

  describe(): string {
    return `call(${this.body.name})`
  }
}

/** @internal A call that belongs to a scheduler: of a channel, a lock, a pool. */
export class OwnedCall<T> extends Call<T> {
  declare private readonly scheduler: RunLoop | null

  constructor(scheduler: RunLoop | null, body: Body, args: readonly unknown[]) {
    super(body, undefined, args)
    this.scheduler = scheduler
  }

  override get owner(): RunLoop | null {
    return this.scheduler
  }
}

/**
 * Calls a routine on the tasklet's own heap stack: recursion a million levels deep works, and a resume costs the same at any
 * depth, where native `yield* routine()` costs more with every level and meets the C stack after some thousand. A call costs
 * about twice a native one. Errors and kills unwind through the frames in order.
 *
 * @example
 * ```ts
 * import { call, run, type Routine, tasklet } from "@vivarium/core"
 *
 * function* depth(levels: number): Routine<number> {
 *   return levels === 0 ? 0 : 1 + (yield* call(depth, levels - 1))
 * }
 * tasklet(function* () {
 *   console.log(yield* call(depth, 100_000))
 * })
 * run()
 * // prints: 100000
 * ```
 */
export function call<A extends readonly unknown[], R>(body: StarredBody<A, R>, ...args: A): Operation<Outcome<R>>
export function call(body: Body, first?: unknown, ...rest: readonly unknown[]): Operation<unknown> {
  checkBody(body)
  if (arguments.length === 2) return new Call(body, first, null)
  return new Call(body, undefined, arguments.length < 2 ? rest : [first, ...rest])
}

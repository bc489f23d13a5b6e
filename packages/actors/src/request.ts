/**
 * Requests: one performance of a call, from its sending to its answer. An answer goes straight to who waits for it, never through a mailbox.
 *
 * Invariants:
 * 1. It is settled once: `waiter` is null from then on, and whatever comes later is a counted late reply.
 * 2. While it is open and not answered later, an edge leads from its caller to its target.
 */
import type { Tasklet } from "@vivarium/core"
import { wake, wakeWithError } from "@vivarium/core/lowlevel"
import type { Cell } from "./cell.ts"
import type { Deadlines, Reading } from "./deadlines.ts"
import { Envelope, type LostBecause } from "./envelope.ts"
import { CallError, Refusal } from "./errors.ts"
import { ExitReason } from "./exit-reason.ts"
import { withdraw } from "./mailbox.ts"
import { describeReason } from "./describe.ts"
import type { Answer } from "./answer.ts"
import { type Edge, removeEdge } from "./waits-for.ts"

export class Request extends Envelope implements Edge {
  declare target: Cell
  /** The tasklet that waits for the answer, or the slot of one that is collected later. */
  declare waiter: Tasklet | Answer<unknown> | null
  declare nextEdge: Edge | null
  declare previousEdge: Edge | null
  /** Where its time runs, if it is limited. */
  declare deadlines: Deadlines | null
  declare reading: Reading | null
  declare dueAfter: Request | null
  declare dueBefore: Request | null
  declare timeoutMs: number

  constructor(kind: number, sender: Cell | null, method: string, payload: unknown, target: Cell, waiter: Tasklet | Answer<unknown>) {
    super(kind, sender, method, payload)
    this.target = target
    this.waiter = waiter
    this.nextEdge = null
    this.previousEdge = null
    this.deadlines = null
    this.reading = null
    this.dueAfter = null
    this.dueBefore = null
    this.timeoutMs = Infinity
  }

  get open(): boolean {
    return this.waiter !== null
  }

  /** Gives the answer. */
  answer(value: unknown): void {
    const waiter = this.close()
    if (waiter === null) this.target.world.counters.lateReplies++
    else if ("settle" in waiter) waiter.settle(value, false)
    else wake(waiter, value)
  }

  /** Fails the call. */
  fail(error: unknown): void {
    const waiter = this.close()
    if (waiter === null) return
    if ("settle" in waiter) waiter.settle(error, true)
    else wakeWithError(waiter, error)
  }

  /** The callee has ended. */
  ended(reason: ExitReason): void {
    if (this.open) this.fail(callFailed("exit", this, reason))
  }

  /** Its method threw `refuse()`. */
  refused(refusal: Refusal): void {
    const { error } = refusal
    const callee = this.target.ref.toString()
    const message = `${callee} refused ${this.method}(): ${describeReason(ExitReason.error(error))}`
    this.fail(new CallError("refused", callee, this.method, ExitReason.error(error), message, { cause: error }))
  }

  /** Its time is up. */
  expire(): void {
    this.leave()
    this.fail(callFailed("timeout", this, ExitReason.timeout))
  }

  /** Nobody waits for it any more: it is taken back if it is still unread. */
  withdraw(): void {
    void this.close()
    this.leave()
  }

  /** @internal The error of one that was given up. */
  abandoned(): CallError {
    return new CallError("abandoned", this.target.ref.toString(), this.method, ExitReason.custom("abandoned"), `${this.method}() was abandoned, so it has no answer.`)
  }

  /** It will be answered later: the callee goes on meanwhile, so nobody hangs on it. */
  freeCaller(): void {
    if (this.sender !== null) removeEdge(this.sender, this)
    if (this.waiter !== null && "freed" in this.waiter) this.waiter.freed()
  }

  /** A dropped call fails at once; that of a dead callee fails with its reason. */
  override lost(cell: Cell, why: LostBecause): void {
    if (why === "unread" || why === "dead") this.fail(callFailed("unread", this, cell.reason))
    else this.fail(callFailed("dropped", this, ExitReason.custom("dropped")))
  }

  private close(): Tasklet | Answer<unknown> | null {
    const { deadlines, sender, waiter } = this
    this.waiter = null
    if (sender !== null) removeEdge(sender, this)
    if (deadlines !== null) deadlines.remove(this)
    return waiter
  }

  /** Takes it back if it is still unread. */
  leave(): void {
    this.target.extras?.answers?.delete(this)
    if (this.list !== null) withdraw(this.target, this)
  }
}

/** The error of a call. */
export function callFailed(code: string, request: Request, reason: ExitReason): CallError {
  const callee = request.target.ref.toString()
  return callError(code, callee, request.method, reason, request.timeoutMs)
}

export function callError(code: string, callee: string, method: string, reason: ExitReason, timeoutMs = 0, why = ""): CallError {
  const texts: Record<string, string> = {
    exit: `${callee} ended during ${method}(): ${describeReason(reason)}.`,
    unread: `${callee} ended before it came to ${method}(): ${describeReason(reason)}.`,
    noproc: `${callee} does not run, so nobody can answer ${method}()${why === "" ? "" : `: ${why}`}.`,
    timeout: `${callee} did not answer ${method}() within ${timeoutMs} ms; the call is withdrawn if it was unread. Allow more with ref.with({ timeoutMs }), or look at what it is busy with.`,
    dropped: `${callee} dropped ${method}(): its mailbox is full, and its policy drops. Choose another policy, or a larger capacity.`,
    calling_self: `${callee} called its own ${method}(), and can only answer when it is done. Inside, call the method itself: this.${method}().`,
  }
  const cause = reason.kind === "error" ? { cause: reason.error } : {}
  return new CallError(code === "unread" ? "exit" : code, callee, method, reason, texts[code] ?? code, cause)
}

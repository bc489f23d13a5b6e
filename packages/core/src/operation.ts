/**
 * Operations: descriptions of a wait, and their own iterators.
 *
 * Invariants:
 * 1. An operation never changes. What a wait must remember lives in the tasklet (`tasklet.op`, `tasklet.value`).
 * 2. `next()` is called by `yield*` twice: first to perform, then, if that suspended, to hand over what the wake brought.
 *    It tells the two apart by `tasklet.op === this`.
 * 3. `tasklet.op` is not null exactly while an operation of the tasklet is pending or woken and not yet resumed.
 */
import { MisuseError, NotInTaskletError } from "./errors.ts"
import { inspect } from "./inspect.ts"
import { currentScheduler, realm, SUSPEND, type Suspend } from "./realm.ts"
import type { RunLoop } from "./run-loop.ts"
import { BLOCKED, CALLBACK, MARKED, READY } from "./state.ts"
import type { Tasklet } from "./tasklet.ts"

/** @internal Taken whole or not at all; can be a parked case of a select. */
export const OFFER = 1
/** @internal Begins when performed; runs in a tasklet of its own when it is a case. */
export const STARTED = 2
/** @internal A select, race or time-out: flattened into its cases. */
export const CHOICE = 3
/** @internal */
export type OperationKind = typeof OFFER | typeof STARTED | typeof CHOICE

/**
 * Something that can be waited for: the only way to wait in Vivarium.
 *
 * An operation is a description. Building it does nothing; `yield*` performs it inside a tasklet, `await` performs it in
 * ordinary async code, and it can be performed again, by anyone. It can be stored, passed about, raced, timed out and be a
 * case of `select`. Every `then` performs it again. The idea is Concurrent ML's first-class event.
 *
 * @example
 * ```ts
 * import { channel, type Operation, run, tasklet, timeout } from "@vivarium/core"
 *
 * const flower = channel<string>()
 * const patiently: Operation<string> = timeout(1000, flower.receive())
 * tasklet(function* () {
 *   console.log(yield* patiently)
 *   console.log(yield* patiently)
 * })
 * tasklet(function* () {
 *   yield* flower.sendAll(["first", "second"])
 * })
 * run()
 * // prints: first
 * // prints: second
 * ```
 */
export abstract class Operation<T> implements PromiseLike<T> {
  /** @internal */
  abstract get kind(): OperationKind

  /** @internal Performs, or hands over what the wake brought. */
  abstract next(value?: unknown): IteratorResult<Suspend, T>

  /** @internal Takes the wait of a blocked tasklet (or of a case node) out of wherever it stands. O(1). */
  abstract unpark(node: unknown): void

  /** What it waits for, in a few words, as reports show it. */
  abstract describe(): string

  /** @internal Who must act before it passes, each of them, as far as that is known: for reports of deadlocks. */
  get awaited(): readonly Tasklet[] {
    return []
  }

  /** @internal Tells the tools, before it is taken without waiting. */
  announceTry(): void {}

  /** Gives back what a wake has brought to a tasklet that will never take it: see the parking protocol of `Offer`. Does nothing by default. */
  undo(_outcome: unknown, _failed: boolean): void {}

  /** @internal The value of the operation, made of what a wake has brought. */
  outcome(brought: unknown): T {
    return brought as T
  }

  /** The scheduler that this operation belongs to, or null if any will do: its own tasklets perform it, also for `await`. */
  get owner(): RunLoop | null {
    return null
  }

  /** @internal Called by `yield*` when the tasklet is thrown into: the error goes on to the user's code. */
  throw(error: unknown): never {
    throw error
  }

  /** Makes `yield* operation` perform it. */
  [Symbol.iterator](): Iterator<Suspend, T, unknown> {
    return this as unknown as Iterator<Suspend, T, unknown>
  }

  /** Makes `await operation` perform it, on a hidden tasklet of the operation's scheduler. Performs again at every call. */
  then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return (this.owner ?? currentScheduler()).performOutside(this).then(onFulfilled, onRejected)
  }

  /** @internal */
  [inspect](): string {
    return `Operation (${this.describe()})`
  }

  static [Symbol.hasInstance](value: unknown): boolean {
    if (Function.prototype[Symbol.hasInstance].call(this, value)) return true
    return this === (Operation as unknown) && isOperation(value)
  }
}

/** @internal Recognises operations of any copy of this package. */
export function isOperation(value: unknown): value is Operation<unknown> {
  return typeof value === "object" && value !== null && "unpark" in value && "kind" in value && "describe" in value
}

/**
 * @internal What `next()` does when the current tasklet is not plainly running: explains, or lets a killed tasklet end.
 * A first wait that a second one has met is taken back, so that the tasklet can go on with the error.
 */
export function misuse(operation: Operation<unknown>): IteratorYieldResult<Suspend> {
  const tasklet = realm.current
  if (tasklet === null) throw new NotInTaskletError(operation.describe())
  if (tasklet.state === CALLBACK || realm.callbacks > 0) throw inCallback(operation.describe())
  if (tasklet.state === MARKED) return SUSPEND
  takeBackWait(tasklet)
  throw drivenByHand(operation.describe())
}

/** @internal Takes back what a tasklet that is executing has performed by hand. */
export function takeBackWait(tasklet: Tasklet): void {
  const operation = tasklet.op
  if (tasklet.state === BLOCKED) (operation as Operation<unknown>).unpark(tasklet)
  else if (tasklet.state === READY) tasklet.scheduler.queue.remove(tasklet)
  tasklet.value = undefined
  tasklet.resumeRunning()
}

/** @internal */
export function inCallback(what: string): MisuseError {
  return new MisuseError(
    "in_callback",
    `${what} was performed inside a callback (an executor, a hook, an iterator), where nobody can wait.\n` +
      "  right: start a tasklet there, or resolve() and wait outside",
  )
}

/** @internal */
export function drivenByHand(what: string): MisuseError {
  return new MisuseError(
    "driven_by_hand",
    `the tasklet already waits when it comes to ${what}: an operation or a routine was driven by hand. The first wait has been taken back.\n` +
      "  wrong: for (const value of channel.receive()) …      [...routine()]      routine().next()\n" +
      "  right: const value = yield* channel.receive()        yield* routine()",
  )
}

/** @internal */
export function wrongScheduler(what: string): MisuseError {
  return new MisuseError(
    "wrong_scheduler",
    `${what} belongs to another scheduler than the tasklet that performs it. Make both with the same scheduler, or hand values over through plain calls such as trySend().`,
  )
}

/** Deferred values: set once, waited for by many. */
import { type SignalOption, withSignal } from "./abort.ts"
import { wakeAll, wakeWithError } from "./offer.ts"
import type { Operation } from "./operation.ts"
import { QueuedOffer } from "./queued-offer.ts"
import { currentScheduler } from "./realm.ts"
import type { RunLoop } from "./run-loop.ts"
import { WaitQueue } from "./wait-queue.ts"

type State<T> = { readonly kind: "value"; readonly value: T } | { readonly kind: "error"; readonly error: unknown } | null

class WaitForValue<T> extends QueuedOffer<T> {
  private readonly deferred: Deferred<T>

  constructor(deferred: Deferred<T>, waiting: WaitQueue) {
    super(waiting, deferred.scheduler)
    this.deferred = deferred
  }

  ready(): boolean {
    return this.deferred.settled
  }

  take(): T {
    return this.deferred.take()
  }

  describe(): string {
    return "a deferred value"
  }
}

/**
 * A value that will be set once. Everybody who waits, before or after, gets it; an error is raised as the original object.
 *
 * @example
 * ```ts
 * import { Deferred, run, tasklet } from "@vivarium/core"
 *
 * const queen = new Deferred<string>()
 * tasklet(function* () {
 *   console.log(yield* queen.wait())
 * })
 * run()
 * queen.resolve("born")
 * run()
 * // prints: born
 * ```
 */
export class Deferred<T = void> {
  /** @internal */
  readonly scheduler: RunLoop
  private readonly waiting = new WaitQueue()
  private readonly waitingFor: Operation<T>
  private state: State<T> = null

  /** The scheduler is the current tasklet's, or the default one, unless given. */
  constructor(scheduler: RunLoop = currentScheduler()) {
    this.scheduler = scheduler
    this.waitingFor = new WaitForValue<T>(this, this.waiting)
    scheduler.made?.(this)
  }

  /** Whether it has been resolved or rejected. */
  get settled(): boolean {
    return this.state !== null
  }

  /** Waits for the value. */
  wait(options?: SignalOption): Operation<T> {
    return options === undefined ? this.waitingFor : withSignal(this.waitingFor, options)
  }

  /** Sets the value; says whether it was the first. Waiters are appended in the order in which they came. */
  resolve(value: T): boolean {
    if (this.state !== null) return false
    this.state = { kind: "value", value }
    wakeAll(this.waiting, value)
    return true
  }

  /** Sets an error; says whether it was the first. */
  reject(error: unknown): boolean {
    if (this.state !== null) return false
    this.state = { kind: "error", error }
    for (let node = this.waiting.shift(); node !== null; node = this.waiting.shift()) wakeWithError(node, error)
    return true
  }

  /** Whether it is settled, and how many wait. */
  statistics(): { readonly settled: boolean; readonly waiting: number } {
    return { settled: this.settled, waiting: this.waiting.countTasklets() }
  }

  /** @internal */
  take(): T {
    const state = this.state as NonNullable<State<T>>
    if (state.kind === "error") throw state.error
    return state.value
  }
}

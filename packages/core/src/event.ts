/** Events: a flag that many can wait for. */
import { type SignalOption, withSignal } from "./abort.ts"
import { wakeAll } from "./offer.ts"
import type { Operation } from "./operation.ts"
import { QueuedOffer } from "./queued-offer.ts"
import { currentScheduler } from "./realm.ts"
import type { RunLoop } from "./run-loop.ts"
import { WaitQueue } from "./wait-queue.ts"

class WaitForEvent extends QueuedOffer<void> {
  private readonly event: Event

  constructor(event: Event, waiting: WaitQueue) {
    super(waiting, event.scheduler)
    this.event = event
  }

  ready(): boolean {
    return this.event.isSet
  }

  take(): void {}

  describe(): string {
    return "an event"
  }
}

/**
 * A flag: `wait()` passes while it is set. Setting it wakes all waiters in the order in which they came. Of the family of
 * Trio's and Python's Event, and of Go's closed channel as a broadcast.
 *
 * @example
 * ```ts
 * import { Event, run, tasklet } from "@vivarium/core"
 *
 * const spring = new Event()
 * for (const bee of ["Maya", "Willy"]) {
 *   tasklet(function* () {
 *     yield* spring.wait()
 *     console.log(`${bee} wakes`)
 *   })
 * }
 * run()
 * spring.set()
 * run()
 * // prints: Maya wakes
 * // prints: Willy wakes
 * ```
 */
export class Event {
  /** @internal */
  readonly scheduler: RunLoop
  private readonly waiting = new WaitQueue()
  private readonly waitingFor: Operation<void>
  private flag = false

  /** The scheduler is the current tasklet's, or the default one, unless given. */
  constructor(scheduler: RunLoop = currentScheduler()) {
    this.scheduler = scheduler
    this.waitingFor = new WaitForEvent(this, this.waiting)
    scheduler.made?.(this)
  }

  /** Whether it is set. */
  get isSet(): boolean {
    return this.flag
  }

  /** Waits until it is set; passes at once if it is. */
  wait(options?: SignalOption): Operation<void> {
    return options === undefined ? this.waitingFor : withSignal(this.waitingFor, options)
  }

  /** Sets the flag; all waiters are appended. Setting it twice is fine. */
  set(): void {
    this.flag = true
    wakeAll(this.waiting, undefined)
  }

  /** Clears the flag. */
  clear(): void {
    this.flag = false
  }

  /** Whether it is set, and how many wait. */
  statistics(): { readonly isSet: boolean; readonly waiting: number } {
    return { isSet: this.flag, waiting: this.waiting.countTasklets() }
  }
}

/** Events: a flag that many can wait for. */
import { type SignalOption, withSignal } from "./abort.ts"
import { Offer, wake } from "./offer.ts"
import type { Operation } from "./operation.ts"
import { currentScheduler } from "./realm.ts"
import type { RunLoop } from "./run-loop.ts"
import { WaitQueue, type WaitNode } from "./wait-queue.ts"

class WaitForEvent extends Offer<void> {
  private readonly event: Event
  private readonly waiting: WaitQueue

  constructor(event: Event, waiting: WaitQueue) {
    super()
    this.event = event
    this.waiting = waiting
  }

  override get owner(): RunLoop {
    return this.event.scheduler
  }

  ready(): boolean {
    return this.event.isSet
  }

  take(): void {}

  park(node: WaitNode): void {
    this.waiting.push(node)
  }

  unpark(node: WaitNode): void {
    this.waiting.remove(node)
  }

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
  private readonly waitingFor = new WaitForEvent(this, this.waiting)
  private flag = false

  /** The scheduler is the current tasklet's, or the default one, unless given. */
  constructor(scheduler: RunLoop = currentScheduler()) {
    this.scheduler = scheduler
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
    for (let node = this.waiting.shift(); node !== null; node = this.waiting.shift()) wake(node, undefined)
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

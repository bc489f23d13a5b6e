/**
 * A clock that keeps pace with the host's, and yet lets the same seed tell the same story.
 *
 * Invariants:
 * 1. Time stands while anything runs, and goes from one alarm to the next, however late the host is: what is due at 100 ms happens at 100 ms.
 * 2. No alarm comes earlier than on the host's clock.
 * 3. What a host has slept away is not made up for: time has stood still, too.
 *
 * It is for worlds in which something is due all the time, for in between `now()` does not change.
 */
import type { Clock } from "@vivarium/core/lowlevel"

/** By how much the host may be late. */
const LATEST_MS = 1_000

/** The clock of one scheduler. */
export class PacedClock implements Clock {
  #time = 0
  /** The host's time at our 0. */
  #origin = performance.now()
  #alarm: { readonly at: number; readonly handle: NodeJS.Timeout } | undefined

  now(): number {
    return this.#time
  }

  setAlarm(_owner: object, at: number, wake: () => void): void {
    if (this.#alarm?.at === at) return
    if (this.#alarm !== undefined) clearTimeout(this.#alarm.handle)
    this.#alarm = undefined
    if (at === Infinity) return
    const late = performance.now() - this.#origin - this.#time
    if (late > LATEST_MS) this.#origin += late
    const ring = (): void => {
      this.#alarm = undefined
      this.#time = at
      wake()
    }
    this.#alarm = { at, handle: setTimeout(ring, Math.max(0, this.#origin + at - performance.now())) }
  }
}

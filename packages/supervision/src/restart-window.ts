/**
 * The restart window: how many restarts there were within the last milliseconds, and whether one more is allowed.
 *
 * Invariants:
 * 1. It keeps the stamps of the last `maxRestarts + 1` restarts at most, so admitting one takes the same time after any history.
 * 2. Its memory grows with the restarts that there were, never beyond that bound; for `Infinity` it keeps none.
 */
export class RestartWindow {
  readonly maxRestarts: number
  readonly withinMs: number
  private readonly stamps: number[] = []
  /** Where the oldest stamp stands, once the ring is full. */
  private oldest = 0

  constructor(maxRestarts: number, withinMs: number) {
    this.maxRestarts = maxRestarts
    this.withinMs = withinMs
  }

  /** Notes a restart; says whether it is still allowed. */
  admit(now: number): boolean {
    const { maxRestarts, stamps, withinMs } = this
    if (maxRestarts === Infinity) return true
    if (stamps.length <= maxRestarts) {
      stamps.push(now)
      return stamps.length <= maxRestarts || now - (stamps[0] as number) > withinMs
    }
    stamps[this.oldest] = now
    this.oldest = (this.oldest + 1) % stamps.length
    return now - (stamps[this.oldest] as number) > withinMs
  }

  /** The same history under other limits; it cannot look further back than this one has kept. */
  under(maxRestarts: number, withinMs: number): RestartWindow {
    const { oldest, stamps } = this
    const window = new RestartWindow(maxRestarts, withinMs)
    for (let index = 0; index < stamps.length; index++) window.admit(stamps[(oldest + index) % stamps.length] as number)
    return window
  }

  /** How many restarts count at this time. The stamps are in order, so only a few of them are looked at, however many there are. */
  count(now: number): number {
    const { oldest, stamps, withinMs } = this
    let from = 0
    let to = stamps.length
    while (from < to) {
      const middle = (from + to) >>> 1
      if (now - (stamps[(oldest + middle) % stamps.length] as number) > withinMs) from = middle + 1
      else to = middle
    }
    return stamps.length - from
  }
}

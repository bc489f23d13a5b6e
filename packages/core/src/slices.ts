/**
 * The slice clock: how long slices take, without reading the time at every switch.
 *
 * The time is read after a window of switches that doubles up to 256 and falls back to 1 once a window took more than a
 * millisecond: a read costs as much as a switch. Budgets and slow-slice reports share it.
 */
import type { Clock } from "./clock.ts"
import type { SlowSlice } from "./instrument.ts"
import type { Tasklet } from "./tasklet.ts"

const LONGEST_WINDOW = 256

/** @internal */
export class SliceClock {
  private readonly clock: Clock
  private readonly slowSliceMs: number
  private readonly report: (slice: SlowSlice) => void
  /** True in debug mode or with a tool attached: then every slice is timed. */
  exact = false
  /** After how many switches the time is read. */
  window = 1
  private startedAt = 0

  constructor(clock: Clock, slowSliceMs: number, report: (slice: SlowSlice) => void) {
    this.clock = clock
    this.slowSliceMs = slowSliceMs
    this.report = report
  }

  /** Begins a run. */
  begin(): void {
    this.window = 1
    this.startedAt = this.clock.now()
  }

  /** Reads the time after a window, reports a slow one, and gives the time. */
  read(last: Tasklet, slices: number): number {
    const now = this.clock.now()
    const took = now - this.startedAt
    if (took > this.slowSliceMs) this.report({ tasklet: last, ms: took, slices })
    this.window = this.exact || took > 1 ? 1 : Math.min(LONGEST_WINDOW, this.window * 2)
    this.startedAt = now
    return now
  }
}

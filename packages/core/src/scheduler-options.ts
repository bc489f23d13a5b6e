/** The options of a scheduler, and what it counts. */
import type { Clock } from "./clock.ts"
import { checkOptions } from "./checks.ts"
import { InvalidArgumentError } from "./errors.ts"
import type { Limits } from "./limits.ts"
import type { Random } from "./random.ts"
import type { Report } from "./reports.ts"
import type { Tasklet } from "./tasklet.ts"
import type { OnUncaught } from "./uncaught.ts"

/**
 * What a choice is about: the next tasklet, a ready case of a select, due timers before (1) or after (0) ready tasklets, or, when one of
 * several timers that are due together has fired, the next of them at once (0) or after the ready tasklets (1).
 */
export type ChoiceKind = "tasklet" | "case" | "timers" | "due"

/** Makes a choice: an integer from 0 to `count` - 1. For `"tasklet"`, 0 is the first of the run queue. */
export type Pick = (kind: ChoiceKind, count: number) => number

/** Options of `new Scheduler()`. */
export interface SchedulerOptions {
  /** Where time comes from; by default the host's monotonic clock. */
  readonly clock?: Clock
  /** The seed, or the generator, of all chance; by default the seed 1. */
  readonly random?: number | Random
  /** Makes every choice instead of round-robin and chance: for exploration and replay. */
  readonly pick?: Pick
  /**
   * With `pick`: called before each choice of the next tasklet, with the one whose slice has just ended, if any. Nothing is current in it, so it may kill,
   * look, and move a virtual clock; what it raises ends the run. For exploration, which counts, checks and injects faults there.
   */
  readonly onSlice?: (ran: Tasklet | null) => void
  /** See Limits. */
  readonly limits?: Partial<Limits>
  /** Told of uncaught errors under the event loop; by default they are raised as unhandled rejections. */
  readonly onUncaught?: OnUncaught
  /** Told of slow slices and leaks; by default they are warned of on the console. */
  readonly onReport?: (report: Report) => void
  /** Lists all waiting tasklets, remembers where each was created, times every slice, and reports leaks. Slower. */
  readonly debug?: boolean
}

/** What a scheduler has counted so far. */
export interface SchedulerStatistics {
  /** Tasklets created. */
  readonly created: number
  /** Tasklets that have ended, in whatever way. */
  readonly ended: number
  /** Resumes. */
  readonly switches: number
  /** Tasklets in the run queue. */
  readonly runnable: number
  /** Tasklets that wait or are paused; collected ones included, unless debug mode or a tool keeps the list. */
  readonly blocked: number
  /** Timers that have not fired. */
  readonly timers: number
  /** Promises and actions that tasklets wait for. */
  readonly external: number
  /** Entries from outside that have not been taken in. */
  readonly ingress: number
  /** Values that were received for a tasklet which was killed before it could take them. */
  readonly droppedValues: number
  /** Rejections that came when nobody waited for them any more. */
  readonly lateRejections: number
  /** Slices longer than `limits.slowSliceMs`. */
  readonly slowSlices: number
  /** Tasklets collected while they waited; counted in debug mode. */
  readonly leaks: number
}

/** @internal */
export function checkSchedulerOptions(options: SchedulerOptions): void {
  checkOptions("options", options, ["clock", "random", "pick", "onSlice", "limits", "onUncaught", "onReport", "debug"], "new Scheduler({ random: 42 })")
  const { clock, onReport, onSlice, onUncaught, pick, random } = options
  if (clock !== undefined && (typeof clock?.now !== "function" || typeof clock.setAlarm !== "function")) {
    throw new InvalidArgumentError("clock", clock, "a Clock: an object with now() and setAlarm()", "HostClock and VirtualClock are in @vivarium/core/lowlevel.")
  }
  if (random !== undefined && typeof random !== "number" && typeof random?.next !== "function") {
    throw new InvalidArgumentError("random", random, "an integer seed or a Random")
  }
  for (const [name, value] of Object.entries({ onReport, onSlice, onUncaught, pick })) {
    if (value !== undefined && typeof value !== "function") throw new InvalidArgumentError(name, value, "a function")
  }
  if (onSlice !== undefined && pick === undefined) throw new InvalidArgumentError("onSlice", onSlice, "nothing without pick", "right: new Scheduler({ pick: () => 0, onSlice })")
}

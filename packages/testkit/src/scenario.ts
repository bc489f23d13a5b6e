/** What a scenario is, and what it is given. */
import type { Operation, Random, Routine, Scheduler, Tasklet } from "@vivarium/core"
import type { VirtualClock } from "@vivarium/core/lowlevel"
import type { System } from "@vivarium/actors"
import type { Check } from "./check.ts"
import type { Fault } from "./fault.ts"

/** A scenario: the body of a tasklet that builds what it tests and uses it. It is run once for each schedule, and must do the same each time. */
export type Scenario<T = unknown> = (world: World) => Routine<T> | Operation<T> | PromiseLike<T> | T

/** What a scenario is given: a world of its own, made afresh for each run. */
export interface World {
  /** On which all runs: `tasklet`, `channel` and the like mean it by themselves. */
  readonly scheduler: Scheduler
  /** A system of processes on it, made on first use, with a message budget of 1 so that every message is a choice. It is stopped at the end. */
  readonly system: System
  /** Time: it jumps to the next timer when nothing can run. */
  readonly clock: VirtualClock
  /** Chance, from the same seed in every run. */
  readonly random: Random
  /** Says what may go wrong, and asks whether it does. */
  readonly fault: Fault
  /** Says what must hold. */
  readonly check: Check
  /**
   * Names state that the current slice shares with others: a plain variable, a map. Once a scenario has named any, slices count as independent
   * unless they touch the same key or the same object of ours.
   */
  readonly touch: (key: unknown) => void
  /** The tasklet of the scenario itself. */
  readonly main: Tasklet
}

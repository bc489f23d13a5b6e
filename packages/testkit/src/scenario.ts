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
   * Names state that the running slice shares with others: a plain variable, a map. From the first call on, `exhaustive` takes it that all such state is named in each
   * slice that reads or writes it, and that two slices depend on each other only if they touch the same key or the same object of core (a channel, a lock, a tasklet, …), or both
   * create tasklets, set timers or ask for faults. All slices still depend on one another while a system of actors exists, a timer is due, or an invariant is judged after each slice:
   * that sees every state in between, so prefer `check(condition)` and `check.atEnd()` here. A string, number or `Symbol.for()` prunes best: objects are
   * told apart only once they have been touched before.
   */
  readonly touch: (key: unknown) => void
  /** The tasklet of the scenario itself. */
  readonly main: Tasklet
}

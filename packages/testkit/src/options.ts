/** The options of explorations, checked. */
import { InvalidArgumentError } from "@vivarium/core"
import { type CheckOptions, readChecks } from "./system-checks.ts"
import { checkCount, checkOptions, readFlag } from "@vivarium/core/lowlevel"
import { DelayBounded } from "./delay-bounded.ts"
import { Exhaustive } from "./exhaustive.ts"
import { MAX_SWITCHES, PCT_DEPTH, SCHEDULES, DELAY_BOUND, SHRINK_MS, SIMULATED_SWITCHES } from "./limits.ts"
import { Pct } from "./pct.ts"
import { RandomWalk } from "./random-walk.ts"
import { readReportSettings, REPORT_OPTIONS, type ReportOptions, type ReportSettings } from "./report-options.ts"
import type { RunSettings } from "./run.ts"
import type { Scenario } from "./scenario.ts"
import type { Strategy } from "./strategy.ts"

/** Which schedules are run: see the guide for which to choose. */
export type StrategyName = "random" | "pct" | "delayBounded" | "exhaustive"

/** How a scenario is run, whatever the schedule. */
export interface ScenarioOptions {
  /** A run with more switches than this fails as a livelock. Default 10,000, in `simulate()` 1,000,000,000. */
  readonly maxSwitches?: number
  /** Lets the scenario wait for promises: the host gets a turn before each choice. Slow. Default false: a promise is an error. */
  readonly promises?: boolean
  /** What happens when setTimeout, Date.now, Math.random and the like are called while it runs. Default `forbid`. */
  readonly globals?: "forbid" | "allow"
  /** What happens when tasklets, timers, processes or names are left at its end. Default `forbid`, in `simulate()` `allow`. */
  readonly leaks?: "forbid" | "allow"
  /**
   * False declares that slices share no variables, maps or other objects but those of the packages: then `exhaustive` runs only one of several schedules that differ
   * by the order of slices which have nothing to do with one another. `world.touch(key)` declares the same, but for what it names. Default true.
   */
  readonly shared?: boolean
  /**
   * Whether what the packages promise is checked on every system of the run: conservation and order of messages, monitors, links, names, restarts and so on. Default true, in `simulate()` false. A record
   * turns single ones off: `{ order: false }`.
   */
  readonly checks?: boolean | CheckOptions
  /** Milliseconds at which the clock begins, or a date. Default 0. */
  readonly startAt?: number | Date
}

/** Options of `explore()`. */
export interface ExploreOptions extends ScenarioOptions, ReportOptions {
  /** Default `random`. */
  readonly strategy?: StrategyName
  /** How many schedules are run at most. Default 10,000 for `random` and `pct`; the others end when they have run all. */
  readonly schedules?: number
  /** Of all chance in the strategy. Default 1. */
  readonly seed?: number
  /** How many delays a schedule of `delayBounded` may have. Default 2. */
  readonly bound?: number
  /** How many orderings a bug may need that `pct` looks for. Default 3. */
  readonly depth?: number
  /** How long a schedule that fails is shrunk, in milliseconds. Default 5,000; 0 leaves it as it was found. */
  readonly shrinkMs?: number
  /**
   * Whether a line on stderr shows how far it is, once it has taken a second; Ctrl-C then prints what has been found, and ends the process with code 130. Default: if stderr is a
   * terminal.
   */
  readonly progress?: boolean
}

/** Options of `replay()`. */
export interface ReplayOptions extends ScenarioOptions, ReportOptions {}

const SCENARIO_OPTIONS = ["maxSwitches", "promises", "globals", "leaks", "shared", "checks", "startAt"] as const
const EXPLORE_OPTIONS = [...SCENARIO_OPTIONS, "strategy", "schedules", "seed", "bound", "depth", "shrinkMs", "progress", ...REPORT_OPTIONS]

/** What an exploration does. */
export interface Plan {
  readonly settings: RunSettings
  readonly trapped: boolean
  readonly strategy: Strategy
  readonly schedules: number
  readonly shrinkMs: number
  readonly progress: boolean | undefined
  readonly report: ReportSettings
}

export function readScenario(scenario: unknown, what: string): Scenario {
  if (typeof scenario !== "function") throw new InvalidArgumentError("scenario", scenario, "a generator function", `right: ${what}(function* ({ system }) { … })`)
  return scenario as Scenario
}

/** Reads the options that all ways to run a scenario share. */
export function readSettings(scenario: Scenario, options: ScenarioOptions, free = false): { readonly settings: RunSettings; readonly trapped: boolean } {
  const { checks = !free, globals = "forbid", leaks = free ? "allow" : "forbid", shared = true, maxSwitches = free ? SIMULATED_SWITCHES : MAX_SWITCHES, promises, startAt = 0 } = options
  if (maxSwitches !== Infinity) checkCount("maxSwitches", maxSwitches, 1)
  readFlag("shared", shared)
  const begin = startAt instanceof Date ? startAt.getTime() : startAt
  if (typeof begin !== "number" || !Number.isFinite(begin) || begin < 0) throw new InvalidArgumentError("startAt", startAt, "milliseconds, 0 or more, or a Date", "right: { startAt: new Date(2030, 0, 1) }")
  const settings = { scenario, maxSwitches, promises: readFlag("promises", promises), free, leaks: oneOf("leaks", leaks, ["forbid", "allow"]), checks: readChecks(checks), startAt: begin }
  return { settings, trapped: oneOf("globals", globals, ["forbid", "allow"]) === "forbid" }
}

export function readPlan(scenario: unknown, options: ExploreOptions): Plan {
  checkOptions("options", options, EXPLORE_OPTIONS, 'explore(scenario, { strategy: "pct", schedules: 1000 })')
  const { bound = DELAY_BOUND, depth = PCT_DEPTH, progress, schedules, seed = 1, shrinkMs = SHRINK_MS, strategy = "random" } = options
  oneOf("strategy", strategy, ["random", "pct", "delayBounded", "exhaustive"])
  if (!Number.isSafeInteger(seed)) throw new InvalidArgumentError("seed", seed, "an integer")
  checkCount("bound", bound, 0)
  checkCount("depth", depth, 1)
  if (schedules !== undefined && schedules !== Infinity) checkCount("schedules", schedules, 1)
  checkCount("shrinkMs", shrinkMs, 0)
  const chance = strategy === "random" || strategy === "pct"
  return {
    ...readSettings(readScenario(scenario, "explore"), options),
    strategy: strategyOf(strategy, seed, bound, depth, options.shared ?? true),
    schedules: schedules ?? (chance ? SCHEDULES : Infinity),
    shrinkMs,
    progress: progress === undefined ? undefined : readFlag("progress", progress),
    report: readReportSettings(options),
  }
}

export function checkScenarioOptions(options: ScenarioOptions, example: string, more: readonly string[] = []): void {
  checkOptions("options", options, [...SCENARIO_OPTIONS, ...more], example)
}

function strategyOf(name: StrategyName, seed: number, bound: number, depth: number, shared: boolean): Strategy {
  switch (name) {
    case "random":
      return new RandomWalk(seed)
    case "pct":
      return new Pct(seed, depth)
    case "delayBounded":
      return new DelayBounded(bound)
    case "exhaustive":
      return new Exhaustive(shared)
  }
}

function oneOf<T extends string>(name: string, value: T, allowed: readonly T[]): T {
  if (!allowed.includes(value)) throw new InvalidArgumentError(name, value, `one of ${allowed.join(", ")}`)
  return value
}

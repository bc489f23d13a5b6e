/** Searching a scenario for a failure with each strategy, one after another. */
import type { Failure, FailureKind } from "../src/failure.ts"
import { Given } from "../src/given.ts"
import { host } from "../src/globals.ts"
import { type ExploreOptions, type Plan, readPlan } from "../src/options.ts"
import { Player, type Turn } from "../src/player.ts"
import type { Run } from "../src/run.ts"
import type { Scenario } from "../src/scenario.ts"

export type WayName = "random" | "pct" | "delays" | "exhaustive"

/** The strategies, each with the options of one exploration or of several that come after one another, and how many schedules each of these may run. */
const ways: readonly (readonly [name: WayName, explorations: readonly ExploreOptions[]])[] = [
  ["random", [{ strategy: "random", schedules: 10_000 }]],
  ["pct", [{ strategy: "pct", depth: 3, schedules: 10_000 }]],
  ["delays", [0, 1, 2].map((bound) => ({ strategy: "delayBounded", bound, schedules: 50_000 }))],
  ["exhaustive", [{ strategy: "exhaustive", schedules: 20_000 }]],
]

/** What has failed. */
export interface Finding {
  readonly kind: FailureKind
  readonly text: string
  /** With delays: how many were allowed when it was found. */
  readonly bound: number | undefined
}

/** What came of one strategy. */
export interface Searched {
  readonly way: WayName
  readonly finding: Finding | null
  /** How many schedules were run, the one that failed included. */
  readonly schedules: number
  readonly ms: number
}

/** A run with more switches than any of these scenarios needs goes nowhere. */
const MAX_SWITCHES = 2_000
/** One run in so many is made twice, and must be the same. */
const TWICE_EVERY = 1_000

/** Runs a scenario by all strategies, each until it fails, has no more schedules or has taken its time. */
export async function search(scenario: Scenario, limitMs: number): Promise<readonly Searched[]> {
  const all: Searched[] = []
  for (const [way, explorations] of ways) {
    const begin = host.now()
    let schedules = 0
    let finding: Finding | null = null
    for (const options of explorations) {
      if (finding !== null) break
      const plan = readPlan(scenario, { ...options, maxSwitches: MAX_SWITCHES })
      const player = new Player(plan.settings, plan.trapped)
      const found = await player.drive(searching(player, plan, begin + limitMs))
      schedules += found.schedules
      if (found.failure !== null) finding = { kind: found.failure.kind, text: found.failure.text, bound: options.bound }
    }
    all.push({ way, finding, schedules, ms: host.now() - begin })
  }
  return all
}

function* searching(player: Player, { schedules: most, strategy }: Plan, end: number): Generator<Turn, { readonly failure: Failure | null; readonly schedules: number }, undefined> {
  let schedules = 0
  try {
    while (schedules < most && host.now() < end && strategy.begin()) {
      const run = yield* player.play(strategy)
      strategy.ended(run)
      schedules++
      if (!run.pruned && (run.failure !== null || schedules % TWICE_EVERY === 1)) yield* checkAgain(player, run)
      if (run.failure !== null) return { failure: run.failure, schedules }
    }
  } finally {
    strategy.close?.()
  }
  return { failure: null, schedules }
}

function* checkAgain(player: Player, run: Run): Generator<Turn, void, undefined> {
  const again = yield* player.play(new Given(run.choices.indices))
  if (again.hash !== run.hash) throw new Error("the same schedule ran twice, and not in the same way: the scenario keeps something outside of itself")
}

/** Searching a scenario for a failure with each strategy, one after another. */
import { delaysOf } from "../src/choice.ts"
import type { FailureKind } from "../src/failure.ts"
import { Given } from "../src/given.ts"
import { host } from "../src/globals.ts"
import { type ExploreOptions, type Plan, readPlan } from "../src/options.ts"
import { Player, type Turn } from "../src/player.ts"
import type { Run } from "../src/run.ts"
import type { Scenario } from "../src/scenario.ts"

export type WayName = "random" | "pct" | "delays" | "exhaustive"

/** The strategies, and how many schedules each may run. */
const ways: readonly (readonly [name: WayName, options: ExploreOptions])[] = [
  ["random", { strategy: "random", schedules: 10_000 }],
  ["pct", { strategy: "pct", depth: 3, schedules: 10_000 }],
  ["delays", { strategy: "delayBounded", bound: 2, schedules: 50_000 }],
  ["exhaustive", { strategy: "exhaustive", schedules: 20_000 }],
]

/** What has failed. */
export interface Finding {
  readonly kind: FailureKind
  readonly text: string
  /** How many delays the schedule has: none in the shipped order. */
  readonly delays: number
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
  for (const [way, options] of ways) {
    const plan = readPlan(scenario, { ...options, maxSwitches: MAX_SWITCHES })
    const player = new Player(plan.settings, plan.trapped)
    all.push({ way, ...(await player.drive(searching(player, plan, limitMs))) })
  }
  return all
}

function* searching(player: Player, { schedules: most, strategy }: Plan, limitMs: number): Generator<Turn, Omit<Searched, "way">, undefined> {
  const begin = host.now()
  let schedules = 0
  let finding: Finding | null = null
  while (finding === null && schedules < most && host.now() - begin < limitMs && strategy.begin()) {
    const run = yield* player.play(strategy)
    strategy.ended(run)
    schedules++
    if (run.failure !== null) finding = { kind: run.failure.kind, text: run.failure.text, delays: delaysIn(run) }
    if (!run.pruned && (finding !== null || schedules % TWICE_EVERY === 1)) yield* checkAgain(player, run)
  }
  return { finding, schedules, ms: host.now() - begin }
}

function* checkAgain(player: Player, run: Run): Generator<Turn, void, undefined> {
  const again = yield* player.play(new Given(run.choices.indices))
  if (again.hash !== run.hash) throw new Error("the same schedule ran twice, and not in the same way: the scenario keeps something outside of itself")
}

function delaysIn({ choices }: Run): number {
  let delays = 0
  for (let at = 0; at < choices.length; at++) {
    const { index, kind } = choices.at(at)
    delays += delaysOf(kind, index)
  }
  return delays
}

/** What each level runs of every scenario. */
import type { ExploreOptions } from "@vivarium/testkit"
import type { NamedScenario } from "./named-scenario.ts"

/** The tests run `quick`, the check before a change lands `full`, and who has the time `long`. */
export type LevelName = "quick" | "full" | "long"

export interface Level {
  /** The explorations of each scenario. */
  readonly explorations: readonly ExploreOptions[]
  /** How many schedules there are at least, of all scenarios together. */
  readonly atLeast: number
}

export const levels: Readonly<Record<LevelName, Level>> = {
  quick: { explorations: [{ strategy: "delayBounded", bound: 1 }, { strategy: "random", schedules: 50 }], atLeast: 0 },
  full: { explorations: [{ strategy: "delayBounded", bound: 2 }, { strategy: "pct", depth: 3, schedules: 2_000 }], atLeast: 1_000_000 },
  long: { explorations: [{ strategy: "delayBounded", bound: 3 }, { strategy: "pct", depth: 3, schedules: 200_000 }], atLeast: 0 },
}

/** What an exploration is run with: the level says which schedules, the scenario how each is run. */
export function optionsFor({ options }: NamedScenario, exploration: ExploreOptions): ExploreOptions {
  return { ...options, ...exploration }
}

/** What is known of a scenario once a level has been run. */
export interface Size {
  readonly label: string
  readonly promises: boolean
  readonly schedules: number
  readonly switches: number
}

/**
 * Where a level falls short of its number of schedules, the rest is shared out evenly: the half of the scenarios with the fewest
 * switches a schedule gets as many more schedules of PCT, by another seed. Those that wait for promises are left out: they are slow.
 */
export function topUp({ atLeast }: Level, sizes: readonly Size[]): { readonly labels: readonly string[]; readonly exploration: ExploreOptions } | undefined {
  const missing = atLeast - sizes.reduce((sum, { schedules }) => sum + schedules, 0)
  const fast = sizes.filter(({ promises }) => !promises)
  if (missing <= 0 || fast.length === 0) return undefined
  const length = ({ schedules, switches }: Size): number => switches / schedules
  const small = fast.toSorted((a, b) => length(a) - length(b)).slice(0, Math.ceil(fast.length / 2))
  return { labels: small.map(({ label }) => label), exploration: { strategy: "pct", depth: 3, seed: 2, schedules: Math.ceil(missing / small.length) } }
}

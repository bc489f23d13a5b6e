/** What the processes of `pnpm explore` tell each other. */
import type { ExplorationResult, ExploreOptions } from "@vivarium/testkit"

/** One exploration of one scenario. */
export interface Job {
  readonly label: string
  readonly exploration: ExploreOptions
}

/** What came of it. */
export interface Outcome {
  readonly job: Job
  readonly ms: number
  /** Undefined if it failed. */
  readonly result?: ExplorationResult
  /** The report of what it failed with. */
  readonly report?: string
}

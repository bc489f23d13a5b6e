/** Exploring: the entry for users. */
import { Exploration, type ExplorationResult } from "./exploration.ts"
import { type ExploreOptions, readPlan } from "./options.ts"
import type { Scenario } from "./scenario.ts"

/**
 * Runs a scenario under many schedules, each in a world of its own on virtual time. Resolves with what was run; rejects with ExplorationError when one fails: with a check that
 * broke, an error that nobody caught, a deadlock, a livelock, or something left at the end. Rejects with ScenarioError when the scenario does what cannot be controlled.
 *
 * @example
 * ```ts
 * import { schedule, tasklet } from "@vivarium/core"
 * import { explore, ExplorationError } from "@vivarium/testkit"
 *
 * let failure: unknown
 * await explore(function* ({ check }) {
 *   let honey = 0
 *   function* bee() {
 *     const before = honey
 *     yield* schedule() // somebody else may run here
 *     honey = before + 1
 *   }
 *   const bees = [tasklet(bee), tasklet(bee)]
 *   for (const one of bees) yield* one
 *   check("both bees count", honey === 2)
 * }).catch((error: ExplorationError) => {
 *   failure = error.failure
 * })
 * console.log(failure)
 * // prints: check failed: both bees count
 * ```
 */
export async function explore(scenario: Scenario, options: ExploreOptions = {}): Promise<ExplorationResult> {
  return new Exploration(readPlan(scenario, options)).explore()
}

/** What the lists of scenarios hold. */
import type { Scenario, ScenarioOptions } from "@vivarium/testkit"

/** A scenario of ours, with a name that is its own in its area. */
export interface NamedScenario {
  readonly name: string
  readonly scenario: Scenario
  readonly options?: ScenarioOptions
}

/** The tests of an area: every scenario at the quick level. */
import { explore } from "@vivarium/testkit"
import { describe, expect, it } from "vitest"
import { levels, optionsFor } from "./levels.ts"
import type { NamedScenario } from "./named-scenario.ts"

export function describeScenarios(area: string, scenarios: readonly NamedScenario[]): void {
  describe(`${area}, in every order with one delay and in 50 random ones`, () => {
    it.each(scenarios.map((one) => [one.name, one] as const))("%s", async (_name, one) => {
      for (const exploration of levels.quick.explorations) {
        const { exhausted, schedules } = await explore(one.scenario, optionsFor(one, exploration))
        expect(exhausted || schedules === exploration.schedules).toBe(true)
      }
    })
  })
}

/**
 * A dynamic supervisor that was killed while it stopped its children left the timers of their `shutdownMs` behind: each kept the program alive until it was due.
 *
 * Found by delay bound 0. The mistake was in `Supervision.close`: what waited for each of them was taken back only if the wait came to its end.
 */
import { explore } from "@vivarium/testkit"
import { expect, it } from "vitest"
import { scenariosByLabel } from "../all.ts"
import type { NamedScenario } from "../named-scenario.ts"

it("a dynamic supervisor that is killed at any moment of its shutdown leaves no timers", async () => {
  const one = scenariosByLabel.get("supervision-dynamic: killed at any moment of its shutdown, it leaves neither children nor timers") as NamedScenario
  const { exhausted } = await explore(one.scenario, { ...one.options, strategy: "delayBounded", bound: 1 })
  expect(exhausted).toBe(true)
})

/**
 * When a delay was over while the system stopped, its child, or the next one of its group, was started all the same. That could not succeed, so each orderly end could print a start_error.
 *
 * Found by delay bound 1 with one fault. The mistake was in `Supervision.startGroup`, which did not ask whether the system stops; `restart` did.
 */
import { explore } from "@vivarium/testkit"
import { expect, it } from "vitest"
import { scenariosByLabel } from "../all.ts"
import type { NamedScenario } from "../named-scenario.ts"

it("in a system that stops nothing is tried any more whose delay is over", async () => {
  const one = scenariosByLabel.get("supervision-stops: rest_for_one: the system is stopped while a tree restarts, waits, and is asked for more") as NamedScenario
  const { exhausted } = await explore(one.scenario, { ...one.options, strategy: "delayBounded", bound: 1 })
  expect(exhausted).toBe(true)
})

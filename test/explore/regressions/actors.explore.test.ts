/** Mistakes of actors that exploration has found: each scenario is explored at the bound that it took, or more. */
import { explore } from "@vivarium/testkit"
import { expect, it } from "vitest"
import { scenariosByLabel } from "../all.ts"
import type { NamedScenario } from "../named-scenario.ts"

const MISTAKES: readonly (readonly [mistake: string, label: string, bound: number])[] = [
  [
    "GroupMonitor.demonitor() left news that stood in the line for room, behind something else of the same sender",
    "actors-mailboxes: a monitor of a group that was ended tells nothing, though news were waiting for room",
    1,
  ],
  [
    "what a killed receive gave back was put before all others, if what it had stood behind was gone by then",
    "actors-receive: receives that are killed leave in order what stood there before them",
    2,
  ],
  [
    "what a killed receive had taken out of the line for room was put before all that had come earlier",
    "actors-receive: a receive that is killed puts back what it took out of the line for room",
    1,
  ],
  ["a Down was lost if the wait for it by monitor.join() was killed when it was on its way", "actors-exits: a Down that is awaited is told once, also if the wait is killed", 2],
  ["a Down that was flushed came back when the receive that had it was killed", "actors-exits: a Down that is flushed while a receive has it does not come back", 2],
  ["a tick that was taken back by its key came back when the receive that had it was killed", "actors-timers: a tick that is taken back while a receive has it does not come back", 2],
  ["a tick for a name could not be taken back once its reader had given the name up", "actors-timers: ticks for a name find who holds it, and those taken back nobody", 1],
  ["news of a group came back, after its monitor was ended, when the receive that had them was killed", "actors-names: news of a group do not come back when their monitor is ended while a receive has them", 2],
]

it.each(MISTAKES)("%s", async (_mistake, label, bound) => {
  const { options, scenario } = scenariosByLabel.get(label) as NamedScenario
  const { exhausted } = await explore(scenario, { ...options, strategy: "delayBounded", bound })
  expect(exhausted).toBe(true)
})

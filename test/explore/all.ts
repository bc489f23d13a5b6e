/** All scenarios, by area. Each area has a test file of its name beside this one. */
import type { NamedScenario } from "./named-scenario.ts"
import { channelScenarios } from "./scenarios/core-channels.ts"
import { killScenarios } from "./scenarios/core-kill.ts"
import { selectScenarios } from "./scenarios/core-select.ts"

export const areas: Readonly<Record<string, readonly NamedScenario[]>> = {
  channels: channelScenarios,
  select: selectScenarios,
  kill: killScenarios,
}

/** By label: the area and the name. */
export const scenariosByLabel: ReadonlyMap<string, NamedScenario> = new Map(
  Object.entries(areas).flatMap(([area, scenarios]) => scenarios.map((one) => [`${area}: ${one.name}`, one] as const)),
)

/** All scenarios, by name. */
import type { Scenario } from "../src/scenario.ts"
import { channelScenarios } from "./scenarios-channels.ts"
import { lockScenarios } from "./scenarios-locks.ts"
import { taskletScenarios } from "./scenarios-tasklets.ts"

export const scenarios: Readonly<Record<string, Scenario>> = {
  ...channelScenarios,
  ...lockScenarios,
  ...taskletScenarios,
}

export function scenarioCalled(name: string): Scenario {
  const scenario = scenarios[name]
  if (scenario === undefined) throw new Error(`there is no scenario ${JSON.stringify(name)}`)
  return scenario
}

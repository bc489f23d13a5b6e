/** All scenarios, by name. */
import type { Scenario } from "../src/scenario.ts"
import { callScenarios } from "./scenarios-calls.ts"
import { channelScenarios } from "./scenarios-channels.ts"
import { endScenarios } from "./scenarios-ends.ts"
import { lockScenarios } from "./scenarios-locks.ts"
import { machineScenarios } from "./scenarios-machines.ts"
import { messageScenarios } from "./scenarios-messages.ts"
import { supervisionScenarios } from "./scenarios-supervision.ts"
import { taskletScenarios } from "./scenarios-tasklets.ts"
import { treeScenarios } from "./scenarios-trees.ts"

export const scenarios: Readonly<Record<string, Scenario>> = {
  ...channelScenarios,
  ...lockScenarios,
  ...taskletScenarios,
  ...messageScenarios,
  ...callScenarios,
  ...endScenarios,
  ...machineScenarios,
  ...supervisionScenarios,
  ...treeScenarios,
}

export function scenarioCalled(name: string): Scenario {
  const scenario = scenarios[name]
  if (scenario === undefined) throw new Error(`there is no scenario ${JSON.stringify(name)}`)
  return scenario
}

/** All scenarios, by area. Each area has a test file of its name beside this one. */
import type { NamedScenario } from "./named-scenario.ts"
import { callScenarios } from "./scenarios/actors-calls.ts"
import { exitScenarios } from "./scenarios/actors-exits.ts"
import { lifeScenarios } from "./scenarios/actors-lives.ts"
import { machineScenarios } from "./scenarios/actors-machines.ts"
import { mailboxScenarios } from "./scenarios/actors-mailboxes.ts"
import { nameScenarios } from "./scenarios/actors-names.ts"
import { receiveScenarios } from "./scenarios/actors-receive.ts"
import { taskScenarios } from "./scenarios/actors-tasks.ts"
import { actorTimerScenarios } from "./scenarios/actors-timers.ts"
import { waitScenarios } from "./scenarios/actors-waits.ts"
import { channelScenarios } from "./scenarios/core-channels.ts"
import { groupScenarios } from "./scenarios/core-groups.ts"
import { killScenarios } from "./scenarios/core-kill.ts"
import { primitiveScenarios } from "./scenarios/core-primitives.ts"
import { promiseScenarios } from "./scenarios/core-promises.ts"
import { selectScenarios } from "./scenarios/core-select.ts"
import { taskletScenarios } from "./scenarios/core-tasklets.ts"
import { timerScenarios } from "./scenarios/core-timers.ts"
import { connectionScenarios } from "./scenarios/net-connections.ts"
import { poolScenarios } from "./scenarios/net-pools.ts"
import { applicationScenarios } from "./scenarios/supervision-applications.ts"
import { backoffScenarios } from "./scenarios/supervision-backoff.ts"
import { dynamicScenarios } from "./scenarios/supervision-dynamic.ts"
import { faultScenarios } from "./scenarios/supervision-faults.ts"
import { restartScenarios } from "./scenarios/supervision-restarts.ts"
import { startFunctionScenarios } from "./scenarios/supervision-start-functions.ts"
import { startScenarios } from "./scenarios/supervision-starts.ts"
import { stopScenarios } from "./scenarios/supervision-stops.ts"
import { strategyScenarios } from "./scenarios/supervision-strategies.ts"
import { treeScenarios } from "./scenarios/supervision-trees.ts"
import { wishScenarios } from "./scenarios/supervision-wishes.ts"

export const areas: Readonly<Record<string, readonly NamedScenario[]>> = {
  channels: channelScenarios,
  select: selectScenarios,
  kill: killScenarios,
  timers: timerScenarios,
  groups: groupScenarios,
  primitives: primitiveScenarios,
  tasklets: taskletScenarios,
  promises: promiseScenarios,
  "actors-mailboxes": mailboxScenarios,
  "actors-calls": callScenarios,
  "actors-receive": receiveScenarios,
  "actors-exits": exitScenarios,
  "actors-names": nameScenarios,
  "actors-timers": actorTimerScenarios,
  "actors-machines": machineScenarios,
  "actors-tasks": taskScenarios,
  "actors-lives": lifeScenarios,
  "actors-waits": waitScenarios,
  "net-connections": connectionScenarios,
  "net-pools": poolScenarios,
  "supervision-strategies": strategyScenarios,
  "supervision-restarts": restartScenarios,
  "supervision-backoff": backoffScenarios,
  "supervision-starts": startScenarios,
  "supervision-start-functions": startFunctionScenarios,
  "supervision-stops": stopScenarios,
  "supervision-wishes": wishScenarios,
  "supervision-dynamic": dynamicScenarios,
  "supervision-trees": treeScenarios,
  "supervision-applications": applicationScenarios,
  "supervision-faults": faultScenarios,
}

/** By label: the area and the name. */
export const scenariosByLabel: ReadonlyMap<string, NamedScenario> = new Map(
  Object.entries(areas).flatMap(([area, scenarios]) => scenarios.map((one) => [`${area}: ${one.name}`, one] as const)),
)

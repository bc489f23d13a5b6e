/**
 * Finds the interleaving that breaks a program, shrinks it, and replays it.
 *
 * @module
 */
export type { Check, Invariant } from "./check.ts"
export { ReplayMismatchError, ScenarioError, type ScenarioErrorCode } from "./errors.ts"
export type { ExplorationResult } from "./exploration.ts"
export { ExplorationError } from "./exploration-error.ts"
export { explore } from "./explore.ts"
export type { FailureKind } from "./failure.ts"
export type { Fault } from "./fault.ts"
export type { ExploreOptions, ScenarioOptions, StrategyName } from "./options.ts"
export { replay } from "./replay.ts"
export type { Scenario, World } from "./scenario.ts"
export { simulate } from "./simulate.ts"
export type { Step } from "./trace.ts"

/**
 * Finds the interleaving that breaks a program, shrinks it, and replays it.
 *
 * @module
 */
export { assertDeadlocks, assertExits, assertNoLeaks, assertReceived } from "./assertions.ts"
export type { Pilot, PilotFunction, PilotMethods } from "./autopilot.ts"
export type { Check, Invariant } from "./check.ts"
export { ReplayMismatchError, ScenarioError, type ScenarioErrorCode } from "./errors.ts"
export type { ExpectedReason } from "./expected-reason.ts"
export type { Expected } from "./expected.ts"
export { ExplorationError } from "./exploration-error.ts"
export type { ExplorationResult } from "./exploration.ts"
export { explore } from "./explore.ts"
export type { FailureKind } from "./failure.ts"
export type { Fault } from "./fault.ts"
export type { ExploreOptions, ReplayOptions, ScenarioOptions, StrategyName } from "./options.ts"
export type { MessagesOf, MethodCall, MethodCalls } from "./probe-note.ts"
export { createProbe, type DownOptions, type Probe, type ProbeOptions, type WithinOptions } from "./probe.ts"
export { replay } from "./replay.ts"
export type { ReportedChoice } from "./report-choices.ts"
export type { ReportOptions } from "./report-options.ts"
export type { FoundBy } from "./report.ts"
export type { Scenario, World } from "./scenario.ts"
export { simulate } from "./simulate.ts"
export { type OfTest, type SupervisedArguments, type SupervisedOptions, startSupervised, stopSupervised, testSystem } from "./start-supervised.ts"
export type { TestHandle } from "./test-runner.ts"
export type { Step } from "./trace.ts"
export type { Wait } from "./waits.ts"

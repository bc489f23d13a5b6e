/**
 * Supervision trees that heal: OTP's supervisors, with back-off, dynamic and partition supervisors, and applications.
 *
 * @module
 */
export { Application, application } from "./application.ts"
export { ApplicationError } from "./application-error.ts"
export type { ApplicationState } from "./application-life.ts"
export type { ApplicationContext, ApplicationOptions, ConfigOptions, Given, Phase, RunningContext } from "./application-options.ts"
export type { ApplicationOutcome } from "./application-outcome.ts"
export type { Backoff, BackoffOptions } from "./backoff.ts"
export type { ChildState } from "./child.ts"
export {
  child,
  type ChildArguments,
  type ChildId,
  type ChildLike,
  type ChildMap,
  type ChildOptions,
  ChildSpec,
  type LifeOptions,
  type NoArguments,
  partialChild,
  type Restart,
  type Shutdown,
  type StartedRef,
} from "./child-spec.ts"
export { DynamicSupervisor, type DynamicFlags, type DynamicInit, type DynamicOptions, dynamicSupervisor, DynamicSupervisorRef, type TemplateSupervisorRef } from "./dynamic-supervisor.ts"
export { SpecError, SupervisorError } from "./errors.ts"
export { ExitCode } from "./exit-codes.ts"
export { FailedToStart } from "./failed-to-start.ts"
export { formatReport, type FormatReportOptions } from "./format-report.ts"
export { formatTree, type FormatTreeOptions } from "./format-tree.ts"
export type { PartitionKey } from "./partition-key.ts"
export { type ChildRef, PartitionSupervisor, type PartitionFlags, type PartitionInit, type PartitionOptions, partitionSupervisor, PartitionSupervisorRef } from "./partition-supervisor.ts"
export { type Offender, type ReportContext, type ReportLevel, type ReportParts, SupervisorReport } from "./report.ts"
export type { AutoShutdown, DynamicFlagChanges, FlagChanges, Strategy } from "./settings.ts"
export { ChildStarted, type StartFunction, type StartHost, type StartOutcome } from "./start-function.ts"
export { Supervisor, type SupervisorFlags, type SupervisorInit, type SupervisorOptions, supervisor } from "./supervisor.ts"
export { AnySupervisorRef, type ChildCounts, type ChildInfo, SupervisorRef } from "./supervisor-ref.ts"
export { Tree, type TreeOptions } from "./supervisor-tree.ts"
export type { TaskChild } from "./task-child.ts"
export { type SupervisorTree, tree, type TreeNode, type TreeState } from "./tree.ts"

/**
 * Supervision trees that heal: OTP's supervisors, with back-off, dynamic and partition supervisors, and applications.
 *
 * @module
 */
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
  partialChild,
  type Restart,
  type Shutdown,
  type StartedRef,
} from "./child-spec.ts"
export { DynamicSupervisor, type DynamicFlags, type DynamicInit, type DynamicOptions, dynamicSupervisor, DynamicSupervisorRef } from "./dynamic-supervisor.ts"
export { SpecError, SupervisorError } from "./errors.ts"
export { FailedToStart } from "./failed-to-start.ts"
export { formatReport } from "./format-report.ts"
export { type Offender, type ReportContext, type ReportParts, SupervisorReport } from "./report.ts"
export type { AutoShutdown, Strategy } from "./settings.ts"
export { ChildStarted, type StartFunction, type StartHost, type StartOutcome } from "./start-function.ts"
export { Supervisor, type SupervisorFlags, type SupervisorInit, type SupervisorOptions, supervisor } from "./supervisor.ts"
export { AnySupervisorRef, type ChildCounts, type ChildInfo, SupervisorRef } from "./supervisor-ref.ts"
export { Tree, type TreeOptions } from "./supervisor-tree.ts"
export type { TaskChild } from "./task-child.ts"
export type { SupervisorTree, TreeNode } from "./tree.ts"

/**
 * Living objects: actors with Erlang's semantics, each with its own mailbox and its own tasklet.
 *
 * @module
 */
export { Actor, become, selfOf, unbecome } from "./actor.ts"
export type { Alias, AliasKind } from "./alias.ts"
export type { WithOptions } from "./call-options.ts"
export { type CrashReport, formatCrashReport } from "./crash-report.ts"
export type { DeadLetter } from "./dead-letters.ts"
export type { LostBecause } from "./envelope.ts"
export {
  ActorError,
  CallError,
  MailboxFullError,
  MessageSchemaError,
  NameTakenError,
  NoProcessError,
  refuse,
  type SchemaIssue,
  StartError,
  StopError,
} from "./errors.ts"
export type { SystemEventMap, SystemEvents } from "./events.ts"
export { ExitReason, isOrderly } from "./exit-reason.ts"
export { Exit } from "./exits.ts"
export type { Callable, CallFacade, CastFacade, InitArguments, MessageOf, Messages, Reply, RequestFacade, WaitingCastFacade } from "./facade-types.ts"
export { ignore, type Stop, stop } from "./init-results.ts"
export { Later } from "./later.ts"
export type { DemonitorOptions, Living } from "./living.ts"
export type { ActorStatistics, Trace, TraceEvent } from "./measurements.ts"
export { Down, Monitor, type MonitorOptions } from "./monitor.ts"
export { named } from "./named.ts"
export type { Via } from "./names.ts"
export { Pending } from "./pending.ts"
export { Process } from "./process.ts"
export type { MailboxOptions, Overflow } from "./process-settings.ts"
export { ProcessTimer, Timeout, type TimerOptions } from "./process-timer.ts"
export type { Protocol, ProtocolFor, SchemaResult, StandardSchema } from "./protocol.ts"
export { after, type After, type Clause, type ClauseResult, type Guard, on } from "./receive.ts"
export { Ref, type RefWaiting, type RefWith, type StopOptions } from "./ref.ts"
export type { ActorConstructor, ArgumentsOf, ProcessOptions, RefOf, SpawnArguments, SpawnOptions, Startable, StartOptions } from "./spawn-types.ts"
export { System, type SystemOptions, type SystemStatistics } from "./system.ts"
export type { Self } from "./self.ts"

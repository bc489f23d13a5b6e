/**
 * Living objects: actors with Erlang's semantics, each with its own mailbox and its own tasklet.
 *
 * @module
 */
export { Actor, become, selfOf, unbecome } from "./actor.ts"
export { Agent, type AgentCalls, type AgentHost, type AgentRequests, type Produced } from "./agent.ts"
export type { Alias, AliasKind } from "./alias.ts"
export type { OnBehalf, Subject } from "./behalf.ts"
export type { WithOptions } from "./call-options.ts"
export { type CrashReport, formatCrashReport } from "./crash-report.ts"
export type { DeadLetter } from "./dead-letters.ts"
export { describeReason } from "./describe.ts"
export { edge, type Edge } from "./edge.ts"
export type { LostBecause } from "./envelope.ts"
export {
  ActorError,
  CallError,
  EventHandlerError,
  MailboxFullError,
  MessageSchemaError,
  NameTakenError,
  NoProcessError,
  refuse,
  RegistryError,
  type SchemaIssue,
  StartError,
  StopError,
  TaskError,
} from "./errors.ts"
export {
  type AnswerOf,
  type EventHandler,
  type EventHandlerClass,
  type HandlerCrash,
  HandlerExit,
  type HandlerExitReason,
  type HandlerName,
  type HandlerResult,
  type InitArgument,
  removeHandler,
  type RequestOf,
  type Swapped,
  swapHandler,
} from "./event-handler.ts"
export { EventManager, type EventManagerCalls } from "./event-manager.ts"
export type { SystemEventMap, SystemEvents } from "./events.ts"
export { ExitReason, isOrderly } from "./exit-reason.ts"
export { Exit } from "./exits.ts"
export type { Callable, CallFacade, CastFacade, InitArguments, MessageOf, Messages, Reply, RequestFacade, WaitingCastFacade } from "./facade-types.ts"
export { GroupChange, type GroupMonitor } from "./group-monitor.ts"
export { Groups, type GroupsOptions } from "./groups.ts"
export { ignore, type Stop, stop } from "./init-results.ts"
export { Later } from "./later.ts"
export { type Action, eventTimeout, nextEvent, postpone, reply, type ReplyAction, stateTimeout, timeout, type TimeoutMaker } from "./machine-action.ts"
export type { CallEvent, CastEvent, InsertableEvent, MachineEvent, NoCalls, OtherEvent } from "./machine-event.ts"
export type { DemonitorOptions, Ending, Living } from "./living.ts"
export type { ActorStatistics, Trace, TraceEvent } from "./measurements.ts"
export { Down, Monitor, type MonitorOptions } from "./monitor.ts"
export { named } from "./named.ts"
export type { Via } from "./names.ts"
export { Pending } from "./pending.ts"
export { Process } from "./process.ts"
export type { Recipe } from "./recipe.ts"
export type { MailboxOptions, Overflow } from "./process-settings.ts"
export { ProcessTimer, Timeout, type TimerOptions } from "./process-timer.ts"
export type { Protocol, ProtocolFor, SchemaResult, StandardSchema } from "./protocol.ts"
export { after, type After, type Clause, type ClauseResult, type Guard, on } from "./receive.ts"
export { type CollectedAnswer, type NextAnswerOptions, RequestCollection } from "./request-collection.ts"
export { Ref, type RefWaiting, type RefWith, type StopOptions } from "./ref.ts"
export { Registry, type RegisterArguments, type RegistryEntry, type RegistryOptions, type ValueArgument } from "./registry.ts"
export { RegistryChange, type RegistryListener } from "./registry-listeners.ts"
export type { ActorConstructor, ArgumentsOf, ProcessOptions, RefOf, RefTo, SpawnArguments, SpawnOptions, StarCheck, Startable, StartOptions } from "./spawn-types.ts"
export type { StreamOptions } from "./stream-settings.ts"
export type { StreamResult } from "./stream-run.ts"
export { System, type SystemOptions, type SystemStatistics } from "./system.ts"
export { Task, type TaskResults, type TaskValues } from "./task.ts"
export type { ShutdownOptions, TaskOptions, TaskTimeout, YieldManyOptions } from "./task-options.ts"
export type { TaskResult } from "./task-process.ts"
export type { TaskStream } from "./task-stream.ts"
export type { Self } from "./self.ts"
export { type StateHandlers, StateMachine } from "./state-machine.ts"
export { type Actions, type Beginning, type Handling, keep, type Move, next, repeat, stopAndReply, type Transition } from "./transition.ts"

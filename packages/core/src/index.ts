/**
 * Tasklets, channels and a scheduler of your own: the stable face of `@vivarium/core`.
 *
 * @module
 */
export { currentTasklet, main, run, tasklet, taskletOf } from "./api.ts"
export type { SignalOption } from "./abort.ts"
export { action, type Executor } from "./action.ts"
export { all, type AllOf } from "./all.ts"
export { Barrier } from "./barrier.ts"
export type { Body, MissingStar, Outcome, Routine, Starred, StarredBody } from "./body.ts"
export { call } from "./call.ts"
export { Channel, channel, type ReceiveChannel, type Received, type SendChannel } from "./channel.ts"
export type { ChannelOptions, Preference } from "./channel-options.ts"
export { Deferred } from "./deferred.ts"
export {
  BlockTrapError,
  ChannelClosedError,
  DeadlockError,
  InvalidArgumentError,
  MisuseError,
  NotInTaskletError,
  SwitchTrapError,
  TaskletError,
  TimeoutError,
  VivariumError,
  type VivariumErrorOptions,
  type WaitingTasklet,
} from "./errors.ts"
export { Event } from "./event.ts"
export { type Group, group } from "./group.ts"
export type { Limits } from "./limits.ts"
export { Local } from "./local.ts"
export type { MainOptions } from "./main.ts"
export { Mutex, type MutexStatistics } from "./mutex.ts"
export { Operation } from "./operation.ts"
export { Pool, type PoolStatistics } from "./pool.ts"
export { Random } from "./random.ts"
export type { Suspend } from "./realm.ts"
export type { Report } from "./reports.ts"
export type { RunLimits } from "./run-limits.ts"
export type { RunLoop } from "./run-loop.ts"
export { schedule, scheduleRemove } from "./schedule.ts"
export { Scheduler } from "./scheduler.ts"
export type { ChoiceKind, Pick, SchedulerOptions, SchedulerStatistics } from "./scheduler-options.ts"
export { type Cases, race, type Selected, select, type SelectOptions, timeout, trySelect } from "./select.ts"
export { Semaphore, type SemaphoreStatistics } from "./semaphore.ts"
export { sleep } from "./sleep.ts"
export { type KillOptions, Tasklet, type TaskletBody } from "./tasklet.ts"
export type { RunInContext, TaskletOptions } from "./tasklet-options.ts"
export type { OnUncaught } from "./uncaught.ts"
export { type Awaitable, until } from "./until.ts"
export type { Waitable, Waited } from "./waitable.ts"

/**
 * For those who build on `@vivarium/core`: clocks, the ingress, the parking protocol and the instrument hooks' types.
 *
 * @module
 */
export { type Clock, HostClock, VirtualClock } from "./clock.ts"
export { defaultScheduler } from "./default-scheduler.ts"
export { type Entry, Ingress } from "./ingress.ts"
export type { ChannelEvent, Hooks, SlowSlice } from "./instrument.ts"
export { Offer, wake, wakeWithError } from "./offer.ts"
export type { Failure, Leak } from "./reports.ts"
export { type WaitNode, WaitQueue } from "./wait-queue.ts"
// For the sibling packages alone: not in the published types.
/** @internal */
export { inGuard } from "./callback.ts"
/** @internal */
export { isGenerator } from "./body.ts"
/** @internal */
export { OwnedCall } from "./call.ts"
/** @internal */
export { checkCount, checkDuration, checkOptions, isThenable, readFlag } from "./checks.ts"
/** @internal */
export { show } from "./errors.ts"
/** @internal */
export { isHidden } from "./outside.ts"
/** @internal */
export { trapped } from "./offer.ts"
/** @internal */
export { isOperation, misuse, type OperationKind, STARTED, wrongScheduler } from "./operation.ts"
/** @internal */
export { External } from "./external.ts"
/** @internal */
export { Group } from "./group.ts"
/** @internal */
export { Join, JoinQueue } from "./join.ts"
/** @internal */
export { Receive } from "./receive.ts"
/** @internal */
export { RunLoop } from "./run-loop.ts"
/** @internal */
export { RunQueue } from "./run-queue.ts"
/** @internal */
export { Send } from "./send.ts"
/** @internal */
export { currentScheduler, finished, realm, SUSPEND } from "./realm.ts"
/** @internal */
export { POLL } from "./schedule.ts"
/** @internal */
export { BLOCKED, FAILED, FAULT, KILLED, MARKED, READY, RUNNING, TRAPS } from "./state.ts"
/** @internal */
export type { TaskletOwner } from "./tasklet.ts"
/** @internal */
export { atNextReading, cancelTimer, startTimer, timeLeft } from "./timer-entries.ts"
/** @internal */
export type { Timer } from "./timers.ts"
/** @internal */
export { taskletOfNode } from "./wait-queue.ts"
/** @internal */
export { isTasklet } from "./waitable.ts"

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
export type { Leak } from "./reports.ts"
export { type WaitNode, WaitQueue } from "./wait-queue.ts"

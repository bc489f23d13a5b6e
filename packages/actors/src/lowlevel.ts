/**
 * For those who build on `@vivarium/actors`: references of their own.
 *
 * @module
 */
export { BaseRef, type RefFeatures } from "./ref.ts"
// For the sibling packages alone: not in the published types.
/** @internal */
export { BASE, type Framework, isActorClass } from "./actor-type.ts"
/** @internal */
export { brand } from "./brand.ts"
/** @internal */
export { ALIVE, BRUTAL, type Cell, DEAD, EVENTS, EXITING, IDLE, RAW, STOPPING, SUSPENDED, TRAPS_EXIT, UNBORN } from "./cell.ts"
/** @internal */
export { beginWait, failCircles } from "./circles.ts"
/** @internal */
export { currentCell } from "./current.ts"
/** @internal */
export { deadActor } from "./dead-actor.ts"
/** @internal */
export { isSystem } from "./default-system.ts"
/** @internal */
export { describeError, describeValue } from "./describe.ts"
/** @internal */
export { EndOf } from "./end-of.ts"
/** @internal */
export { append, CALL, CAST, CONTINUATION, DOWN, Envelope, type EnvelopeList, EVENT, EXIT, isCounted, type LostBecause, MESSAGE, STOP, SYSTEM, TICK, unlink } from "./envelope.ts"
/** @internal */
export { adopt, sendExit } from "./exits.ts"
/** @internal */
export { addWatcher, type Belonging, own, type Watcher } from "./extras.ts"
/** @internal */
export { admit, signal } from "./mailbox.ts"
/** @internal */
export { machineOf } from "./machine-of.ts"
/** @internal */
export type { Keeper, MessageWatch } from "./message-watch.ts"
/** @internal */
export type { Mishaps } from "./mishaps.ts"
/** @internal */
export type { Birth } from "./life.ts"
/** @internal */
export type { ProcessSettings } from "./process-settings.ts"
/** @internal */
export { Ignore, Stop } from "./init-results.ts"
/** @internal */
export { messageOf } from "./opened.ts"
/** @internal */
export { isStandardSchema } from "./protocol.ts"
/** @internal */
export { readGuard } from "./receive.ts"
/** @internal */
export { isRecipe } from "./recipe.ts"
/** @internal */
export { shared } from "./shared.ts"
/** @internal */
export { awaitStart, checkStart, isOtherClass, spawnNamed } from "./spawn.ts"
/** @internal */
export { Call } from "./call.ts"
/** @internal */
export { requestStop } from "./stopping.ts"
/** @internal */
export { checkTimeout } from "./time-out.ts"
/** @internal */
export { addEdge, type Edge, edgeTo, removeEdge } from "./waits-for.ts"
/** @internal */
export { waitFor } from "./waited.ts"
/** @internal */
export type { World } from "./world.ts"

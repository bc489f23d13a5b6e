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
export { ALIVE, type Cell, DEAD, EXITING, RAW } from "./cell.ts"
/** @internal */
export { beginWait, failCircles } from "./circles.ts"
/** @internal */
export { currentCell } from "./current.ts"
/** @internal */
export { deadActor } from "./dead-actor.ts"
/** @internal */
export { describeError, describeValue } from "./describe.ts"
/** @internal */
export { EndOf } from "./end-of.ts"
/** @internal */
export { Envelope, TICK } from "./envelope.ts"
/** @internal */
export { adopt, sendExit } from "./exits.ts"
/** @internal */
export { addWatcher, type Belonging, own, type Watcher } from "./extras.ts"
/** @internal */
export { signal } from "./mailbox.ts"
/** @internal */
export { Ignore, Stop } from "./init-results.ts"
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

/**
 * For those who build on `@vivarium/actors`: references of their own.
 *
 * @module
 */
export { LocalRef } from "./ref.ts"
// For the sibling packages alone: not in the published types.
/** @internal */
export { BEGIN, isActorClass, REF, typeOf } from "./actor-type.ts"
/** @internal */
export { brand } from "./brand.ts"
/** @internal */
export { ALIVE, type Cell, DEAD, EXITING, RAW } from "./cell.ts"
/** @internal */
export { currentCell } from "./current.ts"
/** @internal */
export { deadActor } from "./dead-actor.ts"
/** @internal */
export { describeError, describeReason, describeValue } from "./describe.ts"
/** @internal */
export { EndOf } from "./end-of.ts"
/** @internal */
export { Envelope, EXIT, MESSAGE } from "./envelope.ts"
/** @internal */
export { sendExit, unlinkCells } from "./exits.ts"
/** @internal */
export { type Belonging, own, type Watcher } from "./extras.ts"
/** @internal */
export { signal } from "./mailbox.ts"
/** @internal */
export { isRecipe } from "./recipe.ts"
/** @internal */
export { spawnNamed, started, watchChild } from "./spawn.ts"
/** @internal */
export { requestStop } from "./stopping.ts"
/** @internal */
export { checkTimeout } from "./time-out.ts"
/** @internal */
export { waitFor } from "./waited.ts"
/** @internal */
export type { World } from "./world.ts"

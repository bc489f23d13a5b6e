/**
 * The inside of supervisors, for the sibling packages alone: not in the published types.
 *
 * @module
 */
/** @internal */
export type { Child } from "./child.ts"
/** @internal */
export { ChildEnd } from "./child-end.ts"
/** @internal */
export { insideOf } from "./inside.ts"
/** @internal */
export { hasOrphans } from "./orphans.ts"
/** @internal */
export { Retry } from "./retry.ts"
/** @internal */
export type { Supervision } from "./supervision.ts"
/** @internal */
export { News } from "./news.ts"

/**
 * What all copies of this package share: an application may load it twice, as ESM and as CJS, and spawn in the system of one copy
 * an actor whose base class is the other's.
 */
import type { Cell } from "./cell.ts"
import type { System } from "./system.ts"

interface Shared {
  /** The cell that is being born: set while the constructor of its actor runs. */
  newborn: Cell | null
  /** The systems that have not been stopped. */
  readonly running: Set<System>
  /** Told of each system that is made, in tests that watch them from the start. */
  made: ((system: System) => void) | null
}

const anchor: symbol = Symbol.for("vivarium.actors")
const globals = globalThis as unknown as Record<symbol, Shared | undefined>

export const shared: Shared = /* @__PURE__ */ (globals[anchor] ??= { newborn: null, running: new Set(), made: null })

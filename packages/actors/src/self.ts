/** From the objects that users see to the cells behind them. */
import type { Cell } from "./cell.ts"
import { ActorError } from "./errors.ts"
import { shared } from "./shared.ts"

/** What has a process: an actor (`this`), or what a raw process is given (`self`). */
export interface Self {
  /** @internal */
  readonly "~cell": Cell
}

/** Undefined if it is no such object. */
export function cellOf(self: unknown): Cell | undefined {
  return typeof self === "object" && self !== null && "~cell" in self ? (self as Self)["~cell"] : undefined
}

/** Constructs an actor with its cell known from the start, so that field initialisers can use it. */
export function constructFor(cell: Cell, Class: new () => object): object {
  const outer = shared.newborn
  shared.newborn = cell
  try {
    return new Class()
  } finally {
    shared.newborn = outer
  }
}

/** Called by the constructor of Actor. */
export function claimCell(name: string): Cell {
  const cell = shared.newborn
  if (cell === null) {
    throw new ActorError(
      "not_spawned",
      `${name} was made with new, so it has no mailbox and no tasklet.\n  wrong: new ${name}()\n  right: system.spawn(${name}), or this.spawn(${name}) in an actor`,
    )
  }
  shared.newborn = null
  return cell
}

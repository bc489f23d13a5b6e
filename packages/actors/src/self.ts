/** From the objects that users see to the cells behind them. */
import type { Cell } from "./cell.ts"
import { ActorError } from "./errors.ts"

/** What has a process: an actor (`this`), or what a raw process is given (`self`). */
export interface Self {
  /** @internal */
  readonly "~cell": Cell
}

/** @internal Undefined if it is no such object. */
export function cellOf(self: unknown): Cell | undefined {
  return typeof self === "object" && self !== null && "~cell" in self ? (self as Self)["~cell"] : undefined
}

/** The cell that is being born: set while the constructor of its actor runs. */
let newborn: Cell | null = null

/** @internal Constructs an actor with its cell known from the start, so that field initialisers can use it. */
export function constructFor(cell: Cell, Class: new () => object): object {
  const outer = newborn
  newborn = cell
  try {
    return new Class()
  } finally {
    newborn = outer
  }
}

/** @internal Called by the constructor of Actor. */
export function claimCell(name: string): Cell {
  const cell = newborn
  if (cell === null) {
    throw new ActorError(
      "not_spawned",
      `${name} was made with new, so it has no mailbox and no tasklet.\n  wrong: new ${name}()\n  right: system.spawn(${name}), or this.spawn(${name}) in an actor`,
    )
  }
  newborn = null
  return cell
}

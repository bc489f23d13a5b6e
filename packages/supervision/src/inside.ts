/** From the process of a supervisor to its inside. */
import { NoProcessError } from "@vivarium/actors"
import { type Cell, DEAD } from "@vivarium/actors/lowlevel"
import type { SupervisorBase } from "./supervisor-base.ts"
import type { Supervision } from "./supervision.ts"

/** The inside of a supervisor: null until its `init` has given the flags; undefined of what is none, or has ended. */
export function insideOf({ actor, state }: Cell): Supervision | null | undefined {
  if (state === DEAD || typeof actor !== "object" || actor === null || !("~supervision" in actor)) return undefined
  return (actor as SupervisorBase)["~supervision"]
}

/** The same; raises NoProcessError in place of undefined. */
export function supervisionOf(cell: Cell, what: string): Supervision | null {
  const inside = insideOf(cell)
  if (inside === undefined) throw new NoProcessError(cell.ref.toString(), what)
  return inside
}

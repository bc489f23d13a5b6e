/** From the cell of a state machine to its engine. */
import type { Cell } from "./cell.ts"
import type { Machine } from "./machine.ts"

/** Only of a cell with the flag EVENTS. */
export function machineOf(cell: Cell): Machine {
  return (cell.actor as { readonly "~machine": Machine })["~machine"]
}

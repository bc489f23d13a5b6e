/** Mishaps: what a tool of the testkit lets go wrong where a process begins or ends. */
import type { Cell } from "./cell.ts"

/** Asked in the process's own turn. What it gives is raised there, as if the user's code had. */
export interface Mishaps {
  /** Right before it is constructed. */
  init(cell: Cell, Class: unknown): { readonly error: unknown } | null
  /** At its end, if that is not brutal: in place of `terminate`, or when a raw process has unwound. */
  cleanUp(cell: Cell): { readonly error: unknown } | null
}

/** Who is current: the process for which the running tasklet works. */
import { realm } from "@vivarium/core/lowlevel"
import type { Cell } from "./cell.ts"
import { ActorError } from "./errors.ts"

/** Null in plain code, in async code, and in tasklets that belong to no process. */
export function currentCell(): Cell | null {
  const tasklet = realm.current
  return tasklet === null ? null : (tasklet.owner as Cell | null)
}

export function needCell(what: string): Cell {
  const cell = currentCell()
  if (cell === null) {
    throw new ActorError(
      "no_process",
      `${what} needs a current process, and there is none here: plain code, async code after its first await, and tasklets of your own belong to no process. Use the method of the actor (this.…) or of the raw process (self.…) instead.`,
    )
  }
  return cell
}

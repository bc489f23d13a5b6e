/** The error of whoever does something for a process that has ended: async code that goes on, or a tasklet of somebody else. */
import type { Cell } from "./cell.ts"
import { ActorError } from "./errors.ts"

export function deadActor(cell: Cell): ActorError {
  return new ActorError(
    "dead_actor",
    `${cell.ref.toString()} has ended, so it can do nothing any more: this is async code that went on. Stop it by this.signal: fetch(url, { signal: this.signal }), or ask this.signal.aborted after each await.`,
  )
}

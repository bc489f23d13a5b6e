/** `this.stop(reason)`: the current method runs to its end, then the actor does. */
import { Operation, type Tasklet } from "@vivarium/core"
import { MARKED, misuse, type OperationKind, realm, RUNNING, STARTED, SUSPEND } from "@vivarium/core/lowlevel"
import { type Cell, EXITING, RAW, STOPPING } from "./cell.ts"
import type { ExitReason } from "./exit-reason.ts"
import { die } from "./exits.ts"
import { wakeIdle } from "./mailbox.ts"

/** The first reason counts. */
export function requestStop(cell: Cell, reason: ExitReason): void {
  if (cell.state >= EXITING || (cell.flags & STOPPING) !== 0) return
  cell.flags |= STOPPING
  cell.reason = reason
  wakeIdle(cell)
}

/** Performing it never resumes: the frames of the tasklet end as if they returned. */
export class NeverResumes extends Operation<never> {
  private readonly cell: Cell

  constructor(cell: Cell) {
    super()
    this.cell = cell
  }

  get kind(): OperationKind {
    return STARTED
  }

  next(): IteratorResult<(typeof SUSPEND)["value"], never> {
    const tasklet = realm.current
    if (tasklet === null || tasklet.state !== RUNNING) return misuse(this)
    const { cell } = this
    if (tasklet !== cell.tasklet) die(cell, cell.reason, false)
    tasklet.state = MARKED
    return SUSPEND
  }

  unpark(_tasklet: Tasklet): void {}

  describe(): string {
    return "the end of itself"
  }
}

/** Whether `stop()` in a raw process has been called without being performed: it then ends at its next wait. */
export function markRaw(cell: Cell): void {
  if ((cell.flags & RAW) !== 0) die(cell, cell.reason, false)
}

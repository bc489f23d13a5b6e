/** `this.stop(reason)`: the current method runs to its end, then the actor does. */
import { Operation, type Tasklet } from "@vivarium/core"
import { MARKED, misuse, type OperationKind, realm, RUNNING, STARTED, SUSPEND } from "@vivarium/core/lowlevel"
import { type Cell, EXITING, STOPPING } from "./cell.ts"
import type { ExitReason } from "./exit-reason.ts"
import { dieOfItself } from "./exits.ts"
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
    if (tasklet !== cell.tasklet) endFromOutside(cell)
    tasklet.state = MARKED
    return SUSPEND
  }

  unpark(_tasklet: Tasklet): void {}

  describe(): string {
    return "the end of itself"
  }
}

/** Performed by an async method, or beside the main tasklet. A method that waits for its own end will never settle, so nobody waits for it. */
function endFromOutside(cell: Cell): void {
  if (cell.extras !== null) cell.extras.settling = null
  dieOfItself(cell, cell.reason)
}

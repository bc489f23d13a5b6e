/** The wait of an actor's loop: for whatever comes next. */
import { Operation, type Tasklet } from "@vivarium/core"
import { BLOCKED, finished, misuse, type OperationKind, realm, RUNNING, STARTED, SUSPEND, trapped, TRAPS } from "@vivarium/core/lowlevel"
import { ALIVE, type Cell, CONTINUES, IDLE, STOPPING, SUSPENDED } from "./cell.ts"
import { type Envelope, SYSTEM } from "./envelope.ts"
import { take, takeOut } from "./mailbox.ts"

/** The next envelope to handle, out of the mailbox; null if there is none, or the actor is to end. */
export function nextEnvelope(cell: Cell): Envelope | null {
  if (cell.state === ALIVE && (cell.flags & (STOPPING | CONTINUES | SUSPENDED)) === 0) return take(cell)
  return nextUnusual(cell)
}

function nextUnusual(cell: Cell): Envelope | null {
  if (isOver(cell)) return null
  if ((cell.flags & SUSPENDED) !== 0) {
    for (let envelope = cell.first; envelope !== null; envelope = envelope.after) {
      if (envelope.kind !== SYSTEM) continue
      takeOut(cell, envelope)
      return envelope
    }
    return null
  }
  const continuations = cell.extras?.continuations ?? []
  const step = continuations.shift()
  if (continuations.length === 0) cell.flags &= ~CONTINUES
  return step ?? take(cell)
}

/** Whether the loop of an actor has come to its end. */
export function isOver(cell: Cell): boolean {
  return cell.state !== ALIVE || (cell.flags & STOPPING) !== 0
}

class NextEnvelope extends Operation<void> {
  get kind(): OperationKind {
    return STARTED
  }

  next(): IteratorResult<(typeof SUSPEND)["value"], void> {
    const tasklet = realm.current
    if (tasklet === null || tasklet.state !== RUNNING) return misuse(this)
    if (tasklet.op === this) {
      tasklet.op = null
      return finished(undefined)
    }
    if ((tasklet.flags & TRAPS) !== 0) throw trapped(tasklet, this)
    ;(tasklet.owner as Cell).flags |= IDLE
    tasklet.op = this
    tasklet.state = BLOCKED
    return SUSPEND
  }

  unpark(tasklet: Tasklet): void {
    ;(tasklet.owner as Cell).flags &= ~IDLE
  }

  describe(): string {
    return "the next message"
  }
}

/** Performed by the main tasklet alone, right after `nextEnvelope` has given null. */
export const NEXT_ENVELOPE: Operation<void> = new NextEnvelope()

/** The wait of an actor's loop: for whatever comes next. */
import { Operation, type Tasklet } from "@vivarium/core"
import { BLOCKED, finished, misuse, type OperationKind, realm, RUNNING, STARTED, SUSPEND, trapped, TRAPS } from "@vivarium/core/lowlevel"
import { ALIVE, type Cell, CONTINUES, EVENTS, IDLE, IDLE_TIMER, STOPPING, SUSPENDED } from "./cell.ts"
import { type Envelope, EXIT, STOP, SYSTEM } from "./envelope.ts"
import type { Exit } from "./exits.ts"
import { armIdle } from "./idle-timeout.ts"
import { machineOf } from "./machine-of.ts"
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
      if (!comesThrough(cell, envelope)) continue
      cell.world.watch?.taken(cell, envelope)
      takeOut(cell, envelope)
      return envelope
    }
    return null
  }
  const first = (cell.flags & EVENTS) === 0 ? null : machineOf(cell).next()
  if (first !== null) return first
  const continuations = cell.extras?.continuations ?? []
  const step = continuations.shift()
  if (continuations.length === 0) cell.flags &= ~CONTINUES
  return step ?? take(cell)
}

/** What a suspended actor handles: requests of tools, and what ends it, be it asked to or left by its parent. */
function comesThrough(cell: Cell, { kind, payload }: Envelope): boolean {
  if (kind === SYSTEM || kind === STOP) return true
  return kind === EXIT && cell.linkedParent !== undefined && (payload as Exit).from === cell.linkedParent
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
    const cell = tasklet.owner as Cell
    if ((cell.flags & IDLE_TIMER) !== 0) armIdle(cell)
    cell.flags |= IDLE
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

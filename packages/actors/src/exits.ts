/**
 * Exit signals: how the end of one process reaches another.
 *
 * A signal is applied when it arrives: from then on the receiver is not alive. Its own tasklet then ends it, at its next turn: waits are taken
 * back, `finally` blocks run, then terminate; nobody is ended inside somebody else's turn, so a chain of 10,000 links needs no stack. A
 * brutal kill does the same from a tasklet of its own that does not wait for anybody.
 */
import type { Tasklet } from "@vivarium/core"
import { brand } from "./brand.ts"
import { ALIVE, BRUTAL, type Cell, DEAD, EXITING, PARENT_LINKED, SIGNALLED, TRAPS_EXIT, UNBORN } from "./cell.ts"
import { abortSignal } from "./abort.ts"
import { EXIT, Envelope } from "./envelope.ts"
import { ExitReason } from "./exit-reason.ts"
import { extrasOf } from "./extras.ts"
import { KILL_ROUNDS } from "./limits.ts"
import { signal } from "./mailbox.ts"
import type { Ref } from "./ref.ts"

/** A trapped exit signal. A raw process finds it among its messages; an actor's `exit` method is called. */
export class Exit {
  /** Who ended, or sent the signal; undefined if it came from outside of any process. */
  readonly from: Ref<unknown> | undefined
  /** Why. */
  readonly reason: ExitReason

  /** @internal */
  constructor(from: Ref<unknown> | undefined, reason: ExitReason) {
    this.from = from
    this.reason = reason
  }
}

brand(Exit, "Exit")

/** Sends an exit signal. `linked` if it comes through a link rather than from `exit()`: then a `kill` is a reason like others. */
export function sendExit(target: Cell, from: Cell | null, reason: ExitReason, linked: boolean): void {
  const brutal = reason.kind === "kill" && !linked
  if (target.world.watch !== null) target.world.watch.signalled?.(target, from, reason)
  if (target.state >= EXITING) {
    if (brutal && target.state !== DEAD) die(target, ExitReason.killed, true)
  } else if (brutal) die(target, ExitReason.killed, true)
  else if ((target.flags & TRAPS_EXIT) !== 0) signal(target, new Envelope(EXIT, from, "exit", new Exit(from?.ref, reason)))
  else if (reason.kind !== "normal" || from === target) die(target, reason, false)
}

/** Ends a process: it is not alive any more, and its tasklet is on its way. A brutal end overrides one that is not. */
export function die(cell: Cell, reason: ExitReason, brutal: boolean): void {
  if (cell.state === DEAD) return
  const { state, tasklet } = cell
  const dying = state === EXITING
  if (!dying || brutal) {
    cell.reason = reason
    cell.flags |= SIGNALLED
  }
  if (state < ALIVE && cell.extras?.starting != null) cell.extras.starting.signalled = true
  cell.state = EXITING
  if (brutal) cell.flags |= BRUTAL
  // One whose tasklet is not made, or has not run yet, comes to its end by itself: there is nothing to unwind.
  if ((tasklet as Tasklet | undefined) === undefined || (state === UNBORN && tasklet.alive)) return
  // Also before a brutal end: what has woken it already, or would pass at once, must not let it go on meanwhile.
  if (!dying || brutal) interrupt(cell)
  // A tool may have ended the tasklet itself, before it ran.
  if (brutal || !tasklet.alive) cell.world.reap(cell)
}

/**
 * An error that a tasklet of a process has raised and nobody has caught: of a case that has lost, of one more member of a group, of one whose
 * joiner was ended just then. It ends the process as any other would; of one that is ending already it is told.
 */
export function fail(cell: Cell, error: unknown, tasklet: Tasklet): void {
  if (tasklet === cell.tasklet) return cell.world.uncaught(error)
  if (cell.state >= EXITING) return void cell.world.events.emit("abandoned", { ref: cell.ref, method: cell.current?.method ?? "", error })
  dieOfItself(cell, ExitReason.error(error))
}

/** Ends a process by what it has done itself, outside of its main tasklet: no signal, so a reason that is not orderly is a crash. */
export function dieOfItself(cell: Cell, reason: ExitReason): void {
  if (cell.state >= EXITING) return
  die(cell, reason, false)
  cell.flags &= ~SIGNALLED
}

/** Unwinds the main tasklet at its next turn; if it is running, at its next wait. */
function interrupt(cell: Cell): void {
  cell.tasklet.kill({ pending: true })
}

/** The body of the tasklet that carries out a brutal kill: each `finally` block runs up to its first wait. */
export function reap(cell: Cell, bury: (cell: Cell) => void): void {
  abortSignal(cell)
  const beside = [...(cell.extras?.handledBeside?.keys() ?? [])]
  for (const tasklet of [...beside, cell.tasklet]) end(tasklet)
  if (cell.state !== DEAD) bury(cell)
}

/** Kills a tasklet again and again, as each kill ends one wait; the frames of one that never lets go are dropped. */
function end(tasklet: Tasklet): void {
  for (let round = 0; round < KILL_ROUNDS && tasklet.alive; round++) tasklet.kill()
  if (!tasklet.alive || tasklet.executing) return
  tasklet.kill({ pending: true })
  tasklet.remove().bind(null)
}

/** Links two processes; nothing happens if they are linked. */
export function linkCells(a: Cell, b: Cell): void {
  if (a === b) return
  const mine = extrasOf(a)
  const theirs = extrasOf(b)
  ;(mine.links ??= new Set()).add(b)
  ;(theirs.links ??= new Set()).add(a)
}

/** Makes a child that was started in a way of its own share its parent's fate, as others do that the parent looks after by itself: without a link. */
export function adopt(cell: Cell, parent: Cell): void {
  unlinkCells(parent, cell)
  if (cell.parent === parent) cell.flags |= PARENT_LINKED
}

/** Takes the link away; says whether there was one. */
export function unlinkCells(a: Cell, b: Cell): boolean {
  b.extras?.links?.delete(a)
  return a.extras?.links?.delete(b) === true
}

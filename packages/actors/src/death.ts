/**
 * The end of a process, once its tasklet has unwound: in this order names and other belongings, calls that it owes an answer, links, monitors.
 *
 * Invariants:
 * 1. It happens exactly once, whatever ended the process.
 * 2. A name is free before anybody sees a Down or an exit, and before a call fails.
 */
import { BRUTAL, type Cell, DEAD, SIGNALLED } from "./cell.ts"
import { reportCrash } from "./crash-report.ts"
import { CALL } from "./envelope.ts"
import { isOrderly } from "./exit-reason.ts"
import type { Extras } from "./extras.ts"
import { sendExit } from "./exits.ts"
import { DEAD_ANCESTORS_KEPT } from "./limits.ts"
import { drain, failReceivers } from "./mailbox.ts"
import type { Request } from "./request.ts"

export function bury(cell: Cell): void {
  if (cell.state === DEAD) return
  cell.state = DEAD
  const { extras, reason, world } = cell
  if (!isOrderly(reason) && (cell.flags & SIGNALLED) === 0) {
    world.counters.crashed++
    reportCrash(cell)
  }
  world.remove(cell)
  if (extras !== null) {
    if (extras.belongings !== null) for (const belonging of extras.belongings) belonging.release(cell)
    if (extras.timers !== null) for (const timer of extras.timers) timer.stop()
    extras.aliases?.clear()
  }
  world.events.emit("ended", { ref: cell.ref, reason })
  const { current } = cell
  if (current !== null && current.kind === CALL) (current as Request).ended(reason)
  if (extras !== null) settleDebts(cell, extras)
  drain(cell, cell)
  cell.size = 0
  if (extras !== null) tellOthers(cell, extras)
  cell.actor = undefined
  cell.current = null
  failReceivers(cell)
  cell.extras = extras === null ? null : extras.epitaph()
  if (cell.parent?.state === DEAD) forgetAncestors(cell)
}

/** A line of processes each of which spawns the next one and ends must not hold on to all that came before. */
function forgetAncestors(cell: Cell): void {
  let one = cell
  for (let generation = 0; one.parent?.state === DEAD; generation++) {
    if (generation === DEAD_ANCESTORS_KEPT) one.parent = null
    else one = one.parent
  }
}

function settleDebts(cell: Cell, extras: Extras): void {
  if (extras.lastAnswer !== null) {
    const { request, value } = extras.lastAnswer
    if ((cell.flags & BRUTAL) === 0) request.answer(value)
    else request.ended(cell.reason)
  }
  if (extras.handledBeside !== null) {
    for (const envelope of extras.handledBeside.values()) if (envelope.kind === CALL) (envelope as Request).ended(cell.reason)
  }
  if (extras.answers !== null) for (const request of extras.answers) request.ended(cell.reason)
  if (extras.settling !== null) {
    extras.settling.abandoned = true
    cell.world.counters.abandoned++
    cell.world.events.emit("abandoned", { ref: cell.ref, method: cell.current?.method ?? "" })
  }
  if (extras.stash !== null) drain(cell, extras.stash)
  if (extras.room !== null) drain(cell, extras.room)
}

function tellOthers(cell: Cell, extras: Extras): void {
  const { reason } = cell
  const { links, monitors, watchers } = extras
  if (monitors !== null) for (const monitor of monitors) monitor.orphaned()
  // Telling runs code of users, be it a clean-up or a guard, and that may take away who is still to be told.
  if (links !== null) {
    for (const other of links) {
      links.delete(other)
      other.extras?.links?.delete(cell)
      sendExit(other, cell, reason, true)
    }
  }
  if (watchers !== null) {
    for (const watcher of watchers) {
      watchers.delete(watcher)
      watcher.fire(reason)
    }
  }
  extras.starting?.ended(reason)
}

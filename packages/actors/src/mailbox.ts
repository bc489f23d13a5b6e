/**
 * Mailboxes: one queue for messages, calls and signals, in the order in which they came.
 *
 * Invariants:
 * 1. Whoever waits for room waits in order, and only while there is none: nobody barges past.
 * 2. Signals of the system keep their place in the same queue, are not counted, and are dropped by no policy. One whose sender has something
 *    that waits for room waits behind it.
 * 3. An envelope that a waiting selective receive takes never enters the queue: all that stood before it was looked at.
 */
import { inGuard, wake, type WaitNode, wakeWithError } from "@vivarium/core/lowlevel"
import { type Cell, DEAD, EXITING, IDLE, SUSPENDED } from "./cell.ts"
import { append, type Envelope, type EnvelopeList, EXIT, isCounted, type LostBecause, MESSAGE, restore, STOP, SYSTEM, TICK, unlink } from "./envelope.ts"
import { deadActor } from "./dead-actor.ts"
import { MailboxFullError } from "./errors.ts"
import { extrasOf } from "./extras.ts"
import { isStale, opened } from "./opened.ts"

/** What waits in `cell.receivers`: the operation of the node. */
export interface Receiver {
  /** Whether it takes this; may raise. */
  wants(envelope: Envelope): boolean
}

/** Takes in what somebody sends without waiting; says whether it will be read. Lost ones have become dead letters. */
export function accept(cell: Cell, envelope: Envelope): boolean {
  if (cell.world.watch !== null) cell.world.watch.sent(cell, envelope)
  if (cell.state >= EXITING) {
    lose(cell, envelope, "dead")
    return false
  }
  if (cell.size < cell.settings.capacity) {
    enter(cell, envelope)
    return true
  }
  // What a receive waits for takes no room: it never stands in the mailbox.
  if (cell.receivers !== null && envelope.kind === MESSAGE && handed(cell, envelope)) return true
  if (enterForOldest(cell, envelope)) return true
  lose(cell, envelope, cell.settings.overflow === "dropNewest" ? "dropped" : "full")
  return false
}

/** Takes in a call, or makes it wait for room; raises if it may do neither. Says false if it is dropped. */
export function acceptCall(cell: Cell, request: Envelope): boolean {
  const { capacity, overflow } = cell.settings
  if (cell.world.watch !== null) cell.world.watch.sent(cell, request)
  if (cell.size < capacity) {
    enter(cell, request)
    return true
  }
  if (enterForOldest(cell, request)) return true
  if (overflow === "suspend") {
    waitForRoom(cell, request)
    return true
  }
  cell.world.watch?.lost(cell, request, overflow === "dropNewest" ? "dropped" : "full")
  if (overflow === "dropNewest") return false
  throw new MailboxFullError(cell.ref.toString(), request.method, capacity)
}

/** Takes in a signal of the system: never refused while the process is alive. */
export function signal(cell: Cell, envelope: Envelope): void {
  if (cell.world.watch !== null) cell.world.watch.sent(cell, envelope)
  if (cell.state >= EXITING) {
    cell.world.watch?.lost(cell, envelope, "dead")
    return
  }
  if (cell.extras !== null && cell.extras.room !== null && waitsIn(cell.extras.room, envelope.sender)) {
    append(cell.extras.room, envelope)
    return
  }
  placeSignal(cell, envelope)
}

/** Whether something of the same sender waits for room: then nothing of it may come in before. */
function waitsIn(room: EnvelopeList, sender: Cell | null): boolean {
  if (sender === null) return false
  for (let envelope = room.first; envelope !== null; envelope = envelope.after) if (envelope.sender === sender) return true
  return false
}

function placeSignal(cell: Cell, envelope: Envelope): void {
  if (cell.receivers !== null && envelope.kind <= TICK && handed(cell, envelope)) return
  append(cell, envelope)
  if ((cell.flags & SUSPENDED) === 0 || envelope.kind === EXIT || envelope.kind >= STOP) wakeIdle(cell)
}

/** Takes the oldest envelope out, to be handled. */
export function take(cell: Cell): Envelope | null {
  const envelope = cell.first
  if (envelope === null) return null
  if (cell.world.watch !== null) cell.world.watch.taken(cell, envelope)
  takeOut(cell, envelope)
  return envelope
}

/** Takes an envelope out of the mailbox, wherever it stands, and lets the next one in. */
export function takeOut(cell: Cell, envelope: Envelope): void {
  unlink(envelope)
  if (!isCounted(envelope)) return
  cell.size--
  if (cell.extras !== null && cell.extras.room !== null) admit(cell)
}

/** Takes back what a receive was given that will never take it: for another receive that waits, else to its place. */
export function putBack(cell: Cell, envelope: Envelope): void {
  if (cell.world.watch !== null) cell.world.watch.handedBack(cell, envelope)
  const stale = isStale(envelope)
  if (stale || cell.state === DEAD) {
    if (isCounted(envelope)) lose(cell, envelope, "unread")
    else cell.world.watch?.lost(cell, envelope, stale ? "withdrawn" : "unread")
    opened(envelope)
    return
  }
  if (cell.receivers !== null && handed(cell, envelope)) return
  restore(cell, envelope)
  if (isCounted(envelope)) cell.size++
  wakeIdle(cell)
}

/** Puts an envelope in line for room. */
export function waitForRoom(cell: Cell, envelope: Envelope): void {
  append((extrasOf(cell).room ??= { first: null, last: null }), envelope)
}

/** Takes back what nobody will handle, wherever it stands; from the line for room, so that a signal behind it may come in. */
export function withdraw(cell: Cell, envelope: Envelope): void {
  if (cell.world.watch !== null) cell.world.watch.lost(cell, envelope, "withdrawn")
  if (envelope.list === cell) takeOut(cell, envelope)
  else if (envelope.list === cell.extras?.room) leaveRoom(cell, envelope)
  else unlink(envelope)
}

function leaveRoom(cell: Cell, envelope: Envelope): void {
  unlink(envelope)
  admit(cell)
}

/** Whether a receive that waits would take an envelope. One that raises would, too: its receive fails. */
export function isAwaited(cell: Cell, envelope: Envelope): boolean {
  for (let node = cell.receivers; node !== null; node = node.after) {
    const receiver = operationOf(node)
    try {
      if (inGuard(() => receiver.wants(envelope))) return true
    } catch {
      return true
    }
  }
  return false
}

/** Takes an envelope out of the mailbox for a receive, or out of the line for room, whose sender then goes on. */
export function takeFrom(cell: Cell, envelope: Envelope): void {
  if (cell.world.watch !== null) cell.world.watch.handed(cell, envelope)
  if (envelope.list === cell) takeOut(cell, envelope)
  else {
    leaveRoom(cell, envelope)
    envelope.admitted()
  }
}

/** Whether a send would be taken in at once. */
export function hasRoom(cell: Cell): boolean {
  return cell.size < cell.settings.capacity || (cell.settings.overflow === "dropOldest" && cell.size > 0)
}

/** Wakes the main tasklet, if it waits for whatever comes next. */
export function wakeIdle(cell: Cell): void {
  if ((cell.flags & IDLE) === 0) return
  cell.flags &= ~IDLE
  wake(cell.tasklet as unknown as WaitNode, undefined)
}

/** Ends the waiting of a selective receive. */
export function removeReceiver(cell: Cell, node: WaitNode): void {
  const { after, before } = node
  if (before === null) cell.receivers = after
  else before.after = after
  if (after !== null) after.before = before
  node.after = null
  node.before = null
}

/** Nothing comes in any more: who still waits is code outside of the process's own tasklet, and would wait for ever. */
export function failReceivers(cell: Cell): void {
  for (let node = cell.receivers; node !== null; node = cell.receivers) {
    removeReceiver(cell, node)
    wakeWithError(node, deadActor(cell))
  }
}

/** Calls fail with the reason; what else is unread is a dead letter, if it came from a user. */
export function drain(cell: Cell, list: EnvelopeList): void {
  for (let envelope: Envelope | null = list.first; envelope !== null; envelope = list.first) {
    unlink(envelope)
    opened(envelope)
    if (isCounted(envelope) || envelope.kind === SYSTEM) lose(cell, envelope, "unread")
    else cell.world.watch?.lost(cell, envelope, "unread")
  }
}

function lose(cell: Cell, envelope: Envelope, why: LostBecause): void {
  cell.world.watch?.lost(cell, envelope, why)
  envelope.lost(cell, why)
}

/** Begins it: the first that waits is asked first. */
export function addReceiver(cell: Cell, node: WaitNode): void {
  let last = cell.receivers
  if (last === null) {
    cell.receivers = node
    return
  }
  while (last.after !== null) last = last.after
  last.after = node
  node.before = last
}

/** Under `dropOldest`, takes an envelope in for the oldest, which is lost; else there is no room. */
function enterForOldest(cell: Cell, envelope: Envelope): boolean {
  if (cell.settings.overflow !== "dropOldest") return false
  let oldest = cell.first
  while (oldest !== null && !isCounted(oldest)) oldest = oldest.after
  if (oldest === null) return false
  takeOut(cell, oldest)
  // First, for who is told of the loss may send something more.
  enter(cell, envelope)
  lose(cell, oldest, "dropped")
  return true
}

/** Lets those in who wait for room, as far as there is any. */
export function admit(cell: Cell): void {
  const room = cell.extras?.room
  for (let envelope = room?.first; envelope != null; envelope = room?.first) {
    if (!isCounted(envelope)) {
      unlink(envelope)
      placeSignal(cell, envelope)
    } else if (cell.size < cell.settings.capacity) {
      unlink(envelope)
      enter(cell, envelope)
      envelope.admitted()
    } else return
  }
}

function enter(cell: Cell, envelope: Envelope): void {
  if (cell.receivers !== null && envelope.kind === MESSAGE && handed(cell, envelope)) return
  append(cell, envelope)
  if (++cell.size === cell.settings.reportAt) cell.world.events.emit("mailboxLong", { ref: cell.ref, unread: cell.size })
  // One that is suspended would look through its whole mailbox each time, and find nothing.
  if ((cell.flags & (IDLE | SUSPENDED)) === IDLE) wakeIdle(cell)
}

/** Offers an envelope to the receives that wait; says whether one took it. A guard that raises fails its own receive. */
function handed(cell: Cell, envelope: Envelope): boolean {
  for (let node = cell.receivers; node !== null; ) {
    const next: WaitNode | null = node.after
    let wants = false
    let failure: { readonly error: unknown } | null = null
    try {
      const receiver = operationOf(node)
      wants = inGuard(() => receiver.wants(envelope))
    } catch (error) {
      failure = { error }
    }
    // What a guard has sent or ended may have ended this very wait: then it takes nothing more.
    if ((wants || failure !== null) && isWaiting(cell, node)) {
      removeReceiver(cell, node)
      if (failure === null) {
        if (cell.world.watch !== null) cell.world.watch.handed(cell, envelope)
        wake(node, envelope)
        return true
      }
      wakeWithError(node, failure.error)
    }
    node = next
  }
  return false
}

function isWaiting(cell: Cell, node: WaitNode): boolean {
  let one = cell.receivers
  while (one !== null && one !== node) one = one.after
  return one !== null
}

function operationOf(node: WaitNode): Receiver {
  return (node as unknown as { readonly op: Receiver }).op
}

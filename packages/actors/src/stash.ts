/** Stashing: putting a message aside until the actor is ready for it. */
import { type Cell, STASHED } from "./cell.ts"
import { currentEnvelope } from "./current-envelope.ts"
import { append, CALL, CAST, type Envelope, isCounted, MESSAGE, prepend, unlink } from "./envelope.ts"
import { ActorError } from "./errors.ts"
import { extrasOf } from "./extras.ts"
import { wakeIdle } from "./mailbox.ts"

/** Puts the current message aside. Its caller goes on waiting; its time-out runs. */
export function stashCurrent(cell: Cell): void {
  const { current } = cell
  if (current === null || current !== currentEnvelope(cell) || ![MESSAGE, CAST, CALL].includes(current.kind) || (cell.flags & STASHED) !== 0) {
    throw new ActorError("no_message", `${cell.ref.toString()} has no current message to stash. Call stash() once, while a message, a cast or a call is handled that is no re-entrant one.`)
  }
  cell.flags |= STASHED
  cell.world.watch?.returned(cell, current)
  append((extrasOf(cell).stash ??= { first: null, last: null }), current)
}

/** Puts all that was stashed before what is unread, in the old order; says how much that was. */
export function unstashAll(cell: Cell): number {
  const stash = cell.extras?.stash
  let count = 0
  while (stash != null && stash.last !== null) {
    const envelope: Envelope = stash.last
    unlink(envelope)
    prepend(cell, envelope)
    if (isCounted(envelope)) cell.size++
    count++
  }
  // A callback of the actor's own may bring them back while it waits for a message.
  if (count > 0) wakeIdle(cell)
  return count
}

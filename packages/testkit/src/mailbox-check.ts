/**
 * The checks of mailboxes: conservation, order and counting.
 *
 * Order is promised for each pair of sender and receiver: what was sent first stands before what was sent later, in the mailbox and in the line for room behind it, and is taken first by whoever takes
 * what comes next. A receive may pass over what does not fit, a tool's request passes over the rest while an actor is suspended, and what was stashed or postponed
 * comes again when its actor says so. What comes from no process has no order between what waits for room and signals.
 *
 * What an actor gives itself (events of its own, continuations) is no message.
 */
import { type Cell, CONTINUATION, type Envelope, type EnvelopeList, EVENTS, EXITING, IDLE, isCounted, machineOf, SUSPENDED } from "@vivarium/actors/lowlevel"
import { describeValue } from "./describe.ts"
import type { SystemCheckSettings } from "./system-checks.ts"

/** What has become of all that was sent to one process. */
class Tally {
  readonly cell: Cell
  sent = 0
  handled = 0
  lost = 0
  /** In the hands of receives. */
  handed = 0
  /** Whether something has happened since it was looked at. */
  touched = false

  constructor(cell: Cell) {
    this.cell = cell
  }
}

export class MailboxCheck {
  private readonly settings: SystemCheckSettings
  /** By the numbers of the processes. */
  private readonly tallies: Tally[] = []
  private touched: Tally[] = []
  /** In which order they were sent. */
  private readonly numbers = new Map<Envelope, number>()
  private readonly inHands = new Set<Envelope>()
  private found: string | null = null

  constructor(settings: SystemCheckSettings) {
    this.settings = settings
  }

  sent(cell: Cell, envelope: Envelope): void {
    if (envelope.kind >= CONTINUATION) return
    this.tally(cell).sent++
    this.numbers.set(envelope, this.numbers.size)
  }

  handed(cell: Cell, envelope: Envelope): void {
    this.tally(cell).handed++
    this.inHands.add(envelope)
  }

  handedBack(cell: Cell, envelope: Envelope): void {
    this.tally(cell).handed--
    this.inHands.delete(envelope)
  }

  taken(cell: Cell, envelope: Envelope): void {
    if (envelope.kind >= CONTINUATION) return
    const tally = this.tally(cell)
    tally.handled++
    if (this.inHands.delete(envelope)) tally.handed--
    else if (envelope.list === cell && envelope.before !== null && (cell.flags & SUSPENDED) === 0) this.takenLater(cell, envelope)
  }

  returned(cell: Cell, envelope: Envelope): void {
    if (envelope.kind < CONTINUATION) this.tally(cell).handled--
  }

  lost(cell: Cell, envelope: Envelope): void {
    if (envelope.kind < CONTINUATION) this.tally(cell).lost++
  }

  /** Of those to which something has happened. */
  broken(): string | null {
    if (this.found !== null || this.touched.length === 0) return this.found
    const { touched } = this
    this.touched = []
    for (const tally of touched) {
      tally.touched = false
      const broken = this.brokenOf(tally)
      if (broken !== null) return broken
    }
    return null
  }

  /** Of all; nobody receives any more. */
  brokenAtEnd(): string | null {
    for (const tally of this.tallies) {
      if ((tally as Tally | undefined) === undefined) continue
      const broken = this.brokenOf(tally)
      if (broken !== null) return broken
      if (this.settings.messages && tally.handed > 0) return `messages: of ${tally.sent} sent to ${tally.cell.ref.toString()}, ${tally.handed} have vanished in the hands of a receive, which has neither taken nor given them back`
    }
    return null
  }

  private tally(cell: Cell): Tally {
    const tally = (this.tallies[cell.id] ??= new Tally(cell))
    if (!tally.touched) {
      tally.touched = true
      this.touched.push(tally)
    }
    return tally
  }

  private brokenOf(tally: Tally): string | null {
    const { cell } = tally
    const { messages, order, mailboxes } = this.settings
    return (messages ? brokenSum(tally) : null) ?? (order ? this.brokenOrder(cell) : null) ?? (mailboxes ? brokenMailbox(cell) : null)
  }

  private takenLater(cell: Cell, envelope: Envelope): void {
    if (!this.settings.order) return
    for (let earlier = envelope.before; earlier !== null; earlier = earlier.before) {
      if (earlier.sender === envelope.sender && earlier.kind < CONTINUATION && this.isEarlier(earlier, envelope)) {
        this.found ??= `order: ${cell.ref.toString()} takes ${inWords(envelope)} before ${inWords(earlier)}, which came earlier from the same sender`
        return
      }
    }
  }

  private isEarlier(one: Envelope, other: Envelope): boolean {
    return (this.numbers.get(one) ?? 0) < (this.numbers.get(other) ?? 0)
  }

  private brokenOrder(cell: Cell): string | null {
    const { extras, first } = cell
    const room = extras === null ? null : extras.room
    if ((first === null || first.after === null) && (room === null || room.first === null)) return null
    const last = new Map<Cell | "outside", Envelope>()
    for (const list of [cell, room]) {
      for (let envelope = list?.first ?? null; envelope !== null; envelope = envelope.after) {
        if (envelope.kind >= CONTINUATION || (envelope.sender === null && !isCounted(envelope))) continue
        const sender = envelope.sender ?? "outside"
        const before = last.get(sender)
        if (before !== undefined && this.isEarlier(envelope, before)) {
          return `order: in the mailbox of ${cell.ref.toString()} ${inWords(before)} stands before ${inWords(envelope)}, which came earlier from the same sender`
        }
        last.set(sender, envelope)
      }
    }
    return null
  }
}

function brokenSum({ cell, handed, handled, lost, sent }: Tally): string | null {
  const unread = countUnread(cell)
  const missing = sent - handled - lost - handed - unread
  if (missing === 0) return null
  const what = missing > 0 ? `${missing} have vanished` : `${-missing} more than were sent`
  return `messages: of ${sent} sent to ${cell.ref.toString()}, ${handled} were handled, ${lost} lost, ${unread + handed} are unread: ${what}`
}

function countUnread(cell: Cell): number {
  const { extras, flags } = cell
  let unread = countIn(cell)
  if (extras === null) return unread
  if (extras.room !== null) unread += countIn(extras.room)
  if (extras.stash !== null) unread += countIn(extras.stash)
  if ((flags & EVENTS) !== 0 && cell.actor !== undefined) for (const list of machineOf(cell).lists) unread += countIn(list)
  return unread
}

function countIn(list: EnvelopeList): number {
  let number = 0
  for (let envelope = list.first; envelope !== null; envelope = envelope.after) if (envelope.kind < CONTINUATION) number++
  return number
}

function brokenMailbox(cell: Cell): string | null {
  let counted = 0
  for (let envelope = cell.first; envelope !== null; envelope = envelope.after) if (isCounted(envelope)) counted++
  if (counted !== cell.size) return `mailboxes: ${cell.ref.toString()} counts ${cell.size} unread messages, but has ${counted}`
  if (cell.first === null || (cell.flags & (IDLE | SUSPENDED)) !== IDLE || cell.state >= EXITING) return null
  return `mailboxes: ${cell.ref.toString()} waits for a message, though ${inWords(cell.first)} is unread: it was not woken`
}

function inWords(envelope: Envelope): string {
  const { method, payload } = envelope
  if (!isCounted(envelope)) return method === "" ? "a message of the system" : `a signal (${method})`
  return method === "" ? describeValue(payload) : `${method}()`
}

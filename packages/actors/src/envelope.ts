/**
 * Envelopes: what stands in a mailbox.
 *
 * Invariants:
 * 1. An envelope stands in at most one list, and `list` says in which.
 * 2. The user's kinds (up to CALL) are counted by the mailbox and subject to its policy; the others are neither.
 */
import type { Cell } from "./cell.ts"

/** What was sent: `payload` is the message. */
export const MESSAGE = 0
/** A method to be called: `payload` is the list of arguments. */
export const CAST = 1
/** The same, with somebody who waits for the answer. */
export const CALL = 2
/** The end of a monitored process: `payload` is a Down. */
export const DOWN = 3
/** A trapped exit signal: `payload` is an Exit. */
export const EXIT = 4
/** Of a timer: `payload` is the timer. */
export const TICK = 5
/** A request to end: `payload` is the reason. */
export const STOP = 6
/** A request of a tool: `payload` is a function of the cell. */
export const SYSTEM = 7
/** What `continueWith` puts before all of these: `payload` is a function. */
export const CONTINUATION = 8
/** Of a state machine itself: `payload` is an event, or the timer of one. */
export const EVENT = 9

/** How many envelopes have been made, in a circle of 32 bits, which two of one mailbox are never half of apart. */
let made = 0

/** A doubly linked list of envelopes. */
export interface EnvelopeList {
  first: Envelope | null
  last: Envelope | null
}

/** What stands in a mailbox, in its waiting room or in a stash. */
export class Envelope {
  declare after: Envelope | null
  declare before: Envelope | null
  declare list: EnvelopeList | null
  declare readonly kind: number
  declare readonly sender: Cell | null
  declare readonly method: string
  declare readonly payload: unknown
  /** Tells which of two came first. */
  declare readonly number: number

  constructor(kind: number, sender: Cell | null, method: string, payload: unknown) {
    this.after = null
    this.before = null
    this.list = null
    this.kind = kind
    this.sender = sender
    this.method = method
    this.payload = payload
    this.number = made = (made + 1) | 0
  }

  /** It will not be handled: because the receiver has ended, is full, or drops. */
  lost(cell: Cell, why: LostBecause): void {
    cell.world.deadLetters.add(cell.ref, this, why)
  }

  /** It has come in from the waiting room. */
  admitted(): void {}
}

/** Why an envelope is not handled. */
export type LostBecause = "dead" | "full" | "dropped" | "schema" | "unread"

/** Appends an envelope that is in no list. */
export function append(list: EnvelopeList, envelope: Envelope): void {
  const { last } = list
  envelope.list = list
  envelope.before = last
  if (last === null) list.first = envelope
  else last.after = envelope
  list.last = envelope
}

/** Puts an envelope that is in no list before all others. */
export function prepend(list: EnvelopeList, envelope: Envelope): void {
  const { first } = list
  envelope.list = list
  envelope.after = first
  if (first === null) list.last = envelope
  else first.before = envelope
  list.first = envelope
}

/** Puts an envelope that is in no list back where it stood: before all that came later. */
export function restore(list: EnvelopeList, envelope: Envelope): void {
  let later = list.first
  while (later !== null && ((later.number - envelope.number) | 0) < 0) later = later.after
  if (later === null) {
    append(list, envelope)
    return
  }
  const { before } = later
  envelope.list = list
  envelope.before = before
  envelope.after = later
  later.before = envelope
  if (before === null) list.first = envelope
  else before.after = envelope
}

/** Takes an envelope out of the list that it stands in. */
export function unlink(envelope: Envelope): void {
  const { after, before } = envelope
  const list = envelope.list as EnvelopeList
  if (before === null) list.first = after
  else before.after = after
  if (after === null) list.last = before
  else after.before = before
  envelope.after = null
  envelope.before = null
  envelope.list = null
}

/** Whether an envelope is of the user: counted, and subject to the mailbox's policy. */
export function isCounted(envelope: Envelope): boolean {
  return envelope.kind <= CALL
}

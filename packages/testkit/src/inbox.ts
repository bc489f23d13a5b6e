/**
 * The messages of a probe: all that have come, and those that no expectation has taken.
 *
 * Invariants:
 * 1. Every message is noted once, in the order in which it came. Those that stand in the mailbox still have been sent, and count as received.
 */
import { Down, type Monitor } from "@vivarium/actors"
import { addWatcher, type Cell, EXITING } from "@vivarium/actors/lowlevel"
import { type Routine, type RunLoop, schedule, select, sleep } from "@vivarium/core"
import { Offer, wake, type WaitNode, WaitQueue } from "@vivarium/core/lowlevel"
import { type Note, unreadOf } from "./probe-note.ts"

export class Inbox {
  readonly cell: Cell
  private readonly noted: Note[] = []
  private readonly unread: Note[] = []
  /** What expectations have taken, in order. */
  readonly taken: unknown[] = []
  private readonly downs = new Map<Monitor, Down>()
  /** Those who wait for one more. */
  readonly waiting: WaitQueue = new WaitQueue()

  constructor(cell: Cell) {
    this.cell = cell
    addWatcher(cell, { fire: () => this.wakeAll() })
  }

  get now(): number {
    return this.cell.loop.clock.now()
  }

  get closed(): boolean {
    return this.cell.state >= EXITING
  }

  /** All messages, the oldest first. */
  get received(): unknown[] {
    return [...this.noted.map(({ message }) => message), ...unreadOf(this.cell)]
  }

  /** Those that nobody has taken. */
  get open(): unknown[] {
    return [...this.unread.map(({ message }) => message), ...unreadOf(this.cell)]
  }

  note(note: Note): void {
    this.noted.push(note)
    this.unread.push(note)
    if (note.message instanceof Down) this.downs.set(note.message.monitor, note.message)
    this.wakeAll()
  }

  /** Takes the oldest, and waits for it until a time of the clock; null if nothing comes, or can come any more. */
  *next(end: number): Routine<Note | null> {
    yield* this.until(() => this.unread.length > 0, end)
    const note = this.unread.shift()
    if (note === undefined) return null
    this.taken.push(note.message)
    return note
  }

  /** Waits for the Down of a monitor, wherever it stands; it counts as taken. */
  *down(monitor: Monitor, end: number): Routine<Down | null> {
    yield* this.until(() => this.downs.has(monitor), end)
    const at = this.unread.findIndex(({ message }) => message instanceof Down && message.monitor === monitor)
    if (at >= 0) this.unread.splice(at, 1)
    return this.downs.get(monitor) ?? null
  }

  /** Waits until something holds; says whether it does. When the time is up, what has come by then still counts. */
  *until(holds: () => boolean, end: number): Routine<boolean> {
    for (;;) {
      if (holds()) return true
      if (this.closed) return false
      const left = end - this.now
      if (left <= 0) {
        yield* schedule()
        return holds()
      }
      const arrival = new Arrival(this)
      yield* left === Infinity ? arrival : select({ arrival, late: sleep(left) }, { priority: true })
    }
  }

  /** How many have been noted. */
  get count(): number {
    return this.noted.length
  }

  private wakeAll(): void {
    for (let node = this.waiting.shift(); node !== null; node = this.waiting.shift()) wake(node, undefined)
  }
}

/** Passes when something more comes, or nothing will any more. */
class Arrival extends Offer<void> {
  private readonly inbox: Inbox
  private readonly seen: number

  constructor(inbox: Inbox) {
    super()
    this.inbox = inbox
    this.seen = inbox.count
  }

  override get owner(): RunLoop {
    return this.inbox.cell.loop
  }

  ready(): boolean {
    return this.inbox.count > this.seen || this.inbox.closed
  }

  take(): void {}

  park(node: WaitNode): void {
    this.inbox.waiting.push(node)
  }

  unpark(node: WaitNode): void {
    this.inbox.waiting.remove(node)
  }

  describe(): string {
    return `a message for ${this.inbox.cell.ref.toString()}`
  }
}

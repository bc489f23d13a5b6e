/**
 * Deadlines of waits: one list for each length of time, and one timer for each list that has somebody in it.
 *
 * Waits of one length end in the order in which they began, so a list is in order by itself: to begin and to end a wait is O(1), whatever the number of
 * connections. A list that nobody is in has no timer: nothing holds a process, or moves virtual time, for waits that are over.
 *
 * Invariants:
 * 1. A list's timer is set exactly while it has entries, for the first one's deadline or an earlier time.
 * 2. An entry that is in no list has `list` null.
 */
import type { RunLoop } from "@vivarium/core"
import { cancelTimer, type Entry, startTimer, type Timer } from "@vivarium/core/lowlevel"

/** How many lists a loop has before it looks for empty ones to drop; those of few lengths are kept for the next waits. */
const FIRST_SWEEP = 64

/** One wait that must end. */
export abstract class Deadline {
  /** When, by the loop's clock. */
  at = 0
  list: DeadlineList | null = null
  next: Deadline | null = null
  before: Deadline | null = null

  /** It has waited too long; it is in no list any more. */
  abstract expire(): void

  /** Begins to wait; nothing happens if there is no limit. */
  begin(loop: RunLoop, ms: number): void {
    if (ms !== Infinity) listFor(loop, ms).add(this)
  }

  /** It does not wait any more. */
  end(): void {
    this.list?.remove(this)
  }
}

/**
 * A time limit of an action: rejects it. `timeout()` would perform the action in a tasklet of its own, whose error is an uncaught one if who waits is killed
 * just when it comes: that a peer cannot be reached must not end the process.
 */
export class Limit extends Deadline {
  private readonly late: () => void

  constructor(late: () => void) {
    super()
    this.late = late
  }

  expire(): void {
    this.late()
  }
}

class DeadlineList implements Entry {
  private readonly loop: RunLoop
  private readonly ms: number
  private first: Deadline | null = null
  private last: Deadline | null = null
  private timer: Timer | null = null

  constructor(loop: RunLoop, ms: number) {
    this.loop = loop
    this.ms = ms
  }

  get empty(): boolean {
    return this.first === null
  }

  add(entry: Deadline): void {
    const { last, loop } = this
    entry.at = loop.clock.now() + this.ms
    entry.list = this
    entry.before = last
    if (last === null) this.first = entry
    else last.next = entry
    this.last = entry
    this.timer ??= startTimer(loop, entry.at, this)
  }

  remove(entry: Deadline): void {
    const { before, next } = entry
    if (before === null) this.first = next
    else before.next = next
    if (next === null) this.last = before
    else next.before = before
    entry.list = null
    entry.next = null
    entry.before = null
    if (this.first !== null || this.timer === null) return
    cancelTimer(this.loop, this.timer)
    this.timer = null
  }

  enter(): void {
    this.timer = null
    const now = this.loop.clock.now()
    for (let entry = this.first; entry !== null && entry.at <= now; entry = this.first) {
      this.remove(entry)
      entry.expire()
    }
    if (this.first !== null) this.timer ??= startTimer(this.loop, this.first.at, this)
  }
}

/** The lists of one loop, by their length. */
interface Lists {
  readonly byLength: Map<number, DeadlineList>
  /** At how many it looks for empty ones: twice as many as were left the last time, so that it need not look at all of them for each new one. */
  sweepAt: number
}

const listsOf = new WeakMap<RunLoop, Lists>()

function listFor(loop: RunLoop, ms: number): DeadlineList {
  let lists = listsOf.get(loop)
  if (lists === undefined) {
    lists = { byLength: new Map(), sweepAt: FIRST_SWEEP }
    listsOf.set(loop, lists)
  }
  const { byLength } = lists
  const known = byLength.get(ms)
  if (known !== undefined) return known
  if (byLength.size >= lists.sweepAt) {
    for (const [length, list] of byLength) if (list.empty) byLength.delete(length)
    lists.sweepAt = Math.max(FIRST_SWEEP, 2 * byLength.size)
  }
  const made = new DeadlineList(loop, ms)
  byLength.set(ms, made)
  return made
}

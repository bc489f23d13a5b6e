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

/** How many empty lists a loop keeps for the next waits of their length. */
const MOST_EMPTY = 64

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

const listsOf = new WeakMap<RunLoop, Map<number, DeadlineList>>()

function listFor(loop: RunLoop, ms: number): DeadlineList {
  let lists = listsOf.get(loop)
  if (lists === undefined) {
    lists = new Map()
    listsOf.set(loop, lists)
  }
  const known = lists.get(ms)
  if (known !== undefined) return known
  if (lists.size >= MOST_EMPTY) for (const [length, list] of lists) if (list.empty) lists.delete(length)
  const made = new DeadlineList(loop, ms)
  lists.set(ms, made)
  return made
}

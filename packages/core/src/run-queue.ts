/**
 * The run queue: the runnable tasklets in the order in which they will run.
 *
 * Invariants:
 * 1. Every tasklet in it is READY, and every READY tasklet of the scheduler is in it.
 * 2. Hand-overs stand in a lane of their own, in hand-over order: they run first and are never subject to `pick`.
 * 3. Behind them the order is first in, first out: nothing but hand-overs ever overtakes.
 */
import { READY } from "./state.ts"
import type { Tasklet } from "./tasklet.ts"

/** @internal */
export class RunQueue {
  declare first: Tasklet | null
  declare last: Tasklet | null
  /** The lane of hand-overs. */
  declare handed: Tasklet | null
  declare lastHanded: Tasklet | null
  declare length: number

  constructor() {
    this.first = null
    this.last = null
    this.handed = null
    this.lastHanded = null
    this.length = 0
  }

  /** Appends: it runs after all that are runnable now. */
  push(tasklet: Tasklet): void {
    const last = this.last
    tasklet.before = last
    if (last === null) this.first = tasklet
    else last.after = tasklet
    this.last = tasklet
    tasklet.state = READY
    this.length++
  }

  /** Hands over: it runs before all but earlier hand-overs, as soon as the caller stops. */
  handOver(tasklet: Tasklet): void {
    const last = this.lastHanded
    tasklet.before = last
    if (last === null) this.handed = tasklet
    else last.after = tasklet
    this.lastHanded = tasklet
    tasklet.state = READY
    this.length++
  }

  /** Takes the next tasklet out, or returns null. */
  shift(): Tasklet | null {
    const handed = this.handed
    if (handed !== null) {
      const next = handed.after as Tasklet | null
      this.handed = next
      if (next === null) this.lastHanded = null
      else {
        next.before = null
        handed.after = null
      }
      this.length--
      return handed
    }
    const tasklet = this.first
    if (tasklet === null) return null
    const after = tasklet.after as Tasklet | null
    this.first = after
    if (after === null) this.last = null
    else {
      after.before = null
      tasklet.after = null
    }
    this.length--
    return tasklet
  }

  /** Takes a tasklet out, wherever it stands. */
  remove(tasklet: Tasklet): void {
    const after = tasklet.after as Tasklet | null
    const before = tasklet.before as Tasklet | null
    if (before !== null) before.after = after
    else if (tasklet === this.handed) this.handed = after
    else this.first = after
    if (after !== null) after.before = before
    else if (tasklet === this.lastHanded) this.lastHanded = before
    else this.last = before
    tasklet.after = null
    tasklet.before = null
    this.length--
  }

  /** The tasklet at a position behind the hand-overs, 0 being the first; it must exist. O(position). */
  at(position: number): Tasklet {
    let tasklet = this.first as Tasklet
    for (let left = position; left > 0; left--) tasklet = tasklet.after as Tasklet
    return tasklet
  }

  /** All runnable tasklets, the next to run first. */
  toArray(): Tasklet[] {
    const all: Tasklet[] = []
    for (let tasklet = this.handed; tasklet !== null; tasklet = tasklet.after as Tasklet | null) all.push(tasklet)
    for (let tasklet = this.first; tasklet !== null; tasklet = tasklet.after as Tasklet | null) all.push(tasklet)
    return all
  }
}

/**
 * The run queue: the runnable tasklets in the order in which they will run.
 *
 * Invariants:
 * 1. Every tasklet in it is READY, and every READY tasklet of the scheduler is in it.
 * 2. Hand-overs stand in front, in hand-over order, up to and including `lastHanded`; they are never subject to `pick`.
 * 3. Behind them the order is first in, first out: nothing but hand-overs ever overtakes.
 */
import { READY } from "./state.ts"
import type { Tasklet } from "./tasklet.ts"

/** @internal */
export class RunQueue {
  declare first: Tasklet | null
  declare last: Tasklet | null
  declare lastHanded: Tasklet | null
  declare length: number

  constructor() {
    this.first = null
    this.last = null
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
    const before = this.lastHanded
    const after = before === null ? this.first : (before.after as Tasklet | null)
    tasklet.before = before
    tasklet.after = after
    if (before === null) this.first = tasklet
    else before.after = tasklet
    if (after === null) this.last = tasklet
    else after.before = tasklet
    this.lastHanded = tasklet
    tasklet.state = READY
    this.length++
  }

  /** Takes the first tasklet out, or returns null. */
  shift(): Tasklet | null {
    const tasklet = this.first
    if (tasklet === null) return null
    const after = tasklet.after as Tasklet | null
    this.first = after
    if (after === null) this.last = null
    else {
      after.before = null
      tasklet.after = null
    }
    if (tasklet === this.lastHanded) this.lastHanded = null
    this.length--
    return tasklet
  }

  /** Takes a tasklet out, wherever it stands. */
  remove(tasklet: Tasklet): void {
    const after = tasklet.after as Tasklet | null
    const before = tasklet.before as Tasklet | null
    if (before === null) this.first = after
    else before.after = after
    if (after === null) this.last = before
    else after.before = before
    if (tasklet === this.lastHanded) this.lastHanded = before
    tasklet.after = null
    tasklet.before = null
    this.length--
  }

  /** The tasklet at a position, 0 being the next to run; the position must exist. O(position). */
  at(position: number): Tasklet {
    let tasklet = this.first as Tasklet
    for (let left = position; left > 0; left--) tasklet = tasklet.after as Tasklet
    return tasklet
  }

  /** All runnable tasklets, the next to run first. */
  toArray(): Tasklet[] {
    const all: Tasklet[] = []
    for (let tasklet = this.first; tasklet !== null; tasklet = tasklet.after as Tasklet | null) all.push(tasklet)
    return all
  }
}

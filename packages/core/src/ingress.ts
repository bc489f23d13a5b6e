/**
 * The ingress: the one gate through which the outside (promises, callbacks) enters a scheduler.
 *
 * What arrives while one of the scheduler's tasklets is running enters at once; anything else waits in line until the next
 * run takes it in, at its start or when the run queue is empty.
 */
import { realm } from "./realm.ts"
import type { RunLoop } from "./run-loop.ts"

/** Something that comes from outside. */
export interface Entry {
  /** Called by the scheduler when it takes the entry in: wakes somebody, usually. */
  enter(): void
}

/** The gate of one scheduler. */
export class Ingress {
  private line: Entry[] = []
  private readonly scheduler: RunLoop

  constructor(scheduler: RunLoop) {
    this.scheduler = scheduler
  }

  /** How many entries wait in line. */
  get length(): number {
    return this.line.length
  }

  /** Lets something in: at once from inside a tasklet of this scheduler, else at its next run. */
  accept(entry: Entry): void {
    if (realm.current !== null && realm.current.scheduler === this.scheduler) {
      entry.enter()
      return
    }
    this.line.push(entry)
    this.scheduler.events.wake()
  }

  /** @internal Takes in all that waits in line, in order; says whether there was anything. */
  takeIn(): boolean {
    const { line } = this
    if (line.length === 0) return false
    this.line = []
    for (const entry of line) this.enter(entry)
    return true
  }

  /** @internal Takes one entry in: its error is nobody's. */
  enter(entry: Entry): void {
    try {
      entry.enter()
    } catch (error) {
      this.scheduler.uncaughtError(error, null)
    }
  }
}

/**
 * Streaks: slices in a row that a tasklet has ended by giving way, without waiting for anything. One that goes on like that polls, and a
 * strategy that is free to favour it would never come to an end (fair scheduling: Musuvathi and Qadeer, PLDI 2008). Our own loops that poll say so:
 * to look again before anybody else has run would change nothing.
 */
import type { Cell } from "@vivarium/actors/lowlevel"
import type { Tasklet } from "@vivarium/core"
import { POLL } from "@vivarium/core/lowlevel"
import type { Run } from "./run.ts"

/** A few in a row are no polling yet. */
const PATIENCE = 4
/** An actor gives way after each message, and has done something: only one that sends to itself all the time could go on like that for ever. */
const MESSAGE = 1 / 8

export class Streaks {
  private readonly lengths = new Map<number, number>()
  /** Who has looked in vain since anybody else has run. */
  private readonly polling = new Set<number>()

  clear(): void {
    this.lengths.clear()
    this.polling.clear()
  }

  /** Notes the slice that has just ended; gives its tasklet if it has given way too often. */
  note(run: Run): Tasklet | null {
    const { ran } = run
    if (ran === null) return null
    if (ran.op === POLL) {
      this.polling.add(ran.id)
      return ran
    }
    if (this.polling.size > 0) this.polling.clear()
    if (!run.gaveWay(ran)) {
      if (this.lengths.size > 0) this.lengths.delete(ran.id)
      return null
    }
    const length = (this.lengths.get(ran.id) ?? 0) + (isBetweenMessages(ran) ? MESSAGE : 1)
    this.lengths.set(ran.id, length)
    return length >= PATIENCE ? ran : null
  }

  /** How often patience with it has come to an end, in a row; Infinity if its next slice would change nothing. */
  tirednessOf(tasklet: Tasklet): number {
    if (this.polling.has(tasklet.id)) return Infinity
    return this.lengths.size === 0 ? 0 : Math.floor((this.lengths.get(tasklet.id) ?? 0) / PATIENCE)
  }
}

function isBetweenMessages({ owner }: Tasklet): boolean {
  return owner !== null && (owner as Cell).current === null
}

/** Slowness: tasklets that do not run until nothing else can. This is but an order of those that can run, so nothing impossible comes of it. */
import type { Tasklet } from "@vivarium/core"
import type { RunQueue } from "@vivarium/core/lowlevel"
import { LONGEST_SLOW } from "./limits.ts"

export class SlowTasklets {
  /** Each with the number of the slice after which it has its turn again: somebody may poll for what it does. */
  private readonly held = new Map<Tasklet, number>()

  has(tasklet: Tasklet): boolean {
    return this.held.has(tasklet)
  }

  hold(tasklet: Tasklet, slices: number): void {
    this.held.set(tasklet, slices + LONGEST_SLOW)
  }

  /** A slice has ended. */
  sliced(ran: Tasklet | null, slices: number): void {
    if (this.held.size === 0) return
    for (const [tasklet, until] of this.held) if (tasklet === ran || !tasklet.alive || slices >= until) this.held.delete(tasklet)
  }

  /** Nothing can run any more: nobody is slow from here on. */
  release(): void {
    this.held.clear()
  }

  /** Moves those behind all others; gives how many others there are, or if there are none, how many there are in all. */
  holdBack(queue: RunQueue, count: number): number {
    if (this.held.size === 0) return count
    const behind: Tasklet[] = []
    for (let tasklet = queue.first; tasklet !== null; tasklet = tasklet.after as Tasklet | null) if (this.held.has(tasklet)) behind.push(tasklet)
    if (behind.length === count) return count
    for (const tasklet of behind) {
      queue.remove(tasklet)
      queue.push(tasklet)
    }
    return count - behind.length
  }
}

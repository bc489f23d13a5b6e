/**
 * Probabilistic concurrency testing (Burckhardt et al., ASPLOS 2010): every tasklet has a random priority, the highest runs, and at d - 1
 * random slices the one that would run falls behind all others. A bug that needs d orderings is found by one run with a probability of at
 * least 1 / (n k^(d-1)), with n tasklets and k slices.
 */
import { Random, type Tasklet } from "@vivarium/core"
import type { ChoiceKind } from "./choice.ts"
import { FaultOdds } from "./fault-odds.ts"
import { Streaks } from "./streaks.ts"
import type { Run } from "./run.ts"
import type { Strategy } from "./strategy.ts"

const FIRST_GUESS_SLICES = 50

export class Pct implements Strategy {
  readonly name: string
  private readonly depth: number
  private readonly random: Random
  private readonly faults: FaultOdds
  private readonly streaks = new Streaks()
  private priorities = new Map<number, number>()
  private changes: number[] = []
  private lowest = 0
  private runs = 0
  private mostSlices = 0
  private mostTasklets = 1

  constructor(seed: number, depth: number) {
    this.name = `pct, depth ${depth}, seed ${seed}`
    this.depth = depth
    this.random = new Random(seed)
    this.faults = new FaultOdds(this.random)
  }

  begin(): boolean {
    this.faults.begin()
    this.streaks.clear()
    this.priorities = new Map()
    this.lowest = 0
    const slices = this.mostSlices === 0 ? FIRST_GUESS_SLICES : this.mostSlices
    this.changes = Array.from({ length: this.depth - 1 }, () => 1 + this.random.integer(slices)).sort((a, b) => a - b)
    return true
  }

  choose(kind: ChoiceKind, count: number, run: Run): number {
    if (kind === "fault") return this.faults.choose(count)
    if (kind !== "tasklet") return this.random.integer(count)
    let position = this.highest(run)
    while (this.changes[0] !== undefined && run.slices >= this.changes[0]) {
      this.changes.shift()
      this.priorities.set(run.runnable(position).id, --this.lowest)
      position = this.highest(run)
    }
    return position
  }

  /** One that gives way again and again, without waiting, must not keep the others waiting for ever. */
  sliced(run: Run): void {
    const tired = this.streaks.note(run)
    if (tired !== null) this.priorities.set(tired.id, --this.lowest)
  }

  ended(run: Run): void {
    this.runs++
    this.mostSlices = Math.max(this.mostSlices, run.slices)
    this.mostTasklets = Math.max(this.mostTasklets, run.scheduler.statistics().created)
  }

  /** With which probability a bug of this depth would have been found by now. */
  get coverage(): string {
    const once = 1 / (this.mostTasklets * this.mostSlices ** (this.depth - 1))
    const found = 1 - (1 - once) ** this.runs
    return `a bug of depth ${this.depth} would have been found with a probability of at least ${found.toPrecision(2)} (${this.mostTasklets} tasklets, ${this.mostSlices} slices)`
  }

  private highest(run: Run): number {
    let best = 0
    let bestPriority = -Infinity
    let position = 0
    for (const tasklet of run.eachRunnable()) {
      const priority = this.priorityOf(tasklet)
      if (priority > bestPriority) {
        best = position
        bestPriority = priority
      }
      position++
    }
    return best
  }

  private priorityOf({ id }: Tasklet): number {
    const known = this.priorities.get(id)
    if (known !== undefined) return known
    const drawn = this.random.next()
    this.priorities.set(id, drawn)
    return drawn
  }
}

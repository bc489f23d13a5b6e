/**
 * Probabilistic concurrency testing (Burckhardt et al., ASPLOS 2010): every tasklet has a random priority, the highest runs, and at d - 1
 * random slices the one that would run falls behind all others. A bug that needs d orderings is found by one run with a probability of at
 * least 1 / (n k^(d-1)), with n tasklets and k slices.
 *
 * As in the paper, the change points are drawn independently of one another, so two may coincide; the i-th one drawn gives the priority i, so that who falls
 * earlier may come to stand before or behind who falls later. A tasklet draws its priority when it first can be chosen, whenever it was created: all orders of all
 * tasklets are equally likely.
 */
import { Random, type Tasklet } from "@vivarium/core"
import type { ChoiceKind } from "./choice.ts"
import { FaultOdds } from "./fault-odds.ts"
import { Streaks } from "./streaks.ts"
import type { Run } from "./run.ts"
import type { Strategy } from "./strategy.ts"

const FIRST_GUESS_SLICES = 50

/** At which slice the priority of its tasklet becomes which. */
interface Change {
  readonly slice: number
  readonly priority: number
}

export class Pct implements Strategy {
  readonly name: string
  private readonly depth: number
  private readonly random: Random
  private readonly faults: FaultOdds
  private readonly streaks = new Streaks()
  private priorities = new Map<number, number>()
  /** Those to come, the next one first. */
  private changes: Change[] = []
  private lowest = 0
  /** Runs whose change points were drawn among as many slices as the longest run has. */
  private counted = 0
  private drawnAmong = 0
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
    this.drawnAmong = this.mostSlices === 0 ? FIRST_GUESS_SLICES : this.mostSlices
    this.changes = Array.from({ length: this.depth - 1 }, (_, index) => ({ slice: 1 + this.random.integer(this.drawnAmong), priority: 1 + index }))
    this.changes.sort((a, b) => a.slice - b.slice)
    return true
  }

  choose(kind: ChoiceKind, count: number, run: Run): number {
    // Whoever has kept the others waiting for so long would do it for ever, and so would what fails again and again.
    if (run.isLong) return 0
    if (kind === "fault") return this.faults.choose(count)
    if (kind !== "tasklet") return this.random.integer(count)
    let position = this.highest(run)
    while (this.isChangeDue(run.slices + 1)) {
      this.change(run.runnable(position))
      position = this.highest(run)
    }
    return position
  }

  /** A slice may have come without a choice; then the change of its tasklet counts from now on. One that gives way again and again, without waiting, must not keep the others waiting for ever. */
  sliced(run: Run): void {
    while (this.isChangeDue(run.slices)) this.change(run.ran as Tasklet)
    const tired = this.streaks.note(run)
    if (tired !== null) this.priorities.set(tired.id, --this.lowest)
  }

  ended(run: Run): void {
    this.mostTasklets = Math.max(this.mostTasklets, run.scheduler.statistics().created)
    if (run.slices > this.mostSlices) {
      this.mostSlices = run.slices
      this.counted = 0
    } else if (this.drawnAmong === this.mostSlices) this.counted++
  }

  /** With which probability a bug of this depth would have been found by now. */
  get coverage(): string {
    const once = 1 / (this.mostTasklets * this.mostSlices ** (this.depth - 1))
    const found = this.counted === 0 ? 0 : -Math.expm1(this.counted * Math.log1p(-once))
    return `a bug of depth ${this.depth} would have been found with a probability of at least ${inPercent(found)} (${this.mostTasklets} tasklets, ${this.mostSlices} slices)`
  }

  private isChangeDue(slice: number): boolean {
    const first = this.changes[0]
    return first !== undefined && slice >= first.slice
  }

  private change({ id }: Tasklet): void {
    this.priorities.set(id, (this.changes.shift() as Change).priority)
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
    const drawn = this.depth + this.random.next()
    this.priorities.set(id, drawn)
    return drawn
  }
}

/** Never more than it is. */
function inPercent(probability: number): string {
  const percent = Math.floor(probability * 1000) / 10
  return `${Math.min(percent, 99.9)} %`
}

/**
 * Delays: a schedule by who is held up, instead of by numbers. "The third slice of tasklet 7 is passed over twice" still means the same when something else about
 * the schedule changes, where "choice 40 is a 2" would then be about others: so a schedule can be shrunk one delay at a time.
 */
import type { ChoiceKind } from "./choice.ts"
import type { Run } from "./run.ts"
import type { Chooser } from "./strategy.ts"

/** What deviates from the shipped order: how often whose slice is passed over, and what is chosen otherwise. In the order in which it happened. */
export type Delays = ReadonlyMap<string, number>

/** Names the places at which choices are made, by who has run before and how often. */
class Places {
  private readonly slices = new Map<number, number>()
  private current = 0
  /** How many choices have been made since the last slice began. */
  private made = 0

  sliced({ ran }: Run): void {
    if (ran === null) return
    this.slices.set(ran.id, this.slicesOf(ran.id) + 1)
    this.current = ran.id
    this.made = 0
  }

  /** The next slice of a tasklet. */
  ofSlice(id: number): string {
    return `${id}.${this.slicesOf(id)}`
  }

  /** The next choice that is not of a tasklet: in a slice, or between two. */
  ofChoice(kind: ChoiceKind, { scheduler }: Run): string {
    const id = scheduler.current?.id ?? this.current
    return `${kind} ${this.made++} ${scheduler.current === undefined ? "after" : "in"} ${this.ofSlice(id)}`
  }

  private slicesOf(id: number): number {
    return this.slices.get(id) ?? 0
  }
}

/** Makes the choices of another chooser, and notes them as delays. */
export class DelayNotes implements Chooser {
  private readonly chooser: Chooser
  private readonly places = new Places()
  private readonly noted = new Map<string, number>()

  constructor(chooser: Chooser) {
    this.chooser = chooser
  }

  get delays(): Delays {
    return this.noted
  }

  choose(kind: ChoiceKind, count: number, run: Run): number {
    const index = this.chooser.choose(kind, count, run)
    if (kind !== "tasklet") {
      const place = this.places.ofChoice(kind, run)
      if (index > 0) this.noted.set(place, index)
      return index
    }
    for (let position = 0; position < index; position++) {
      const place = this.places.ofSlice(run.runnable(position).id)
      this.noted.set(place, (this.noted.get(place) ?? 0) + 1)
    }
    return index
  }

  sliced(run: Run): void {
    this.places.sliced(run)
    this.chooser.sliced?.(run)
  }
}

/** Makes choices by delays: what is not delayed comes in the shipped order. */
export class Delayed implements Chooser {
  private readonly left: Map<string, number>
  private readonly places = new Places()

  constructor(delays: Delays) {
    this.left = new Map(delays)
  }

  choose(kind: ChoiceKind, count: number, run: Run): number {
    if (kind !== "tasklet") return Math.min(this.left.get(this.places.ofChoice(kind, run)) ?? 0, count - 1)
    let index = 0
    for (const { id } of run.eachRunnable()) {
      const place = this.places.ofSlice(id)
      const left = this.left.get(place) ?? 0
      if (left === 0 || index === count - 1) break
      this.left.set(place, left - 1)
      index++
    }
    return index
  }

  sliced(run: Run): void {
    this.places.sliced(run)
  }
}

/**
 * Shrinking: from a schedule that fails to one that fails in the same way with as few deviations from the shipped order as can be found.
 *
 * First by delays, which stay what they are when others are left out: in groups (delta debugging: Zeller and Hildebrandt, 2002), the latest first, then one by one, then each to a
 * smaller number. Then by choices: each to the default, or to a smaller number; until nothing helps.
 *
 * Invariants:
 * 1. The best schedule has failed, and is what was really chosen.
 * 2. In the end no single deviation can be left out: the rest would not fail in the same way.
 */
import { Delayed, DelayNotes, type Delays } from "./delays.ts"
import { Given } from "./given.ts"

/** Choices as numbers, up to the last that is not the default. */
export type Schedule = readonly number[]

/** What became of a schedule that was tried: what was really chosen if it failed in the same way, else null. */
export type Outcome = Schedule | null

export class Shrinker {
  private current: Schedule
  private delays: Delays = new Map()

  constructor(failing: Schedule) {
    this.current = trimmed(failing)
  }

  /** The simplest schedule so far that fails. */
  get best(): Schedule {
    return this.current
  }

  /** Gives choosers to be tried, one after another, until none would be simpler. */
  *candidates(): Generator<DelayNotes, void, Outcome> {
    if (this.current.length === 0) return
    const asFound = new DelayNotes(new Given(this.current))
    this.keep(asFound, yield asFound)
    yield* this.withoutDelays()
    while (yield* this.withSmallerDelays());
    while (yield* this.withSmallerChoices());
  }

  private *withoutDelays(): Generator<DelayNotes, void, Outcome> {
    for (let size = this.delays.size; size >= 1; size = Math.floor(size / 2)) {
      for (let end = this.delays.size; end > 0; end = Math.min(end - size, this.delays.size)) {
        const from = Math.max(0, end - size)
        yield* this.try([...this.delays].filter((_, at) => at < from || at >= end))
      }
    }
  }

  /** Each delay halved, else one less. */
  private *withSmallerDelays(): Generator<DelayNotes, boolean, Outcome> {
    let improved = false
    for (const [place, count] of [...this.delays].reverse()) {
      for (const smaller of new Set([Math.floor(count / 2), count - 1])) {
        if (smaller === 0 || this.delays.get(place) !== count) break
        if (yield* this.try([...this.delays].map(([other, delays]) => [other, other === place ? smaller : delays]))) improved = true
      }
    }
    return improved
  }

  private *try(delays: readonly (readonly [place: string, count: number])[]): Generator<DelayNotes, boolean, Outcome> {
    const candidate = new DelayNotes(new Delayed(new Map(delays.filter(([, count]) => count > 0))))
    const before = sum(this.delays.values())
    const chosen = yield candidate
    if (chosen === null || sum(candidate.delays.values()) >= before) return false
    this.keep(candidate, chosen)
    return true
  }

  private *withSmallerChoices(): Generator<DelayNotes, boolean, Outcome> {
    let improved = false
    for (const position of deviationsOf(this.current).reverse()) {
      for (const smaller of smallerThan(this.current[position] ?? 0)) {
        const candidate = new DelayNotes(new Given(this.current.map((index, at) => (at === position ? smaller : index))))
        const chosen = yield candidate
        if (chosen === null || !isSimpler(trimmed(chosen), this.current)) continue
        this.keep(candidate, chosen)
        improved = true
        break
      }
    }
    return improved
  }

  private keep({ delays }: DelayNotes, chosen: Outcome): void {
    if (chosen === null) return
    this.current = trimmed(chosen)
    this.delays = delays
  }
}

/** Without the defaults at its end, which go without saying. */
function trimmed(schedule: Schedule): Schedule {
  let length = schedule.length
  while (length > 0 && schedule[length - 1] === 0) length--
  return schedule.slice(0, length)
}

function deviationsOf(schedule: Schedule): number[] {
  return schedule.flatMap((index, position) => (index === 0 ? [] : [position]))
}

function* smallerThan(index: number): Generator<number, void, undefined> {
  if (index > 0) yield 0
  if (index > 1) yield 1
  if (index > 2) yield index - 1
}

/** Fewer deviations, else less in all, else a shorter run. */
function isSimpler(one: Schedule, other: Schedule): boolean {
  const fewer = deviationsOf(one).length - deviationsOf(other).length
  if (fewer !== 0) return fewer < 0
  const less = sum(one) - sum(other)
  return less !== 0 ? less < 0 : one.length < other.length
}

function sum(numbers: Iterable<number>): number {
  let total = 0
  for (const number of numbers) total += number
  return total
}

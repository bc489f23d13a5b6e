/**
 * Shrinking: from a schedule that fails to one that fails in the same way with as few deviations from the shipped order as can be found.
 *
 * First in groups (delta debugging: Zeller and Hildebrandt, 2002), then one by one, then each to a smaller number; until nothing helps.
 */

/** Choices as numbers, up to the last that is not the default. */
export type Schedule = readonly number[]

/** Made to try a schedule: to be told what was really chosen if it failed in the same way, else null. */
export class Shrinker {
  private current: Schedule

  constructor(failing: Schedule) {
    this.current = trimmed(failing)
  }

  /** The simplest schedule so far that fails. */
  get best(): Schedule {
    return this.current
  }

  /** Gives schedules to be tried, one after another, until none would be simpler. */
  *candidates(): Generator<Schedule, void, Schedule | null> {
    for (let improved = true; improved; ) {
      improved = yield* this.inGroups()
      if (yield* this.toSmaller()) improved = true
    }
  }

  private *inGroups(): Generator<Schedule, boolean, Schedule | null> {
    let improved = false
    for (let size = Math.ceil(deviationsOf(this.current).length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
      for (let from = 0; from < deviationsOf(this.current).length; ) {
        const group = new Set(deviationsOf(this.current).slice(from, from + size))
        if (this.accepts(yield this.current.map((index, position) => (group.has(position) ? 0 : index)))) improved = true
        else from += size
      }
    }
    return improved
  }

  private *toSmaller(): Generator<Schedule, boolean, Schedule | null> {
    let improved = false
    for (const position of deviationsOf(this.current)) {
      for (const smaller of smallerThan(this.current[position] ?? 0)) {
        if (!this.accepts(yield this.current.map((index, at) => (at === position ? smaller : index)))) continue
        improved = true
        break
      }
    }
    return improved
  }

  private accepts(chosen: Schedule | null): boolean {
    if (chosen === null) return false
    const schedule = trimmed(chosen)
    if (!isSimpler(schedule, this.current)) return false
    this.current = schedule
    return true
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

function sum(schedule: Schedule): number {
  return schedule.reduce((total, index) => total + index, 0)
}

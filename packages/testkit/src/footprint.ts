/**
 * Footprints: what slices have touched, so that two can be told to be independent. Each run has its own objects, so they have names that stay the same from run
 * to run as long as the same slices come before.
 *
 * Invariants:
 * 1. Names are given in the order in which objects are made, or first touched: so what has a name at a choice has the same one whenever that choice is come to again.
 * 2. What was first met later may be anything: two slices that both touch such a stranger count as dependent.
 */
import type { Tasklet } from "@vivarium/core"
import { isTasklet, WaitQueue } from "@vivarium/core/lowlevel"

/** How many objects had names at a choice. */
export interface Known {
  readonly made: number
  readonly strangers: number
}

/** What a slice has touched; of one that makes choices, what any of its branches has. */
export class Footprint {
  /** It cannot be told. */
  all = false
  readonly tasklets = new Set<number>()
  /** Primitives, by the order in which they were made. */
  readonly made = new Set<number>()
  /** Other objects, by the order in which they were first touched. */
  readonly strangers = new Set<number>()
  /** Names given by `touch`, and what there is only one of. */
  readonly keys = new Set<unknown>()

  add(other: Footprint): void {
    if (other.all) this.all = true
    for (const set of SETS) for (const one of other[set]) (this[set] as Set<unknown>).add(one)
  }

  /** Whether this one, come to where `known` had names, is independent of another that happened there or later. */
  isIndependentOf(other: Footprint, known: Known): boolean {
    if (this.all || other.all) return false
    if (haveCommon(this.keys, other.keys) || haveCommon(this.tasklets, other.tasklets)) return false
    for (const one of other.made) if (one <= known.made && this.made.has(one)) return false
    let meetsStranger = false
    for (const one of this.strangers) if (one > known.strangers) meetsStranger = true
    for (const one of other.strangers) {
      if (one > known.strangers ? meetsStranger : this.strangers.has(one)) return false
    }
    return true
  }
}

const SETS = ["tasklets", "made", "strangers", "keys"] as const

function haveCommon(one: ReadonlySet<unknown>, other: ReadonlySet<unknown>): boolean {
  for (const each of one) if (other.has(each)) return true
  return false
}

/** Objects are made afresh in each run, and so may symbols be. */
function isSameInEveryRun(key: unknown): boolean {
  return typeof key === "symbol" ? Symbol.keyFor(key) !== undefined : typeof key !== "function" && (typeof key !== "object" || key === null)
}

/** Names the objects of one run, and gathers what its slices touch. */
export class Footprints {
  private readonly made = new Map<unknown, number>()
  private readonly strangers = new Map<unknown, number>()
  private current = new Footprint()

  get known(): Known {
    return { made: this.made.size, strangers: this.strangers.size }
  }

  /** Told of a primitive that was made: its waiting list goes by the same name. */
  name(object: object): void {
    const number = this.made.size + 1
    this.made.set(object, number)
    for (const part of Object.values(object) as unknown[]) if (part instanceof WaitQueue) this.made.set(part, number)
  }

  touched(object: unknown): void {
    if (isTasklet(object)) {
      this.ran(object)
      return
    }
    const { current, strangers } = this
    const made = this.made.get(object)
    if (made !== undefined) {
      current.made.add(made)
      return
    }
    let number = strangers.get(object)
    if (number === undefined) strangers.set(object, (number = strangers.size + 1))
    current.strangers.add(number)
  }

  touchedAll(): void {
    this.current.all = true
  }

  touchedKey(key: unknown): void {
    if (isSameInEveryRun(key)) this.current.keys.add(key)
    else this.touched(key)
  }

  ran(tasklet: Tasklet): void {
    this.current.tasklets.add(tasklet.id)
  }

  /** What was touched since it was asked last. */
  take(): Footprint {
    const { current } = this
    this.current = new Footprint()
    return current
  }
}

/**
 * Delay-bounded exploration (Emmi, Qadeer and Rakamarić, POPL 2011): all schedules that differ from the shipped order by at most so many
 * delays, each exactly once, those with few delays first. Passing a tasklet over puts it at the end of the queue and costs one delay; a
 * fault costs one, and so does any other choice that is not the default.
 */
import type { ChoiceKind } from "./choice.ts"
import { uncontrolledOrder } from "./errors.ts"
import type { Run } from "./run.ts"
import type { Strategy } from "./strategy.ts"

/** Where a schedule leaves the default: position and index, in turn. */
type Deviations = readonly number[]

/** A schedule that has been run, from which others branch off. */
interface Parent {
  readonly deviations: Deviations
  /** The first position at which it may branch off. */
  readonly from: number
  /** How many could be chosen there and later, and of what: two bytes each, for there may be many parents. */
  readonly options: Uint16Array
}

const MOST_OPTIONS = 0x7fff

export class DelayBounded implements Strategy {
  readonly name: string
  private readonly bound: number
  /** By how many delays they take. */
  private readonly parents: Parent[][] = []
  private readonly branches: Iterator<Deviations, void, undefined>
  private current: Deviations = []
  private delays = 0
  /** How many delays a schedule can have, as far as is known: no more than one that has been run, and one deviation more. */
  private reach = 0
  private position = 0
  private next = 0

  constructor(bound: number) {
    this.name = `delay-bounded, bound ${bound}`
    this.bound = bound
    this.branches = this.all()
  }

  begin(): boolean {
    const branch = this.branches.next()
    if (branch.done === true) return false
    this.current = branch.value
    this.position = 0
    this.next = 0
    return true
  }

  choose(_kind: ChoiceKind, count: number): number {
    const here = this.position++
    if (this.current[this.next] !== here) return 0
    const index = this.current[this.next + 1] as number
    this.next += 2
    // Only a program that is not deterministic comes here with fewer; the run is compared with a second one, and tells.
    return Math.min(index, count - 1)
  }

  ended({ choices, failure }: Run): void {
    if (this.next < this.current.length) {
      if (failure === null) throw uncontrolledOrder("it ended before it came to a choice that was there the first time")
      return
    }
    if (this.delays === this.bound) return
    const from = this.current.length === 0 ? 0 : (this.current.at(-2) as number) + 1
    const options = new Uint16Array(choices.length - from)
    for (let at = 0; at < options.length; at++) {
      options[at] = (Math.min(choices.countAt(from + at), MOST_OPTIONS) << 1) | (choices.kindAt(from + at) === "tasklet" ? 1 : 0)
    }
    for (const option of options) this.reach = Math.max(this.reach, this.delays + (option >> 1) - 1)
    const parents = (this.parents[this.delays] ??= [])
    parents.push({ deviations: this.current, from, options })
  }

  /** The shipped order, then all with one delay, then all with two. A schedule branches off from the one without its last deviation. */
  private *all(): Generator<Deviations, void, undefined> {
    yield []
    for (let total = 1; total <= Math.min(this.bound, this.reach); total++) {
      this.delays = total
      for (let before = 0; before < total; before++) {
        for (const parent of this.parents[before] ?? []) yield* branchesOf(parent, total - before)
      }
    }
  }
}

function* branchesOf({ deviations, from, options }: Parent, delays: number): Generator<Deviations, void, undefined> {
  for (let at = 0; at < options.length; at++) {
    const option = options[at] as number
    const count = option >> 1
    if ((option & 1) === 1) {
      if (delays < count) yield [...deviations, from + at, delays]
    } else if (delays === 1) {
      for (let index = 1; index < count; index++) yield [...deviations, from + at, index]
    }
  }
}

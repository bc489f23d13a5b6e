/** The choices of one run, in the order in which they were made: numbers in parallel lists, for there are millions of runs. */
import { type Choice, CHOICE_KINDS, type ChoiceKind } from "./choice.ts"

const NUMBER_OF: Readonly<Record<ChoiceKind, number>> = { tasklet: 0, case: 1, timers: 2, due: 3, fault: 4 }

export class Choices {
  private readonly kinds: number[] = []
  private readonly counts: number[] = []
  /** What was chosen, one by one. */
  readonly indices: number[] = []

  get length(): number {
    return this.indices.length
  }

  /** Notes a choice; gives a number that stands for it in a trace. */
  add(kind: ChoiceKind, count: number, index: number): number {
    const number = NUMBER_OF[kind]
    this.kinds.push(number)
    this.counts.push(count)
    this.indices.push(index)
    return (number << 24) ^ (count << 12) ^ index
  }

  kindAt(position: number): ChoiceKind {
    return CHOICE_KINDS[this.kinds[position] as number] as ChoiceKind
  }

  countAt(position: number): number {
    return this.counts[position] as number
  }

  at(position: number): Choice {
    return { kind: this.kindAt(position), count: this.countAt(position), index: this.indices[position] as number }
  }

  /** How many are not the default. */
  get deviations(): number {
    let count = 0
    for (const index of this.indices) if (index !== 0) count++
    return count
  }
}

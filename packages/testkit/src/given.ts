/** A schedule that is given: what is out of range is the nearest that is possible, and after its end comes the shipped order. */
import type { ChoiceKind } from "./choice.ts"
import type { Chooser } from "./strategy.ts"

export class Given implements Chooser {
  private readonly indices: readonly number[]
  private position = 0

  constructor(indices: readonly number[]) {
    this.indices = indices
  }

  choose(_kind: ChoiceKind, count: number): number {
    return Math.min(this.indices[this.position++] ?? 0, count - 1)
  }
}

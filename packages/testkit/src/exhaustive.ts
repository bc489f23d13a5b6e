/** All schedules of a scenario, depth first: for small ones. */
import type { ChoiceKind } from "./choice.ts"
import type { Strategy } from "./strategy.ts"

interface Node {
  readonly count: number
  index: number
}

export class Exhaustive implements Strategy {
  readonly name = "exhaustive"
  private readonly path: Node[] = []
  private position = 0
  private first = true

  begin(): boolean {
    this.position = 0
    if (this.first) {
      this.first = false
      return true
    }
    for (let node = this.path.at(-1); node !== undefined; node = this.path.at(-1)) {
      if (++node.index < node.count) return true
      this.path.pop()
    }
    return false
  }

  choose(_kind: ChoiceKind, count: number): number {
    const known = this.path[this.position++]
    if (known !== undefined) return Math.min(known.index, count - 1)
    this.path.push({ count, index: 0 })
    return 0
  }

  ended(): void {}
}

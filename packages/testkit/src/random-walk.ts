/** The random walk: every choice by a seeded die. The plainest strategy, and a good one for races that are not deep. */
import { Random } from "@vivarium/core"
import type { ChoiceKind } from "./choice.ts"
import { FaultOdds } from "./fault-odds.ts"
import type { Strategy } from "./strategy.ts"

export class RandomWalk implements Strategy {
  readonly name: string
  private readonly random: Random
  private readonly faults: FaultOdds

  constructor(seed: number) {
    this.name = `random, seed ${seed}`
    this.random = new Random(seed)
    this.faults = new FaultOdds(this.random)
  }

  begin(): boolean {
    this.faults.begin()
    return true
  }

  choose(kind: ChoiceKind, count: number): number {
    return kind === "fault" ? this.faults.choose(count) : this.random.integer(count)
  }

  ended(): void {}
}

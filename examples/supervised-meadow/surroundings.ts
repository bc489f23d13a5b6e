/** What all in the meadow share, and what they have in common. */
import { Actor } from "@vivarium/actors"
import type { Random } from "@vivarium/core"
import type { Blight } from "./blight.ts"
import type { Ledger } from "./ledger.ts"

export interface Surroundings {
  readonly flowers: number
  /** The names of all bees: the queen lays them in this order, and adds those that come later. */
  readonly bees: string[]
  /** How many times as long everything takes: 1 where time jumps, more where people watch. */
  readonly pace: number
  readonly chance: Random
  readonly ledger: Ledger
  readonly blight: Blight
}

/** Somebody who can be hurt: a method raises, which ends it. */
export abstract class Fragile extends Actor {
  hurt(): void {
    throw new Error("was hurt")
  }
}

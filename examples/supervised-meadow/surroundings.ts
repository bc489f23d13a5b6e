/** What all in the meadow share, and what they have in common. */
import { Actor } from "@vivarium/actors"
import type { Random } from "@vivarium/core"
import type { Blight } from "./blight.ts"
import type { Ledger } from "./ledger.ts"

export interface Surroundings {
  readonly flowers: number
  readonly bees: number
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

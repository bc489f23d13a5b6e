/** The queen: a dynamic supervisor begins without children, also when it is restarted. She comes after it, and so lays the bees anew. */
import { Actor, named } from "@vivarium/actors"
import { child, DynamicSupervisor } from "@vivarium/supervision"
import { Bee } from "./bee.ts"
import type { Surroundings } from "./surroundings.ts"

/** How a bee is restarted: each time later, and five times in a row at most. */
export const backoff = { minMs: 10, maxMs: 500, factor: 2, jitter: 0.2, maxAttempts: 5, resetAfterMs: 200 }

export class Queen extends Actor {
  *init(surroundings: Surroundings) {
    const bees = named(DynamicSupervisor, "bees")
    for (let number = 0; number < surroundings.bees; number++) {
      const name = `bee ${number}`
      surroundings.blight.heal(name)
      yield* bees.startChild(child(Bee, { id: name, name, args: [surroundings], backoff }))
    }
  }
}

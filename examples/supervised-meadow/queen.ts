/** The queen: a dynamic supervisor begins without children, also when it is restarted. She comes after it, and so lays the bees anew. */
import { Actor, named, refuse } from "@vivarium/actors"
import { type BackoffOptions, child, DynamicSupervisor } from "@vivarium/supervision"
import { Bee } from "./bee.ts"
import type { Surroundings } from "./surroundings.ts"

/** How often in a row a bee is restarted. */
export const MOST_ATTEMPTS = 5

export class Queen extends Actor {
  #surroundings!: Surroundings
  /** How a bee is restarted: each time later, and a few times in a row at most. */
  #backoff!: BackoffOptions

  *init(surroundings: Surroundings) {
    const { pace } = surroundings
    this.#surroundings = surroundings
    this.#backoff = { minMs: 10 * pace, maxMs: 500 * pace, factor: 2, jitter: 0.2, maxAttempts: MOST_ATTEMPTS, resetAfterMs: 200 * pace }
    for (const name of surroundings.bees) yield* this.#lay(name)
  }

  /** Lays bees that belong to the hive from now on; gives their names, which are counted up where one is taken. Refuses if there would be more bees than `most`. */
  *add(count: number, name: string | undefined, most: number) {
    const { bees } = this.#surroundings
    if (bees.length + count > most) throw refuse(new RangeError(`${bees.length} bees are there already, and ${most} are the most that there may be`))
    const added: string[] = []
    for (let left = count; left > 0; left--) {
      const next = nameFor(name, bees)
      yield* this.#lay(next)
      bees.push(next)
      added.push(next)
    }
    return added
  }

  *#lay(name: string) {
    const { blight } = this.#surroundings
    blight.heal(name)
    yield* named(DynamicSupervisor, "bees").startChild(child(Bee, { id: name, name, args: [this.#surroundings], backoff: this.#backoff }))
  }
}

/** The first one that is free: `bee 100`, or `bee Maya` and then `bee Maya 2`. */
function nameFor(name: string | undefined, taken: readonly string[]): string {
  if (name !== undefined && !taken.includes(`bee ${name}`)) return `bee ${name}`
  for (let number = name === undefined ? taken.length : 2; ; number++) {
    const full = name === undefined ? `bee ${number}` : `bee ${name} ${number}`
    if (!taken.includes(full)) return full
  }
}

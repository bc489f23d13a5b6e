/** Flowers: they ask the weather once, and grow by what it said. So they must not outlive it: that is what `rest_for_one` is for. */
import { named } from "@vivarium/actors"
import type { Jar } from "./ledger.ts"
import { Fragile, type Surroundings } from "./surroundings.ts"
import { Weather } from "./weather.ts"

const GROW_EVERY_MS = 5
/** How much nectar a flower holds. */
const FULL = 50

export class Flower extends Fragile {
  #sun = 0
  #surroundings!: Surroundings
  #jar!: Jar

  *init(surroundings: Surroundings) {
    this.#sun = yield* named(Weather, "weather").call.sun()
    this.#surroundings = surroundings
    this.#jar = surroundings.ledger.open(this.self, "flower")
    this.#wait()
  }

  /** Gives at most so many drops. */
  sip(most: number) {
    return this.#surroundings.ledger.give(this.#jar, most)
  }

  /** Its own timer says that it is time to grow. */
  info(_message: "grow") {
    this.#surroundings.ledger.grow(this.#jar, Math.min(this.#sun, FULL - this.#jar.nectar))
    this.#wait()
  }

  #wait() {
    this.sendAfter(this.#surroundings.pace * GROW_EVERY_MS, "grow")
  }
}

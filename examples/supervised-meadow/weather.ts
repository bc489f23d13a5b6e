/** The weather: how much the sun shines is decided when it comes up, and holds as long as it lives. */
import { Fragile, type Surroundings } from "./surroundings.ts"

const SUNNIEST = 3

export class Weather extends Fragile {
  #sun = 0

  init({ chance }: Surroundings) {
    this.#sun = 1 + chance.integer(SUNNIEST)
  }

  /** How many drops grow at a time. */
  sun() {
    return this.#sun
  }
}

/** Bees: they fly from flower to flower. Those may have ended and come again meanwhile, so bees know them by name. */
import { CallError, named } from "@vivarium/actors"
import { Flower } from "./flower.ts"
import type { Jar } from "./ledger.ts"
import { Fragile, type Surroundings } from "./surroundings.ts"

const FLIGHT_MS = { least: 10, most: 30 }
const SIP = 3
/** How much a bee carries before it flies home. */
const LOAD = 20

export class Bee extends Fragile {
  #surroundings!: Surroundings
  #jar!: Jar

  init(surroundings: Surroundings) {
    surroundings.blight.check(this.self.name ?? "")
    this.#surroundings = surroundings
    this.#jar = surroundings.ledger.open(this.self, "bee")
    this.#fly()
  }

  /** It has arrived. */
  *info(_message: "arrived") {
    const { chance, flowers, ledger } = this.#surroundings
    try {
      ledger.take(this.#jar, yield* named(Flower, `flower ${chance.integer(flowers)}`).call.sip(SIP))
    } catch (error) {
      // The flower is gone, maybe for a moment. There are others.
      if (!(error instanceof CallError)) throw error
    }
    if (this.#jar.nectar >= LOAD) ledger.deliver(this.#jar)
    this.#fly()
  }

  #fly() {
    const { least, most } = FLIGHT_MS
    const { chance, pace } = this.#surroundings
    this.sendAfter(pace * (least + chance.integer(most - least)), "arrived")
  }
}

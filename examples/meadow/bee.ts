/** Bees: actors that call on flowers. One in a thousand falls ill. */
import { Actor, type Ref } from "@vivarium/actors"
import type { Random } from "@vivarium/core"
import type { Flower } from "./flower.ts"

const ILL_IS_ONE_IN = 1_000

export class Bee extends Actor {
  /** What it carries: a public field, so crash reports show it. */
  nectar = 0
  #flowers: readonly Ref<Flower>[] = []
  #chance!: Random
  /** How much of its flight it will be well for. */
  #health = 1

  init(flowers: readonly Ref<Flower>[], chance: Random) {
    this.#flowers = flowers
    this.#chance = chance
    if (chance.integer(ILL_IS_ONE_IN) === 0) this.#health = chance.next()
  }

  /** Flies from flower to flower until it has so many drops. A method that waits is a generator; others go on meanwhile. */
  *forage(drops: number) {
    const wellUntil = Math.floor(this.#health * drops)
    while (this.nectar < drops) {
      if (this.nectar === wellUntil) throw new Error("fell ill")
      const flower = this.#flowers[this.#chance.integer(this.#flowers.length)] as Ref<Flower>
      this.nectar += yield* flower.call.sip()
    }
    return this.nectar
  }
}

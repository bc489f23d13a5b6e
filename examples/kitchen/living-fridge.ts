/** The same fridge as an actor. Answers, time-outs and a fridge that is gone are what `fridge.call` knows about. */
import { Actor } from "@vivarium/actors"

export class LivingFridge extends Actor {
  readonly #shelf: string[] = []

  store(food: string) {
    this.#shelf.push(food)
    return `${food} is in the fridge`
  }

  take(food: string) {
    const place = this.#shelf.indexOf(food)
    if (place < 0) return `there is no ${food}`
    this.#shelf.splice(place, 1)
    return `here is the ${food}`
  }
}

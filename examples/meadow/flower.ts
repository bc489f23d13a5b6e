/** Flowers: actors with a little nectar, that grows back in time. */
import { Actor, type Later } from "@vivarium/actors"

/** How many drops a flower holds. */
const FULL = 1_000
/** How long an empty flower takes to be full again. */
const REFILL_MS = 5

/** Its public methods are its messages, and it handles one at a time: so it needs no locks, and no two bees get the same drop. */
export class Flower extends Actor {
  #nectar = FULL
  #visits = 0
  readonly #thirsty: Later<number>[] = []

  /** Gives a drop of nectar. Whoever comes to an empty flower is answered later; meanwhile it has an ear for others. */
  sip() {
    if (this.#nectar > 0) return this.#giveDrop()
    const answer = this.replyLater<number>()
    this.#thirsty.push(answer)
    return answer
  }

  /** How many drops it has given. */
  visits() {
    return this.#visits
  }

  /** What is no method call comes here: its own timer says that it is full again. */
  info(_message: "refill") {
    this.#nectar = FULL
    for (const answer of this.#thirsty.splice(0, FULL)) answer.reply(this.#giveDrop())
  }

  #giveDrop() {
    this.#nectar--
    this.#visits++
    if (this.#nectar === 0) this.sendAfter(REFILL_MS, "refill")
    return 1
  }
}

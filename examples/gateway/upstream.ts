/** The upstream, as far as we know it: a server elsewhere that answers, most of the time. */
import { type Routine, sleep } from "@vivarium/core"

/** It answers, or says that it does not, or says nothing at all. */
export type Condition = "up" | "down" | "silent"

export class Upstream {
  #condition: Condition = "up"
  #connections = 0

  becomes(condition: Condition): void {
    this.#condition = condition
  }

  /** Gives the number of the connection. */
  *connect(): Routine<number> {
    yield* this.#trip()
    return ++this.#connections
  }

  *ask(question: string): Routine<string> {
    yield* this.#trip()
    return `the answer to ${question}`
  }

  *ping(): Routine {
    yield* this.#trip()
  }

  *#trip(): Routine {
    yield* sleep(this.#condition === "silent" ? Infinity : 10)
    if (this.#condition === "down") throw new Error("the upstream cannot be reached")
  }
}

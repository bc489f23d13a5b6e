/**
 * A bucket of tokens: whoever wants to do something takes one first. It holds a few, so that short bursts pass at once, and gets another one from time to
 * time. The timer runs only while there is something to fill up, and a full bucket that nobody asks any more ends itself.
 */
import { Actor, type Later, refuse } from "@vivarium/actors"

export interface Limits {
  /** How many tokens a full bucket holds. */
  readonly burst: number
  /** How long it takes until there is one more, in milliseconds. */
  readonly refillMs: number
  /** How many may wait for a token. */
  readonly queue: number
  /** How long a full bucket is kept, in milliseconds. */
  readonly idleMs: number
}

export class Bucket extends Actor {
  #limits!: Limits
  #tokens = 0
  #queue: Later<void>[] = []

  init(limits: Limits) {
    this.#limits = limits
    this.#tokens = limits.burst
    this.setIdleTimeout(limits.idleMs, "idle")
  }

  /** Takes a token. If there is none, the answer comes later: first come, first served. */
  take() {
    if (this.#tokens === 0) return this.#wait()
    const { burst, refillMs } = this.#limits
    if (this.#tokens === burst) this.sendAfter(refillMs, "refill", { key: "refill", everyMs: refillMs })
    this.#tokens--
    return undefined
  }

  info(message: "refill" | "idle") {
    if (message === "idle") return this.stop()
    const { burst, idleMs } = this.#limits
    // Those who have given up must not cost the others a token.
    this.#queue = this.#queue.filter(({ open }) => open)
    const next = this.#queue.shift()
    if (next !== undefined) next.reply()
    else if (++this.#tokens === burst) {
      this.cancelTimer("refill")
      this.setIdleTimeout(idleMs, "idle")
    }
    return undefined
  }

  #wait() {
    this.#queue = this.#queue.filter(({ open }) => open)
    if (this.#queue.length === this.#limits.queue) throw refuse(new Error(`${this.#queue.length} wait for a token already`))
    const turn = this.replyLater<void>()
    this.#queue.push(turn)
    return turn
  }
}

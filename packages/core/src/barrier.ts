/** Barriers: a number of tasklets wait for one another. */
import { type SignalOption, withSignal } from "./abort.ts"
import { checkCount } from "./checks.ts"
import { wake } from "./offer.ts"
import type { Operation } from "./operation.ts"
import { QueuedOffer } from "./queued-offer.ts"
import { currentScheduler } from "./realm.ts"
import type { RunLoop } from "./run-loop.ts"
import { WaitQueue } from "./wait-queue.ts"

class Arrive extends QueuedOffer<number> {
  private readonly barrier: Barrier

  constructor(barrier: Barrier, waiting: WaitQueue) {
    super(waiting, barrier.scheduler)
    this.barrier = barrier
  }

  ready(): boolean {
    return this.barrier.onlyOneMissing
  }

  take(): number {
    let position = 0
    for (let node = this.waiting.shift(); node !== null; node = this.waiting.shift()) wake(node, position++)
    return position
  }

  describe(): string {
    return `a barrier with ${this.waiting.countTasklets()} of ${this.barrier.parties} arrived`
  }
}

/**
 * A meeting point of a fixed number of parties: `wait()` passes when all have arrived, and the barrier is then ready for the
 * next round. Whoever is killed while waiting has not arrived.
 *
 * @example
 * ```ts
 * import { Barrier, run, tasklet } from "@vivarium/core"
 *
 * const swarm = new Barrier(2)
 * for (const bee of ["Maya", "Willy"]) {
 *   tasklet(function* () {
 *     console.log(`${bee} waits`)
 *     yield* swarm.wait()
 *     console.log(`${bee} flies`)
 *   })
 * }
 * run()
 * // prints: Maya waits
 * // prints: Willy waits
 * // prints: Willy flies
 * // prints: Maya flies
 * ```
 */
export class Barrier {
  /** @internal */
  readonly scheduler: RunLoop
  /** How many must arrive. */
  readonly parties: number
  private readonly waiting = new WaitQueue()
  private readonly arriving: Operation<number>

  /** The scheduler is the current tasklet's, or the default one, unless given. */
  constructor(parties: number, scheduler: RunLoop = currentScheduler()) {
    checkCount("parties", parties, 1)
    this.scheduler = scheduler
    this.arriving = new Arrive(this, this.waiting)
    this.parties = parties
    scheduler.made?.(this)
  }

  /** Arrives, and waits for the others; gives the order of arrival, from 0. The last to arrive goes on at once, the others are appended. */
  wait(options?: SignalOption): Operation<number> {
    return options === undefined ? this.arriving : withSignal(this.arriving, options)
  }

  /** How many have arrived and wait. */
  statistics(): { readonly parties: number; readonly waiting: number } {
    return { parties: this.parties, waiting: this.waiting.countTasklets() }
  }

  /** @internal Tasklets count, not nodes: a select may wait here by several cases, and never meets itself. */
  get onlyOneMissing(): boolean {
    const others = this.parties - 1
    return this.waiting.size >= others && this.waiting.countTasklets() >= others
  }
}

/** Sleeping: an offer that time makes come true. */
import { type SignalOption, withSignal } from "./abort.ts"
import { checkDuration } from "./checks.ts"
import { Offer } from "./offer.ts"
import type { Operation } from "./operation.ts"
import type { RunLoop } from "./run-loop.ts"
import { type Timer, Timers } from "./timers.ts"
import { taskletOfNode, type WaitNode } from "./wait-queue.ts"

/** @internal */
export class Sleep extends Offer<void> {
  declare readonly ms: number
  declare readonly scheduler: RunLoop | null

  constructor(ms: number, scheduler: RunLoop | null) {
    super()
    this.ms = ms
    this.scheduler = scheduler
  }

  override get owner(): RunLoop | null {
    return this.scheduler
  }

  ready(): boolean {
    return false
  }

  take(): void {}

  park(node: WaitNode): void {
    const loop = taskletOfNode(node).scheduler
    const timers = (loop.timers ??= new Timers())
    node.value = timers.add(loop.clock.now() + this.ms, node)
  }

  unpark(node: WaitNode): void {
    taskletOfNode(node).scheduler.timers?.remove(node.value as Timer)
  }

  override outcome(): void {}

  describe(): string {
    return `sleep(${this.ms})`
  }
}

/**
 * Waits for a number of milliseconds by the scheduler's clock: never shorter. Sleeps that end at the same time wake in the
 * order in which they began. `sleep(0)` gives way to I/O, too.
 *
 * @example
 * ```ts
 * import { main, sleep } from "@vivarium/core"
 *
 * await main(function* () {
 *   yield* sleep(5)
 *   console.log("good morning")
 * })
 * // prints: good morning
 * ```
 */
export function sleep(ms: number, options?: SignalOption): Operation<void> {
  checkDuration("ms", ms)
  const operation = new Sleep(ms, null)
  return options === undefined ? operation : withSignal(operation, options)
}

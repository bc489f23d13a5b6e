/** Offers whose waiters stand in one list: what the primitives share. */
import { Offer } from "./offer.ts"
import type { RunLoop } from "./run-loop.ts"
import type { WaitNode, WaitQueue } from "./wait-queue.ts"

/** @internal */
export abstract class QueuedOffer<T> extends Offer<T> {
  protected readonly waiting: WaitQueue
  private readonly scheduler: RunLoop | null

  constructor(waiting: WaitQueue, scheduler: RunLoop | null) {
    super()
    this.waiting = waiting
    this.scheduler = scheduler
  }

  override get owner(): RunLoop | null {
    return this.scheduler
  }

  park(node: WaitNode): void {
    this.waiting.push(node)
  }

  unpark(node: WaitNode): void {
    this.waiting.remove(node)
  }
}

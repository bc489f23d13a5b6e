/** Answers: slots that are filled once, and read by whoever likes. */
import type { RunLoop } from "@vivarium/core"
import { Offer, wake, wakeWithError, type WaitNode, WaitQueue } from "@vivarium/core/lowlevel"

/** Something that is still to come: an operation that passes, with the same outcome, whenever it is performed after that. */
export class Answer<T> extends Offer<T> {
  private readonly waiting = new WaitQueue()
  private readonly loop: RunLoop | null
  private readonly what: string
  private failed = false
  private value: unknown = undefined
  private done = false

  /** @internal */
  constructor(loop: RunLoop | null, what: string) {
    super()
    this.loop = loop
    this.what = what
  }

  /** Whether it has come, or failed. */
  get settled(): boolean {
    return this.done
  }

  /** The scheduler that it belongs to. */
  override get owner(): RunLoop | null {
    return this.loop
  }

  /** @internal The first time counts. */
  settle(value: unknown, failed: boolean): void {
    if (this.done) return
    this.done = true
    this.value = value
    this.failed = failed
    for (let node = this.waiting.shift(); node !== null; node = this.waiting.shift()) {
      if (failed) wakeWithError(node, value)
      else wake(node, value)
    }
  }

  /** Whether it could be taken at once. */
  ready(): boolean {
    return this.done
  }

  /** What has come; raises the failure. */
  take(): T {
    if (this.failed) throw this.value
    return this.value as T
  }

  /** Waits in line. */
  park(node: WaitNode): void {
    this.waiting.push(node)
  }

  /** Leaves the line. */
  unpark(node: WaitNode): void {
    this.waiting.remove(node)
  }

  /** What it waits for. */
  describe(): string {
    return this.what
  }
}

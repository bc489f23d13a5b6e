/** Answers: slots that are filled once, and read by whoever likes. */
import type { RunLoop } from "@vivarium/core"
import { Offer, wake, wakeWithError, type WaitNode, WaitQueue } from "@vivarium/core/lowlevel"

/** Somebody who is told that an answer has come, beside those who wait for it. */
export interface AnswerListener {
  arrived(answer: Answer<unknown>): void
}

/** How many answers have come so far, anywhere: tells which of two came first. */
let arrivals = 0

/** Something that is still to come: an operation that passes, with the same outcome, whenever it is performed after that. */
export class Answer<T> extends Offer<T> {
  private readonly waiting = new WaitQueue()
  private readonly loop: RunLoop | null
  private readonly what: string | (() => string)
  private failed = false
  private value: unknown = undefined
  private done = false
  private listeners: Set<AnswerListener> | null = null
  /** @internal Which one it was of all answers that have come; 0 while it is open. */
  arrival = 0

  /** @internal */
  constructor(loop: RunLoop | null, what: string | (() => string)) {
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
    this.arrival = ++arrivals
    for (let node = this.waiting.shift(); node !== null; node = this.waiting.shift()) {
      if (failed) wakeWithError(node, value)
      else wake(node, value)
    }
    const { listeners } = this
    this.listeners = null
    if (listeners !== null) for (const listener of listeners) listener.arrived(this as Answer<unknown>)
  }

  /** @internal It is put off: whoever was to give it goes on meanwhile. */
  freed(): void {}

  /** @internal Has somebody told when it comes. */
  listen(listener: AnswerListener): void {
    ;(this.listeners ??= new Set()).add(listener)
  }

  /** @internal */
  unlisten(listener: AnswerListener): void {
    this.listeners?.delete(listener)
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
    return typeof this.what === "string" ? this.what : this.what()
  }
}

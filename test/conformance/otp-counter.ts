import { sleep } from "@vivarium/core"
import { Actor, ExitReason, type Later } from "@vivarium/actors"
import { wordOf } from "./otp-world.ts"

/** What the counters of a test have noted; each file empties it before each test. */
export const trace: unknown[] = []

export const bad = ExitReason.custom("bad")
export const boom = new Error("boom")

/** Has a state in the open and one that is hidden, and answers at once, after a while or later. */
export class Counter extends Actor {
  count = 0
  #secret = 7
  increment(by = 1) {
    this.count += by
    return this.count
  }
  secret() {
    return this.#secret
  }
  *wait(ms: number) {
    yield* sleep(ms)
    return ms
  }
  later(): Later<string> {
    const later = this.replyLater<string>()
    this.sendAfter(10, later)
    return later
  }
  info(message: unknown) {
    if (typeof message === "object") (message as Later<string>).reply("later")
  }
  terminate(reason: ExitReason) {
    trace.push(["terminate", wordOf(reason)])
  }
}

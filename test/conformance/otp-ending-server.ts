import { sleep } from "@vivarium/core"
import { Actor, ExitReason } from "@vivarium/actors"
import { wordOf } from "./otp-world.ts"

/** What the servers of a test have noted; each file empties it before each test. */
export const trace: unknown[] = []

export const trapping = { trapExit: true }
export const bad = ExitReason.custom("bad")
export const boom = new Error("boom")

/** Ends in every way there is, and notes what of it still runs. */
export class Server extends Actor {
  *wait(ms: number) {
    try {
      yield* sleep(ms)
      return "waited"
    } finally {
      trace.push("finally")
    }
  }
  leave(reason?: ExitReason) {
    this.stop(reason)
    trace.push("left")
    return "left"
  }
  *leaveAtOnce(reason: ExitReason) {
    try {
      yield* this.stop(reason)
      trace.push("never")
    } finally {
      trace.push("finally")
    }
  }
  crash() {
    throw boom
  }
  note(what: unknown) {
    trace.push(what)
  }
  terminate(reason: ExitReason): unknown {
    return trace.push(["terminate", wordOf(reason)])
  }
}

import { sleep } from "@vivarium/core"
import { Actor, ExitReason } from "@vivarium/actors"

/** What the servers of a test have noted; each file empties it before each test. */
export const trace: unknown[] = []

export const trapping = { trapExit: true }
export const bad = ExitReason.custom("bad")
export const boom = new Error("boom")

/** Its `init` gives at once what the function that it is given gives. */
export class Plain extends Actor {
  init(result?: () => unknown) {
    return result?.()
  }
  ping() {
    return "pong"
  }
  terminate() {
    trace.push("terminate")
  }
}

/** Its `init` does so after 100 ms, and notes that it has been left. */
export class Patient extends Actor {
  *init(result?: () => unknown) {
    try {
      yield* sleep(100)
    } finally {
      trace.push("init finally")
    }
    return result?.()
  }
  terminate() {
    trace.push("terminate")
  }
}

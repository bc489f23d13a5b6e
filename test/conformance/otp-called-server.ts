import { sleep } from "@vivarium/core"
import { Actor, type ExitReason, named, type Ref } from "@vivarium/actors"

/** What the servers of a test have noted; each file empties it before each test. */
export const trace: unknown[] = []

export const boom = new Error("boom")

/** Answers at once or later, ends or crashes, or calls itself. */
export class Server extends Actor {
  ping() {
    return "pong"
  }
  *wait(ms: number) {
    trace.push("begun")
    yield* sleep(ms)
    trace.push("done")
    return ms
  }
  leave(reason: ExitReason) {
    this.stop(reason)
    return "left"
  }
  crash(error: unknown) {
    throw error
  }
  note(what: unknown) {
    trace.push(what)
  }
  callMyself(): unknown {
    return named(Server, this.self.name as string).call.ping()
  }
  *callMe() {
    yield* (this.self as unknown as Ref<Server>).call.ping()
  }
  info(message: unknown) {
    trace.push(["info", message])
  }
}

import { type Routine, schedule, sleep } from "@vivarium/core"
import { Actor, CallError, ExitReason, type Process, type Ref, StartError } from "@vivarium/actors"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { idle, OtpWorld, raised, shown, unread, wordOf } from "./otp-world.ts"

let world: OtpWorld
let trace: unknown[]
beforeEach(() => {
  world = new OtpWorld()
  trace = []
})
afterEach(async () => {
  await world.end()
})

class Worker extends Actor {
  init(how?: "generator" | "async") {
    if (how === "generator") return forever()
    return how === "async" ? new Promise<undefined>(() => {}) : undefined
  }
  *wait() {
    yield* forever()
  }
  async never() {
    await new Promise(() => {})
  }
  *callOn(other: Ref<Worker>) {
    yield* other.with({ timeoutMs: Infinity }).call.wait()
  }
  *startSlow() {
    yield* this.start(Worker, { args: ["generator"] })
  }
  exit() {
    trace.push("trapped")
  }
}

class Lingerer extends Actor {
  *terminate() {
    trace.push("terminate")
    try {
      yield* forever()
    } finally {
      trace.push("terminated")
    }
  }
}

function* forever(): Routine<undefined> {
  try {
    yield* sleep(10 ** 12)
  } finally {
    trace.push("finally")
  }
  return undefined
}

interface Options {
  readonly trapExit: boolean
}

type Spawn = (self: Process<unknown>, options: Options) => Ref<never> | Ref<unknown>

const ways: readonly (readonly [string, Spawn])[] = [
  ["a raw process in a receive", (self, options) => self.spawn(idle, options)],
  ["a raw process in a sleep", (self, options) => self.spawn(forever, options)],
  ["a raw process with an async body", (self, options) => self.spawn(async () => new Promise(() => {}), options)],
  ["an idle actor", (self, options) => self.spawn(Worker, options)],
  [
    "a generator method",
    (self, options) => {
      const ref = self.spawn(Worker, options)
      ref.cast.wait()
      return ref
    },
  ],
  [
    "an async method",
    (self, options) => {
      const ref = self.spawn(Worker, options)
      ref.cast.never()
      return ref
    },
  ],
  [
    "a call",
    (self, options) => {
      const ref = self.spawn(Worker, options)
      ref.cast.callOn(self.spawn(Worker))
      return ref
    },
  ],
  [
    "a start",
    (self, options) => {
      const ref = self.spawn(Worker, options)
      ref.cast.startSlow()
      return ref
    },
  ],
  ["a generator init", (self, options) => self.spawn(Worker, { ...options, args: ["generator"] })],
  ["an async init", (self, options) => self.spawn(Worker, { ...options, args: ["async"] })],
  [
    "a terminate that waits",
    (self, options) => {
      const ref = self.spawn(Lingerer, options)
      ref.stop().then(undefined, () => {})
      return ref
    },
  ],
]

describe.each([true, false])("kill (trapping: %o)", (trapExit) => {
  it.each(ways)("P06: ends %s, and others see killed", async (_where, spawn) => {
    await world.process(
      function* (self) {
        const ref = spawn(self, { trapExit })
        self.link(ref)
        self.monitor(ref)
        yield* sleep(1)
        self.signalExit(ref, ExitReason.kill)
        expect(ref.alive).toBe(false)
        yield* sleep(1)
        const from = String(ref)
        expect(new Set(yield* unread(self))).toEqual(
          new Set([
            { exit: "killed", from },
            { down: "killed", from },
          ]),
        )
      },
      { trapExit: true },
    )
    expect(trace).not.toContain("trapped")
  })

  it("P06: ends one that has not run yet, without running it", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(() => void trace.push("ran"), { trapExit })
      self.monitor(ref)
      self.signalExit(ref, ExitReason.kill)
      expect(shown(yield* self.receive())).toEqual({ down: "killed", from: String(ref) })
    })
    expect(trace).toEqual([])
  })

  it("P06: ends one that has been woken and has not run since: what woke it is lost", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(
        function* (mine: Process) {
          trace.push(yield* mine.receive())
        },
        { trapExit },
      )
      self.monitor(ref)
      yield* schedule()
      ref.send("a message")
      self.signalExit(ref, ExitReason.kill)
      expect(shown(yield* self.receive())).toEqual({ down: "killed", from: String(ref) })
    })
    expect([trace, world.system.deadLetters.map(({ message }) => message)]).toEqual([[], ["a message"]])
  })

  it("P06 (changed): runs each finally block up to its first wait, innermost first, and never terminate", async () => {
    class Careful extends Actor {
      *work() {
        try {
          yield* this.#inner()
        } finally {
          trace.push("outer")
          yield* sleep(1)
          trace.push("never")
        }
      }
      *#inner(): Routine {
        try {
          yield* sleep(1000)
        } catch {
          trace.push("caught")
        } finally {
          trace.push("inner")
          yield* schedule()
          trace.push("never")
        }
      }
      terminate() {
        trace.push("terminate")
      }
    }
    await world.process(function* (self) {
      const ref = self.spawn(Careful, { trapExit })
      ref.cast.work()
      self.monitor(ref)
      yield* sleep(1)
      self.signalExit(ref, ExitReason.kill)
      expect(shown(yield* self.receive())).toEqual({ down: "killed", from: String(ref) })
      expect(yield* unread(self)).toEqual([])
    })
    expect(trace).toEqual(["inner", "outer"])
  })

  it("P06 (changed): what a finally block throws then is reported as nobody's, and the reason stays", async () => {
    const error = new Error("in finally")
    await world.process(function* (self) {
      const ref = self.spawn(
        function* () {
          try {
            yield* forever()
          } finally {
            // eslint-disable-next-line no-unsafe-finally
            throw error
          }
        },
        { trapExit },
      )
      self.monitor(ref)
      yield* sleep(1)
      self.signalExit(ref, ExitReason.kill)
      expect(shown(yield* self.receive())).toEqual({ down: "killed", from: String(ref) })
    })
    expect(world.uncaught.splice(0)).toEqual([error])
  })

  it("P06 (changed): synchronous code runs to its next wait, for nothing can interrupt it", async () => {
    class Busy extends Actor {
      spin(killer: () => void) {
        killer()
        trace.push("still here")
        return "an answer"
      }
    }
    await world.process(function* (self) {
      const ref = self.spawn(Busy, { trapExit })
      const pending = ref.request.spin(() => ref.exit(ExitReason.kill))
      self.monitor(ref)
      expect(shown(yield* self.receive())).toEqual({ down: "killed", from: String(ref) })
      expect(yield* raised(CallError, pending)).toMatchObject({ code: "exit", reason: ExitReason.killed })
    })
    expect(trace).toEqual(["still here"])
  })
})

describe("kill of one that is ending", () => {
  it("ends it although its finally block waits (section 2.1)", async () => {
    await world.process(function* (self) {
      const { ref } = self.spawnMonitor(function* (mine: Process) {
        try {
          yield* mine.receive()
        } finally {
          yield* forever()
        }
      })
      yield* schedule()
      ref.exit(ExitReason.shutdown)
      yield* sleep(100)
      expect([ref.alive, yield* unread(self)]).toEqual([false, []])
      ref.exit(ExitReason.kill)
      expect(shown(yield* self.receive())).toEqual({ down: "killed", from: String(ref) })
    })
  })

  it("any other signal to it is ignored: it takes its time, and the first reason counts (section 2.1)", async () => {
    class Slow extends Actor {
      *terminate(reason: ExitReason) {
        yield* sleep(100)
        trace.push(wordOf(reason))
      }
    }
    await world.process(function* (self) {
      const { ref } = self.spawnMonitor(Slow)
      yield* schedule()
      ref.exit(ExitReason.custom("first"))
      yield* sleep(10)
      ref.exit(ExitReason.custom("second"))
      expect([shown(yield* self.receive()), world.clock.now(), trace]).toEqual([{ down: "first", from: String(ref) }, 100, ["first"]])
    })
  })

  it("takes back the answer that terminate held up: its caller is told killed", async () => {
    class Slow extends Lingerer {
      leave() {
        this.stop()
        return "an answer"
      }
    }
    await world.process(function* (self) {
      const ref = self.spawn(Slow)
      const pending = ref.request.leave()
      yield* sleep(1)
      expect([trace, pending.settled]).toEqual([["terminate"], false])
      ref.exit(ExitReason.kill)
      expect(yield* raised(CallError, pending)).toMatchObject({ code: "exit", reason: ExitReason.killed })
    })
  })

  it("of one that is dead does nothing (section 1)", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(() => {})
      yield* sleep(1)
      ref.exit(ExitReason.kill)
      ref.exit(ExitReason.kill)
      expect(ref.alive).toBe(false)
    })
  })
})

describe("kill and links", () => {
  it("P08: the end of one that stops with the reason kill goes through links as kill, and can be trapped there", async () => {
    await world.process(
      function* (self) {
        // Each links itself to the one before, so the whole line hangs on the last.
        let neighbour: Ref<never> | Ref<unknown> = self.self
        const line: (Ref<never> | Ref<unknown>)[] = []
        for (let count = 0; count < 10; count++) {
          const before = neighbour
          neighbour = self.spawn(function* (mine: Process) {
            mine.link(before)
            if ((yield* mine.receive()) === "end") yield* mine.stop(ExitReason.kill)
          })
          line.push(neighbour)
        }
        yield* schedule()
        neighbour.send("end" as never)
        expect(shown(yield* self.receive())).toEqual({ exit: "kill", from: String(line[0]) })
        expect(line.map(({ alive }) => alive)).toEqual(line.map(() => false))
      },
      { trapExit: true },
    )
  })

  it("one killed by a signal is killed to its links, which do not trap and pass that on (section 2.1)", async () => {
    await world.process(
      function* (self) {
        const first = self.spawn(idle)
        const second = self.spawn(function* (mine: Process) {
          mine.link(first)
          yield* idle(mine)
        })
        self.link(second)
        yield* schedule()
        self.signalExit(first, ExitReason.kill)
        expect(shown(yield* self.receive())).toEqual({ exit: "killed", from: String(second) })
      },
      { trapExit: true },
    )
  })

  it("a kill that comes through a link runs terminate: it is a reason like others there (section 2.1)", async () => {
    class Neighbour extends Actor {
      terminate(reason: ExitReason) {
        trace.push(wordOf(reason))
      }
    }
    await world.process(function* (self) {
      const other = self.spawn(function* (mine: Process) {
        mine.spawnLink(Neighbour)
        yield* sleep(1)
        yield* mine.stop(ExitReason.kill)
      })
      yield* sleep(2)
      expect(other.alive).toBe(false)
    })
    expect(trace).toEqual(["kill"])
  })

  it("a start whose actor is killed fails with killed (section 11.3)", async () => {
    await world.process(function* (self) {
      self.spawn(function* (mine: Process) {
        yield* sleep(1)
        mine.system.whereis("slow")?.exit(ExitReason.kill)
      })
      const failure = yield* raised(StartError, self.start(Worker, { args: ["generator"], name: "slow" }))
      expect([failure.code, failure.reason]).toEqual(["exit", ExitReason.killed])
    })
    expect(trace).toEqual(["finally"])
  })
})

import { InvalidArgumentError, schedule, sleep } from "@vivarium/core"
import { Actor, ActorError, ExitReason, ignore, type Process, type Ref, StartError, stop } from "@vivarium/actors"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { bad, boom, Patient, Plain, trace, trapping } from "./otp-starting-servers.ts"
import { idle, OtpWorld, raised, shown, unread, wordOf } from "./otp-world.ts"

let world: OtpWorld
beforeEach(() => {
  world = new OtpWorld()
  trace.length = 0
})
afterEach(async () => {
  await world.end()
})

class Async extends Actor {
  async init(result?: () => unknown) {
    await Promise.resolve()
    return result?.()
  }
  terminate() {
    trace.push("terminate")
  }
}

const classes = [
  ["plain", Plain],
  ["generator", Patient],
  ["async", Async],
] as const

describe.each(classes)("start with a %s init", (_kind, Class) => {
  it("waits for it, and gives the reference (section 6.1)", async () => {
    await world.process(function* (self) {
      const ref = yield* self.startLink(Class, { name: "bee" })
      expect([ref.alive, ref.name, world.clock.now()]).toEqual([true, "bee", Class === Patient ? 100 : 0])
      expect(yield* unread(self)).toEqual([])
      self.unlink(ref)
    })
  })

  it("G01: of one that stops, a caller that traps gets the error and the exit", async () => {
    await world.process(function* (self) {
      const failure = yield* raised(StartError, self.startLink(Class, { args: [() => stop(bad)], name: "bee" }))
      expect([failure.code, failure.reason]).toEqual(["init_failed", bad])
      expect(world.system.whereis("bee")).toBeUndefined()
      expect(yield* unread(self)).toEqual([{ exit: "bad", from: expect.stringContaining('"bee"') as unknown }])
    }, trapping)
    expect(trace).not.toContain("terminate")
  })

  it("G02: of one that stops, a caller that does not trap dies with the reason, whatever it catches", async () => {
    await world.process(function* (self) {
      const { ref } = self.spawnMonitor(function* (mine: Process) {
        try {
          yield* mine.startLink(Class, { args: [() => stop(bad)] })
        } catch {
          trace.push("caught")
        }
        trace.push("went on")
      })
      expect(shown(yield* self.receive())).toEqual({ down: "bad", from: String(ref) })
    })
    expect(trace.filter((word) => word !== "init finally")).toEqual([])
  })

  it("G03: of one that ignores, fails with ignore; the process has ended normally and its name is free (section 6.1)", async () => {
    await world.process(function* (self) {
      const failure = yield* raised(StartError, self.startLink(Class, { args: [() => ignore], name: "bee" }))
      expect([failure.code, failure.reason, world.system.whereis("bee")]).toEqual(["ignore", ExitReason.ignore, undefined])
      expect(yield* unread(self)).toEqual([{ exit: "normal", from: expect.any(String) as unknown }])
    }, trapping)
    expect([trace.includes("terminate"), world.reports]).toEqual([false, []])
  })

  it("G03: of one that ignores, a caller that does not trap lives on (section 6.1)", async () => {
    await world.process(function* (self) {
      const failure = yield* raised(StartError, self.startLink(Class, { args: [() => ignore] }))
      yield* schedule()
      expect([failure.code, self.self.alive]).toEqual(["ignore", true])
    })
  })

  it("G04: of one that raises, fails with the error, and its exit is the same", async () => {
    await world.process(function* (self) {
      const raise = () => {
        throw boom
      }
      const failure = yield* raised(StartError, self.startLink(Class, { args: [raise] }))
      expect([failure.code, failure.cause, wordOf(failure.reason)]).toEqual(["init_failed", boom, boom])
      expect(yield* unread(self)).toEqual([{ exit: boom, from: expect.any(String) as unknown }])
    }, trapping)
    expect([trace.includes("terminate"), world.reports.length]).toEqual([false, 1])
  })

  it("G05 (changed): what it throws is an error and never a result", async () => {
    await world.process(function* (self) {
      const raise = () => {
        throw ignore
      }
      const failure = yield* raised(StartError, self.start(Class, { args: [raise] }))
      expect([failure.code, wordOf(failure.reason)]).toEqual(["init_failed", ignore])
    })
  })

  it.each([[7], ["ok"], [null], [false], [{ ok: true }], [[]]])("G06 (changed): of one that returns %o, fails with bad_return_value", async (nonsense) => {
    await world.process(function* (self) {
      const failure = yield* raised(StartError, self.startLink(Class, { args: [() => nonsense] }))
      const error = failure.cause as ActorError
      expect([failure.code, error instanceof ActorError, error.code]).toEqual(["init_failed", true, "bad_return_value"])
      expect(yield* unread(self)).toEqual([{ exit: error, from: expect.any(String) as unknown }])
    }, trapping)
  })

  it("G08: a name that is taken fails at once, and its init is not run; nobody gets an exit", async () => {
    await world.process(function* (self) {
      const holder = self.spawn(idle, { name: "bee" })
      const failure = yield* raised(StartError, self.startLink(Class, { args: [() => trace.push("init")], name: "bee" }))
      expect([failure.code, failure.ref === holder, holder.alive]).toEqual(["already_started", true, true])
      expect([yield* unread(self), trace, world.clock.now()]).toEqual([[], [], 0])
    }, trapping)
  })

  it("without a link, its failure touches nobody but who waits for it (section 6.1)", async () => {
    await world.process(function* (self) {
      const failure = yield* raised(StartError, self.start(Class, { args: [() => stop(bad)] }))
      yield* sleep(1)
      expect([failure.reason, self.self.alive]).toEqual([bad, true])
    })
  })

  it("an orderly reason leaves no crash report (section 6.1)", async () => {
    await world.process(function* (self) {
      const failure = yield* raised(StartError, self.start(Class, { args: [() => stop(ExitReason.shutdownWith("no flowers"))] }))
      expect([wordOf(failure.reason), world.reports]).toEqual([["shutdown", "no flowers"], []])
    })
  })

  it("once it has failed all is over: not alive, its name free, and to be started anew at once (section 6.1)", async () => {
    await world.process(function* (self) {
      for (const result of [() => stop(bad), () => ignore, () => 7]) {
        yield* raised(StartError, self.start(Class, { args: [result], name: "bee" }))
        expect([world.system.whereis("bee"), world.system.statistics().processes]).toEqual([undefined, 1])
      }
      const ref = yield* self.start(Class, { name: "bee" })
      expect(ref.alive).toBe(true)
    })
  })

  it("is awaited from outside of any process, too (section 6.1)", async () => {
    await world.scheduler.main(function* () {
      const ref = yield* world.system.start(Class)
      const failure = yield* raised(StartError, world.system.start(Class, { args: [() => stop(bad)] }))
      expect([ref.alive, failure.reason]).toEqual([true, bad])
    })
  })
})

describe("start with a time-out", () => {
  class Stuck extends Actor {
    init(how: "generator" | "async") {
      trace.push("init")
      return how === "generator" ? this.#wait() : new Promise<undefined>(() => {})
    }
    *#wait() {
      try {
        yield* sleep(1_000_000)
      } finally {
        trace.push("finally")
      }
      return undefined
    }
    terminate() {
      trace.push("terminate")
    }
  }

  it.each(["generator", "async"] as const)("G07: whose %s init takes longer is killed; its exit does not come, and its name is free", async (how) => {
    await world.process(function* (self) {
      const started: Ref<unknown>[] = []
      world.system.events.on("started", (ref) => started.push(ref))
      const failure = yield* raised(StartError, self.startLink(Stuck, { args: [how], startTimeoutMs: 20, name: "bee" }))
      expect([failure.code, failure.reason, world.clock.now()]).toEqual(["timeout", ExitReason.timeout, 20])
      expect([started.map(({ alive }) => alive), world.system.whereis("bee")]).toEqual([[false], undefined])
      yield* sleep(10)
      expect(yield* unread(self)).toEqual([])
    }, trapping)
    expect(trace).toEqual(how === "generator" ? ["init", "finally"] : ["init"])
  })

  it("G07: a linked caller that does not trap lives on", async () => {
    await world.process(function* (self) {
      const failure = yield* raised(StartError, self.startLink(Stuck, { args: ["generator"], startTimeoutMs: 20 }))
      yield* sleep(10)
      expect([failure.code, self.self.alive]).toEqual(["timeout", true])
    })
  })

  it("G07: the killed one takes along what it has linked itself to", async () => {
    class Parent extends Actor {
      *init() {
        this.spawnLink(idle, { name: "child" })
        yield* sleep(1_000_000)
      }
    }
    await world.process(function* (self) {
      yield* raised(StartError, self.start(Parent, { startTimeoutMs: 20 }))
      yield* schedule()
      expect(world.system.whereis("child")).toBeUndefined()
    })
  })

  it("G07: an init that is done in time leaves no timer behind", async () => {
    await world.process(function* (self) {
      yield* self.start(Patient, { startTimeoutMs: 101 })
      expect([world.clock.now(), world.scheduler.statistics().timers]).toEqual([100, 0])
    })
  })

  it.each([[-1], [NaN], ["20"], [null], [{}]])("refuses %o, and starts nothing", async (startTimeoutMs) => {
    expect(() => world.system.start(Plain, { startTimeoutMs: startTimeoutMs as never })).toThrow(InvalidArgumentError)
    await world.process(function* (self) {
      yield* schedule()
      expect(() => self.start(Plain, { startTimeoutMs: startTimeoutMs as never })).toThrow(InvalidArgumentError)
    })
    expect(world.system.statistics().spawned).toBe(1)
  })
})

describe("who starts", () => {
  it.each([true, false])("Y01: the caller goes on only when init is done (linked: %o)", async (link) => {
    class Slow extends Actor {
      *init() {
        trace.push("init begins")
        yield* sleep(100)
        trace.push("init ends")
      }
    }
    await world.process(
      function* (self) {
        yield* link ? self.startLink(Slow) : self.start(Slow)
        trace.push("started")
      },
      { trapExit: true },
    )
    expect(trace).toEqual(["init begins", "init ends", "started"])
  })

  it("Y01: somebody who is asked meanwhile finds it there, but unborn (section 11.3)", async () => {
    class Slow extends Actor {
      *init() {
        yield* sleep(100)
      }
      ping() {
        return world.clock.now()
      }
    }
    await world.process(function* (self) {
      const starter = self.spawn(function* (mine: Process) {
        yield* mine.start(Slow, { name: "slow" })
        trace.push("started")
      })
      yield* sleep(50)
      const ref = world.system.whereis("slow") as unknown as Ref<Slow>
      expect([ref.alive, starter.alive, yield* ref.call.ping(), trace]).toEqual([true, true, 100, ["started"]])
    })
  })
})

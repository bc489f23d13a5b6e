import { schedule, sleep } from "@vivarium/core"
import { Actor, CallError, ExitReason, type Process, type Ref, StartError, stop } from "@vivarium/actors"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { bad, boom, Patient, Plain, trace, trapping } from "./otp-starting-servers.ts"
import { OtpWorld, raised, unread, wordOf } from "./otp-world.ts"

let world: OtpWorld
beforeEach(() => {
  world = new OtpWorld()
  trace.length = 0
})
afterEach(async () => {
  await world.end()
})

describe("an exit signal during init", () => {
  it("ends it at its wait; terminate is not owed, and start fails with the reason (section 11.3)", async () => {
    await world.process(function* (self) {
      self.spawn(function* (mine: Process) {
        yield* sleep(50)
        mine.system.whereis("bee")?.exit(bad)
      })
      const failure = yield* raised(StartError, self.start(Patient, { name: "bee" }))
      expect([failure.code, failure.reason, world.clock.now()]).toEqual(["exit", bad, 50])
    })
    expect(trace).toEqual(["init finally"])
  })

  it("waits behind init for one that traps (section 2.1)", async () => {
    class Trapper extends Patient {
      exit(_from: unknown, reason: ExitReason) {
        trace.push(wordOf(reason))
      }
    }
    await world.process(function* (self) {
      self.spawn(function* (mine: Process) {
        yield* sleep(50)
        mine.system.whereis("bee")?.exit(bad)
      })
      const ref = yield* self.start(Trapper, { name: "bee", ...trapping })
      yield* schedule()
      expect([ref.alive, trace]).toEqual([true, ["init finally", "bad"]])
    })
  })

  it("of who started it with a link ends it, too, and of who started it without does not", async () => {
    class Slow extends Patient {}
    await world.process(function* (self) {
      const [linking, starting] = [true, false].map((link) =>
        self.spawn(function* (mine: Process) {
          yield* link ? mine.startLink(Slow, { name: "linked" }) : mine.start(Slow, { name: "free" })
        }),
      )
      yield* sleep(50)
      for (const ref of [linking, starting]) self.signalExit(ref as Ref<unknown>, bad)
      yield* sleep(1)
      expect([world.system.whereis("linked"), world.system.whereis("free")?.alive]).toEqual([undefined, true])
      yield* sleep(100)
      expect(world.system.whereis("free")?.alive).toBe(true)
    })
  })

  it("and messages that came before it was done are handled after it (section 6.1)", async () => {
    class Late extends Actor {
      *init() {
        yield* sleep(10)
        trace.push("init")
      }
      note(what: string) {
        trace.push(what)
      }
    }
    await world.process(function* (self) {
      const ref = self.spawn(Late)
      ref.cast.note("cast")
      yield* ref.call.note("call")
    })
    expect(trace).toEqual(["init", "cast", "call"])
  })

  it("a call that waits for an init that fails gets its reason (section 6.3)", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(Plain, { args: [() => stop(bad)] })
      const failure = yield* raised(CallError, ref.call.ping())
      expect([failure.code, failure.reason]).toEqual(["exit", bad])
    })
  })
})

describe("birth", () => {
  it("the constructor is the first part of init: it knows itself and its system", async () => {
    class Knowing extends Actor {
      readonly me = [this.self.id, this.system === world.system, this.self.name]
      known() {
        return this.me
      }
    }
    await world.process(function* (self) {
      const ref = yield* self.start(Knowing, { name: "bee" })
      expect(yield* ref.call.known()).toEqual([ref.id, true, "bee"])
    })
  })

  it("a constructor that raises is an init that fails (section 6.1)", async () => {
    class Broken extends Actor {
      readonly wings = this.#grow()
      terminate() {
        trace.push("terminate")
      }
      #grow(): never {
        throw boom
      }
    }
    await world.process(function* (self) {
      const failure = yield* raised(StartError, self.startLink(Broken, { name: "bee" }))
      expect([failure.code, failure.cause, world.system.whereis("bee")]).toEqual(["init_failed", boom, undefined])
      expect(yield* unread(self)).toEqual([{ exit: boom, from: expect.any(String) as unknown }])
    }, trapping)
    expect(trace).toEqual([])
  })

  it("stop() called in init fails the start with that reason (section 6.1)", async () => {
    class Leaving extends Actor {
      init() {
        this.stop(bad)
      }
    }
    await world.process(function* (self) {
      const failure = yield* raised(StartError, self.start(Leaving))
      expect([failure.code, failure.reason]).toEqual(["init_failed", bad])
    })
  })

  it("an init that calls back whoever waits for it fails at once instead of hanging (changed: OTP hangs)", async () => {
    class Child extends Actor {
      *init(parent: Ref<Parent>) {
        yield* parent.call.ping()
      }
    }
    class Parent extends Actor {
      *hatch() {
        yield* this.start(Child, { args: [this.self as unknown as Ref<Parent>] })
      }
      ping() {
        return "pong"
      }
    }
    await world.process(function* (self) {
      const failure = (yield* raised(CallError, self.spawn(Parent).call.hatch())).cause as StartError
      expect([failure.code, (failure.cause as CallError).code, world.clock.now()]).toEqual(["init_failed", "call_cycle", 0])
    })
  })

  it("becomes a child of who starts it; ancestors are known, the nearest first (section 11.3)", async () => {
    class Child extends Actor {
      family() {
        return this.ancestors
      }
    }
    await world.process(function* (self) {
      const names: string[] = []
      const middle = self.spawn(function* (mine: Process) {
        const child = yield* mine.start(Child)
        names.push(...(yield* child.call.family()).map(String))
        expect(mine.children).toEqual([child])
      })
      yield* sleep(1)
      expect(names).toEqual([String(middle), String(self.self)])
    })
  })
})

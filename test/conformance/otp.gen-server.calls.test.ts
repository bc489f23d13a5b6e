import { schedule, sleep } from "@vivarium/core"
import { Actor, CallError, ExitReason, type Later, named, refuse } from "@vivarium/actors"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { boom, Server, trace } from "./otp-called-server.ts"
import { OtpWorld, raised, shown, unread, wordOf } from "./otp-world.ts"

let world: OtpWorld
beforeEach(() => {
  world = new OtpWorld()
  trace.length = 0
})
afterEach(async () => {
  await world.end()
})

const bad = ExitReason.custom("bad")

describe("a call", () => {
  it("G09: of a dead process fails with noproc, and says which call", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(Server, { name: "bee" })
      yield* ref.stop()
      const failure = yield* raised(CallError, ref.call.ping())
      expect([failure.code, failure.reason, failure.method, failure.callee]).toEqual(["noproc", ExitReason.noproc, "ping", String(ref)])
      expect(failure.message).toContain("ping()")
    })
  })

  it("G09: of a name that nobody holds fails with noproc", async () => {
    await world.process(function* () {
      const failure = yield* raised(CallError, named(Server, "nobody").call.ping())
      expect([failure.code, failure.reason, failure.method]).toEqual(["noproc", ExitReason.noproc, "ping"])
    })
  })

  it("G09: from outside of any process is rejected with the same", async () => {
    const ref = world.system.spawn(Server)
    ref.exit(ExitReason.kill)
    await expect(ref.call.ping()).rejects.toMatchObject({ code: "noproc", reason: ExitReason.noproc, method: "ping" })
  })

  it("G10: of itself by its reference or its name, fails at once with calling_self", async () => {
    await world.process(function* (self) {
      const [byReference, byName] = [self.spawn(Server), self.spawn(Server, { name: "bee" })]
      for (const call of [() => byReference.call.callMe(), () => byName.call.callMyself()]) {
        const failure = (yield* raised(CallError, call())).cause as CallError
        expect([failure.code, failure.method, world.clock.now()]).toEqual(["calling_self", "ping", 0])
      }
    })
  })

  it("G10: caught, leaves the server alive", async () => {
    class Careful extends Server {
      *tryMe() {
        try {
          yield* this.callMe()
        } catch (error) {
          return (error as CallError).code
        }
        return "answered"
      }
    }
    await world.process(function* (self) {
      const ref = self.spawn(Careful)
      expect([yield* ref.call.tryMe(), yield* ref.call.ping()]).toEqual(["calling_self", "pong"])
    })
  })

  it.each([ExitReason.normal, ExitReason.shutdown, ExitReason.shutdownWith("why"), bad, ExitReason.kill])("G12: that waits in the mailbox of one that stops with %o fails with that", async (reason) => {
    await world.process(function* (self) {
      const ref = self.spawn(Server)
      ref.cast.leave(reason)
      const failure = yield* raised(CallError, ref.call.ping())
      expect([failure.code, failure.reason]).toEqual(["exit", reason])
    })
  })

  it("G12: that is being handled when its server crashes fails with the error itself, cause included", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(Server)
      const failure = yield* raised(CallError, ref.call.crash(boom))
      expect([failure.code, failure.cause === boom, wordOf(failure.reason) === boom]).toEqual(["exit", true, true])
    })
  })

  it("G12: that is being handled when an exit signal comes fails with its reason", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(Server)
      self.sendAfter(10, "now")
      const pending = ref.request.wait(100)
      yield* self.receive()
      self.signalExit(ref, bad)
      const failure = yield* raised(CallError, pending)
      expect([failure.code, failure.reason, world.clock.now()]).toEqual(["exit", bad, 10])
    })
  })

  it("G12: not caught, ends the caller with the CallError, however orderly the server has ended", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(Server)
      ref.cast.wait(10)
      ref.cast.leave(ExitReason.normal)
      self.spawnMonitor(function* () {
        yield* ref.call.ping()
      })
      const { down } = shown(yield* self.receive()) as { down: CallError }
      expect([down instanceof CallError, down.reason]).toEqual([true, ExitReason.normal])
    })
  })

  it("a refusal fails the call alone, with its error as the cause (changed: OTP replies {error, Reason})", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(Server)
      const failure = yield* raised(CallError, ref.call.crash(refuse(boom)))
      expect([failure.code, failure.cause, ref.alive, yield* ref.call.ping()]).toEqual(["refused", boom, true, "pong"])
    })
  })
})

describe("a call that takes too long", () => {
  it("fails with timeout after 5,000 ms unless told otherwise (section 6.3)", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(Server)
      const failure = yield* raised(CallError, ref.call.wait(100_000))
      expect([failure.code, failure.reason, world.clock.now()]).toEqual(["timeout", ExitReason.timeout, 5000])
      const short = yield* raised(CallError, ref.with({ timeoutMs: 20 }).call.ping())
      expect([short.code, world.clock.now()]).toEqual(["timeout", 5020])
      self.signalExit(ref, ExitReason.kill)
    })
  })

  it("the server is not told and goes on; the late reply is dropped, and never turns up in the mailbox (section 6.3)", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(Server)
      yield* raised(CallError, ref.with({ timeoutMs: 20 }).call.wait(100))
      expect(trace).toEqual(["begun"])
      yield* sleep(1000)
      expect([trace, yield* unread(self), ref.alive, world.system.statistics().lateReplies]).toEqual([["begun", "done"], [], true, 1])
    })
  })

  it("is withdrawn if it was still unread: its method never runs (changed: OTP runs it)", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(Server)
      ref.cast.wait(100)
      ref.cast.note("before")
      yield* raised(CallError, ref.with({ timeoutMs: 20 }).call.note("withdrawn"))
      ref.cast.note("after")
      yield* sleep(100)
      expect(trace).toEqual(["begun", "done", "before", "after"])
    })
  })

  it("Infinity never does (section 6.3)", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(Server)
      expect([yield* ref.with({ timeoutMs: Infinity }).call.wait(10 ** 9), world.clock.now()]).toEqual([10 ** 9, 10 ** 9])
    })
  })

  it("not caught, ends the caller (section 6.3)", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(Server)
      self.spawnMonitor(function* () {
        yield* ref.call.wait(100_000)
      })
      const { down } = shown(yield* self.receive()) as { down: CallError }
      expect([down.code, ref.alive]).toEqual(["timeout", true])
      self.signalExit(ref, ExitReason.kill)
    })
  })
})

describe("an answer that is given later", () => {
  class Shop extends Actor {
    #waiting: Later<string> | undefined
    ask() {
      this.#waiting = this.replyLater<string>()
      return this.#waiting
    }
    take() {
      return this.#waiting
    }
    hand() {
      return [this.#waiting]
    }
    tell(what: string) {
      if (this.#waiting !== undefined) this.reply(this.#waiting, what)
    }
    *askAndWait() {
      const later = this.replyLater<string>()
      later.reply("early")
      yield* sleep(100)
      trace.push("still at it")
      return "ignored"
    }
    leave(reason: ExitReason) {
      this.stop(reason)
    }
  }

  it("G14: comes from a later message, and others are handled meanwhile", async () => {
    await world.process(function* (self) {
      const shop = self.spawn(Shop)
      const pending = shop.request.ask()
      shop.cast.tell("bread")
      expect(yield* pending).toBe("bread")
    })
  })

  it("G14: comes from another process", async () => {
    await world.process(function* (self) {
      const shop = self.spawn(Shop)
      const pending = shop.request.ask()
      const [later] = (yield* shop.call.hand()) as [Later<string>]
      self.spawn(() => {
        later.reply("from elsewhere")
      })
      expect([later.open, yield* pending, later.open]).toEqual([true, "from elsewhere", false])
    })
  })

  it("G14: comes before the method has ended, which runs on", async () => {
    await world.process(function* (self) {
      const shop = self.spawn(Shop)
      expect([yield* shop.call.askAndWait(), world.clock.now(), trace.splice(0)]).toEqual(["early", 0, []])
      yield* shop.call.hand()
      expect(trace).toEqual(["still at it"])
    })
  })

  it("G15: given twice, the second one is dropped, and counted", async () => {
    await world.process(function* (self) {
      const shop = self.spawn(Shop)
      const pending = shop.request.ask()
      shop.cast.tell("first")
      shop.cast.tell("second")
      expect(yield* pending).toBe("first")
      yield* schedule()
      expect([shop.alive, yield* unread(self), world.system.statistics().lateReplies]).toEqual([true, [], 1])
    })
  })

  it("G15: given after its caller has given up, it is dropped", async () => {
    await world.process(function* (self) {
      const shop = self.spawn(Shop)
      yield* raised(CallError, shop.with({ timeoutMs: 10 }).call.ask())
      shop.cast.tell("late")
      yield* schedule()
      expect([shop.alive, yield* unread(self), world.system.statistics().lateReplies]).toEqual([true, [], 1])
    })
  })

  it("G12: that its server still owes when it ends fails with the reason", async () => {
    await world.process(function* (self) {
      const shop = self.spawn(Shop)
      const pending = shop.request.ask()
      shop.cast.leave(ExitReason.normal)
      const failure = yield* raised(CallError, pending)
      expect([failure.code, failure.reason]).toEqual(["exit", ExitReason.normal])
    })
  })
})

describe("requests", () => {
  it("are sent at once; their answers are collected in any order (section 6.3)", async () => {
    await world.process(function* (self) {
      const [slow, fast] = [self.spawn(Server), self.spawn(Server)]
      const first = slow.request.wait(400)
      const second = fast.request.wait(100)
      const third = fast.request.ping()
      yield* schedule()
      expect(trace).toEqual(["begun", "begun"])
      expect([yield* third, yield* first, yield* second, yield* first, world.clock.now()]).toEqual(["pong", 400, 100, 400, 400])
    })
  })

  it("whose server ends fail when they are collected, and nobody else is told (section 6.3)", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(Server)
      const pending = ref.request.crash(boom)
      yield* sleep(10)
      expect([self.self.alive, pending.settled]).toEqual([true, true])
      const failure = yield* raised(CallError, pending)
      expect([failure.code, failure.cause]).toEqual(["exit", boom])
    })
  })

  it("that are abandoned have no answer; a late one is dropped (section 6.3)", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(Server)
      const handled = ref.request.wait(10)
      const unheard = ref.request.note("withdrawn")
      yield* schedule()
      expect([handled.abandon(), unheard.abandon(), handled.abandon()]).toEqual([true, true, false])
      yield* sleep(100)
      expect([trace, yield* unread(self), world.system.statistics().lateReplies]).toEqual([["begun", "done"], [], 1])
    })
  })

  it("to nobody fail with noproc, when they are collected (section 6.3)", async () => {
    await world.process(function* () {
      const pending = named(Server, "nobody").request.ping()
      const failure = yield* raised(CallError, pending)
      expect(failure.code).toBe("noproc")
    })
  })
})

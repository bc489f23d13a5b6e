import { schedule, sleep } from "@vivarium/core"
import { Actor, type Ref } from "@vivarium/actors"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { OtpWorld, shown } from "./otp-world.ts"

let world: OtpWorld
let trace: unknown[]
beforeEach(() => {
  world = new OtpWorld()
  trace = []
})
afterEach(async () => {
  await world.end()
})

const boom = new Error("boom")

describe("idle time-outs", () => {
  class Idler extends Actor {
    idleFor(ms: number | null) {
      this.setIdleTimeout(ms)
      return "ok"
    }
    *busyFor(ms: number, idleMs: number) {
      this.setIdleTimeout(idleMs)
      yield* sleep(ms)
    }
    note(what: string) {
      trace.push([what, world.clock.now()])
    }
    info(message: unknown) {
      trace.push([message, world.clock.now()])
    }
  }

  it("G17: with no message for that long, info() is told so once", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(Idler)
      expect(yield* ref.call.idleFor(100)).toBe("ok")
      yield* sleep(1000)
      expect([trace, world.scheduler.statistics().timers]).toEqual([[["timeout", 100]], 0])
    })
  })

  it("G17: set in init, it counts from there (section 6.1)", async () => {
    class Early extends Idler {
      init() {
        this.setIdleTimeout(50, "nobody came")
      }
    }
    await world.process(function* (self) {
      yield* self.start(Early)
      yield* sleep(1000)
      expect(trace).toEqual([["nobody came", 50]])
    })
  })

  it.each([
    ["a cast", (ref: Ref<Idler>) => ref.cast.note("message")],
    ["a message", (ref: Ref<Idler>) => ref.send("message")],
    ["a request of a tool", (ref: Ref<Idler>) => ref.getState().then(() => {})],
  ])("any message at all cancels it: %s (section 6.2)", async (_what, send) => {
    await world.process(function* (self) {
      const ref = self.spawn(Idler)
      yield* ref.call.idleFor(100)
      yield* sleep(50)
      void send(ref)
      yield* sleep(1000)
      expect(trace).not.toContainEqual(["timeout", expect.any(Number)])
    })
  })

  it("null cancels it, and a new one takes its place (section 6.2)", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(Idler)
      yield* ref.call.idleFor(100)
      yield* ref.call.idleFor(null)
      yield* sleep(500)
      yield* ref.call.idleFor(100)
      yield* ref.call.idleFor(200)
      yield* sleep(500)
      expect(trace).toEqual([["timeout", 700]])
    })
  })

  it("counts from the end of the method that has set it, however long that takes (section 6.2)", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(Idler)
      yield* ref.call.busyFor(150, 100)
      yield* sleep(1000)
      expect(trace).toEqual([["timeout", 250]])
    })
  })

  it("G19: 0 with mail queued: the mail is handled, and there is no time-out", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(Idler)
      ref.cast.idleFor(0)
      ref.cast.note("mail")
      yield* sleep(100)
      expect(trace).toEqual([["mail", 0]])
    })
  })

  it("G19: 0 without mail comes at once", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(Idler)
      yield* ref.call.idleFor(0)
      yield* sleep(1)
      expect(trace).toEqual([["timeout", 0]])
    })
  })

  it("a continuation does not cancel it, for that is no message: it counts from the last one (changed)", async () => {
    class Continuing extends Idler {
      begin() {
        this.setIdleTimeout(100)
        this.continueWith(function* () {
          yield* sleep(30)
        })
        this.continueWith(() => trace.push("continued"))
      }
    }
    await world.process(function* (self) {
      yield* self.spawn(Continuing).call.begin()
      yield* sleep(1000)
      expect(trace).toEqual(["continued", ["timeout", 130]])
    })
  })

  it("a timer of its own cancels it, too, for that brings a message (section 6.2)", async () => {
    class Ticking extends Idler {
      idleAndTick() {
        this.setIdleTimeout(100)
        this.sendAfter(99, "tick")
      }
    }
    await world.process(function* (self) {
      yield* self.spawn(Ticking).call.idleAndTick()
      yield* sleep(1000)
      expect(trace).toEqual([["tick", 99]])
    })
  })
})

describe("continuations", () => {
  it("run before any message, even those sent to itself in init (section 6.2)", async () => {
    class Starter extends Actor {
      init() {
        this.self.send("mine")
        this.continueWith(() => trace.push("continued"))
      }
      info(message: unknown) {
        trace.push(message)
      }
    }
    await world.process(function* (self) {
      const ref = self.spawn(Starter)
      yield* schedule()
      ref.send("yours")
      yield* ref.stop()
    })
    expect(trace).toEqual(["continued", "mine", "yours"])
  })

  it("G21: one that continues, one that does not, and one that stops: the chain runs before messages, and its end is normal", async () => {
    class Chain extends Actor {
      begin() {
        trace.push("begin")
        this.continueWith(() => {
          trace.push("first")
          this.continueWith(() => {
            trace.push("second")
            this.continueWith(() => {
              trace.push("third")
              this.stop()
            })
          })
        })
        return "begun"
      }
      note() {
        trace.push("never")
      }
    }
    await world.process(function* (self) {
      const { monitor, ref } = self.spawnMonitor(Chain)
      const pending = ref.request.begin()
      ref.cast.note()
      expect(yield* pending).toBe("begun")
      expect([shown(yield* self.receive()), monitor.active]).toEqual([{ down: "normal", from: String(ref) }, false])
    })
    expect([trace, world.reports]).toEqual([["begin", "first", "second", "third"], []])
  })

  it("start() does not wait for them, and they may wait themselves (section 6.2)", async () => {
    class Loader extends Actor {
      #loaded = 0
      init() {
        this.continueWith(() => this.#load())
      }
      loaded() {
        return this.#loaded
      }
      *#load() {
        yield* sleep(100)
        this.#loaded = world.clock.now()
      }
    }
    await world.process(function* (self) {
      const ref = yield* self.start(Loader)
      expect(world.clock.now()).toBe(0)
      expect(yield* ref.call.loaded()).toBe(100)
    })
  })

  it("several run in the order in which they were asked for (section 6.2)", async () => {
    class Several extends Actor {
      init() {
        for (const one of [1, 2, 3]) this.continueWith(() => trace.push(one))
      }
    }
    await world.process(function* (self) {
      yield* self.spawn(Several).stop()
    })
    expect(trace).toEqual([1, 2, 3])
  })

  it("one that raises ends the server with the error (section 6.2)", async () => {
    class Failing extends Actor {
      init() {
        this.continueWith(() => {
          throw boom
        })
      }
    }
    await world.process(function* (self) {
      const { ref } = self.spawnMonitor(Failing)
      expect(shown(yield* self.receive())).toEqual({ down: boom, from: String(ref) })
    })
  })
})

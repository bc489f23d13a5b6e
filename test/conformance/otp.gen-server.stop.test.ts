import { InvalidArgumentError, type Routine, schedule, sleep } from "@vivarium/core"
import { Actor, CallError, ExitReason, isOrderly, StopError } from "@vivarium/actors"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { bad, boom, Server, trace, trapping } from "./otp-ending-server.ts"
import { idle, OtpWorld, raised, shown, wordOf } from "./otp-world.ts"

let world: OtpWorld
beforeEach(() => {
  world = new OtpWorld()
  trace.length = 0
})
afterEach(async () => {
  await world.end()
})

describe("ref.stop()", () => {
  it("G29: ends the server normally, and has when it passes; again it raises noproc", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(Server, { name: "bee" })
      yield* ref.stop()
      expect([ref.alive, world.system.whereis("bee"), trace]).toEqual([false, undefined, [["terminate", "normal"]]])
      const failure = yield* raised(StopError, ref.stop())
      expect([failure instanceof StopError, failure.code, failure.reason]).toEqual([true, "noproc", ExitReason.noproc])
    })
    expect(world.reports).toEqual([])
  })

  it.each([ExitReason.normal, ExitReason.shutdown, ExitReason.shutdownWith(1), bad, ExitReason.kill, ExitReason.timeout])("G29: with %o ends it with that", async (reason) => {
    await world.process(function* (self) {
      const { ref } = self.spawnMonitor(Server)
      yield* ref.stop(reason, { timeoutMs: 1000 })
      expect(shown(yield* self.receive())).toEqual({ down: wordOf(reason), from: String(ref) })
      expect([trace, world.reports.length]).toEqual([[["terminate", wordOf(reason)]], isOrderly(reason) ? 0 : 1])
    })
  })

  it("G29: outside of any process is the same, awaited", async () => {
    const ref = world.system.spawn(Server)
    await ref.stop()
    expect(ref.alive).toBe(false)
    await expect(ref.stop()).rejects.toMatchObject({ code: "noproc" })
  })

  it.each([[-1], [NaN], ["10"], [null], [{}]])("G30: with the time-out %o raises, and the server lives", async (timeoutMs) => {
    await world.process(function* (self) {
      const ref = self.spawn(Server)
      yield* schedule()
      expect(() => ref.stop(ExitReason.normal, { timeoutMs: timeoutMs as never })).toThrow(InvalidArgumentError)
      yield* sleep(1)
      expect([ref.alive, trace]).toEqual([true, []])
    })
  })

  it.each([["shutdown"], [{}], [null], [7], [{ kind: "dead" }]])("G30: with the reason %o raises, and the server lives", async (reason) => {
    await world.process(function* (self) {
      const ref = self.spawn(Server)
      yield* schedule()
      expect(() => ref.stop(reason as never)).toThrow(InvalidArgumentError)
      expect(ref.alive).toBe(true)
    })
  })

  it("waits behind what is in the mailbox already, and keeps what comes later out (section 6.3)", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(Server)
      ref.cast.note("before")
      self.sendAfter(0, "now")
      const stopper = self.spawn(function* () {
        yield* ref.stop()
      })
      yield* schedule()
      yield* sleep(1)
      ref.cast.note("after")
      expect([stopper.alive, trace]).toEqual([false, ["before", ["terminate", "normal"]]])
    })
  })

  it("waits for a method that is busy, which runs to its end and is answered (section 6.3)", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(Server)
      const pending = ref.request.wait(100)
      yield* ref.stop()
      expect([world.clock.now(), yield* pending, trace]).toEqual([100, "waited", ["finally", ["terminate", "normal"]]])
    })
  })

  it("that takes too long raises timeout; the server has been asked, and is left alone (section 6.3)", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(Server)
      ref.cast.wait(100)
      const failure = yield* raised(StopError, ref.stop(ExitReason.normal, { timeoutMs: 20 }))
      expect([failure.code, failure.reason, world.clock.now(), ref.alive]).toEqual(["timeout", ExitReason.timeout, 20, true])
      yield* sleep(100)
      expect([ref.alive, world.scheduler.statistics().timers]).toEqual([false, 0])
    })
  })

  it("of one that ends otherwise meanwhile raises its real reason (section 6.3)", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(Server)
      ref.cast.crash()
      const failure = yield* raised(StopError, ref.stop())
      expect([failure.code, wordOf(failure.reason), failure.cause]).toEqual(["exit", boom, boom])
      const killed = self.spawn(Server)
      killed.cast.wait(100)
      self.spawn(function* () {
        yield* sleep(10)
        killed.exit(ExitReason.kill)
      })
      expect((yield* raised(StopError, killed.stop(ExitReason.shutdown))).reason).toEqual(ExitReason.killed)
    })
  })

  it("of one whose terminate raises, raises that error (section 6.4)", async () => {
    class Clumsy extends Actor {
      terminate() {
        throw boom
      }
    }
    await world.process(function* (self) {
      const failure = yield* raised(StopError, self.spawn(Clumsy).stop())
      expect([failure.code, failure.cause]).toEqual(["exit", boom])
    })
  })

  it("by two at once passes for both with the same reason; the second reason loses (section 2.1)", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(Server)
      const outcomes: unknown[] = []
      for (const reason of [bad, bad, ExitReason.normal]) {
        self.spawn(function* () {
          try {
            yield* ref.stop(reason)
            outcomes.push("stopped")
          } catch (error) {
            outcomes.push((error as StopError).reason)
          }
        })
      }
      yield* sleep(1)
      expect(outcomes).toEqual(["stopped", "stopped", bad])
    })
  })

  it("of itself fails at once (section 6.3)", async () => {
    class Suicidal extends Actor {
      *stopMe() {
        yield* this.self.stop()
      }
    }
    await world.process(function* (self) {
      const failure = (yield* raised(CallError, self.spawn(Suicidal).call.stopMe())).cause as StopError
      expect([failure.code, world.clock.now()]).toEqual(["calling_self", 0])
    })
  })

  it("of a suspended one stops it: what it has not read stays unread (section 11.2)", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(Server)
      yield* ref.suspend()
      ref.cast.note("unread")
      yield* ref.stop()
      expect([trace, world.system.deadLetters.map(({ because, method }) => [method, because])]).toEqual([[["terminate", "normal"]], [["note", "unread"]]])
    })
  })

  it("of a raw process is an exit signal; normal is sent as shutdown, for normal would not end it (changed)", async () => {
    await world.process(function* (self) {
      for (const [asked, real] of [
        [ExitReason.normal, "shutdown"],
        [bad, "bad"],
        [ExitReason.kill, "killed"],
      ] as const) {
        const { ref } = self.spawnMonitor(idle)
        yield* ref.stop(asked)
        expect(shown(yield* self.receive())).toEqual({ down: real, from: String(ref) })
      }
    })
  })
})

describe("this.stop()", () => {
  it("G31: terminate runs first, then the reply is given, then the exit is told", async () => {
    await world.process(function* (self) {
      const ref = self.spawnLink(Server, { name: "bee" })
      const pending = ref.request.leave(bad)
      yield* schedule()
      trace.push(["settled", pending.settled], yield* pending, world.system.whereis("bee"), shown(yield* self.receive()))
    }, trapping)
    expect(trace).toEqual(["left", ["terminate", "bad"], ["settled", true], "left", undefined, { exit: "bad", from: expect.any(String) as unknown }])
  })

  it("G31: the reply waits for a terminate that waits", async () => {
    class Slow extends Server {
      override *terminate(): Routine {
        yield* sleep(100)
        trace.push("terminated")
      }
    }
    await world.process(function* (self) {
      const ref = self.spawn(Slow)
      expect([yield* ref.call.leave(), world.clock.now(), trace]).toEqual(["left", 100, ["left", "terminated"]])
    })
  })

  it("G31: the reply is given although terminate raises (section 6.2)", async () => {
    class Clumsy extends Server {
      override terminate(): never {
        throw boom
      }
    }
    await world.process(function* (self) {
      const { monitor, ref } = self.spawnMonitor(Clumsy)
      expect(yield* ref.call.leave()).toBe("left")
      expect([shown(yield* self.receive()), monitor.active]).toEqual([{ down: boom, from: String(ref) }, false])
    })
  })

  it("without an answer of its own, in a generator, never resumes: its caller gets the reason (section 6.2)", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(Server)
      const failure = yield* raised(CallError, ref.call.leaveAtOnce(bad))
      expect([failure.code, failure.reason, trace]).toEqual(["exit", bad, ["finally", ["terminate", "bad"]]])
    })
  })

  it("the first of two reasons counts (section 2.1)", async () => {
    class Undecided extends Server {
      leaveTwice() {
        this.stop(bad)
        this.stop(ExitReason.shutdown)
      }
    }
    await world.process(function* (self) {
      const { ref } = self.spawnMonitor(Undecided)
      ref.cast.leaveTwice()
      expect(shown(yield* self.receive())).toEqual({ down: "bad", from: String(ref) })
    })
  })

  it("handles nothing that comes behind it, continuations included (section 6.2)", async () => {
    class Hasty extends Server {
      hurry() {
        this.continueWith(() => trace.push("never"))
        this.stop()
      }
    }
    await world.process(function* (self) {
      const ref = self.spawn(Hasty)
      ref.cast.hurry()
      ref.cast.note("never")
      yield* sleep(1)
      expect([ref.alive, trace]).toEqual([false, [["terminate", "normal"]]])
    })
  })
})

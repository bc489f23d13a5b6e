import { InvalidArgumentError, schedule, sleep } from "@vivarium/core"
import { Actor, CallError, ExitReason, type Ref, type TraceEvent } from "@vivarium/actors"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { bad, boom, Counter, trace } from "./otp-counter.ts"
import { OtpWorld, raised, shown, wordOf } from "./otp-world.ts"

let world: OtpWorld
beforeEach(() => {
  world = new OtpWorld()
  trace.length = 0
})
afterEach(async () => {
  await world.end()
})

describe("suspend and resume", () => {
  it("messages, casts and calls wait, in their order, until it goes on (section 11.2)", async () => {
    const got: unknown[] = []
    class Listener extends Actor {
      note(what: string) {
        got.push(what)
        return what
      }
      info(message: unknown) {
        got.push(message)
      }
    }
    await world.process(function* (self) {
      const ref = self.spawn(Listener)
      yield* ref.suspend()
      ref.cast.note("cast")
      ref.send("message")
      const pending = ref.request.note("request")
      yield* sleep(100)
      expect([got, pending.settled]).toEqual([[], false])
      yield* ref.resume()
      expect([yield* pending, got]).toEqual(["request", ["cast", "message", "request"]])
    })
  })

  it("a call times out meanwhile, and is withdrawn (section 11.2)", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(Counter)
      yield* ref.suspend()
      const failure = yield* raised(CallError, ref.with({ timeoutMs: 50 }).call.increment())
      yield* ref.resume()
      expect([failure.code, yield* ref.getState()]).toEqual(["timeout", { count: 0 }])
    })
  })

  it("both are idempotent: twice suspended is resumed once (section 11.2)", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(Counter)
      yield* ref.resume()
      yield* ref.suspend()
      yield* ref.suspend()
      yield* ref.resume()
      expect(yield* ref.call.increment()).toBe(1)
    })
  })

  it("a suspended one is ended by an exit signal, trapped or not if it is its parent's (section 11.2)", async () => {
    await world.process(
      function* (self) {
        const frail = self.spawn(Counter)
        const tough = self.spawnLink(Counter, { trapExit: true })
        for (const ref of [frail, tough]) {
          yield* ref.suspend()
          ref.cast.increment()
          self.signalExit(ref, bad)
          yield* sleep(1)
          expect(ref.alive).toBe(false)
        }
        expect(trace).toEqual([
          ["terminate", "bad"],
          ["terminate", "bad"],
        ])
      },
      { trapExit: true },
    )
  })

  it("a suspended one that traps keeps the exit of anybody else for later (section 11.2)", async () => {
    const told: unknown[] = []
    class Trapper extends Actor {
      exit(_from: unknown, reason: ExitReason) {
        told.push(wordOf(reason))
      }
    }
    await world.process(function* (self) {
      const ref = self.spawn(Trapper, { trapExit: true })
      yield* ref.suspend()
      self.signalExit(ref, bad)
      yield* sleep(1)
      expect(told).toEqual([])
      yield* ref.resume()
      yield* sleep(1)
      expect([ref.alive, told]).toEqual([true, ["bad"]])
    })
  })

  it("kill ends a suspended one, without terminate (section 11.2)", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(Counter)
      yield* ref.suspend()
      self.monitor(ref)
      self.signalExit(ref, ExitReason.kill)
      expect([shown(yield* self.receive()), trace]).toEqual([{ down: "killed", from: String(ref) }, []])
    })
  })

  it("its timers go on, and what they bring waits with the rest (section 11.2)", async () => {
    const got: unknown[] = []
    class Timed extends Actor {
      init() {
        this.sendAfter(10, "tick", { everyMs: 10 })
      }
      info(message: unknown) {
        got.push(message)
      }
    }
    await world.process(function* (self) {
      const ref = self.spawn(Timed)
      yield* ref.suspend()
      yield* sleep(55)
      expect(got).toEqual([])
      yield* ref.resume()
      yield* schedule()
      expect(got).toEqual(["tick"])
    })
  })
})

describe("statistics", () => {
  it("Y06: on, one call, get, off: one in, one out; then there are none", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(Counter)
      expect(yield* ref.statistics()).toBeUndefined()
      yield* ref.call.increment()
      yield* sleep(7)
      yield* ref.statistics(true)
      yield* ref.call.increment()
      expect(yield* ref.statistics()).toEqual({ since: 7, messagesIn: 1, messagesOut: 1, unread: 0 })
      expect(yield* ref.statistics(false)).toBeUndefined()
      yield* ref.call.increment()
      expect(yield* ref.statistics()).toBeUndefined()
    })
  })

  it("Y06: casts and messages come in and do not go out; turning it on again begins anew, unless it is on", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(Counter)
      yield* ref.statistics(true)
      ref.cast.increment()
      ref.send("hello")
      yield* ref.statistics(true)
      expect(yield* ref.statistics()).toMatchObject({ messagesIn: 2, messagesOut: 0 })
      yield* ref.statistics(false)
      yield* ref.statistics(true)
      expect(yield* ref.statistics()).toMatchObject({ messagesIn: 0, messagesOut: 0 })
    })
  })

  it("refuses what is neither true nor false; and a change or a hook that is no function", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(Counter)
      yield* schedule()
      expect(() => ref.statistics("on" as never)).toThrow(InvalidArgumentError)
      expect(() => ref.replaceState({ count: 1 } as never)).toThrow(InvalidArgumentError)
      expect(() => ref.trace("hook" as never)).toThrow(InvalidArgumentError)
    })
  })
})

describe("trace", () => {
  const told = (event: TraceEvent, ref: Ref<unknown>): void => {
    trace.push(event.kind === "in" ? ["in", event.method, event.message, event.from === undefined ? undefined : String(event.from)] : ["out", event.method, event.value, String(ref)])
  }

  it("Y07: a hook is called per event, with who asked; disposed of, it is gone", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(Counter)
      const hook = ref.trace(told)
      yield* ref.call.increment(2)
      ref.send("hello")
      ref.cast.increment()
      yield* ref.getState()
      hook[Symbol.dispose]()
      yield* ref.call.increment()
      const from = String(self.self)
      expect(trace).toEqual([
        ["in", "increment", [2], from],
        ["out", "increment", 2, String(ref)],
        ["in", undefined, "hello", from],
        ["in", "increment", [], from],
      ])
    })
  })

  it("Y07: the same one twice is installed once", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(Counter)
      ref.trace(told)
      ref.trace(told)
      ref.cast.increment()
      yield* ref.getState()
      expect(trace.length).toBe(1)
    })
  })

  it("Y07: two different ones are both called", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(Counter)
      ref.trace(told)
      ref.trace((event) => void trace.push(event.kind))
      ref.cast.increment()
      yield* ref.getState()
      expect(trace).toEqual([["in", "increment", [], String(self.self)], "in"])
    })
  })

  it("one that returns false is removed (section 11.2)", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(Counter)
      ref.trace(() => {
        trace.push("once")
        return false
      })
      ref.cast.increment()
      yield* ref.call.increment()
      expect(trace).toEqual(["once"])
    })
  })

  it("one that raises is removed and reported, and the actor is not touched (section 11.2)", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(Counter)
      ref.trace(() => {
        throw boom
      })
      ref.cast.increment()
      expect([yield* ref.call.increment(), ref.alive, world.uncaught.splice(0)]).toEqual([2, true, [boom]])
    })
  })

  it("an answer that is put off is told of no out: nothing has gone out yet (section 11.2)", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(Counter)
      ref.trace(({ kind }) => void trace.push(kind))
      yield* ref.statistics(true)
      const pending = ref.request.later()
      yield* schedule()
      expect([trace.splice(0), yield* ref.statistics()]).toEqual([["in"], { since: 0, messagesIn: 1, messagesOut: 0, unread: 0 }])
      expect(yield* pending).toBe("later")
    })
  })

  it("of a dead one fails with noproc (section 11.2)", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(Counter)
      yield* ref.stop()
      expect(() => ref.trace(told)).toThrow("does not run")
    })
  })
})

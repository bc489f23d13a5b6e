import { sleep } from "@vivarium/core"
import { Actor, ActorError, CallError, ExitReason } from "@vivarium/actors"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { bad, boom, Counter, trace } from "./otp-counter.ts"
import { idle, OtpWorld, raised } from "./otp-world.ts"

let world: OtpWorld
beforeEach(() => {
  world = new OtpWorld()
  trace.length = 0
})
afterEach(async () => {
  await world.end()
})

class Vault extends Actor {
  #count = 0
  increment() {
    return ++this.#count
  }
  snapshot() {
    return { count: this.#count }
  }
  restore(state: { count: number }) {
    if (state.count < 0) throw boom
    this.#count = state.count
  }
}

describe("getState", () => {
  it("gives a copy of the public fields, and nothing private (section 11.2)", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(Counter)
      ref.cast.increment(3)
      const state = (yield* ref.getState()) as { count: number }
      expect(state).toEqual({ count: 3 })
      state.count = 100
      expect(yield* ref.call.increment()).toBe(4)
    })
  })

  it("gives what snapshot() gives where there is one (section 11.2)", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(Vault)
      ref.cast.increment()
      expect(yield* ref.getState()).toEqual({ count: 1 })
    })
  })

  it("Y08: works while the actor is suspended", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(Counter)
      ref.cast.increment()
      yield* ref.suspend()
      ref.cast.increment()
      expect(yield* ref.getState()).toEqual({ count: 1 })
      yield* ref.resume()
      expect(yield* ref.getState()).toEqual({ count: 2 })
    })
  })

  it("waits for its turn behind messages and a busy method, and no longer than a call (section 11.2)", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(Counter)
      ref.cast.wait(100)
      ref.cast.increment()
      expect([yield* ref.getState(), world.clock.now()]).toEqual([{ count: 1 }, 100])
      ref.cast.wait(10_000)
      const failure = yield* raised(CallError, ref.getState())
      expect([failure.code, failure.reason, world.clock.now()]).toEqual(["timeout", ExitReason.timeout, 5100])
    })
  })

  it("of a dead one fails with noproc, and of one that ends meanwhile with its reason (section 11.2)", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(Counter)
      ref.cast.wait(100)
      self.sendAfter(10, "now")
      const asking = self.spawn(function* () {
        trace.push((yield* raised(CallError, ref.getState())).reason)
      })
      yield* self.receive()
      self.signalExit(ref, bad)
      yield* sleep(1)
      expect([asking.alive, trace]).toEqual([false, [["terminate", "bad"], bad]])
      expect((yield* raised(CallError, ref.getState())).code).toBe("noproc")
    })
  })

  it("of itself fails at once instead of hanging (section 6.3)", async () => {
    class Narcissus extends Actor {
      *look() {
        yield* this.self.getState()
      }
    }
    await world.process(function* (self) {
      const failure = (yield* raised(CallError, self.spawn(Narcissus).call.look())).cause as CallError
      expect([failure.code, world.clock.now()]).toEqual(["calling_self", 0])
    })
  })

  it("of a raw process is an error: its loop is its own (changed)", async () => {
    await world.process(function* (self) {
      const failure = yield* raised(ActorError, self.spawn(idle).getState())
      expect(failure.code).toBe("no_state")
    })
  })
})

describe("replaceState", () => {
  it("changes what the next message sees, and gives the new state (section 11.2)", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(Counter)
      const replaced = yield* ref.replaceState((state: { count: number }) => ({ count: state.count + 40 }))
      expect([replaced, yield* ref.call.increment(2), yield* ref.call.secret()]).toEqual([{ count: 40 }, 42, 7])
    })
  })

  it("goes through snapshot() and restore() where there are any (section 11.2)", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(Vault)
      yield* ref.replaceState(({ count }: { count: number }) => ({ count: count + 10 }))
      expect(yield* ref.call.increment()).toBe(11)
    })
  })

  it("works while the actor is suspended (section 11.2)", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(Counter)
      yield* ref.suspend()
      yield* ref.replaceState(() => ({ count: 5 }))
      yield* ref.resume()
      expect(yield* ref.call.increment()).toBe(6)
    })
  })

  it("G40: with a function that raises leaves the state and tells who asked; the actor lives", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(Counter)
      ref.cast.increment(3)
      const failure = yield* raised(Error, 
        ref.replaceState((state: { count: number }) => {
          state.count = 100
          throw boom
        }),
      )
      expect([failure, yield* ref.getState(), ref.alive, world.reports]).toEqual([boom, { count: 3 }, true, []])
    })
  })

  it("G40: with a restore() that raises, too", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(Vault)
      const failure = yield* raised(Error, ref.replaceState(() => ({ count: -1 })))
      expect([failure, yield* ref.getState(), ref.alive]).toEqual([boom, { count: 0 }, true])
    })
  })
})

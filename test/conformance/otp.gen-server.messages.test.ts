import { schedule, sleep } from "@vivarium/core"
import { Actor, ActorError, CallError, named, type Process, type Ref } from "@vivarium/actors"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { boom, Server, trace } from "./otp-called-server.ts"
import { idle, OtpWorld, raised } from "./otp-world.ts"

let world: OtpWorld
beforeEach(() => {
  world = new OtpWorld()
  trace.length = 0
})
afterEach(async () => {
  await world.end()
})

describe("casts", () => {
  it("G37 (changed): to nobody are false and a dead letter, and raise nothing", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(Server)
      yield* ref.stop()
      expect([ref.cast.ping(), named(Server, "nobody").cast.ping()]).toEqual([false, false])
      expect(world.system.deadLetters.map(({ because, method, to }) => [String(to), method, because])).toEqual([
        [String(ref), "ping", "dead"],
        ["nobody", "ping", "dead"],
      ])
    })
  })

  it("G37 (changed): through via names they reach who holds them, or nobody", async () => {
    const held: Ref<unknown>[] = []
    const via = {
      describe: "somewhere",
      register: (ref: Ref<unknown>) => void held.push(ref),
      resolve: () => held.find(({ alive }) => alive),
    }
    await world.process(function* (self) {
      const ref = self.spawn(Server, { name: via })
      expect(named(Server, via).cast.note("hello")).toBe(true)
      expect([yield* named(Server, via).call.ping(), trace]).toEqual(["pong", ["hello"]])
      yield* ref.stop()
      expect(named(Server, via).cast.note("lost")).toBe(false)
      expect((yield* raised(CallError, named(Server, via).call.ping())).code).toBe("noproc")
    })
  })

  it("of one sender keep their order, among them and with calls and messages (section 6.3)", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(Server)
      for (let count = 0; count < 3; count++) {
        ref.cast.note(`cast ${count}`)
        ref.send(`message ${count}`)
        yield* ref.call.note(`call ${count}`)
      }
    })
    expect(trace).toEqual([0, 1, 2].flatMap((count) => [`cast ${count}`, ["info", `message ${count}`], `call ${count}`]))
  })

  it("that crash end the server, whose later callers get the reason (section 6.2)", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(Server)
      ref.cast.crash(boom)
      expect((yield* raised(CallError, ref.call.ping())).cause).toBe(boom)
    })
  })
})

describe("what a server has no method for", () => {
  it("G16 (changed): any value is an answer, so there is no bad one", async () => {
    class Any extends Actor {
      give(value: unknown): unknown {
        return value
      }
    }
    await world.process(function* (self) {
      const ref = self.spawn(Any)
      const values = [undefined, null, 7, "reply", { reply: 1 }, ["noreply"], Symbol("stop"), self.self, () => {}]
      for (const value of values) expect((yield* ref.call.give(value)) === value).toBe(true)
      expect(yield* ref.call.give(sleep(10))).toBeUndefined()
      expect([yield* ref.call.give(Promise.resolve("settled")), world.clock.now(), ref.alive]).toEqual(["settled", 10, true])
    })
  })

  it("G22: an unknown message and no info(): it lives, and that is told and counted", async () => {
    class Deaf extends Actor {
      ping() {
        return "pong"
      }
    }
    const told: unknown[] = []
    world.system.events.on("unhandled", ({ message, ref }) => told.push([String(ref), message]))
    await world.process(function* (self) {
      const ref = self.spawn(Deaf)
      ref.send("hello")
      expect([yield* ref.call.ping(), told, world.system.statistics().unhandled]).toEqual(["pong", [[String(ref), "hello"]], 1])
    })
  })

  it("G23 (changed): the compiler refuses a method that does not exist, and so does the reference", async () => {
    const ref = world.system.spawn(Server)
    // @ts-expect-error there is no such method
    expect(() => ref.call.dance()).toThrow(ActorError)
    // @ts-expect-error there is no such method
    expect(() => ref.cast.dance()).toThrow("dance")
    // @ts-expect-error lifecycle methods are no messages
    expect(() => ref.call.info("hello")).toThrow(ActorError)
    // @ts-expect-error verbs are no messages
    expect(() => ref.call.spawn(idle)).toThrow(ActorError)
    expect(ref.alive).toBe(true)
  })

  it("G23 (changed): a name whose holder is of another class fails the call, and the holder lives", async () => {
    class Other extends Actor {
      pong() {
        return "ping"
      }
    }
    await world.process(function* (self) {
      const other = self.spawn(Other, { name: "bee" })
      const failure = yield* raised(CallError, named(Server, "bee").call.ping())
      expect([failure.code, (failure.cause as ActorError).code]).toEqual(["refused", "unknown_method"])
      named(Server, "bee").cast.ping()
      expect([yield* other.call.pong(), other.alive]).toEqual(["ping", true])
    })
  })
})

describe("who calls", () => {
  it("is known to the method, also when the call is answered later (section 6.2)", async () => {
    class Who extends Actor {
      who() {
        return this.sender
      }
    }
    await world.process(function* (self) {
      const ref = self.spawn(Who)
      expect((yield* ref.call.who()) === self.self).toBe(true)
      const other = self.spawn(function* (mine: Process) {
        trace.push((yield* ref.call.who()) === mine.self)
      })
      yield* schedule()
      yield* sleep(1)
      expect([trace, other.alive]).toEqual([[true], false])
    })
    expect(await world.scheduler.main(function* () {
      return yield* world.system.spawn(Who).call.who()
    })).toBeUndefined()
  })
})

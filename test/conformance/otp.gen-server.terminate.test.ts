import { type Routine, schedule, sleep } from "@vivarium/core"
import { Actor, CallError, ExitReason, named, type Process, type Ref, StartError, stop } from "@vivarium/actors"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { bad, boom, Server, trace, trapping } from "./otp-ending-server.ts"
import { idle, OtpWorld, raised, shown, unread, wordOf } from "./otp-world.ts"

let world: OtpWorld
beforeEach(() => {
  world = new OtpWorld()
  trace.length = 0
})
afterEach(async () => {
  await world.end()
})

class Trapper extends Server {
  exit(from: Ref<unknown>, reason: ExitReason) {
    trace.push(["exit", String(from), wordOf(reason)])
  }
}

describe("terminate is called", () => {
  const causes: readonly (readonly [string, (ref: Ref<Server>) => void, unknown])[] = [
    ["stop() in a method", (ref) => ref.cast.leave(bad), "bad"],
    ["an error in a method", (ref) => ref.cast.crash(), boom],
    ["ref.stop()", (ref) => void ref.stop(bad).then(undefined, () => {}), "bad"],
    ["an exit signal that is not trapped (changed: OTP just ends it)", (ref) => ref.exit(ExitReason.shutdown), "shutdown"],
  ]

  it.each(causes)("of %s, with the reason (section 6.4)", async (_cause, end, reason) => {
    await world.process(function* (self) {
      const ref = self.spawn(Server)
      yield* schedule()
      end(ref)
      yield* sleep(1)
      expect([ref.alive, trace.filter((one) => one !== "left")]).toEqual([false, [["terminate", reason]]])
    })
  })

  it("never of a kill (section 6.4)", async () => {
    await world.process(function* (self) {
      for (const options of [trapping, {}]) {
        const ref = self.spawn(Server, options)
        ref.cast.wait(100)
        yield* schedule()
        self.signalExit(ref, ExitReason.kill)
        yield* sleep(1)
        expect(ref.alive).toBe(false)
      }
      expect(trace).toEqual(["finally", "finally"])
    })
  })

  it("never of an init that has failed (section 6.4)", async () => {
    class Unborn extends Server {
      init(result: () => unknown) {
        return result()
      }
    }
    const raise = () => {
      throw boom
    }
    await world.process(function* (self) {
      for (const result of [() => stop(bad), raise, () => 7]) yield* raised(StartError, self.start(Unborn, { args: [result] }))
    })
    expect(trace).toEqual([])
  })

  it.each([ExitReason.normal, ExitReason.shutdown, bad, ExitReason.kill])("when the parent ends with %o and it traps; exit() is not told (section 6.4)", async (reason) => {
    await world.process(function* (self) {
      const parent = self.spawn(function* (mine: Process) {
        mine.spawnLink(Trapper, { name: "child", ...trapping })
        yield* sleep(10)
        yield* mine.stop(reason)
      })
      yield* schedule()
      self.monitor("child")
      expect(shown(yield* self.receive())).toEqual({ down: wordOf(reason), from: "child" })
      expect([parent.alive, trace]).toEqual([false, [["terminate", wordOf(reason)]]])
    })
  })

  it("when the parent sends it an exit signal and it traps, too (section 6.4)", async () => {
    await world.process(function* (self) {
      const ref = self.spawnLink(Trapper, trapping)
      ref.cast.note("before")
      self.signalExit(ref, bad)
      yield* sleep(1)
      expect([ref.alive, trace]).toEqual([false, ["before", ["terminate", "bad"]]])
      self.unlink(ref)
    }, trapping)
  })

  it("G25 (changed): when the parent ends and it does not trap, for it runs for every reason but a kill", async () => {
    await world.process(function* (self) {
      const parent = self.spawn(function* (mine: Process) {
        const child = mine.spawnLink(Server, { name: "child" })
        child.cast.wait(1000)
        yield* sleep(10)
        yield* mine.stop(bad)
      })
      yield* schedule()
      self.monitor("child")
      expect(shown(yield* self.receive())).toEqual({ down: "bad", from: "child" })
      expect([parent.alive, trace]).toEqual([false, ["finally", ["terminate", "bad"]]])
    })
  })

  it("G25: a parent that ends normally leaves one alive that does not trap", async () => {
    await world.process(function* (self) {
      self.spawn(function* (mine: Process) {
        mine.spawnLink(Server, { name: "child" })
        yield* schedule()
      })
      yield* sleep(10)
      expect([world.system.whereis("child")?.alive, trace]).toEqual([true, []])
    })
  })

  it("G26: the exit of one that is not its parent is told to exit(), and it lives", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(Trapper, trapping)
      const other = self.spawn(function* (mine: Process) {
        mine.link(ref)
        yield* schedule()
        yield* mine.stop(bad)
      })
      yield* sleep(10)
      expect([ref.alive, trace]).toEqual([true, [["exit", String(other), "bad"]]])
    })
  })

  it("G26: so is that of who has spawned it without a link, and has linked later", async () => {
    await world.process(function* (self) {
      const parent = self.spawn(function* (mine: Process) {
        const child = mine.spawn(Trapper, { name: "child", ...trapping })
        mine.link(child)
        yield* schedule()
        yield* mine.stop(bad)
      })
      yield* sleep(10)
      expect([world.system.whereis("child")?.alive, trace]).toEqual([true, [["exit", String(parent), "bad"]]])
    })
  })
})

describe("an actor in terminate", () => {
  class Busy extends Actor {
    *ping(ms: number): Routine<string> {
      yield* sleep(ms)
      return "pong"
    }
  }

  it("may wait and call others, but is reached by nobody (section 6.4)", async () => {
    class Farewell extends Actor {
      *terminate(reason: ExitReason): Routine {
        trace.push(this.self.alive, this.self.send("lost"), yield* named(Busy, "busy").call.ping(10), wordOf(reason))
      }
    }
    await world.process(function* (self) {
      self.spawn(Busy, { name: "busy" })
      const { ref } = self.spawnMonitor(Farewell)
      yield* schedule()
      ref.exit(bad)
      expect(shown(yield* self.receive())).toEqual({ down: "bad", from: String(ref) })
      expect(trace).toEqual([false, false, "pong", "bad"])
    })
  })

  it.each([
    ["another exit signal is ignored", (self: Actor): unknown => self.signalExit(self.self, ExitReason.shutdown), "bad", ["after"]],
    ["stop() is ignored", (self: Actor): unknown => self.stop(ExitReason.shutdown), "bad", ["after"]],
    ["a kill is not", (self: Actor): unknown => self.signalExit(self.self, ExitReason.kill), "killed", []],
  ] as const)("%s: the first reason counts (section 2.1)", async (_what, act, reason, after) => {
    class Restless extends Actor {
      *terminate() {
        act(this)
        yield* schedule()
        trace.push("after")
      }
    }
    await world.process(function* (self) {
      const { ref } = self.spawnMonitor(Restless)
      yield* schedule()
      ref.exit(bad)
      expect(shown(yield* self.receive())).toEqual({ down: reason, from: String(ref) })
      expect(trace).toEqual(after)
    })
  })

  it("what it has linked itself to dies with it (section 2.2)", async () => {
    class Late extends Actor {
      terminate() {
        this.spawnLink(idle, { name: "late" })
      }
    }
    await world.process(function* (self) {
      const ref = self.spawn(Late)
      yield* schedule()
      ref.exit(bad)
      yield* sleep(1)
      expect(world.system.whereis("late")).toBeUndefined()
    })
  })
})

describe("a terminate that raises", () => {
  it("G28: replaces the reason, and is reported", async () => {
    class Clumsy extends Server {
      override terminate(): never {
        throw boom
      }
    }
    await world.process(function* (self) {
      for (const end of [(ref: Ref<Clumsy>) => ref.cast.leave(), (ref: Ref<Clumsy>) => ref.exit(bad)]) {
        const { ref } = self.spawnMonitor(Clumsy)
        yield* schedule()
        end(ref)
        expect(shown(yield* self.receive())).toEqual({ down: boom, from: String(ref) })
      }
    })
    expect(world.reports.map(({ reason }) => wordOf(reason))).toEqual([boom, boom])
  })

  it("G28: after a crash it is the later error that counts", async () => {
    const later = new Error("in terminate")
    class Clumsy extends Server {
      override *terminate(): Routine {
        yield* sleep(10)
        throw later
      }
    }
    await world.process(function* (self) {
      const { ref } = self.spawnMonitor(Clumsy)
      const failure = yield* raised(CallError, ref.call.crash())
      expect([failure.cause, shown(yield* self.receive())]).toEqual([later, { down: later, from: String(ref) }])
      expect(yield* unread(self)).toEqual([])
    })
  })
})

import { InvalidArgumentError, schedule, sleep } from "@vivarium/core"
import { Actor, Down, ExitReason, type Monitor, named, type Process } from "@vivarium/actors"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { idle, OtpWorld, shown, unread, wordOf } from "./otp-world.ts"

let world: OtpWorld
beforeEach(() => {
  world = new OtpWorld()
})
afterEach(async () => {
  await world.end()
})

const die = ExitReason.custom("die")

describe("monitoring", () => {
  it("M01: a dead process gives a Down with noproc at once", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(() => {})
      yield* schedule()
      const monitor = self.monitor(ref)
      expect(monitor.active).toBe(false)
      const down = yield* self.receive((message: unknown): message is Down => message instanceof Down)
      expect([down.monitor === monitor, down.from === ref, down.reason]).toEqual([true, true, ExitReason.noproc])
    })
  })

  it.each([ExitReason.normal, ExitReason.shutdown, ExitReason.shutdownWith(1), die, ExitReason.error(new Error("x"))])("gives a Down with the real reason, %o too, and never ends the watcher (section 2.3)", async (reason) => {
    await world.process(function* (self) {
      const { monitor, ref } = self.spawnMonitor(function* (mine: Process) {
        yield* schedule()
        yield* mine.stop(reason)
      })
      expect(monitor.active).toBe(true)
      const down = (yield* self.receive()) as Down
      expect([down.monitor === monitor, down.reason, monitor.active]).toEqual([true, reason, false])
      expect(shown(down)).toEqual({ down: wordOf(reason), from: String(ref) })
    })
  })

  it("is one-way: the end of the watcher does not reach the watched (section 2.3)", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(idle)
      const watcher = self.spawn(function* (mine: Process) {
        mine.monitor(ref)
        yield* schedule()
        throw new Error("crash")
      })
      yield* sleep(1)
      expect([watcher.alive, ref.alive]).toEqual([false, true])
    })
  })

  it("twice gives two Downs, each with its own reference (section 2.3)", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(idle)
      const [first, second] = [self.monitor(ref), self.monitor(ref)]
      self.signalExit(ref, die)
      yield* sleep(1)
      const downs = [yield* self.receive(), yield* self.receive()] as Down[]
      expect(first).not.toBe(second)
      expect(downs.map(({ monitor }) => monitor === first)).toEqual([true, false])
      expect(downs.map(({ reason }) => reason)).toEqual([die, die])
    })
  })

  it("of one of two that is taken away the other stays (section 2.3)", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(idle)
      const [first, second] = [self.monitor(ref), self.monitor(ref)]
      self.demonitor(first)
      self.signalExit(ref, die)
      const down = (yield* self.receive()) as Down
      expect([down.monitor === second, yield* unread(self)]).toEqual([true, []])
    })
  })

  it("at the birth leaves no gap (section 1)", async () => {
    await world.process(function* (self) {
      const { ref } = self.spawnMonitor(() => {})
      expect(shown(yield* self.receive())).toEqual({ down: "normal", from: String(ref) })
    })
  })

  it("of itself never gives a Down that anybody could read", async () => {
    await world.process(function* (self) {
      const { ref } = self.spawnMonitor((mine: Process) => {
        expect(mine.monitor(mine.self).active).toBe(true)
      })
      expect(shown(yield* self.receive())).toEqual({ down: "normal", from: String(ref) })
    })
  })

  it("M10: by name, the Down carries the name, which is free when it is handled", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(idle, { name: "bee" })
      self.monitor("bee")
      self.signalExit(ref, die)
      expect(shown(yield* self.receive())).toEqual({ down: "die", from: "bee" })
      expect(self.system.whereis("bee")).toBeUndefined()
      self.spawn(idle, { name: "bee" })
    })
  })

  it("M10: by a named reference it is the same", async () => {
    class Bee extends Actor {}
    await world.process(function* (self) {
      self.spawn(Bee, { name: "bee" })
      self.monitor(named(Bee, "bee"))
      self.system.whereis("bee")?.exit(die)
      expect(shown(yield* self.receive())).toEqual({ down: "die", from: "bee" })
    })
  })

  it("by name binds to who holds it then, not to who holds it later (section 2.3)", async () => {
    await world.process(function* (self) {
      const first = self.spawn(idle, { name: "bee" })
      self.monitor("bee")
      self.unregister("bee")
      const second = self.spawn(idle, { name: "bee" })
      self.signalExit(second, die)
      yield* sleep(1)
      expect(yield* unread(self)).toEqual([])
      self.signalExit(first, ExitReason.custom("first"))
      expect(shown(yield* self.receive())).toEqual({ down: "first", from: "bee" })
    })
  })

  it("by a name that nobody holds gives noproc (section 2.3)", async () => {
    await world.process(function* (self) {
      self.monitor("nobody")
      expect(yield* unread(self)).toEqual([{ down: "noproc", from: "nobody" }])
    })
  })

  it("M12 (changed): message makes what comes instead of the Down", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(idle)
      const monitor = self.monitor(ref, { message: (down) => ["bee gone", down.monitor, down.from, wordOf(down.reason)] })
      self.signalExit(ref, die)
      const message = (yield* self.receive()) as unknown[]
      expect([message[0], message[1] === monitor, message[2] === ref, message[3]]).toEqual(["bee gone", true, true, "die"])
    })
  })

  it("M12 (changed): an actor gets it in info(), and a Down without one in down()", async () => {
    const trace: unknown[] = []
    class Watcher extends Actor {
      watch() {
        const ref = this.spawn(idle)
        this.monitor(ref)
        this.monitor(ref, { message: ({ reason }) => ({ gone: wordOf(reason) }) })
        return ref
      }
      down(monitor: Monitor, from: unknown, reason: ExitReason) {
        trace.push(["down", monitor.active, String(from), wordOf(reason)])
      }
      info(message: unknown) {
        trace.push(["info", message])
      }
    }
    await world.process(function* (self) {
      const ref = yield* self.spawn(Watcher).call.watch()
      self.signalExit(ref, die)
      yield* sleep(1)
      expect(trace).toEqual([
        ["down", false, String(ref), "die"],
        ["info", { gone: "die" }],
      ])
    })
  })

  it("an actor without down() gets the Down in info() (section 2.3)", async () => {
    const trace: unknown[] = []
    class Watcher extends Actor {
      watch() {
        this.spawnMonitor(() => {})
      }
      info(message: unknown) {
        trace.push(message instanceof Down && message.reason)
      }
    }
    await world.process(function* (self) {
      yield* self.spawn(Watcher).call.watch()
      yield* sleep(1)
    })
    expect(trace).toEqual([ExitReason.normal])
  })

  it("M14 (changed): garbage is refused, by the compiler and at run time", async () => {
    await world.process(function* (self) {
      yield* schedule()
      for (const garbage of [undefined, null, 7, {}, [], Symbol("bee")]) {
        expect(() => self.monitor(garbage as never)).toThrow(InvalidArgumentError)
      }
      // @ts-expect-error a number is no reference
      expect(() => self.monitor(7)).toThrow(InvalidArgumentError)
    })
  })

  it("M14 (changed): so are options that it does not know, or values that they cannot have", async () => {
    await world.process(function* (self) {
      yield* schedule()
      // @ts-expect-error there is no such option
      expect(() => self.monitor(self.self, { tag: "bee" })).toThrow(InvalidArgumentError)
      // @ts-expect-error there is no such kind of alias
      expect(() => self.monitor(self.self, { alias: "forever" })).toThrow(InvalidArgumentError)
      // @ts-expect-error it must be a function
      expect(() => self.monitor(self.self, { message: "bee" })).toThrow(InvalidArgumentError)
    })
  })
})

describe("demonitor", () => {
  it("M03: before the death: no Down ever comes", async () => {
    await world.process(function* (self) {
      const { monitor, ref } = self.spawnMonitor(idle)
      expect([self.demonitor(monitor), monitor.active]).toEqual([true, false])
      self.signalExit(ref, die)
      yield* sleep(1)
      expect(yield* unread(self)).toEqual([])
    })
  })

  it("M04: twice is true, and does nothing", async () => {
    await world.process(function* (self) {
      const { monitor, ref } = self.spawnMonitor(idle)
      yield* schedule()
      expect([self.demonitor(monitor), self.demonitor(monitor), ref.alive]).toEqual([true, true, true])
    })
  })

  it("M04: another process's monitor is true, and stays (section 2.3)", async () => {
    await world.process(function* (self) {
      const { monitor, ref } = self.spawnMonitor(idle)
      const said: boolean[] = []
      self.spawn((mine: Process) => {
        said.push(mine.demonitor(monitor), mine.demonitor(monitor, { flush: true }), mine.demonitor(monitor, { info: true }))
      })
      yield* schedule()
      self.signalExit(ref, die)
      expect([said, shown(yield* self.receive())]).toEqual([[true, true, false], { down: "die", from: String(ref) }])
    })
  })

  it("M04 (changed): what is no monitor at all is refused", async () => {
    await world.process(function* (self) {
      yield* schedule()
      for (const garbage of [undefined, null, 7, "m", {}]) expect(() => self.demonitor(garbage as never)).toThrow(InvalidArgumentError)
    })
  })

  it("leaves a Down that is in the mailbox already (section 2.3)", async () => {
    await world.process(function* (self) {
      const { monitor, ref } = self.spawnMonitor(idle)
      self.signalExit(ref, die)
      yield* sleep(1)
      expect([self.demonitor(monitor), yield* unread(self)]).toEqual([true, [{ down: "die", from: String(ref) }]])
    })
  })

  it("M06: with flush takes that Down away, and leaves the others", async () => {
    await world.process(function* (self) {
      const first = self.spawnMonitor(idle)
      const second = self.spawnMonitor(idle)
      const third = self.spawnMonitor(idle)
      self.self.send("before")
      for (const { ref } of [first, second, third]) self.signalExit(ref, die)
      yield* sleep(1)
      self.self.send("after")
      self.demonitor(second.monitor, { flush: true })
      expect(yield* unread(self)).toEqual(["before", { down: "die", from: String(first.ref) }, { down: "die", from: String(third.ref) }, "after"])
    })
  })

  it("M06: with flush also takes the message that comes instead", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(idle)
      const monitor = self.monitor(ref, { message: () => "gone" })
      self.signalExit(ref, die)
      yield* sleep(1)
      self.demonitor(monitor, { flush: true })
      expect(yield* unread(self)).toEqual([])
    })
  })

  it("M06: using ends it with the block, its Down included", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(idle)
      {
        using monitor = self.monitor(ref)
        self.signalExit(ref, die)
        yield* sleep(1)
        expect(monitor.active).toBe(false)
      }
      expect(yield* unread(self)).toEqual([])
    })
  })

  it("M07: with info says whether it was active", async () => {
    await world.process(function* (self) {
      const { monitor, ref } = self.spawnMonitor(idle)
      expect([self.demonitor(monitor, { info: true }), self.demonitor(monitor, { info: true })]).toEqual([true, false])
      const again = self.monitor(ref)
      self.signalExit(ref, die)
      yield* sleep(1)
      expect([self.demonitor(again, { info: true }), yield* unread(self)]).toEqual([false, [{ down: "die", from: String(ref) }]])
    })
  })

  it("M07: with info and flush says false if it had to flush", async () => {
    await world.process(function* (self) {
      const { monitor, ref } = self.spawnMonitor(idle)
      self.signalExit(ref, die)
      yield* sleep(1)
      expect([self.demonitor(monitor, { info: true, flush: true }), yield* unread(self)]).toEqual([false, []])
      const active = self.spawnMonitor(idle)
      expect(self.demonitor(active.monitor, { info: true, flush: true })).toBe(true)
    })
  })

  it("M08 (changed): an option that it does not know is refused, and the monitor stays", async () => {
    await world.process(function* (self) {
      const { monitor } = self.spawnMonitor(idle)
      yield* schedule()
      // @ts-expect-error there is no such option
      expect(() => self.demonitor(monitor, { flash: true })).toThrow(InvalidArgumentError)
      // @ts-expect-error it is true or false
      expect(() => self.demonitor(monitor, { flush: 1 })).toThrow(InvalidArgumentError)
      expect(monitor.active).toBe(true)
    })
  })

  it("M15: noconnection is a reason that a Down can carry, for transports", async () => {
    await world.process(function* (self) {
      const { ref } = self.spawnMonitor(idle)
      self.signalExit(ref, ExitReason.noconnection)
      expect(shown(yield* self.receive())).toEqual({ down: "noconnection", from: String(ref) })
    })
  })
})

import { InvalidArgumentError, schedule, sleep } from "@vivarium/core"
import { Actor, ExitReason, named, NameTakenError, NoProcessError, type Process, StartError, System } from "@vivarium/actors"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { idle, OtpWorld, raised, unread } from "./otp-world.ts"

let world: OtpWorld
beforeEach(() => {
  world = new OtpWorld()
})
afterEach(async () => {
  await world.end()
})

class Bee extends Actor {
  hum() {
    return this.self
  }
}

describe("registering", () => {
  it("N01: a name that is taken is refused, with who holds it", async () => {
    const holder = world.system.spawn(idle, { name: "bee" })
    expect(() => world.system.spawn(idle, { name: "bee" })).toThrow(NameTakenError)
    expect(() => world.system.spawn(Bee, { name: "bee" })).toThrow(expect.objectContaining({ code: "name_taken", taken: "bee", ref: holder }))
    await world.process(function* (self) {
      expect(() => {
        self.register("bee")
      }).toThrow(NameTakenError)
      expect(() => {
        self.register("bee", holder)
      }).toThrow(NameTakenError)
      yield* schedule()
      expect([world.system.whereis("bee") === holder, world.system.statistics().processes]).toEqual([true, 2])
    })
  })

  it("N01 (changed): a process may have several names, all of which are free when it ends", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(idle, { name: "bee" })
      self.register("wasp", ref)
      expect([ref.name, world.system.names, world.system.whereis("wasp") === ref]).toEqual(["bee", ["bee", "wasp"], true])
      self.monitor(ref)
      self.signalExit(ref, ExitReason.shutdown)
      yield* self.receive()
      expect(world.system.names).toEqual([])
    })
  })

  it.each([[""], [7], [null], [true], [[]], [{}], [Symbol("bee")]])("N04: %o is refused", async (name) => {
    expect(() => world.system.spawn(Bee, { name: name as never })).toThrow(InvalidArgumentError)
    await world.process(function* (self) {
      yield* schedule()
      expect(() => {
        self.register(name as never)
      }).toThrow(InvalidArgumentError)
      expect(() => named(Bee, name as never)).toThrow(InvalidArgumentError)
      expect(world.system.names).toEqual([])
    })
  })

  it("N04 (changed): undefined is no name, and refused where one is needed", async () => {
    const ref = world.system.spawn(Bee, { name: undefined })
    expect([ref.name, world.system.names]).toEqual([undefined, []])
    await world.process(function* (self) {
      yield* schedule()
      expect(() => {
        self.register(undefined as never)
      }).toThrow(InvalidArgumentError)
    })
  })

  it("of a process that has ended is refused (section 4)", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(() => {})
      yield* schedule()
      expect(() => {
        self.register("ghost", ref)
      }).toThrow(NoProcessError)
      expect(world.system.whereis("ghost")).toBeUndefined()
    })
  })

  it("holds from the spawn on, before the process has run (section 4)", () => {
    const ref = world.system.spawn(Bee, { name: "bee" })
    expect(world.system.whereis("bee")).toBe(ref)
    ref.exit(ExitReason.shutdown)
    world.scheduler.run()
    expect(world.system.whereis("bee")).toBeUndefined()
  })

  it("of a start that is refused leaves the holder, and no second init runs (section 6.1)", async () => {
    let inits = 0
    class Once extends Actor {
      init() {
        inits++
      }
    }
    await world.process(function* (self) {
      const first = yield* self.start(Once, { name: "once" })
      const failure = yield* raised(StartError, self.start(Once, { name: "once" }))
      expect([failure.code, failure.ref === first]).toEqual(["already_started", true])
    })
    expect(inits).toBe(1)
  })
})

describe("unregistering", () => {
  it("frees the name, and the process lives on (section 4)", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(idle, { name: "bee" })
      yield* schedule()
      expect([self.unregister("bee"), self.unregister("bee"), world.system.whereis("bee"), ref.alive]).toEqual([true, false, undefined, true])
      const other = self.spawn(idle, { name: "bee" })
      self.monitor(ref)
      self.signalExit(ref, ExitReason.shutdown)
      yield* self.receive()
      expect(world.system.whereis("bee")).toBe(other)
    })
  })

  it("is told as an event, and so is registering (section 10)", async () => {
    const told: string[] = []
    world.system.events.on("registered", ({ name, ref }) => told.push(`+${name} ${ref.id}`))
    world.system.events.on("unregistered", ({ name, ref }) => told.push(`-${name} ${ref.id}`))
    const ref = world.system.spawn(idle, { name: "bee" })
    ref.exit(ExitReason.kill)
    world.scheduler.run()
    expect(told).toEqual([`+bee ${ref.id}`, `-bee ${ref.id}`])
  })
})

describe("sending by name", () => {
  it("reaches who holds it at each time (section 4)", async () => {
    await world.process(function* (self) {
      const bee = named(Bee, "bee")
      const first = self.spawn(Bee, { name: "bee" })
      expect((yield* bee.call.hum()) === first).toBe(true)
      yield* first.stop()
      const second = self.spawn(Bee, { name: "bee" })
      expect([(yield* bee.call.hum()) === second, bee.alive]).toEqual([true, true])
    })
  })

  it("N03 (changed): to nobody is false and a dead letter, and raises nothing", async () => {
    await world.process(function* (self) {
      yield* schedule()
      const bee = named(Bee, "bee")
      expect([bee.send("hello"), bee.cast.hum(), bee.alive]).toEqual([false, false, false])
      expect(world.system.deadLetters.map(({ because, from, message, method, to }) => [to, from === self.self, method, message, because])).toEqual([
        ["bee", true, undefined, "hello", "dead"],
        ["bee", true, "hum", [], "dead"],
      ])
    })
  })

  it("N03 (changed): to a dead process it is the same", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(() => {})
      yield* schedule()
      expect([ref.send("hello" as never), world.system.statistics().deadLetters]).toEqual([false, 1])
      expect(world.system.deadLetters.map(({ because, message, to }) => [to === ref, message, because])).toEqual([[true, "hello", "dead"]])
    })
  })

  it("of an earlier name: messages that are unread stay with the process that held it (section 4)", async () => {
    await world.process(function* (self) {
      const got: unknown[] = []
      const first = self.spawn(function* (mine: Process) {
        yield* sleep(10)
        got.push(...(yield* unread(mine)))
      })
      self.register("bee", first)
      named(Bee, "bee").send("hello")
      self.unregister("bee")
      self.spawn(idle, { name: "bee" })
      yield* sleep(20)
      expect(got).toEqual(["hello"])
    })
  })

  it("names belong to one system: another one on the same scheduler has its own", async () => {
    const other = new System({ scheduler: world.scheduler, log: false })
    world.system.spawn(idle, { name: "bee" })
    const there = other.spawn(Bee, { name: "bee" })
    expect(named(Bee, "bee", { system: other }).alive).toBe(true)
    expect(other.whereis("bee")).toBe(there)
    await world.scheduler.main(function* () {
      yield* other.stop()
    })
    expect([other.names, world.system.names]).toEqual([[], ["bee"]])
  })
})

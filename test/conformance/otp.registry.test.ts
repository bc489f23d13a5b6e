import { schedule, sleep } from "@vivarium/core"
import { Actor, Down, ExitReason, named, NameTakenError, type Process, Registry, RegistryChange, RegistryError, StartError } from "@vivarium/actors"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { idle, OtpWorld, unread } from "./otp-world.ts"

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

const unique = () => new Registry<unknown, unknown>({ keys: "unique", system: world.system })
const duplicate = () => new Registry<unknown, unknown>({ keys: "duplicate", system: world.system })

describe("a registry with unique keys", () => {
  it("X01: refuses a key that is taken, by itself or by another one, and says who holds it", async () => {
    await world.process(function* (self) {
      const flowers = unique()
      flowers.register("rose", 1)
      const other = self.spawn(idle)
      yield* schedule()
      for (const attempt of [() => flowers.register("rose", 2), () => flowers.register("rose", 2, { for: other })]) {
        expect(attempt).toThrow(NameTakenError)
        expect(attempt).toThrow(expect.objectContaining({ code: "name_taken", ref: self.self }))
      }
      expect(flowers.lookup("rose")).toEqual([{ ref: self.self, value: 1 }])
    })
  })

  it("a process may hold several keys, and gives each back by itself (section 10)", async () => {
    await world.process(function* (self) {
      yield* schedule()
      const flowers = unique()
      flowers.register("rose", 1)
      flowers.register("daisy", 2)
      expect([flowers.keys(), flowers.keys(self.self), flowers.values("daisy"), flowers.count()]).toEqual([["rose", "daisy"], ["rose", "daisy"], [2], 2])
      expect([flowers.unregister("rose"), flowers.unregister("rose"), flowers.keys()]).toEqual([true, false, ["daisy"]])
      flowers.register("rose", 3)
      expect(flowers.keys()).toEqual(["daisy", "rose"])
    })
  })

  it("a value is changed by its owner alone (section 10)", async () => {
    await world.process(function* (self) {
      const flowers = unique()
      const other = self.spawn(idle)
      yield* schedule()
      flowers.register("rose", 1)
      expect(flowers.updateValue("rose", (value) => (value as number) + 1)).toBe(2)
      expect(flowers.lookup("rose")).toEqual([{ ref: self.self, value: 2 }])
      for (const attempt of [() => flowers.updateValue("rose", () => 9, { for: other }), () => flowers.updateValue("daisy", () => 9)]) {
        expect(attempt).toThrow(expect.objectContaining({ code: "not_registered" }))
      }
      expect(flowers.values("rose")).toEqual([2])
    })
  })

  it("the key of a process that has ended is free before anybody is told (section 10)", async () => {
    await world.process(function* (self) {
      const flowers = unique()
      const bee = self.spawn(idle)
      flowers.register("rose", 1, { for: bee })
      self.monitor(bee)
      self.signalExit(bee, ExitReason.shutdown)
      yield* self.receive((message: unknown) => message instanceof Down)
      expect([flowers.lookup("rose"), flowers.count(), flowers.keys(bee)]).toEqual([[], 0, []])
      flowers.register("rose", 2)
    })
  })

  it("the key of a process that was just killed counts as free at once (section 10)", async () => {
    await world.process(function* (self) {
      const flowers = unique()
      const bee = self.spawn(idle)
      yield* schedule()
      flowers.register("rose", 1, { for: bee })
      self.signalExit(bee, ExitReason.kill)
      expect([flowers.lookup("rose"), flowers.whereis("rose"), flowers.count("rose")]).toEqual([[], undefined, 0])
      flowers.register("rose", 2)
      yield* sleep(1)
      expect(flowers.lookup("rose")).toEqual([{ ref: self.self, value: 2 }])
    })
  })

  it("the key of one that still ends in order is taken until it has (section 10, changed: here terminate runs whatever the reason)", async () => {
    class Careful extends Actor {
      *terminate() {
        yield* sleep(10)
      }
    }
    await world.process(function* (self) {
      const flowers = unique()
      const bee = yield* self.start(Careful, { name: flowers.via("rose") })
      self.signalExit(bee, ExitReason.shutdown)
      yield* sleep(5)
      expect(bee.alive).toBe(false)
      expect(() => {
        flowers.register("rose")
      }).toThrow(NameTakenError)
      yield* sleep(5)
      flowers.register("rose")
    })
  })
})

describe("via", () => {
  it("N05: start fails with who holds the name already, and no second init runs", async () => {
    let inits = 0
    class Once extends Actor {
      init() {
        inits++
      }
    }
    await world.process(function* (self) {
      const flowers = unique()
      const first = yield* self.start(Once, { name: flowers.via("rose") })
      let failed: unknown
      try {
        yield* self.start(Once, { name: flowers.via("rose") })
      } catch (error) {
        failed = error
      }
      expect(failed).toBeInstanceOf(StartError)
      expect([(failed as StartError).code, (failed as StartError).ref === first]).toEqual(["already_started", true])
      expect(() => self.spawn(Once, { name: flowers.via("rose") })).toThrow(NameTakenError)
    })
    expect(inits).toBe(1)
  })

  it("carries a value, and is a name to call, cast and send by, also after a restart (section 10)", async () => {
    await world.process(function* (self) {
      const flowers = unique()
      const rose = named(Bee, flowers.via("rose"))
      expect([rose.alive, rose.cast.hum()]).toEqual([false, false])
      const first = self.spawn(Bee, { name: flowers.via("rose", "red") })
      expect(flowers.lookup("rose")).toEqual([{ ref: first, value: "red" }])
      expect((yield* rose.call.hum()) === first).toBe(true)
      yield* first.stop()
      const second = self.spawn(Bee, { name: flowers.via("rose") })
      expect((yield* rose.call.hum()) === second).toBe(true)
    })
  })

  it("is refused where keys are not unique (section 10)", () => {
    const flowers = duplicate()
    expect(() => flowers.via("rose")).toThrow(RegistryError)
    expect(() => flowers.updateValue("rose", () => 1)).toThrow(expect.objectContaining({ code: "duplicate_keys" }))
  })
})

describe("a registry with duplicate keys", () => {
  it("X04: the same process may stand under a key twice; unregister takes both", async () => {
    await world.process(function* (self) {
      const flowers = duplicate()
      const other = self.spawn(idle)
      yield* schedule()
      flowers.register("rose", 1)
      flowers.register("rose", 2, { for: other })
      flowers.register("rose", 3)
      expect(flowers.lookup("rose").map(({ value }) => value)).toEqual([1, 2, 3])
      expect([flowers.keys(), flowers.values("rose"), flowers.count("rose")]).toEqual([["rose", "rose"], [1, 3], 3])
      expect([flowers.unregister("rose"), flowers.unregister("rose")]).toEqual([true, false])
      expect(flowers.lookup("rose")).toEqual([{ ref: other, value: 2 }])
    })
  })

  it("unregister can choose by the value (section 10: unregister_match)", async () => {
    await world.process(function* () {
      yield* schedule()
      const flowers = duplicate()
      for (const value of [1, 2, 3]) flowers.register("rose", value)
      expect(flowers.unregister("rose", { where: (value) => (value as number) > 1 })).toBe(true)
      expect(flowers.values("rose")).toEqual([1])
    })
  })

  it("match, select and count (section 10)", async () => {
    await world.process(function* (self) {
      yield* schedule()
      const flowers = duplicate()
      flowers.register("rose", 1)
      flowers.register("daisy", 2)
      flowers.register("rose", 3)
      expect(flowers.lookup("rose", (value) => (value as number) > 1)).toEqual([{ ref: self.self, value: 3 }])
      expect(flowers.select(({ value }) => (value as number) < 3)).toEqual([
        { key: "rose", ref: self.self, value: 1 },
        { key: "daisy", ref: self.self, value: 2 },
      ])
      expect([flowers.select().length, flowers.count(), flowers.count("rose"), flowers.count("tulip")]).toEqual([3, 3, 2, 0])
    })
  })
})

describe("dispatching", () => {
  it("X03: on a key without entries does not call the function", () => {
    const flowers = duplicate()
    let calls = 0
    expect(flowers.dispatch("rose", () => calls++)).toBeUndefined()
    expect(calls).toBe(0)
  })

  it("calls it once, with all entries (section 10)", async () => {
    await world.process(function* (self) {
      const flowers = duplicate()
      const bee = self.spawn(idle)
      yield* schedule()
      flowers.register("rose", 1)
      flowers.register("rose", 2, { for: bee })
      const calls: unknown[] = []
      expect(flowers.dispatch("rose", (entries) => calls.push(entries))).toBe(1)
      expect(calls).toEqual([
        [
          { ref: self.self, value: 1 },
          { ref: bee, value: 2 },
        ],
      ])
    })
  })

  it("reaches nobody who has been killed (section 10)", async () => {
    await world.process(function* (self) {
      const flowers = duplicate()
      const bee = self.spawn(idle)
      yield* schedule()
      flowers.register("rose", 1, { for: bee })
      self.signalExit(bee, ExitReason.kill)
      expect(flowers.dispatch("rose", () => true)).toBeUndefined()
    })
  })
})

describe("listening", () => {
  it("X05: tells of every entry that comes and goes, in order", async () => {
    await world.process(function* (self) {
      const flowers = unique()
      flowers.listen(self.self)
      const bee = self.spawn(idle)
      flowers.register("rose", 1, { for: bee })
      flowers.register("daisy", 2)
      flowers.unregister("daisy")
      self.signalExit(bee, ExitReason.kill)
      yield* sleep(1)
      const changes = (yield* unread(self)) as RegistryChange[]
      expect(changes.every((change) => change instanceof RegistryChange && change.registry === (flowers as unknown))).toBe(true)
      expect(changes.map(({ key, kind, ref, value }) => [kind, key, ref, value])).toEqual([
        ["register", "rose", bee, 1],
        ["register", "daisy", self.self, 2],
        ["unregister", "daisy", self.self, 2],
        ["unregister", "rose", bee, 1],
      ])
    })
  })
})

describe("keys", () => {
  it("X07 (changed: one number type): are compared as a Map does", async () => {
    await world.process(function* () {
      yield* schedule()
      const flowers = unique()
      flowers.register(1, "one")
      expect(() => flowers.register(1.0, "one")).toThrow(NameTakenError)
      flowers.register("1", "text")
      flowers.register(NaN, "not a number")
      flowers.register(-0, "zero")
      expect([flowers.values(NaN), flowers.values(0), flowers.values("1"), flowers.values({})]).toEqual([["not a number"], ["zero"], ["text"], []])
      expect([flowers.unregister(NaN), flowers.unregister(0), flowers.keys()]).toEqual([true, true, [1, "1"]])
    })
  })
})

describe("locking (section 10)", () => {
  it("one at a time a key, first come, first served; other keys are free", async () => {
    await world.process(function* (self) {
      const flowers = unique()
      const log: string[] = []
      const bee = (name: string, key: string) =>
        self.spawn(function* () {
          yield* flowers.lock(key, function* () {
            log.push(`${name} in`)
            yield* sleep(10)
            log.push(`${name} out`)
          })
        })
      bee("Maya", "rose")
      bee("Willy", "rose")
      bee("Flip", "daisy")
      yield* sleep(30)
      expect(log).toEqual(["Maya in", "Flip in", "Maya out", "Flip out", "Willy in", "Willy out"])
    })
  })

  it.each(["kill", "shutdown"] as const)("is freed when its holder is ended by %s", async (kind) => {
    await world.process(function* (self) {
      const flowers = unique()
      const log: string[] = []
      const holder = self.spawn(function* (_self: Process) {
        yield* flowers.lock("rose", function* () {
          try {
            yield* sleep(1000)
          } finally {
            log.push("leaving")
          }
        })
      })
      const other = self.spawn(function* (_self: Process) {
        log.push(yield* flowers.lock("rose", () => "taken"))
      })
      yield* sleep(1)
      self.signalExit(holder, ExitReason[kind])
      yield* sleep(1)
      expect([log, other.alive]).toEqual([["leaving", "taken"], false])
    })
  })
})

describe("meta", () => {
  it("is kept with the registry (section 10)", () => {
    const flowers = unique()
    flowers.meta.set("season", "spring")
    expect([flowers.meta.get("season"), unique().meta.size]).toEqual(["spring", 0])
  })
})

/** Registries beyond what Elixir's does: wrong use, other systems, listeners that misbehave. */
import { Actor, type ActorError, ExitReason, named, NoProcessError, type Process, Registry, type RegistryChange, type RegistryOptions, System } from "@vivarium/actors"
import { InvalidArgumentError, type Routine } from "@vivarium/core"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { Stage } from "./fixtures/stage.ts"

let stage: Stage
beforeEach(() => {
  stage = new Stage()
})
afterEach(async () => {
  await stage[Symbol.asyncDispose]()
})

const unique = () => new Registry<unknown, unknown>({ keys: "unique", name: "flowers", system: stage.system })
const duplicate = () => new Registry<unknown, unknown>({ keys: "duplicate", name: "flowers", system: stage.system })

function* idle(self: Process): Routine {
  for (;;) yield* self.receive()
}

describe("making one", () => {
  it.each([
    [{}, "keys"],
    [{ keys: "double" }, "keys"],
    [{ keys: "unique", name: "" }, "name"],
    [{ keys: "unique", name: 7 }, "name"],
    [{ keys: "unique", system: {} }, "system"],
    [{ keys: "unique", partitions: 4 }, "options.partitions"],
    [null, "options"],
  ])("is refused with %o", (options, argument) => {
    expect(() => new Registry(options as RegistryOptions)).toThrow(expect.objectContaining({ code: "invalid_argument", argument }))
  })

  it("belongs to the system of the current process, else to the only one that runs", async () => {
    expect(new Registry({ keys: "unique" }).system).toBe(stage.system)
    const other = new System({ scheduler: stage.scheduler, log: false })
    expect(() => new Registry({ keys: "unique" })).toThrow(expect.objectContaining<Partial<ActorError>>({ code: "no_system" }))
    const systems: System[] = []
    other.spawn(() => {
      systems.push(new Registry({ keys: "unique" }).system)
    })
    stage.pass()
    expect(systems).toEqual([other])
    await stage.scheduler.main(() => other.stop())
  })
})

describe("on whose behalf", () => {
  it("in plain code the process must be said", () => {
    const flowers = unique()
    expect(() => flowers.register("rose")).toThrow(expect.objectContaining({ code: "no_process" }))
    expect(() => flowers.keys()).toThrow(expect.objectContaining({ code: "no_process" }))
    const bee = stage.system.spawn(idle)
    flowers.register("rose", 1, { for: bee })
    expect([flowers.keys(bee), flowers.values("rose", { for: bee }), flowers.unregister("rose", { for: bee })]).toEqual([["rose"], [1], true])
  })

  it("an async method says { for: this }; once it has ended, that is refused", async () => {
    const flowers = unique()
    const errors: unknown[] = []
    class Bee extends Actor {
      async visit(flower: string) {
        await Promise.resolve()
        flowers.register(flower, 1, { for: this })
        await new Promise((resolve) => this.signal.addEventListener("abort", resolve))
        try {
          flowers.unregister(flower, { for: this })
        } catch (error) {
          errors.push((error as ActorError).code)
        }
      }
    }
    const bee = stage.system.spawn(Bee)
    bee.cast.visit("rose")
    await stage.turns()
    expect(flowers.whereis("rose")).toBe(bee)
    bee.exit(ExitReason.kill)
    await stage.turns()
    expect([errors, flowers.count()]).toEqual([["dead_actor"], 0])
  })

  it("a dead process cannot be put there, and is found nowhere", () => {
    const flowers = unique()
    const bee = stage.system.spawn(() => {})
    stage.pass()
    expect(() => flowers.register("rose", 1, { for: bee })).toThrow(NoProcessError)
    expect(() => flowers.register("rose", 1, { for: named(class Bee extends Actor {}, "nobody") })).toThrow(NoProcessError)
    expect([flowers.keys(bee), flowers.unregister("rose", { for: bee }), flowers.values("rose", { for: bee }), flowers.count()]).toEqual([[], false, [], 0])
  })

  it("a process of another system is refused", async () => {
    const other = new System({ scheduler: stage.scheduler, name: "other", log: false })
    const bee = other.spawn(idle)
    expect(() => unique().register("rose", 1, { for: bee })).toThrow(/must be a process of the system "system".* lives in another one, "other"/s)
    await stage.scheduler.main(() => other.stop())
  })

  it.each([7, "bee", {}, null])("%o is refused", (value) => {
    expect(() => unique().register("rose", 1, { for: value as never })).toThrow(InvalidArgumentError)
    expect(() => unique().register("rose", 1, { of: value } as never)).toThrow(InvalidArgumentError)
  })
})

describe("via", () => {
  it("is the name of the process in reports, and goes on telling who it was", () => {
    const rooms = unique()
    class Room extends Actor {}
    const room = stage.system.spawn(Room, { name: rooms.via("red") })
    expect([room.name, String(room), String(named(Room, rooms.via(7)))]).toEqual(["flowers/red", 'Room "flowers/red" (#1)', 'Room "flowers/7"'])
    room.exit(ExitReason.kill)
    stage.pass()
    expect(String(room)).toBe('Room "flowers/red" (#1)')
  })

  it("knows its system, also where several run", async () => {
    const other = new System({ scheduler: stage.scheduler, log: false })
    class Room extends Actor {}
    expect(named(Room, unique().via("red")).send("hello")).toBe(false)
    expect(stage.letters.map(({ to }) => to)).toEqual(["flowers/red"])
    await stage.scheduler.main(() => other.stop())
  })
})

describe("wrong arguments", () => {
  it("are refused with what is allowed", () => {
    const flowers = unique()
    expect(() => flowers.dispatch("rose", 7 as never)).toThrow(InvalidArgumentError)
    expect(() => flowers.listen(7 as never)).toThrow(InvalidArgumentError)
    expect(() => flowers.lock("rose", 7 as never)).toThrow(InvalidArgumentError)
    expect(() => flowers.updateValue("rose", 7 as never)).toThrow(InvalidArgumentError)
  })
})

describe("listeners", () => {
  const shown = ({ key, kind, ref }: RegistryChange) => `${kind} ${String(key)} ${ref.id}`

  it("that are functions are called at once, until disposed of", () => {
    const flowers = duplicate()
    const bee = stage.system.spawn(idle)
    const log: string[] = []
    {
      using _listening = flowers.listen((change) => log.push(shown(change)))
      flowers.register("rose", 1, { for: bee })
      expect(log).toEqual(["register rose 1"])
    }
    flowers.register("daisy", 1, { for: bee })
    expect(log.length).toBe(1)
  })

  it("that make changes themselves do not change the order that others see", () => {
    const flowers = duplicate()
    const bee = stage.system.spawn(idle)
    const log: string[] = []
    flowers.listen(({ key, kind }) => {
      if (key === "rose" && kind === "register") flowers.register("daisy", 1, { for: bee })
    })
    flowers.listen((change) => log.push(shown(change)))
    flowers.register("rose", 1, { for: bee })
    expect(log).toEqual(["register rose 1", "register daisy 1"])
  })

  it("see the entry of a killed process go before another one takes its key", () => {
    const flowers = unique()
    const [bee, other] = [stage.system.spawn(idle), stage.system.spawn(idle)]
    stage.pass()
    const log: string[] = []
    flowers.register("rose", 1, { for: bee })
    flowers.listen((change) => log.push(shown(change)))
    bee.exit(ExitReason.kill)
    flowers.register("rose", 2, { for: other })
    stage.pass()
    expect([log, flowers.whereis("rose")]).toEqual([["unregister rose 1", "register rose 2"], other])
  })

  it("that throw hurt nobody, not even a process that ends", () => {
    const flowers = duplicate()
    const bee = stage.system.spawn(idle)
    const log: string[] = []
    flowers.listen(() => {
      throw new Error("stung")
    })
    flowers.listen((change) => log.push(shown(change)))
    flowers.register("rose", 1, { for: bee })
    bee.exit(ExitReason.kill)
    stage.pass()
    expect(log).toEqual(["register rose 1", "unregister rose 1"])
    expect(stage.uncaught.splice(0).map(String)).toEqual(["Error: stung", "Error: stung"])
  })

  it("that are processes listen until they end", () => {
    const flowers = duplicate()
    const got: unknown[] = []
    class Watcher extends Actor {
      init() {
        flowers.listen(this.self)
      }
      info(change: RegistryChange) {
        got.push(shown(change))
      }
    }
    const watcher = stage.system.spawn(Watcher)
    const bee = stage.system.spawn(idle)
    stage.pass()
    flowers.register("rose", 1, { for: bee })
    stage.pass()
    watcher.exit(ExitReason.shutdown)
    flowers.register("daisy", 1, { for: bee })
    stage.pass()
    flowers.unregister("daisy", { for: bee })
    stage.pass()
    expect([got, stage.letters]).toEqual([["register rose 2"], []])
  })

  it("by name are whoever holds it at each change", () => {
    const flowers = duplicate()
    const got: string[] = []
    class Watcher extends Actor {
      info(change: RegistryChange) {
        got.push(`${this.self.id}: ${shown(change)}`)
      }
    }
    const bee = stage.system.spawn(idle)
    flowers.listen(named(Watcher, "watcher", { system: stage.system }))
    flowers.register("rose", 1, { for: bee })
    stage.system.spawn(Watcher, { name: "watcher" })
    flowers.register("daisy", 1, { for: bee })
    stage.pass()
    expect([got, stage.letters]).toEqual([["2: register daisy 1"], []])
  })
})

describe("many entries", () => {
  it("100,000 of one key come and go", () => {
    const flowers = duplicate()
    const bees = Array.from({ length: 1000 }, () => stage.system.spawn(idle))
    stage.pass()
    for (let round = 0; round < 100; round++) for (const bee of bees) flowers.register("rose", round, { for: bee })
    expect(flowers.count("rose")).toBe(100_000)
    for (const bee of bees) bee.exit(ExitReason.shutdown)
    stage.pass()
    expect(flowers.count()).toBe(0)
  })
})

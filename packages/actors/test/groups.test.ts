/** Groups beyond what pg's are: wrong use, other systems, keys of any kind, many members. */
import { Actor, ExitReason, type GroupChange, Groups, type GroupsOptions, NoProcessError, type Process, System } from "@vivarium/actors"
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

function* idle(self: Process): Routine {
  for (;;) yield* self.receive()
}

describe("making some", () => {
  it.each([
    [{ name: "" }, "name"],
    [{ system: "meadow" }, "system"],
    [{ scope: "x" }, "options.scope"],
    [7, "options"],
  ])("is refused with %o", (options, argument) => {
    expect(() => new Groups(options as GroupsOptions)).toThrow(expect.objectContaining({ code: "invalid_argument", argument }))
  })

  it("belongs to the only system that runs, and asks if there are several", async () => {
    expect([new Groups().system === stage.system, new Groups().name, new Groups({ name: "hives" }).name]).toEqual([true, "groups", "hives"])
    const other = new System({ scheduler: stage.scheduler, log: false })
    expect(() => new Groups()).toThrow(expect.objectContaining({ code: "no_system" }))
    await stage.scheduler.main(() => other.stop())
  })
})

describe("joining", () => {
  it("in plain code the member must be said", () => {
    const groups = new Groups()
    expect(() => groups.join("bees")).toThrow(expect.objectContaining({ code: "no_process" }))
    expect(() => groups.leave("bees")).toThrow(expect.objectContaining({ code: "no_process" }))
    expect(() => groups.monitor("bees")).toThrow(expect.objectContaining({ code: "no_process" }))
    expect(() => groups.monitor("bees", { from: 1 } as never)).toThrow(InvalidArgumentError)
  })

  it("nobody has joined if one of them cannot", async () => {
    const groups = new Groups({ system: stage.system })
    const bee = stage.system.spawn(idle)
    const dead = stage.system.spawn(() => {})
    stage.pass()
    const other = new System({ scheduler: stage.scheduler, log: false })
    const stranger = other.spawn(idle)
    expect(() => groups.join("bees", [bee, dead])).toThrow(NoProcessError)
    expect(() => groups.join("bees", [bee, stranger])).toThrow(InvalidArgumentError)
    expect(() => groups.join("bees", [bee, 7 as never])).toThrow(InvalidArgumentError)
    expect([groups.groups(), groups.leave("bees", dead)]).toEqual([[], false])
    groups.join("bees", [])
    expect(groups.groups()).toEqual([])
    await stage.scheduler.main(() => other.stop())
  })

  it("an async method joins as { this }", async () => {
    const groups = new Groups<string, Bee>()
    class Bee extends Actor {
      async join() {
        await Promise.resolve()
        groups.join("bees", this)
        groups.monitor("bees", { for: this })
      }
      readonly changes: string[] = []
      info({ kind, members }: GroupChange<string, Bee>) {
        this.changes.push(`${kind} ${members.map(String).join()}`)
      }
      seen() {
        return this.changes
      }
    }
    const bee = stage.system.spawn(Bee, { name: "Maya" })
    bee.cast.join()
    await stage.turns()
    groups.join("bees", bee)
    expect(groups.members("bees")).toEqual([bee, bee])
    expect(stage.outcome(() => bee.call.seen()).value).toEqual(['join Bee "Maya" (#1)'])
  })
})

describe("groups", () => {
  it("have names of any kind, compared as a Map does", () => {
    const groups = new Groups()
    const bee = stage.system.spawn(idle)
    const key = {}
    groups.join(NaN, bee)
    groups.join(key, bee)
    groups.join(0, bee)
    expect([groups.members(NaN), groups.members(key), groups.members({}), groups.members(-0)]).toEqual([[bee], [bee], [], [bee]])
    expect(groups.groups()).toEqual([NaN, key, 0])
  })

  it("`using` ends a monitor with the block", () => {
    const groups = new Groups()
    const bee = stage.system.spawn(idle)
    {
      using monitor = groups.monitor("bees", { for: bee })
      expect(monitor.active).toBe(true)
    }
    groups.join("bees", bee)
    expect(stage.letters).toEqual([])
    bee.exit(ExitReason.shutdown)
    stage.pass()
    expect(stage.letters).toEqual([])
  })

  it("100,000 members of one come and go", () => {
    const groups = new Groups()
    const bees = Array.from({ length: 1000 }, () => stage.system.spawn(idle))
    stage.pass()
    for (let round = 0; round < 100; round++) groups.join("bees", bees)
    expect(groups.members("bees").length).toBe(100_000)
    for (const bee of bees) bee.exit(ExitReason.kill)
    stage.pass()
    expect(groups.groups()).toEqual([])
  })
})

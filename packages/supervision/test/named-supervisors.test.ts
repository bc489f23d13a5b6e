import { describe, expect, it } from "vitest"
import { Actor, ExitReason, named, type Ref, System } from "@vivarium/actors"
import { Scheduler, schedule } from "@vivarium/core"
import { VirtualClock } from "@vivarium/core/lowlevel"
import { child, DynamicSupervisor, dynamicSupervisor, SpecError, Supervisor, supervisor } from "@vivarium/supervision"

class Bee extends Actor {}
class Hive extends Supervisor {
  init() {
    return { children: [child(Bee)] }
  }
}

describe("a supervisor by its name", () => {
  it("can be asked what its reference can be asked, also after a restart", async () => {
    const scheduler = new Scheduler({ clock: new VirtualClock() })
    await scheduler.main(function* () {
      const system = new System({ scheduler, log: false })
      const hive = named(Hive, "hive", { system })
      expect(() => hive.whichChildren()).toThrow("hive")
      yield* system.start(supervisor({ children: [child(Hive, { name: "hive" })] }))
      expect(hive.child("Bee", Bee)?.alive).toBe(true)
      system.whereis("hive")?.exit(ExitReason.kill)
      while (hive.alive) yield* schedule()
      while (!hive.alive) yield* schedule()
      yield* hive.startChild(child(Bee, { id: "maya" }))
      expect(hive.countChildren()).toEqual({ specs: 2, active: 2, supervisors: 0, workers: 2 })
      expect(hive.tree().children.map(({ id }) => id)).toEqual(["Bee", "maya"])
      yield* system.stop()
    })
  })

  it("is typed by its tree, too", async () => {
    await using system = new System({ log: false })
    const tree = dynamicSupervisor({ name: "bees" })
    await system.start(tree)
    const bees = named(tree, "bees", { system })
    const maya = await bees.startChild(child(Bee))
    await bees.terminateChild(maya)
    expect(bees.countChildren().specs).toBe(0)
  })

  it("needs no class of its own: any supervisor can be named", async () => {
    await using system = new System({ log: false })
    await system.start(supervisor({ name: "hive", children: [child(Bee)] }))
    await system.start(dynamicSupervisor({ name: "bees", child: child(Bee) }))
    expect(named(Supervisor, "hive", { system }).child("Bee", Bee)?.alive).toBe(true)
    const maya = await named(DynamicSupervisor<Ref<Bee>>, "bees", { system }).startChild()
    expect(maya.alive).toBe(true)
    expect(String(named(Supervisor, "hive", { system }))).toBe('Supervisor "hive"')
    expect(() => named(Actor, "hive", { system })).toThrow("a class of your own that extends it")
  })

  it("has a template, and is given arguments then, no specs", async () => {
    await using system = new System({ log: false })
    const bees = await system.start(dynamicSupervisor({ child: child(Bee) }))
    const error: unknown = await bees.startChild(child(Bee)).then(undefined, (reason: unknown) => reason)
    expect(error).toBeInstanceOf(SpecError)
    expect(String(error)).toContain("this dynamic supervisor has one, so it is given no specs")
    expect(bees.countChildren().specs).toBe(0)
  })
})

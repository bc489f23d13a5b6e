import { describe, expect, it } from "vitest"
import { Actor, ExitReason, named, System } from "@vivarium/actors"
import { Scheduler, schedule } from "@vivarium/core"
import { VirtualClock } from "@vivarium/core/lowlevel"
import { child, dynamicSupervisor, Supervisor, supervisor } from "@vivarium/supervision"

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
})

import { inspect } from "node:util"
import { Scheduler } from "@vivarium/core"
import { VirtualClock } from "@vivarium/core/lowlevel"
import { expect, it } from "vitest"
import { Groups, type Process, Registry, System } from "../src/index.ts"

it("messages of the system are printed in a few words, and not with all that they know", () => {
  const scheduler = new Scheduler({ clock: new VirtualClock() })
  const system = new System({ scheduler, log: false })
  const registry = new Registry<string>({ keys: "unique", name: "rooms", system })
  const groups = new Groups<string>({ system })
  const printed: string[] = []
  system.spawn(function* keeper(self: Process) {
    const bee = self.spawn(function* bee() {})
    self.monitor(bee)
    registry.listen(self.self)
    groups.monitor("bees")
    registry.register("hive", undefined)
    groups.join("bees")
    const timer = self.startTimer(5, "tick")
    printed.push(inspect(timer), inspect(self.alias()))
    self.startTimer(0, "tock")
    for (let count = 0; count < 4; count++) printed.push(inspect(yield* self.receive(), { breakLength: Infinity }))
  })
  scheduler.run()
  scheduler.clock.advance?.(0)
  scheduler.run()
  expect(printed).toEqual([
    "ProcessTimer (5 ms left)",
    "Alias of keeper #1",
    `RegistryChange { kind: 'register', registry: Registry "rooms", key: 'hive', ref: keeper #1, value: undefined }`,
    "GroupChange { kind: 'join', group: 'bees', members: [ keeper #1 ], monitor: GroupMonitor of keeper #1 }",
    "Down { monitor: Monitor of bee #2, from: bee #2, reason: { kind: 'normal' } }",
    "Timeout { timer: ProcessTimer (over), message: 'tock' }",
  ])
})

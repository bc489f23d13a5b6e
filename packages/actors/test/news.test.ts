/** What the system tells by a message, of groups, registries and event managers, is a signal: it comes in its order, past any full mailbox. */
import { sleep } from "@vivarium/core"
import { Actor, EventManager, ExitReason, GroupChange, Groups, HandlerExit, type Overflow, type Process, Registry, RegistryChange } from "@vivarium/actors"
import { describe, expect, it } from "vitest"
import { Stage } from "./fixtures/stage.ts"

class Bee extends Actor {}

function told(message: unknown): unknown {
  if (message instanceof GroupChange) return `${message.kind} ${message.members.map(({ id }) => id).join()}`
  if (message instanceof RegistryChange) return `${message.kind} ${message.ref.id}`
  if (message instanceof HandlerExit) return `handler ${String((message.reason as { readonly kind: string }).kind)}`
  return message
}

describe.each<Overflow>(["suspend", "fail", "dropNewest", "dropOldest"])("with a full mailbox and the policy %s", (overflow) => {
  const mailbox = { capacity: 1, overflow }

  it("who monitors a group and listens to a registry misses nothing", async () => {
    await using stage = new Stage()
    const { system } = stage
    const groups = new Groups<string>({ system })
    const registry = new Registry<string>({ keys: "duplicate", system })
    const log: unknown[] = []
    const reader = system.spawn(
      function* (self: Process) {
        groups.monitor("hive")
        registry.listen(self.self)
        yield* sleep(10)
        for (;;) log.push(told(yield* self.receive()))
      },
      { mailbox },
    )
    stage.pass()
    reader.send("fills it")
    const bees = [system.spawn(Bee), system.spawn(Bee)]
    for (const bee of bees) {
      groups.join("hive", bee)
      registry.register("bee", undefined, { for: bee })
    }
    for (const bee of bees) bee.exit(ExitReason.kill)
    stage.pass(10)
    expect(log).toEqual(["fills it", "join 2", "register 2", "join 3", "register 3", "leave 2", "unregister 2", "leave 3", "unregister 3"])
    expect(stage.lost).toEqual([])
  })

  it("who has added a handler is told that it is gone", async () => {
    await using stage = new Stage()
    const log: unknown[] = []
    const manager = stage.system.spawn(EventManager<string>)
    class Fails {
      handleEvent() {
        throw new Error("stung")
      }
    }
    const owner = stage.system.spawn(
      function* (self: Process) {
        yield* manager.call.addSupervised(Fails)
        yield* sleep(10)
        for (;;) log.push(told(yield* self.receive()))
      },
      { mailbox },
    )
    stage.pass()
    owner.send("fills it")
    manager.cast.notify("rose")
    stage.pass(10)
    expect(log).toEqual(["fills it", "handler error"])
  })
})

describe("a group monitor that is ended", () => {
  it("takes its unread changes away, and leaves those of others", async () => {
    await using stage = new Stage()
    const { system } = stage
    const groups = new Groups<string>({ system })
    const log: unknown[] = []
    system.spawn(function* (self: Process) {
      const one = groups.monitor("hive")
      groups.monitor("hive")
      groups.join("hive")
      yield* sleep(1)
      one.demonitor()
      for (;;) log.push(told(yield* self.receive()))
    })
    stage.pass(1)
    expect(log).toEqual(["join 1"])
  })
})

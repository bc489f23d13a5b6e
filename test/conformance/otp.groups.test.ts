import { schedule, sleep } from "@vivarium/core"
import { Actor, Down, ExitReason, GroupChange, Groups, type Process } from "@vivarium/actors"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { idle, OtpWorld, unread } from "./otp-world.ts"

let world: OtpWorld
let groups: Groups
beforeEach(() => {
  world = new OtpWorld()
  groups = new Groups({ system: world.system })
})
afterEach(async () => {
  await world.end()
})

/** Changes of groups in a few words. */
const told = (messages: readonly unknown[]) =>
  messages.map((message) => (message instanceof GroupChange ? [message.kind, message.group, message.members.map(({ id }) => id)] : message))

describe("members", () => {
  it("are those who joined, as often as they did, and must leave as often (section 4)", async () => {
    await world.process(function* (self) {
      yield* schedule()
      const me = self.self
      groups.join("bees")
      groups.join("bees")
      expect([groups.members("bees"), groups.groups()]).toEqual([[me, me], ["bees"]])
      expect([groups.leave("bees"), groups.members("bees")]).toEqual([true, [me]])
      expect([groups.leave("bees"), groups.members("bees"), groups.leave("bees")]).toEqual([true, [], false])
    })
  })

  it("leave of a non-member: not joined (section 4)", async () => {
    await world.process(function* (self) {
      const bee = self.spawn(idle)
      yield* schedule()
      groups.join("bees", bee)
      expect([groups.leave("bees"), groups.leave("wasps"), groups.leave("wasps", bee), groups.members("bees")]).toEqual([false, false, false, [bee]])
    })
  })

  it("an empty group vanishes (section 4)", async () => {
    await world.process(function* (self) {
      const bee = self.spawn(idle)
      yield* schedule()
      groups.join("bees", bee)
      groups.join("insects", bee)
      expect(groups.groups()).toEqual(["bees", "insects"])
      groups.leave("bees", bee)
      expect([groups.groups(), groups.members("bees")]).toEqual([["insects"], []])
      self.signalExit(bee, ExitReason.kill)
      yield* schedule()
      expect(groups.groups()).toEqual([])
    })
  })

  it("several join and leave at once (pg: PidOrPids)", async () => {
    await world.process(function* (self) {
      const [a, b, c] = [self.spawn(idle), self.spawn(idle), self.spawn(idle)]
      yield* schedule()
      groups.join("bees", [a, b, a])
      expect(groups.members("bees")).toEqual([a, b, a])
      expect([groups.leave("bees", [c, a]), groups.members("bees")]).toEqual([true, [b, a]])
      expect([groups.leave("bees", [c, c]), groups.members("bees")]).toEqual([false, [b, a]])
    })
  })

  it("scopes know nothing of each other (section 4)", async () => {
    await world.process(function* () {
      yield* schedule()
      const others = new Groups({ system: world.system })
      groups.join("bees")
      expect([others.members("bees"), others.leave("bees"), others.groups()]).toEqual([[], false, []])
    })
  })

  it("N07: a member that dies is gone, from all groups and as often as it joined, before its Down is seen", async () => {
    await world.process(function* (self) {
      const bee = self.spawn(idle)
      groups.join("bees", [bee, self.self, bee])
      groups.join("insects", bee)
      self.monitor(bee)
      self.signalExit(bee, ExitReason.shutdown)
      yield* self.receive((message: unknown) => message instanceof Down)
      expect([groups.members("bees"), groups.groups()]).toEqual([[self.self], ["bees"]])
    })
  })

  it("N07: monitors are told of a member that dies, before its Down, once for each time it had joined", async () => {
    await world.process(function* (self) {
      const bee = self.spawn(idle)
      groups.join("bees", [bee, bee])
      groups.monitor("bees")
      self.monitor(bee)
      self.signalExit(bee, ExitReason.kill)
      yield* sleep(1)
      expect(told(yield* unread(self))).toEqual([["leave", "bees", [bee.id]], ["leave", "bees", [bee.id]], { down: "killed", from: String(bee) }])
    })
  })
})

describe("monitoring", () => {
  it("N08: gives who is there, then tells who joins and leaves, in order", async () => {
    await world.process(function* (self) {
      const [a, b] = [self.spawn(idle), self.spawn(idle)]
      yield* schedule()
      groups.join("bees", a)
      const monitor = groups.monitor("bees")
      groups.join("bees", [b, a])
      groups.join("wasps", b)
      groups.leave("bees", [a, b])
      groups.leave("bees", a)
      expect(groups.leave("bees", a)).toBe(false)
      groups.join("bees", b)
      expect(monitor.members).toEqual([a])
      const messages = yield* unread(self)
      expect(told(messages)).toEqual([
        ["join", "bees", [b.id, a.id]],
        ["leave", "bees", [a.id, b.id]],
        ["leave", "bees", [a.id]],
        ["join", "bees", [b.id]],
      ])
      expect(messages.every((message) => (message as GroupChange).monitor === monitor)).toBe(true)
    })
  })

  it("a group need not have members yet, and may come back (pg: monitor)", async () => {
    await world.process(function* (self) {
      yield* schedule()
      expect(groups.monitor("bees").members).toEqual([])
      for (let time = 0; time < 2; time++) {
        groups.join("bees")
        groups.leave("bees")
      }
      const one = [self.self.id]
      expect(told(yield* unread(self))).toEqual([["join", "bees", one], ["leave", "bees", one], ["join", "bees", one], ["leave", "bees", one]])
    })
  })

  it("all groups: those of now, and every change of any (pg: monitor_scope)", async () => {
    await world.process(function* (self) {
      const bee = self.spawn(idle)
      yield* schedule()
      groups.join("bees", bee)
      groups.join("insects", bee)
      const monitor = groups.monitorAll()
      groups.join("wasps")
      self.signalExit(bee, ExitReason.kill)
      yield* sleep(1)
      expect([...monitor.members]).toEqual([
        ["bees", [bee]],
        ["insects", [bee]],
      ])
      expect(told(yield* unread(self))).toEqual([
        ["join", "wasps", [self.self.id]],
        ["leave", "bees", [bee.id]],
        ["leave", "insects", [bee.id]],
      ])
    })
  })

  it("demonitor ends it and takes away what is unread of it, and of nothing else (pg: demonitor)", async () => {
    await world.process(function* (self) {
      yield* schedule()
      const [monitor, other] = [groups.monitor("bees"), groups.monitor("bees")]
      groups.join("bees")
      self.self.send("hello")
      groups.leave("bees")
      expect([monitor.demonitor(), monitor.active, monitor.demonitor()]).toEqual([true, false, false])
      groups.join("bees")
      const messages = yield* unread(self)
      expect(messages.map((message) => (message instanceof GroupChange ? message.monitor === other : message))).toEqual([true, "hello", true, true])
    })
  })

  it("each call sets another monitor (pg: monitor)", async () => {
    await world.process(function* (self) {
      yield* schedule()
      const monitors = [groups.monitor("bees"), groups.monitor("bees"), groups.monitorAll()]
      groups.join("bees")
      const messages = (yield* unread(self)) as GroupChange[]
      expect(new Set(messages.map(({ monitor }) => monitor))).toEqual(new Set(monitors))
    })
  })

  it("of a system that has stopped there is nothing left", async () => {
    await world.process(function* (self) {
      groups.join("bees", [self.self, self.spawn(idle)])
      groups.join("wasps", self.spawn(idle))
      yield* schedule()
    })
    await world.scheduler.main(() => world.system.stop())
    expect(groups.groups()).toEqual([])
  })

  it("ends with the process that monitors (pg: monitor)", async () => {
    class Watcher extends Actor {
      watch() {
        groups.monitor("bees")
      }
      info() {}
    }
    await world.process(function* (self) {
      const watcher = self.spawn(Watcher)
      yield* watcher.call.watch()
      yield* watcher.stop()
      groups.join("bees")
      expect(world.system.deadLetters).toEqual([])
    })
  })

  it("a process that monitors and dies tells itself nothing", async () => {
    await world.process(function* (self) {
      const bee = self.spawn(function* (mine: Process) {
        groups.join("bees")
        groups.monitor("bees")
        yield* mine.receive()
      })
      yield* schedule()
      self.signalExit(bee, ExitReason.kill)
      yield* sleep(1)
      expect([groups.groups(), world.system.deadLetters]).toEqual([[], []])
    })
  })
})

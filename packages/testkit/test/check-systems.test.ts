/** The built-in checks: each is quiet as long as the packages keep what they promise, and fails when somebody breaks it. */
import { Actor, Groups, type Monitor, type Process, type Ref, Registry, System } from "@vivarium/actors"
import { append, type Cell, type Envelope, IDLE, TRAPS_EXIT, unlink } from "@vivarium/actors/lowlevel"
import { type Operation, type Routine, schedule, sleep } from "@vivarium/core"
import { child, supervisor, type SupervisorRef } from "@vivarium/supervision"
import { insideOf, type Supervision } from "@vivarium/supervision/lowlevel"
import { describe, expect, it } from "vitest"
import { type CheckOptions, type ExplorationError, explore, replay, type World } from "../src/index.ts"

class Bee extends Actor {
  watch(ref: Ref<unknown>): Monitor {
    return this.monitor(ref)
  }

  bond(ref: Ref<unknown>): void {
    this.link(ref)
  }

  *rest(ms: number): Routine<void> {
    yield* sleep(ms)
  }

  /** If it traps exits. */
  exit(): void {}
}

function cellOf(ref: Ref<never> | Ref<unknown>): Cell {
  return ref["~resolve"]() as Cell
}

function insideOfSupervisor(ref: SupervisorRef): Supervision {
  return insideOf(cellOf(ref)) as Supervision
}

/** Two bees, one of which is busy for a while. */
function* twoBees({ system }: World): Routine<{ readonly busy: Ref<Bee>; readonly other: Ref<Bee> }> {
  const busy = yield* system.start(Bee, { name: "busy" })
  const other = yield* system.start(Bee, { name: "other" })
  busy.cast.rest(10)
  yield* schedule()
  return { busy, other }
}

function supervised(world: World): Operation<SupervisorRef> {
  return world.system.start(supervisor({ maxRestarts: 1, children: [child(Bee, { id: "a" }), child(Bee, { id: "b" })] }))
}

/** What somebody does who breaks a promise, and what the check says. */
const BROKEN: Readonly<Record<string, readonly [check: keyof CheckOptions, breaks: (world: World) => Routine<unknown>, says: string]>> = {
  "a message vanishes from a mailbox": [
    "messages",
    function* (world) {
      const { busy } = yield* twoBees(world)
      busy.send("honey" as never)
      const cell = cellOf(busy)
      unlink(cell.first as Envelope)
      cell.size--
      yield* schedule()
    },
    'messages: of 2 sent to Bee "busy" (#1), 1 were handled, 0 lost, 0 are unread: 1 have vanished',
  ],
  "a message vanishes in the hands of a receive that is killed": [
    "messages",
    function* ({ system }) {
      const bee = system.spawn(function* bee(self: Process<string>) {
        const receive = self.receive()
        void Object.assign(receive, { undo: () => {} })
        yield* receive
      })
      yield* schedule()
      bee.send("honey")
      bee.exit({ kind: "shutdown" })
      yield* sleep(1)
    },
    "messages: of 1 sent to bee #1, 1 have vanished in the hands of a receive, which has neither taken nor given them back",
  ],
  "a message is there that nobody has sent": [
    "messages",
    function* (world) {
      const { busy } = yield* twoBees(world)
      busy.send("honey" as never)
      const { first, world: inside } = cellOf(busy)
      inside.watch?.taken(cellOf(busy), first as Envelope)
      yield* schedule()
    },
    "1 are unread: 1 more than were sent",
  ],
  "a later message stands before an earlier one": [
    "order",
    function* (world) {
      const { busy } = yield* twoBees(world)
      for (const message of ["first", "second"]) busy.send(message as never)
      const cell = cellOf(busy)
      const first = cell.first as Envelope
      unlink(first)
      append(cell, first)
      yield* schedule()
    },
    `order: in the mailbox of Bee "busy" (#1) 'second' stands before 'first', which came earlier from the same sender`,
  ],
  "an actor takes what is not the oldest": [
    "order",
    function* (world) {
      const { busy } = yield* twoBees(world)
      for (const message of ["first", "second"]) busy.send(message as never)
      const cell = cellOf(busy)
      cell.world.watch?.taken(cell, cell.last as Envelope)
      unlink(cell.last as Envelope)
      cell.size--
      yield* schedule()
    },
    `order: Bee "busy" (#1) takes 'second' before 'first', which came earlier from the same sender`,
  ],
  "a mailbox miscounts": [
    "mailboxes",
    function* (world) {
      const { busy } = yield* twoBees(world)
      busy.send("honey" as never)
      cellOf(busy).size++
      yield* schedule()
    },
    'mailboxes: Bee "busy" (#1) counts 2 unread messages, but has 1',
  ],
  "a wake-up is lost": [
    "mailboxes",
    function* (world) {
      const { other } = yield* twoBees(world)
      const cell = cellOf(other)
      cell.flags &= ~IDLE
      other.send("honey" as never)
      cell.flags |= IDLE
      yield* schedule()
    },
    `mailboxes: Bee "other" (#2) waits for a message, though 'honey' is unread: it was not woken`,
  ],
  "no Down comes": [
    "monitors",
    function* (world) {
      const { busy, other } = yield* twoBees(world)
      const monitor = yield* other.call.watch(busy as never)
      Object.assign(monitor, { fire: () => {} })
      busy.exit({ kind: "kill" })
      yield* sleep(1)
    },
    'monitors: no Down has come of the monitor of Bee "other" (#2) on Bee "busy" (#1), whose process has ended',
  ],
  "two Downs come": [
    "monitors",
    function* (world) {
      const { busy, other } = yield* twoBees(world)
      const monitor = yield* other.call.watch(busy as never)
      busy.exit({ kind: "kill" })
      yield* sleep(1)
      monitor.fire({ kind: "normal" })
      yield* schedule()
    },
    'monitors: the monitor of Bee "other" (#2) on Bee "busy" (#1) has brought two Downs',
  ],
  "a monitor is kept of who has ended it": [
    "monitors",
    function* (world) {
      const { busy, other } = yield* twoBees(world)
      yield* other.call.watch(busy as never)
      cellOf(other).extras?.monitors?.clear()
      yield* schedule()
    },
    'monitors: the monitor of Bee "other" (#2) on Bee "busy" (#1) is kept by its process, but who has set it has ended it',
  ],
  "a monitor is not known to its process": [
    "monitors",
    function* (world) {
      const { busy, other } = yield* twoBees(world)
      yield* other.call.watch(busy as never)
      cellOf(busy).extras?.watchers?.clear()
      yield* schedule()
    },
    'monitors: the monitor of Bee "other" (#2) on Bee "busy" (#1) is still set, but its process knows nothing of it',
  ],
  "a link leads one way": [
    "links",
    function* (world) {
      const { busy, other } = yield* twoBees(world)
      yield* other.call.bond(busy as never)
      cellOf(busy).extras?.links?.clear()
      yield* schedule()
    },
    'links: Bee "other" (#2) is linked to Bee "busy" (#1), but not the other way round',
  ],
  "a link leads to the dead": [
    "links",
    function* (world) {
      const { busy, other } = yield* twoBees(world)
      cellOf(other).flags |= TRAPS_EXIT
      yield* other.call.bond(busy as never)
      busy.exit({ kind: "kill" })
      yield* sleep(1)
      cellOf(other).extras?.links?.add(cellOf(busy))
      yield* schedule()
    },
    'links: Bee "other" (#2) is still linked to Bee "busy" (#1), which has ended',
  ],
  "a name leads to the dead": [
    "names",
    function* (world) {
      const { busy } = yield* twoBees(world)
      cellOf(busy).extras?.belongings?.clear()
      busy.exit({ kind: "kill" })
      yield* sleep(1)
    },
    'names: "busy" is still held by Bee "busy" (#1), which has ended',
  ],
  "a registry keeps the dead": [
    "names",
    function* ({ system }) {
      const registry = new Registry<string, number>({ keys: "unique", name: "hives", system })
      const bee = yield* system.start(Bee)
      registry.register("linden", 1, { for: bee as never })
      cellOf(bee).extras?.belongings?.clear()
      bee.exit({ kind: "kill" })
      yield* sleep(1)
    },
    'names: the registry "hives" still has Bee #1, which has ended',
  ],
  "a group keeps the dead": [
    "names",
    function* ({ system }) {
      const groups = new Groups<string, Bee>({ name: "swarm", system })
      const bee = yield* system.start(Bee)
      groups.join("linden", bee as never)
      cellOf(bee).extras?.belongings?.clear()
      bee.exit({ kind: "kill" })
      yield* sleep(1)
    },
    'names: the groups "swarm" still has Bee #1, which has ended',
  ],
  "children are left alone when their supervisor is killed": [
    "orphans",
    function* (world) {
      const top = yield* supervised(world)
      Object.assign(insideOfSupervisor(top), { release: () => {} })
      top.exit({ kind: "kill" })
      yield* sleep(1)
    },
    'orphans: Bee "a" (#2) goes on, though its supervisor supervisor #1 has ended, and nobody ends it',
  ],
  "a supervisor restarts more often than it may": [
    "restarts",
    function* (world) {
      const top = yield* supervised(world)
      Object.assign(insideOfSupervisor(top).window, { admit: () => true })
      for (let time = 0; time < 2; time++) {
        top.child("a", Bee)?.exit({ kind: "kill" })
        yield* sleep(1)
      }
    },
    "restarts: supervisor #1 starts Bee \"a\" (#5), though it has had to restart children 2 times within 5000 ms, and may do so 1 times (maxRestarts)",
  ],
  "a supervisor that may not restart any more goes on": [
    "restarts",
    function* (world) {
      const top = yield* supervised(world)
      Object.assign(insideOfSupervisor(top), { giveUp: () => {} })
      for (let time = 0; time < 2; time++) {
        top.child("a", Bee)?.exit({ kind: "kill" })
        yield* sleep(1)
      }
    },
    "restarts: supervisor #1 goes on, though it has had to restart children 2 times within 5000 ms, and may do so 1 times (maxRestarts)",
  ],
  "a child is started while its last process lives": [
    "replacements",
    function* (world) {
      const top = yield* supervised(world)
      const { children } = insideOfSupervisor(top)
      const a = children.withId("a")
      if (a !== undefined) children.runs(a, cellOf(world.system.spawn(Bee)))
      yield* schedule()
    },
    'replacements: supervisor #1 has started Bee #4, though Bee "a" (#2) has not ended',
  ],
}

describe("the built-in checks", () => {
  it.each(Object.entries(BROKEN))("fail when %s, and can be turned off", async (_what, [check, breaks, says]) => {
    const error = await replay(breaks, []).then(() => null, (raised: ExplorationError) => raised)
    expect(error?.message.split("\n")[0]).toContain(says)
    expect(error?.kind).toBe("check")
    for (const checks of [false, { [check]: false }]) {
      const other = await replay(breaks, [], { checks, leaks: "allow" }).then(() => null, (raised: ExplorationError) => raised)
      expect(other?.message.split("\n")[0] ?? "").not.toContain(says)
    }
  })

  it("see what happens in systems that the scenario makes itself, from the beginning", async () => {
    await expect(
      replay(function* ({ scheduler }) {
        const system = new System({ scheduler, log: false })
        const bee = system.spawn(Bee)
        bee.send("honey" as never)
        unlink(cellOf(bee).first as Envelope)
        cellOf(bee).size--
        yield* schedule()
      }, []),
    ).rejects.toThrow("messages: of 1 sent to Bee #1, 0 were handled, 0 lost, 0 are unread: 1 have vanished")
  })

  it.each([
    ["no record", "some", "checks must be true, false or a record of single ones"],
    ["an unknown check", { orders: false }, "checks.orders must be left out: the options are messages, order, mailboxes"],
    ["a check that is no flag", { order: "no" }, "checks.order must be true or false"],
  ])("refuse %s", async (_what, checks, text) => {
    await expect(explore(() => {}, { checks: checks as never })).rejects.toThrow(text)
  })
})

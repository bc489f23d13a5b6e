/** What a system tells, to whom, and that listening cannot hurt it. */
import { sleep } from "@vivarium/core"
import { Actor, type CrashReport, ExitReason, formatCrashReport, type Process, type Ref, refuse, System, type SystemEventMap } from "@vivarium/actors"
import { describe, expect, it } from "vitest"
import { Stage, wordOf } from "./fixtures/stage.ts"

class Bee extends Actor {
  honey = 3
  pollen = ["clover", "rose"]
  #secret = "hive"
  fly(where: string): string {
    throw new Error(`stung over ${where} of ${this.#secret.length}`)
  }
  refuses(): void {
    throw refuse(new RangeError("no"))
  }
  *slow() {
    yield* sleep(1)
  }
}

const NAMES: readonly (keyof SystemEventMap)[] = ["crash", "deadLetter", "slowMethod", "mailboxLong", "registered", "unregistered", "started", "ended", "unhandled", "refusedCast", "abandoned", "stopOverdue"]

/** One of each thing that a system tells of. */
async function live(stage: Stage): Promise<void> {
  const { system } = stage
  const bee = system.spawn(Bee, { name: "bee", mailbox: { capacity: 2, reportAt: 2 } })
  stage.pass()
  bee.send("no info")
  bee.cast.refuses()
  bee.cast.fly("full")
  stage.pass()
  class Slow extends Actor {
    work() {
      stage.clock.advance(100)
    }
    async fetch() {
      await new Promise(() => {})
    }
  }
  const slow = system.spawn(Slow)
  slow.cast.work()
  slow.cast.fetch()
  stage.pass()
  const stubborn = system.spawn(Bee, { shutdownMs: 0 })
  stubborn.cast.fly("the meadow")
  stage.pass()
  system.spawn(Bee, { shutdownMs: 0 }).cast.slow()
  stage.pass()
  stage.begin(() => system.stop({ deadlineMs: 10 }))
  stage.pass(10)
  await stage.turns()
}

describe("a listener", () => {
  it("is told of each kind of event", async () => {
    await using stage = new Stage()
    const told = new Set<string>()
    for (const name of NAMES) stage.system.events.on(name, () => void told.add(name))
    await live(stage)
    expect([...told].toSorted()).toEqual([...NAMES].toSorted())
  })

  it.each(NAMES)("that throws on %s is caught: it goes to onUncaught, the others are told, and the system goes on", async (name) => {
    const uncaught: unknown[] = []
    await using stage = new Stage({ onUncaught: (error) => void uncaught.push((error as Error).message) })
    let before = 0
    let after = 0
    stage.system.events.on(name, () => void before++)
    stage.system.events.on(name, () => { throw new Error(`listener of ${name}`) })
    stage.system.events.on(name, () => void after++)
    await live(stage)
    expect(before).toBeGreaterThan(0)
    expect(after).toBe(before)
    expect(uncaught).toEqual(Array.from({ length: before }, () => `listener of ${name}`))
    expect([stage.system.processes, stage.system.names]).toEqual([[], []])
  })

  it("that is async and fails goes there, too", async () => {
    const uncaught: unknown[] = []
    await using stage = new Stage({ onUncaught: (error) => void uncaught.push((error as Error).message) })
    stage.system.events.on("started", async () => {
      await Promise.resolve()
      throw new Error("late")
    })
    stage.system.spawn(Bee)
    await stage.turns()
    expect(uncaught).toEqual(["late"])
  })

  it("goes to the scheduler's onUncaught if the system has none", async () => {
    await using stage = new Stage()
    const system = new System({ scheduler: stage.scheduler, log: false })
    system.events.on("started", () => { throw new Error("listener") })
    system.spawn(Bee)
    expect(() => stage.pass()).toThrow("listener")
    stage.outcome(() => system.stop())
  })

  it("cannot be hurt by an onUncaught that throws itself", async () => {
    await using stage = new Stage({ onUncaught: () => { throw new Error("in onUncaught") } })
    stage.system.events.on("ended", () => { throw new Error("listener") })
    const bee = stage.system.spawn(Bee, { name: "bee" })
    const got: unknown[] = []
    stage.system.spawn(function* (self: Process) {
      self.monitor(bee)
      got.push(yield* self.receive())
    })
    bee.cast.fly("here")
    expect(() => stage.pass()).toThrow("in onUncaught")
    expect(() => stage.pass()).toThrow("in onUncaught")
    stage.pass()
    expect([got.length, stage.system.names, stage.system.processes]).toEqual([1, [], []])
  })

  it("is told once with once, in its context, and not at all after off", async () => {
    await using stage = new Stage()
    const { events } = stage.system
    const log: unknown[] = []
    const context = { name: "context" }
    events.once("started", function (this: unknown) { log.push(["once", this]) }, context)
    events.on("started", function (this: unknown, ref) { log.push([ref.id, this]) }, context)
    const never = (): void => void log.push("never")
    events.once("started", never)
    events.on("started", never)
    events.off("started", never)
    for (let count = 0; count < 2; count++) stage.system.spawn(Bee)
    expect(log).toEqual([["once", context], [1, context], [2, context]])
    expect(events.listenerCount("started")).toBe(1)
  })

  it("that is added or taken off while an event is told changes the next one", async () => {
    await using stage = new Stage()
    const { events } = stage.system
    const log: string[] = []
    const second = (): void => void log.push("second")
    events.once("started", () => {
      log.push("first")
      events.off("started", second)
      events.on("started", () => void log.push("added"))
    })
    events.on("started", second)
    for (let count = 0; count < 2; count++) stage.system.spawn(Bee)
    expect(log).toEqual(["first", "second", "added"])
  })

  it("may do anything but wait: spawn, send, kill, even what it is told of", async () => {
    await using stage = new Stage()
    const log: string[] = []
    const { events } = stage.system
    events.on("ended", ({ ref }) => {
      log.push(`ended ${ref.id}`)
      ref.exit(ExitReason.kill)
      if (ref.id < 3) stage.system.spawn(Bee, { name: "bee" }).cast.fly("there")
    })
    stage.system.spawn(Bee, { name: "bee" }).cast.fly("here")
    stage.pass()
    expect(log).toEqual(["ended 1", "ended 2", "ended 3"])
  })

  it("of an actor goes with it, if it says so by its signal", async () => {
    await using stage = new Stage()
    const { events } = stage.system
    class Listener extends Actor {
      readonly log: number[] = []
      init() {
        const listen = (ref: Ref<unknown>): void => void this.log.push(ref.id)
        events.on("started", listen)
        this.signal.addEventListener("abort", () => events.off("started", listen))
      }
    }
    for (const reason of [ExitReason.normal, ExitReason.shutdown, ExitReason.kill, ExitReason.error(new Error("x"))]) {
      const listener = stage.system.spawn(Listener)
      stage.pass()
      expect(events.listenerCount("started")).toBe(1)
      if (reason.kind === "normal") stage.outcome(() => listener.stop())
      else listener.exit(reason)
      stage.pass()
      expect(events.listenerCount("started")).toBe(0)
    }
  })
})

describe("a crash report", () => {
  it("says as data who, over what, in which state, why, and who stood by", async () => {
    await using stage = new Stage()
    let queen: Ref<Bee> | undefined
    stage.system.spawn(function* mother(self: Process) {
      queen = self.spawnLink(Bee, { name: "queen", trapExit: true })
      yield* self.receive()
    })
    stage.pass()
    const bee = queen as Ref<Bee>
    stage.clock.advance(12)
    class Asker extends Actor {
      *ask() {
        yield* bee.call.fly("clover")
      }
    }
    const asker = stage.system.spawn(Asker)
    asker.cast.ask()
    stage.pass()
    const [report] = stage.crashes as [CrashReport]
    expect(report).toMatchObject({
      kind: "Bee",
      reason: { kind: "error", error: { message: "stung over clover of 4" } },
      message: { method: "fly", payload: ["clover"], call: true },
      state: { honey: 3, pollen: ["clover", "rose"] },
      unread: 0,
      trapExit: true,
      at: 12,
    })
    expect(report.ref).toBe(bee)
    expect(report.message?.from).toBe(asker)
    expect(report.ancestors.map(String)).toEqual(["mother #1"])
    expect(report.links.map(String)).toEqual(["mother #1"])
    expect(stage.crashes.map(({ ref }) => String(ref))).toEqual(['Bee "queen" (#2)', "Asker #3"])
    // The mother has ended by the link, so by a signal: she did not crash herself.
    expect(stage.ends).toHaveLength(3)
  })

  it("says the same as text, the stack of the error and of its causes last", async () => {
    await using stage = new Stage()
    class Deep extends Actor {
      fails() {
        throw new TypeError("outer", { cause: new RangeError("inner", { cause: "no error" }) })
      }
    }
    const deep = stage.system.spawn(Deep, { label: "deep" })
    stage.outcome(() => deep.call.fails())
    const text = formatCrashReport(stage.crashes[0] as CrashReport)
    expect(text.split("\n")[0]).toBe('Deep "deep" (#1) crashed in fails(): TypeError: outer')
    expect(text).toMatch(/at Deep\.fails .*events\.test\.ts/)
    expect(text).toMatch(/caused by: RangeError: inner\n\s+at /)
  })

  it("is printed by log, once for each crash, and kept from the console by false", async () => {
    const printed: string[] = []
    await using stage = new Stage({ log: (text) => void printed.push(text) })
    class Leaver extends Actor {
      leave(reason: ExitReason) {
        this.stop(reason)
      }
    }
    stage.system.spawn(Bee).cast.fly("here")
    stage.system.spawn(Leaver).cast.leave(ExitReason.custom({ honey: 1, more: [1, 2] }))
    stage.system.spawn(Leaver).cast.leave(ExitReason.shutdown)
    stage.pass()
    expect(printed.map((text) => text.split("\n")[0])).toEqual([
      "Bee #1 crashed in fly(): Error: stung over here of 4",
      "Leaver #2 crashed: custom { honey: 1, more: an array of 2 }",
    ])
  })

  it("is made of every end of one's own that is not orderly; never of an orderly one, or of an exit signal", async () => {
    await using stage = new Stage()
    const reasons = [ExitReason.normal, ExitReason.shutdown, ExitReason.shutdownWith("x"), ExitReason.ignore, ExitReason.kill, ExitReason.killed, ExitReason.noproc, ExitReason.noconnection, ExitReason.timeout, ExitReason.error("x"), ExitReason.custom(1)]
    class Leaver extends Actor {
      leave(reason: ExitReason) {
        this.stop(reason)
      }
    }
    for (const reason of reasons) {
      stage.system.spawn(Leaver).cast.leave(reason)
      stage.pass()
    }
    expect(stage.crashes.map((one) => wordOf(one.reason))).toEqual(["kill", "killed", "noproc", "noconnection", "timeout", "x", 1])
    expect(stage.system.statistics().crashed).toBe(7)
    for (const reason of reasons) {
      const bee = stage.system.spawn(Bee)
      stage.pass()
      bee.exit(reason)
      stage.pass()
      bee.exit(ExitReason.shutdown)
      stage.pass()
    }
    expect(stage.system.statistics().crashed).toBe(7)
  })

  it("comes although the snapshot fails, the log fails, or the error cannot be looked at", async () => {
    const uncaught: unknown[] = []
    let logs = 0
    await using stage = new Stage({
      onUncaught: (error) => void uncaught.push((error as Error).message),
      log: () => {
        logs++
        throw new Error("in log")
      },
    })
    const hostile = Object.create(Error.prototype, { message: { get: () => { throw new Error("in message") } }, name: { value: "Hostile" } }) as Error
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    class Sick extends Actor {
      fails(what: unknown) {
        throw what
      }
      snapshot() {
        throw new Error("in snapshot")
      }
    }
    for (const what of [new Error("plain"), hostile, proxy, undefined, null, Symbol("s"), 5n, () => {}]) {
      const sick = stage.system.spawn(Sick, { name: "sick" })
      const down: unknown[] = []
      stage.system.spawn(function* (self: Process) {
        self.monitor(sick)
        down.push(yield* self.receive())
      })
      stage.pass()
      expect(stage.outcome(() => sick.call.fails(what)).code).toBe("exit")
      expect([down.length, stage.system.names]).toEqual([1, []])
    }
    expect(stage.crashes).toHaveLength(8)
    expect(stage.crashes[0]?.state).toBe("no snapshot: Error: in snapshot")
    expect([logs, uncaught.length]).toEqual([8, 8])
  })

  it("costs nothing that shows when nobody looks: no snapshot is made", async () => {
    await using stage = new Stage()
    stage.system.events.removeAllListeners()
    let snapshots = 0
    class Counted extends Actor {
      fails() {
        throw new Error("x")
      }
      snapshot() {
        snapshots++
      }
    }
    stage.system.spawn(Counted).cast.fails()
    stage.pass()
    expect([snapshots, stage.system.statistics().crashed]).toEqual([0, 1])
  })
})

describe("dead letters", () => {
  it("say to whom, from whom, what and why; the last hundred are kept, all are counted", async () => {
    await using stage = new Stage()
    const bee = stage.system.spawn(Bee)
    bee.exit(ExitReason.kill)
    stage.pass()
    const sender = stage.system.spawn(function* (_self: Process) {
      for (let count = 0; count < 250; count++) bee.send(count)
    })
    stage.pass()
    const { deadLetters } = stage.system
    expect(deadLetters).toHaveLength(100)
    expect(deadLetters.map(({ message }) => message)).toEqual(Array.from({ length: 100 }, (_, index) => 150 + index))
    expect(deadLetters[0]).toEqual({ to: bee, from: sender, method: undefined, message: 150, because: "dead" })
    expect(stage.system.statistics().deadLetters).toBe(250)
  })

  it("are told in order before there are a hundred", async () => {
    await using stage = new Stage()
    const bee = stage.system.spawn(Bee)
    bee.exit(ExitReason.kill)
    for (let count = 0; count < 3; count++) bee.send(count)
    expect(stage.system.deadLetters.map(({ message }) => message)).toEqual([0, 1, 2])
    stage.pass()
  })
})

describe("registrations", () => {
  it("are told when a name is taken and when it is free, in that order around a restart", async () => {
    await using stage = new Stage()
    const log: string[] = []
    const { events } = stage.system
    events.on("registered", ({ name, ref }) => log.push(`${name} is ${ref.id}`))
    events.on("unregistered", ({ name, ref }) => log.push(`${name} was ${ref.id}`))
    events.on("started", (ref) => log.push(`started ${ref.id}`))
    events.on("ended", ({ reason, ref }) => log.push(`ended ${ref.id} ${reason.kind}`))
    for (let count = 0; count < 2; count++) {
      const bee = stage.system.spawn(Bee, { name: "bee" })
      bee.exit(ExitReason.shutdown)
      stage.pass()
    }
    expect(log).toEqual(["bee is 1", "started 1", "bee was 1", "ended 1 shutdown", "bee is 2", "started 2", "bee was 2", "ended 2 shutdown"])
  })
})

/** How processes come into being: at once, or waited for; and what becomes of those that do not make it. */
import { call, sleep } from "@vivarium/core"
import { Actor, type CallError, ExitReason, ignore, NameTakenError, type Process, type Ref, StartError, stop } from "@vivarium/actors"
import { describe, expect, it } from "vitest"
import { shown, Stage, wordOf } from "./fixtures/stage.ts"

/** Its `init` does what it is told. */
class Child extends Actor {
  static born = 0
  init(how?: (self: Child) => unknown): unknown {
    Child.born++
    return how?.(this)
  }
  hello() {
    return "hello"
  }
}

const failures: readonly [string, () => unknown, unknown][] = [
  ["throws", () => { throw new Error("stung") }, "stung"],
  ["throws no error", () => { throw "wasp" }, "wasp"],
  ["returns stop(reason)", () => stop(ExitReason.custom("no flowers")), "no flowers"],
  ["returns stop()", () => stop(), "normal"],
  ["is a generator that throws", () => call(function* () { yield* sleep(5); throw new Error("late") }), "late"],
  ["is an async function that throws", async () => { await Promise.resolve(); throw new Error("async") }, "async"],
  ["stops itself", (self?: Child) => void self?.stop(ExitReason.custom("left")), "left"],
  ["ends itself by a signal", (self?: Child) => self?.signalExit(self.self, ExitReason.custom("signalled")), "signalled"],
  ["kills itself", (self?: Child) => self?.signalExit(self.self, ExitReason.kill), "killed"],
  ["returns something else", () => 5, expect.stringMatching(/^init\(\) of Child .*must return nothing, ignore or stop\(reason\)/)],
]

describe.each(failures)("an actor whose init %s", (_name, how, why) => {
  it("is not started: start fails with that reason, nothing is left, and its name is free", async () => {
    await using stage = new Stage()
    const started = stage.begin(() => stage.system.start(Child, { args: [how], name: "child" }))
    await stage.turns()
    stage.pass(5)
    expect(started.error).toBeInstanceOf(StartError)
    expect(started).toMatchObject({ code: why === "signalled" || why === "killed" ? "exit" : "init_failed" })
    expect(wordOf((started.error as StartError).reason)).toEqual(why)
    expect([stage.system.processes, stage.system.names]).toEqual([[], []])
    expect(stage.outcome(() => stage.system.start(Child, { name: "child" })).value?.alive).toBe(true)
  })

  it("tells who watches it, also if it was only spawned", async () => {
    await using stage = new Stage()
    const got: unknown[] = []
    stage.system.spawn(
      function* (self: Process) {
        const ref = self.spawnLink(Child, { args: [how] })
        self.monitor(ref)
        const sent = ref.request.hello()
        for (let count = 0; count < 2; count++) got.push(shown(yield* self.receive()))
        got.push(ref.alive)
        try {
          yield* sent
        } catch (error) {
          got.push((error as CallError).code)
        }
      },
      { trapExit: true },
    )
    await stage.turns()
    stage.pass(5)
    expect(got).toEqual([expect.stringMatching(/^exit of Child #2: /), expect.stringMatching(/^down of Child #2: /), false, "exit"])
  })
})

describe("an actor whose init returns ignore", () => {
  it("ends with normal; start fails with the code ignore, and no report is made", async () => {
    await using stage = new Stage()
    const started = stage.outcome(() => stage.system.start(Child, { args: [() => ignore], name: "child" }))
    expect(started).toMatchObject({ code: "ignore", error: { reason: { kind: "ignore" } } })
    expect([stage.crashes, stage.system.names]).toEqual([[], []])
  })

  it("does not end a linked parent that does not trap exits", async () => {
    await using stage = new Stage()
    const parent = stage.system.spawn(function* (self: Process) {
      self.spawnLink(Child, { args: [() => ignore] })
      yield* self.receive()
    })
    stage.pass()
    expect(parent.alive).toBe(true)
  })
})

describe("the constructor", () => {
  it("runs in the new process: fields can use self, system, spawn, register and timers", async () => {
    await using stage = new Stage({ name: "meadow" })
    const seen: unknown[] = []
    class Fields extends Actor {
      readonly own = this.self
      readonly where = this.system.name
      readonly child = this.spawnLink(Child)
      readonly timer = this.sendAfter(5, "tick")
      constructor() {
        super()
        this.register("fields")
        seen.push(this.own.alive, this.where, this.child.alive, this.children.length, this.own.name)
      }
      info(message: unknown) {
        seen.push(message)
      }
    }
    const fields = stage.system.spawn(Fields)
    expect(seen).toEqual([])
    stage.pass(5)
    expect(seen).toEqual([true, "meadow", true, 1, "fields", "tick"])
    fields.exit(ExitReason.shutdown)
  })

  it("that throws is a failed init: no zombie, its links and monitors are told, its children end", async () => {
    await using stage = new Stage()
    const got: unknown[] = []
    class Broken extends Actor {
      readonly child = this.spawnLink(Child)
      readonly broken: string = (() => { throw new Error("in a field") })()
    }
    stage.system.spawn(
      function* (self: Process) {
        self.monitor(self.spawnLink(Broken, { name: "broken" }))
        got.push(shown(yield* self.receive()), shown(yield* self.receive()), self.system.names.length)
        yield* self.receive()
      },
      { trapExit: true },
    )
    stage.pass()
    expect(got).toEqual(['exit of Broken "broken" (#2): in a field', 'down of Broken "broken" (#2): in a field', 0])
    expect(stage.system.processes).toHaveLength(1)
    expect(stage.crashes.map(({ kind, state }) => [kind, state])).toEqual([["Broken", undefined]])
  })

  it("may make other actors' classes and plain objects, but no actor by new", async () => {
    await using stage = new Stage()
    class Naive extends Actor {
      readonly inner = new Child()
    }
    const { error } = stage.outcome(() => stage.system.start(Naive))
    expect((error as StartError).cause).toMatchObject({ code: "not_spawned" })
    expect(String((error as StartError).cause)).toMatch(/Child was made with new.*right: system\.spawn\(Child\), or this\.spawn\(Child\)/s)
  })

  it("may spawn in a nested system of its own", async () => {
    await using stage = new Stage()
    class Outer extends Actor {
      readonly child = this.spawn(Child)
      after = this.self
    }
    const outer = stage.outcome(() => stage.system.start(Outer)).value as Ref<Outer>
    expect((stage.outcome(() => outer.getState()).value as Outer).after).toBe(outer)
  })
})

describe("spawn", () => {
  it("returns at once and takes the name at once; nothing of the actor has run", async () => {
    await using stage = new Stage()
    const { born } = Child
    const ref = stage.system.spawn(Child, { name: "child", label: "first" })
    expect([ref.alive, ref.name, ref.label, Child.born - born]).toEqual([true, "child", "first", 0])
    expect(stage.system.whereis("child")).toBe(ref)
    expect(() => stage.system.spawn(Child, { name: "child" })).toThrow(NameTakenError)
    stage.pass()
    expect(Child.born - born).toBe(1)
  })

  it("lets messages and calls be sent before init has run: they wait for it", async () => {
    await using stage = new Stage()
    const ref = stage.system.spawn(Child, { args: [() => sleep(5)] })
    const hello = stage.begin(() => ref.call.hello())
    stage.pass(4)
    expect(hello.settled).toBe(false)
    stage.pass(1)
    expect(hello.value).toBe("hello")
  })

  it("of one that is ended before its first turn constructs nothing", async () => {
    await using stage = new Stage()
    const { born } = Child
    for (const reason of [ExitReason.shutdown, ExitReason.kill, ExitReason.custom("rain")]) {
      const ref = stage.system.spawn(Child, { name: "child" })
      ref.exit(reason)
      expect(ref.alive).toBe(false)
      stage.pass()
      expect(stage.system.names).toEqual([])
    }
    expect(Child.born).toBe(born)
  })

  it("with a link or a monitor sets it before the child can run", async () => {
    await using stage = new Stage()
    const got: unknown[] = []
    stage.system.spawn(
      function* (self: Process) {
        self.spawnLink(function* () { throw new Error("at once") })
        const { monitor, ref } = self.spawnMonitor(function* () {})
        got.push(monitor.active, ref.alive)
        for (let count = 0; count < 2; count++) got.push(shown(yield* self.receive()))
      },
      { trapExit: true },
    )
    stage.pass()
    expect(got).toEqual([true, true, "exit of process #2: at once", "down of process #3: normal"])
  })

  it("knows its ancestors, and its children while they live", async () => {
    await using stage = new Stage()
    class Family extends Actor {
      grow(depth: number): void {
        if (depth > 0) this.spawn(Family).cast.grow(depth - 1)
      }
      names() {
        return [this.ancestors.map(String), this.children.map(String)]
      }
    }
    const first = stage.system.spawn(Family)
    first.cast.grow(2)
    stage.pass()
    const [, second, third] = stage.system.processes as Ref<Family>[]
    expect(stage.outcome(() => (third as Ref<Family>).call.names()).value).toEqual([["Family #2", "Family #1"], []])
    expect(stage.outcome(() => first.call.names()).value).toEqual([[], ["Family #2"]])
    second?.exit(ExitReason.kill)
    stage.pass()
    expect(stage.outcome(() => first.call.names()).value).toEqual([[], []])
    expect(stage.outcome(() => (third as Ref<Family>).call.names()).value).toEqual([["Family #2", "Family #1"], []])
  })

  it("of a raw process takes plain, generator and async bodies, with arguments", async () => {
    await using stage = new Stage()
    const log: string[] = []
    stage.system.spawn((_self: Process, word: string) => void log.push(`plain ${word}`), { args: ["one"] })
    stage.system.spawn(function* generator(self: Process<string>, word: string) { log.push(`${word} ${yield* self.receive()}`) }, { args: ["two"] }).send("got")
    stage.system.spawn(async (_self: Process) => { await Promise.resolve(); log.push("async") })
    stage.system.spawn((_self: Process) => sleep(5))
    await stage.turns()
    stage.pass(5)
    expect(log).toEqual(["plain one", "two got", "async"])
    expect(stage.system.statistics()).toMatchObject({ ended: 4, crashed: 0 })
  })
})

describe("start", () => {
  it("waits until init is done, and gives the reference", async () => {
    await using stage = new Stage()
    const started = stage.begin(() => stage.system.start(Child, { args: [() => sleep(5)] }))
    stage.pass(4)
    expect(started.settled).toBe(false)
    stage.pass(1)
    expect([started.at, started.value?.alive]).toEqual([5, true])
  })

  it("fails if the name is taken, with who has it; no init runs", async () => {
    await using stage = new Stage()
    const first = stage.system.spawn(Child, { name: "child" })
    stage.pass()
    const { born } = Child
    const { error } = stage.outcome(() => stage.system.start(Child, { name: "child" }))
    expect(error).toMatchObject({ code: "already_started", ref: first, reason: { kind: "custom", value: "already_started" } })
    expect((error as StartError).ref).toBe(first)
    expect((error as StartError).cause).toBeInstanceOf(NameTakenError)
    expect(Child.born).toBe(born)
  })

  it("fails after startTimeoutMs; the actor has been killed, and nothing comes to the caller's mailbox", async () => {
    await using stage = new Stage()
    const got: unknown[] = []
    stage.system.spawn(
      function* (self: Process) {
        try {
          yield* self.startLink(Child, { args: [() => sleep(1000)], startTimeoutMs: 10, name: "child" })
        } catch (error) {
          got.push((error as StartError).code, (error as StartError).reason.kind, self.system.names.length, self.children.length)
        }
        got.push(yield* self.receive())
      },
      { trapExit: true },
    )
    stage.pass(10)
    stage.pass(1000)
    expect(got).toEqual(["timeout", "timeout", 0, 0])
  })

  it("fails if the actor is ended by somebody else meanwhile", async () => {
    await using stage = new Stage()
    const started = stage.begin(() => stage.system.start(Child, { args: [() => sleep(1000)], name: "child" }))
    stage.pass()
    stage.system.whereis("child")?.exit(ExitReason.custom("rain"))
    stage.pass()
    expect(started.error).toMatchObject({ reason: { kind: "custom", value: "rain" } })
  })

  it("with a link ends a caller that does not trap exits, and tells one that does", async () => {
    await using stage = new Stage()
    const log: unknown[] = []
    for (const trapExit of [false, true]) {
      stage.system.spawn(
        function* (self: Process) {
          try {
            yield* self.startLink(Child, { args: [() => stop(ExitReason.custom("bad"))] })
          } catch (error) {
            log.push(wordOf((error as StartError).reason))
          }
          log.push(shown(yield* self.receive()))
        },
        { trapExit },
      )
    }
    stage.pass()
    expect(log).toEqual(["bad", expect.stringMatching(/^exit of Child #\d: bad$/)])
    expect(stage.ends).toEqual(["bad", "bad", "bad"])
  })

  it("that is given up lets the actor go on", async () => {
    await using stage = new Stage()
    const raw = stage.system.spawn(function* (self: Process) {
      yield* self.start(Child, { args: [() => sleep(5)], name: "child" })
    })
    stage.pass()
    raw.exit(ExitReason.kill)
    stage.pass(5)
    expect(stage.system.whereis("child")?.alive).toBe(true)
  })

  it("does what it does each time it is performed, and nothing before", async () => {
    await using stage = new Stage()
    const starting = stage.system.start(Child)
    stage.pass()
    expect(stage.system.processes).toEqual([])
    stage.outcome(() => starting)
    stage.outcome(() => starting)
    expect(stage.system.processes).toHaveLength(2)
  })
})

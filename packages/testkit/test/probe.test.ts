import { Actor, Down, Exit, ExitReason, type StandardSchema, System } from "@vivarium/actors"
import { type Routine, Scheduler, sleep, tasklet } from "@vivarium/core"
import { VirtualClock } from "@vivarium/core/lowlevel"
import { describe, expect, it } from "vitest"
import { createProbe, explore, simulate } from "@vivarium/testkit"
import { errorOf, Hive } from "./fixtures/hive.ts"

const Drops: StandardSchema<{ readonly drops: number }> = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate: (value) => (typeof (value as { drops?: unknown }).drops === "number" ? { value: value as { drops: number } } : { issues: [{ message: "no drops" }] }),
  },
}

describe("expectMessage()", () => {
  it("takes the messages one by one, in order", () =>
    simulate(function* ({ system }) {
      const probe = createProbe<string>(system)
      probe.ref.send("one")
      probe.ref.send("two")
      expect(yield* probe.expectMessage("one")).toBe("one")
      expect(yield* probe.expectMessage()).toBe("two")
      expect(probe.received).toEqual(["one", "two"])
      expect(probe.unread).toEqual([])
    }))

  it("waits for what is still to come", () =>
    simulate(function* ({ clock, system }) {
      const probe = createProbe<string>(system)
      system.sendAfter(2999, "late", { to: probe.ref })
      yield* probe.expectMessage("late")
      expect(clock.now()).toBe(2999)
    }))

  it("compares values deeply, asymmetric matchers included", () =>
    simulate(function* ({ system }) {
      const probe = createProbe(system)
      probe.ref.send({ order: { id: 7, items: ["wax", "honey"] }, at: new Date(0) })
      probe.ref.send({ order: { id: 8, items: [] } })
      yield* probe.expectMessage({ order: { id: 7, items: ["wax", "honey"] }, at: new Date(0) })
      yield* probe.expectMessage({ order: expect.objectContaining({ id: expect.any(Number) }) })
    }))

  it("takes a predicate, a class and a schema, and gives the message", () =>
    simulate(function* ({ system }) {
      const probe = createProbe(system)
      const error = new RangeError("far")
      probe.ref.send(5)
      probe.ref.send(error)
      probe.ref.send({ drops: 3 })
      expect(yield* probe.expectMessage((message): message is number => typeof message === "number")).toBe(5)
      expect(yield* probe.expectMessage(RangeError)).toBe(error)
      expect((yield* probe.expectMessage(Drops)).drops).toBe(3)
    }))

  it("says what was expected, within how long, and what had come before, if nothing comes", () =>
    simulate(function* ({ clock, system }) {
      const probe = createProbe<unknown>(system, { name: "hive" })
      probe.ref.send("first")
      yield* probe.expectMessage("first")
      const error = yield* errorOf(() => probe.expectMessage({ honey: 1 }, { withinMs: 500 })[Symbol.iterator]() as Routine<unknown>)
      expect(error.name).toBe("AssertionError")
      expect(error.message).toBe(`probe "hive" (#1) expected { honey: 1 } within 500 ms, but nothing came. Before that came 'first'.`)
      expect(clock.now()).toBe(500)
    }))

  it("says what came instead, with both sides for a diff", () =>
    simulate(function* ({ system }) {
      const probe = createProbe<unknown>(system)
      probe.ref.send({ honey: 2 })
      const error = yield* errorOf(function* () {
        yield* probe.expectMessage({ honey: 1 })
      })
      expect(error.message).toBe("probe #1 expected { honey: 1 }, but got { honey: 2 }.")
      expect(error).toMatchObject({ actual: { honey: 2 }, expected: { honey: 1 } })
    }))

  it("names a predicate and a class that were not met", () =>
    simulate(function* ({ system }) {
      const probe = createProbe(system)
      const isNews = (message: unknown): boolean => message === "news"
      for (const [expected, text] of [
        [isNews, "a message that fits isNews"],
        [RangeError, "an instance of RangeError"],
      ] as const) {
        probe.ref.send("olds")
        const error = yield* errorOf(function* () {
          yield* probe.expectMessage(expected as never)
        })
        expect(error.message).toContain(`expected ${text}, but got 'olds'`)
      }
    }))

  it("can be awaited outside of any tasklet, on the clock of the system", async () => {
    const clock = new VirtualClock()
    const system = new System({ scheduler: new Scheduler({ clock }) })
    const probe = createProbe<string>(system)
    system.sendAfter(1000, "late", { to: probe.ref })
    expect(await probe.expectMessage()).toBe("late")
    await expect(Promise.resolve(probe.expectMessage("more"))).rejects.toThrow("within 3000 ms, but nothing came")
    expect(clock.now()).toBe(4000)
    await system.stop()
  })

  it("fails when the probe ends meanwhile", () =>
    simulate(function* ({ clock, system }) {
      const probe = createProbe(system)
      const expecting = tasklet(function* () {
        return yield* errorOf(function* () {
          yield* probe.expectMessage()
        })
      })
      yield* sleep(10)
      yield* probe.ref.stop()
      expect((yield* expecting).message).toBe("probe #1 expected a message within 3000 ms, but the probe has ended: normal.")
      expect(clock.now()).toBe(10)
    }))
})

describe("expectNoMessage()", () => {
  it("passes when nothing comes, and takes its time", () =>
    simulate(function* ({ clock, system }) {
      const probe = createProbe(system)
      system.sendAfter(501, "late", { to: probe.ref })
      yield* probe.expectNoMessage()
      expect(clock.now()).toBe(100)
      yield* probe.expectNoMessage(400)
      expect(clock.now()).toBe(500)
    }))

  it("fails as soon as something comes, or is there", () =>
    simulate(function* ({ clock, system }) {
      const probe = createProbe(system)
      system.sendAfter(50, "early", { to: probe.ref })
      const silence = (): Routine<Error> =>
        errorOf(function* () {
          yield* probe.expectNoMessage(200)
        })
      expect((yield* silence()).message).toBe("probe #1 expected no message within 200 ms, but got 'early'.")
      expect((yield* silence()).message).toContain("but got 'early'")
      expect(clock.now()).toBe(50)
      expect(probe.unread).toEqual(["early"])
    }))
})

describe("fishForMessage() and receiveMany()", () => {
  it("skips what does not fit", () =>
    simulate(function* ({ system }) {
      const probe = createProbe<number>(system)
      for (const number of [1, 3, 4, 5]) probe.ref.send(number)
      expect(yield* probe.fishForMessage((number) => number % 2 === 0)).toBe(4)
      expect(probe.unread).toEqual([5])
    }))

  it("says how many were skipped", () =>
    simulate(function* ({ clock, system }) {
      const probe = createProbe<number>(system)
      for (const number of [1, 3]) probe.ref.send(number)
      const error = yield* errorOf(function* () {
        yield* probe.fishForMessage(2, { withinMs: 700 })
      })
      expect(error.message).toBe("probe #1 fished for 2 within 700 ms, but time was up; skipped: 2. Before that came 1, 3.")
      expect(clock.now()).toBe(700)
    }))

  it("takes so many, within one time for all", () =>
    simulate(function* ({ system }) {
      const probe = createProbe<number>(system)
      for (const number of [1, 2, 3]) system.sendAfter(number * 100, number, { to: probe.ref })
      expect(yield* probe.receiveMany(2)).toEqual([1, 2])
      const error = yield* errorOf(function* () {
        yield* probe.receiveMany(2, { withinMs: 150 })
      })
      expect(error.message).toBe("probe #1 expected 2 messages within 150 ms, but time was up; came: 1. Before that came 1, 2, 3.")
    }))
})

describe("expectDown() and watch()", () => {
  it("waits for the end and gives the reason", () =>
    simulate(function* ({ clock, system }) {
      const probe = createProbe(system)
      const hive = system.spawn(Hive)
      tasklet(function* () {
        yield* sleep(100)
        hive.exit(ExitReason.custom("bear"))
      })
      expect(yield* probe.expectDown(hive)).toEqual(ExitReason.custom("bear"))
      expect(clock.now()).toBe(100)
      expect(probe.received).toEqual([])
    }))

  it("knows the reason of what has ended before", () =>
    simulate(function* ({ system }) {
      const probe = createProbe(system)
      const hive = system.spawn(Hive)
      yield* hive.stop(ExitReason.shutdown)
      expect(yield* probe.expectDown(hive, { reason: "shutdown" })).toEqual(ExitReason.shutdown)
    }))

  it("takes the Down of a process that is watched, and leaves the rest", () =>
    simulate(function* ({ system }) {
      const probe = createProbe<unknown>(system)
      const hive = system.spawn(Hive)
      expect(probe.watch(hive)).toBe(probe.watch(hive))
      probe.ref.send("before")
      yield* hive.stop()
      yield* probe.expectDown(hive, { reason: ExitReason.normal })
      expect(probe.received).toEqual(["before", expect.any(Down)])
      expect(probe.unread).toEqual(["before"])
    }))

  it("has the Down among the messages", () =>
    simulate(function* ({ system }) {
      const probe = createProbe(system)
      const hive = system.spawn(Hive)
      probe.watch(hive)
      yield* hive.stop()
      expect((yield* probe.expectMessage(Down)).from).toBe(hive)
      expect(yield* probe.expectDown(hive)).toEqual(ExitReason.normal)
    }))

  it("fails on another reason, and if it lives on", () =>
    simulate(function* ({ system }) {
      const probe = createProbe(system)
      const hive = system.spawn(Hive)
      const lives = yield* errorOf(function* () {
        yield* probe.expectDown(hive, { withinMs: 10 })
      })
      expect(lives.message).toBe("Hive #2 was expected to end within 10 ms, but it lives on.")
      yield* hive.stop()
      const other = yield* errorOf(function* () {
        yield* probe.expectDown(hive, { reason: RangeError })
      })
      expect(other.message).toBe("Hive #2 was expected to end with an error of the class RangeError, but it ended with normal.")
    }))

  it("sees exit signals, which do not end it", () =>
    simulate(function* ({ system }) {
      const probe = createProbe(system)
      probe.ref.exit(ExitReason.custom("go"))
      expect((yield* probe.expectMessage(Exit)).reason).toEqual(ExitReason.custom("go"))
      expect(probe.ref.alive).toBe(true)
    }))
})

describe("talking", () => {
  it("sends from the probe, and replies to whoever sent", () =>
    simulate(function* ({ system }) {
      const [one, other] = [createProbe<string>(system), createProbe<string>(system)]
      one.send(system.spawn(Hive), "buzz")
      yield* one.expectMessage("buzz!")
      one.send(other.ref, "hello")
      yield* other.expectMessage("hello")
      expect(other.sender).toBe(one.ref)
      other.reply("hello yourself")
      yield* one.expectMessage("hello yourself")
    }))

  it("says why it cannot reply", () =>
    simulate(function* ({ system }) {
      const probe = createProbe<string>(system)
      expect(() => probe.reply("?")).toThrow("none has taken any yet")
      probe.ref.send("from nobody")
      yield* probe.expectMessage()
      expect(() => probe.reply("?")).toThrow("came from no process and is no call")
      expect(() => probe.refuse("?")).toThrow("is no call, so it cannot be refused")
    }))

  it("is on whose behalf calls are made", () =>
    simulate(function* ({ system }) {
      class Asked extends Actor {
        who() {
          return this.sender
        }
      }
      const probe = createProbe(system)
      expect(yield* system.spawn(Asked).with({ from: probe }).call.who()).toBe(probe.ref)
    }))
})

describe("under every schedule", () => {
  it("counts as received what was sent before, whoever ran in between", async () => {
    const { exhausted } = await explore(
      function* ({ check, system }) {
        const probe = createProbe<number>(system)
        const hive = createProbe(system, { as: Hive })
        hive.autopilot({ store: (drops: number) => void probe.ref.send(drops) })
        yield* hive.ref.call.store(3)
        check(probe.received.length === 1, "the message has been sent before the answer came")
        check((yield* probe.expectMessage()) === 3, "and is taken")
      },
      { strategy: "delayBounded", bound: 3 },
    )
    expect(exhausted).toBe(true)
  })
})

describe("wrong arguments", () => {
  it.each<readonly [() => unknown, string]>([
    [() => createProbe(null as never), "system must be a System, got null"],
    [() => createProbe(new System(), { nmae: "x" } as never), "options.nmae must be left out"],
    [() => createProbe(new System(), { as: class {} as never }), "as must be a class that extends Actor"],
    [() => createProbe(new System()).expectMessage("x", { within: 3 } as never), "options.within must be left out: the options are withinMs"],
    [() => createProbe(new System()).expectMessage("x", { withinMs: -1 }), "withinMs must be a number of milliseconds, 0 or more, or Infinity, got -1"],
    [() => createProbe(new System()).expectNoMessage("1" as never), "forMs must be a finite number of milliseconds"],
    [() => createProbe(new System()).receiveMany(0), "count must be an integer, 1 or more, got 0"],
    [() => createProbe(new System()).expectDown(createProbe(new System()).ref, { reason: "dead" as never }), "reason must be an exit reason"],
    [() => createProbe(new System()).autopilot("on" as never), "handler must be a function of the message"],
    [() => createProbe(new System()).autopilot({ store: 3 } as never), "handler.store must be a function, got 3"],
  ])("%# are refused", (call, text) => {
    expect(call).toThrow(text)
  })
})

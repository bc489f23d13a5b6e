import { Actor, ExitReason, named, System } from "@vivarium/actors"
import { type Channel, channel, DeadlockError, type Operation, type Routine, schedule, Scheduler, sleep, tasklet } from "@vivarium/core"
import { VirtualClock } from "@vivarium/core/lowlevel"
import { describe, expect, it } from "vitest"
import { assertDeadlocks, assertExits, assertNoLeaks, assertReceived, createProbe, ExplorationError, simulate } from "@vivarium/testkit"

class Bee extends Actor {
  fly(where: string) {
    if (where === "web") throw new RangeError("caught")
  }
}

function* messageOf(operation: Operation<unknown>): Routine<string> {
  try {
    yield* operation
  } catch (error) {
    return (error as Error).message
  }
  return "nothing was raised"
}

describe("assertNoLeaks()", () => {
  it("passes of a system that has been stopped, and names what is left of others", async () => {
    const system = new System({ name: "meadow" })
    await system.start(Bee, { name: "Maya" })
    expect(() => assertNoLeaks(system)).toThrow('nothing was expected to be left, but there is: 1 process of meadow (Bee "Maya" (#1)); 1 name of meadow ("Maya").')
    await system.stop()
    assertNoLeaks(system)
  })

  it("tells of the tasklets and timers of a scheduler, but for the one that asks", () =>
    simulate(function* ({ scheduler }) {
      assertNoLeaks(scheduler)
      const napping = tasklet(() => sleep(10))
      yield* sleep(5)
      expect(() => assertNoLeaks(scheduler)).toThrow(/there is: 1 tasklet \(tasklet #2 waits for sleep\(10\)\); 1 timer \(due in 5 ms\)/)
      yield* napping
      assertNoLeaks(scheduler)
    }))

  it("refuses what is neither", () => {
    expect(() => assertNoLeaks({} as never)).toThrow("what must be a System or a Scheduler")
  })
})

describe("assertExits()", () => {
  it.each([
    ["a word", "error"],
    ["the class of the error", RangeError],
    ["a function", (reason: ExitReason) => reason.kind === "error"],
    ["nothing", undefined],
    ["a reason", ExitReason.error(new RangeError("caught"))],
  ] as const)("takes %s", (_, expected) =>
    simulate(function* ({ system }) {
      const bee = system.spawn(Bee)
      bee.cast.fly("web")
      expect(yield* assertExits(bee, expected)).toMatchObject({ kind: "error", error: new RangeError("caught") })
    }))

  it("raises if it lives on, or the reason is another", () =>
    simulate(function* ({ clock, system }) {
      const bee = system.spawn(Bee)
      expect(yield* messageOf(assertExits(bee, "normal", { withinMs: 200 }))).toBe("Bee #1 was expected to end with the reason normal within 200 ms, but it lives on.")
      expect(clock.now()).toBe(200)
      yield* bee.stop(ExitReason.shutdown)
      for (const [expected, words] of [
        ["killed", "the reason killed"],
        [TypeError, "an error of the class TypeError"],
        [() => false, "a reason that fits the predicate"],
        [ExitReason.shutdownWith(7), "the reason shutdown (7)"],
      ] as const) {
        expect(yield* messageOf(assertExits(bee, expected))).toBe(`Bee #1 was expected to end with ${words}, but it ended with shutdown.`)
      }
    }))

  it("finds that nobody has a name", () =>
    simulate(function* ({ system }) {
      expect(yield* assertExits(named(Bee, "Maya", { system }), "noproc")).toEqual(ExitReason.noproc)
    }))

  it("can be awaited, on the clock of the process", async () => {
    const clock = new VirtualClock()
    const system = new System({ scheduler: new Scheduler({ clock }) })
    const bee = system.spawn(Bee)
    await expect(Promise.resolve(assertExits(bee))).rejects.toThrow("was expected to end within 3000 ms, but it lives on")
    expect(clock.now()).toBe(3000)
    await system.stop()
    expect(await assertExits(bee)).toEqual(ExitReason.shutdown)
  })

  it("refuses what is no reason, and what is no reference", () => {
    expect(() => assertExits({} as never)).toThrow("ref must be a reference")
    const { ref } = createProbe(new System())
    expect(() => assertExits(ref, "dead" as never)).toThrow("reason must be an exit reason, the class of an error, a function, or one of normal, ")
    expect(() => assertExits(ref, "normal", { within: 3 } as never)).toThrow("options.within must be left out")
  })
})

describe("assertReceived()", () => {
  it("looks at all that has been sent so far, taken or not, and waits for nothing", () =>
    simulate(function* ({ system }) {
      const probe = createProbe<unknown>(system, { name: "hive" })
      expect(() => assertReceived(probe)).toThrow('probe "hive" (#1) was expected to have received a message, but nothing came.')
      probe.ref.send({ honey: 1 })
      assertReceived(probe, { honey: 1 })
      yield* probe.expectMessage()
      assertReceived(probe, expect.objectContaining({ honey: 1 }))
      assertReceived(probe, (message) => (message as { honey: number }).honey === 1)
      expect(() => assertReceived(probe, { honey: 2 })).toThrow("was expected to have received { honey: 2 }, but it has: { honey: 1 }.")
    }))

  it("knows calls and casts of whom the probe stands in for", () =>
    simulate(function* ({ system }) {
      const bee = createProbe(system, { as: Bee })
      bee.ref.cast.fly("rose")
      assertReceived(bee, { method: "fly", args: ["rose"] })
      yield* bee.expectMessage()
    }))

  it("refuses what is no probe", () => {
    expect(() => assertReceived({} as never, 1)).toThrow("probe must be a probe")
  })
})

describe("assertDeadlocks()", () => {
  const starves = (): Operation<string> => channel<string>({ name: "flower" }).receive()

  it("gives the deadlock of the shipped order, with all who wait", async () => {
    const error = await assertDeadlocks(function* () {
      tasklet({ name: "Maya" }, starves)
      yield* starves()
    })
    expect(error).toBeInstanceOf(DeadlockError)
    expect((error as DeadlockError).waiting).toMatchObject([
      { id: 1, name: "scenario", waitingFor: 'receive on channel "flower"' },
      { id: 2, name: "Maya", waitingFor: 'receive on channel "flower"' },
    ])
  })

  it("raises if the body comes to its end", async () => {
    await expect(assertDeadlocks(() => sleep(1000))).rejects.toThrow("a deadlock was expected, but the body came to its end.")
  })

  it("raises what else has gone wrong as it is", async () => {
    const error = new Error("stung")
    await expect(
      assertDeadlocks(() => {
        throw error
      }),
    ).rejects.toBe(error)
  })

  /** Two who lock two things in turn: the shipped order does not deadlock. */
  function* philosophers(): Routine {
    const [left, right] = [channel<number>({ capacity: 1 }), channel<number>({ capacity: 1 })]
    for (const fork of [left, right]) yield* fork.send(0)
    const dine = (first: Channel<number>, second: Channel<number>, thoughts: number) =>
      tasklet(function* () {
        for (let turn = 0; turn < thoughts; turn++) yield* schedule()
        yield* first.receive()
        yield* schedule()
        yield* second.receive()
        yield* second.send(0)
        yield* first.send(0)
      })
    const diners = [dine(left, right, 0), dine(right, left, 3)]
    for (const diner of diners) yield* diner
  }

  it("explores with options, and passes if some schedule deadlocks", async () => {
    await expect(assertDeadlocks(philosophers)).rejects.toThrow("the body came to its end")
    const error = await assertDeadlocks(philosophers, { strategy: "random" })
    expect(error).toBeInstanceOf(ExplorationError)
    expect((error as ExplorationError).kind).toBe("deadlock")
  })

  it("says how many schedules it has tried", async () => {
    await expect(assertDeadlocks(() => sleep(1), { schedules: 5 })).rejects.toThrow("none of 5 schedules came to one (random")
  })
})

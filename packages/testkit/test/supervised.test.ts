import { Actor, ExitReason, type Ref, StartError, System } from "@vivarium/actors"
import { main, MisuseError, Scheduler, sleep, tasklet } from "@vivarium/core"
import { VirtualClock } from "@vivarium/core/lowlevel"
import { child, supervisor, SupervisorError } from "@vivarium/supervision"
import { describe, expect, it } from "vitest"
import { assertNoLeaks, explore, ExplorationError, simulate, startSupervised, stopSupervised, testSystem } from "@vivarium/testkit"

const ended: string[] = []

class Hive extends Actor {
  #name = "hive"

  init(name = "hive") {
    this.#name = name
  }

  store(drops: number) {
    if (drops < 0) throw new Error("stolen")
    return drops
  }

  terminate() {
    ended.push(this.#name)
  }
}

/** A test whose end the test decides. */
class Handle {
  readonly #callbacks: (() => unknown)[] = []

  onTestFinished(callback: () => unknown): void {
    this.#callbacks.push(callback)
  }

  async end(): Promise<void> {
    for (const callback of this.#callbacks.splice(0).reverse()) await callback()
  }
}

describe("startSupervised() with the context of a test", () => {
  it("starts, waits for init, and stops in reverse order after the test", async () => {
    ended.length = 0
    const test = new Handle()
    const queen = await startSupervised(Hive, { id: "a", args: ["a"], name: "queen", test })
    await startSupervised(child(Hive, { id: "b", args: ["b"] }), { test })
    await startSupervised({ what: Hive, id: "c", args: ["c"] }, { test })
    expect(await queen.call.store(3)).toBe(3)
    const system = testSystem({ test })
    expect(system.whereis("queen")).toBe(queen)
    await test.end()
    expect(ended).toEqual(["c", "b", "a"])
    assertNoLeaks(system)
  })

  it("starts functions and trees, too", async () => {
    const test = new Handle()
    const raw = await startSupervised(
      function* echo(self) {
        yield* self.receive()
      },
      { test },
    )
    const hives = await startSupervised(supervisor({ id: "hives", children: [child(Hive)] }), { test })
    expect(raw.alive).toBe(true)
    expect(hives.countChildren().active).toBe(1)
    await test.end()
    expect([raw.alive, hives.alive]).toEqual([false, false])
  })

  it("restarts as the spec says, however often in one moment", async () => {
    const test = new Handle()
    const system = testSystem({ test, log: false })
    await startSupervised(Hive, { name: "hive", test })
    for (let round = 0; round < 10; round++) {
      const before = system.whereis("hive") as Ref<Hive>
      await expect(Promise.resolve(before.call.store(-1))).rejects.toThrow("stolen")
      expect(system.whereis("hive")).not.toBe(before)
    }
    await test.end()
  })

  it("raises what starting raises", async () => {
    const test = new Handle()
    class Broken extends Actor {
      init() {
        throw new Error("no wings")
      }
    }
    testSystem({ test, log: false })
    await expect(Promise.resolve(startSupervised(Broken, { test }))).rejects.toThrow(StartError)
    await startSupervised(Hive, { test })
    await expect(Promise.resolve(startSupervised(Hive, { test }))).rejects.toThrow(SupervisorError)
    await test.end()
  })

  it("keeps the trees of two tests that run at once apart", async () => {
    const [one, other] = [new Handle(), new Handle()]
    const first = await startSupervised(Hive, { name: "hive", test: one })
    const second = await startSupervised(Hive, { name: "hive", test: other })
    await one.end()
    expect([first.alive, second.alive]).toEqual([false, true])
    await other.end()
    expect(second.alive).toBe(false)
  })

  it("takes a system that is not its own, and stops only what it has started there", async () => {
    const test = new Handle()
    const system = new System({ scheduler: new Scheduler({ clock: new VirtualClock() }) })
    const other = system.spawn(Hive)
    const mine = await startSupervised(Hive, { system, test })
    await test.end()
    expect([other.alive, mine.alive]).toEqual([true, false])
    await system.stop()
  })
})

describe("stopSupervised()", () => {
  it("stops by id and by reference, for good", async () => {
    const test = new Handle()
    const one = await startSupervised(Hive, { id: 1, test })
    const two = await startSupervised(child(Hive, { id: 2, restart: "temporary" }), { test })
    await stopSupervised(1, { test })
    await stopSupervised(two, { test })
    expect([one.alive, two.alive]).toEqual([false, false])
    await startSupervised(Hive, { id: 1, test })
    await test.end()
  })

  it("refuses what it does not know", async () => {
    const test = new Handle()
    expect(() => stopSupervised("hive", { test })).toThrow("called before startSupervised()")
    await startSupervised(Hive, { test })
    await expect(Promise.resolve(stopSupervised("bear", { test }))).rejects.toThrow("idOrRef must be the id or the reference of a child that startSupervised() has started")
    await test.end()
  })
})

describe("what fails the test afterwards", () => {
  it("is a crash while it stops", async () => {
    const test = new Handle()
    class Careless extends Actor {
      terminate() {
        throw new Error("dropped the jar")
      }
    }
    testSystem({ test, log: false })
    await startSupervised(Careless, { test })
    await expect(test.end()).rejects.toThrow("nothing left: Careless #2 crashed while it was stopped: Error: dropped the jar.")
  })

  it("is a child that has to be killed", async () => {
    const test = new Handle()
    class Deaf extends Actor {
      *terminate() {
        yield* sleep(60_000)
      }
    }
    const system = new System({ scheduler: new Scheduler({ clock: new VirtualClock() }), log: false })
    await startSupervised(Deaf, { system, test })
    await expect(test.end()).rejects.toThrow(/child "Deaf".*shutdown_error.*killed/)
    await system.stop()
  })

  it("is a process that has outlived its supervisor", async () => {
    const test = new Handle()
    class Parent extends Actor {
      init() {
        this.spawn(Hive, { name: "orphan" })
      }
    }
    await startSupervised(Parent, { test })
    await expect(test.end()).rejects.toThrow('still alive: Hive "orphan" (#3).')
  })

  it("is a tasklet or a timer that has been left running", async () => {
    const test = new Handle()
    class Careless extends Actor {
      init() {
        tasklet({ name: "straggler" }, () => sleep(60_000))
      }
    }
    const scheduler = new Scheduler({ clock: new VirtualClock() })
    await startSupervised(Careless, { system: new System({ scheduler }), test })
    await expect(test.end()).rejects.toThrow(/straggler #\d+ waits for sleep\(60000\); 1 timer\.$/)
  })

  it("is that the supervisor has given up", async () => {
    const test = new Handle()
    class Hopeless extends Actor {
      init() {
        this.continueWith(() => {
          throw new Error("again")
        })
      }
    }
    const system = new System({ scheduler: new Scheduler({ clock: new VirtualClock() }), log: false })
    await startSupervised(Hopeless, { system, test })
    await system.scheduler.sleep(10)
    await expect(test.end()).rejects.toThrow("the supervisor of the test has given up before the end: shutdown")
    await system.stop()
  })

  it("is nothing that another test may have left on the same scheduler", async () => {
    const [one, other] = [new Handle(), new Handle()]
    const scheduler = new Scheduler({ clock: new VirtualClock() })
    await startSupervised(Hive, { system: new System({ scheduler }), test: one })
    await startSupervised(Hive, { system: new System({ scheduler }), test: other })
    scheduler.tasklet(() => sleep(1000))
    await one.end()
    await other.end()
    expect(scheduler.statistics().timers).toBe(1)
  })
})

describe("in a scenario", () => {
  it("is stopped with every run, on its system", async () => {
    const { exhausted } = await explore(
      function* ({ check, system }) {
        ended.length = 0
        const hive = yield* startSupervised(Hive, { args: ["one"] })
        yield* startSupervised(Hive, { id: "two", args: ["two"] })
        check(testSystem() === system, "the world's system is the test's")
        check((yield* hive.call.store(1)) === 1, "it answers")
        yield* stopSupervised(hive)
        check.atEnd("stopped in reverse order", () => ended.join() === "one,two")
      },
      { strategy: "delayBounded", bound: 1 },
    )
    expect(exhausted).toBe(true)
  })

  it("fails the run by a crash while it stops", async () => {
    class Careless extends Actor {
      terminate() {
        throw new Error("dropped the jar")
      }
    }
    const failing = explore(() => startSupervised(Careless), { schedules: 1, diagramDirectory: false })
    await expect(failing).rejects.toThrow(ExplorationError)
    await expect(failing).rejects.toThrow("crashed while it was stopped: Error: dropped the jar")
  })

  it("may be named by its system from outside of any tasklet", () =>
    simulate(async ({ system }) => {
      const hive = await startSupervised(Hive, { system })
      expect(hive.alive).toBe(true)
    }))

  it("has its system already", () =>
    simulate(function* () {
      expect(() => testSystem({ name: "meadow" })).toThrow("the test has its system already, so these options come too late. In a scenario it is the world's.")
      yield* sleep(0)
    }))
})

describe("where no test is known", () => {
  it("says what to do", async () => {
    for (const call of [() => startSupervised(Hive), () => testSystem(), () => stopSupervised("hive")]) {
      expect(call).toThrow(MisuseError)
      expect(call).toThrow(/called where no test is known.*import "@vivarium\/testkit\/vitest".*import "@vivarium\/testkit\/node-test".*{ test }/s)
    }
    await expect(main(() => startSupervised(Hive))).rejects.toThrow("no test is known")
  })

  it.each<readonly [() => unknown, string]>([
    [() => startSupervised(Hive, { test: {} as never }), "test must be the context of a test"],
    [() => startSupervised(Hive, { system: {} as never, test: new Handle() }), "system must be a System"],
    [() => startSupervised(child(Hive), { id: "x", test: new Handle() } as never), "options.id must be left out where a child spec is given"],
    [() => startSupervised(Hive, "x" as never), "options must be an object"],
  ])("%# refuses wrong arguments", (call, text) => {
    expect(call).toThrow(text)
  })

  it("keeps the options of its system for the first use", async () => {
    const test = new Handle()
    expect(testSystem({ test, name: "meadow" }).name).toBe("meadow")
    expect(() => testSystem({ test, name: "field" })).toThrow("Call testSystem(options) before anything else.")
    expect(testSystem({ test }).name).toBe("meadow")
    await test.end()
  })
})

it("knows the reason of an orderly end", async () => {
  const test = new Handle()
  const hive = await startSupervised(Hive, { test })
  await test.end()
  expect(await hive.join()).toEqual(ExitReason.shutdown)
})

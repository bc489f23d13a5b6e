import { Actor, System } from "@vivarium/actors"
import { channel, DeadlockError, type Routine, schedule, sleep, tasklet, timeout, until } from "@vivarium/core"
import { readFile } from "node:fs/promises"
import { describe, expect, it } from "vitest"
import { explore, ScenarioError, simulate } from "@vivarium/testkit"

describe("simulate()", () => {
  it("has run when it returns, unless the body waits for promises", async () => {
    let ran = false
    const simulation = simulate(function* () {
      yield* sleep(3_600_000)
      ran = true
      return "done"
    })
    expect(ran).toBe(true)
    expect(await simulation).toBe("done")
  })

  it.each<readonly [string, () => unknown]>([
    ["a plain value", () => 7],
    ["a routine", function* () {
      yield* sleep(1)
      return 7
    }],
    ["an operation", () => timeout(10, until(Promise.resolve(7)))],
    ["a tasklet", () => tasklet(() => 7)],
    ["a promise", () => Promise.resolve(7)],
  ])("gives what the body comes to: %s", async (_, body) => {
    expect(await simulate(body)).toBe(7)
  })

  it("jumps from timer to timer, at times of its own", async () => {
    const day = 86_400_000
    const times = await simulate(function* ({ clock }) {
      const times = [clock.now()]
      for (let days = 0; days < 3; days++) {
        yield* sleep(day)
        times.push(clock.now())
      }
      return times
    }, { startAt: 1000 })
    expect(times).toEqual([1000, 1000 + day, 1000 + 2 * day, 1000 + 3 * day])
  })

  it("begins at a date", async () => {
    const birthday = new Date("2030-05-04T03:02:01Z")
    expect(await simulate(({ clock }) => new Date(clock.now()), { startAt: birthday })).toEqual(birthday)
  })

  it("makes a simulated hour of a hundred tickers exact", async () => {
    class Ticker extends Actor {
      #ticks = 0
      init() {
        this.sendAfter(1000, "tick", { everyMs: 1000 })
      }
      info(_message: "tick") {
        this.#ticks++
      }
      ticks() {
        return this.#ticks
      }
    }
    const ticks = await simulate(function* ({ system }) {
      const tickers = Array.from({ length: 100 }, () => system.spawn(Ticker))
      yield* sleep(3_600_000)
      let sum = 0
      for (const ticker of tickers) sum += yield* ticker.call.ticks()
      return sum
    })
    expect(ticks).toBe(360_000)
  })

  it("stops its system at the end", async () => {
    const system = await simulate(({ system }) => {
      system.spawn(class Bee extends Actor {}, { name: "Maya" })
      return system
    })
    expect([system.processes, system.names]).toEqual([[], []])
  })
})

describe("failures", () => {
  it("are what the body raised, as it is", async () => {
    const error = new RangeError("far")
    await expect(
      simulate(function* () {
        yield* sleep(1)
        throw error
      }),
    ).rejects.toBe(error)
    await expect(simulate(() => Promise.reject(error))).rejects.toBe(error)
  })

  it("are errors of other tasklets that nobody has caught", async () => {
    const error = new RangeError("far")
    await expect(
      simulate(function* () {
        tasklet(function* () {
          yield* sleep(1)
          throw error
        })
        yield* sleep(10)
      }),
    ).rejects.toBe(error)
  })

  it("are deadlocks, with all who wait and for what", async () => {
    const simulation = simulate(function* () {
      const flower = channel<string>({ name: "flower" })
      tasklet({ name: "Maya" }, () => flower.receive())
      yield* flower.receive()
    })
    await expect(simulation).rejects.toThrow(DeadlockError)
    await expect(simulation).rejects.toThrow(
      'Deadlock: nothing can wake scenario, which waits for receive on channel "flower"; 2 tasklets wait in all.\n' +
        '  scenario (#1) waits for receive on channel "flower"\n' +
        '  Maya (#2) waits for receive on channel "flower"',
    )
  })

  it("are checks that do not hold, at the end too", async () => {
    await expect(simulate(({ check }) => check("there is honey", false))).rejects.toThrow("check failed: there is honey")
    await expect(simulate(({ check }) => check.atEnd("there is honey", () => false))).rejects.toThrow("check failed: there is honey")
  })

  it("are what is left at the end, if that is forbidden", async () => {
    const body = (): void => void tasklet({ name: "straggler" }, () => sleep(1000))
    await expect(simulate(body, { leaks: "forbid" })).rejects.toMatchObject({ name: "AssertionError", message: expect.stringMatching(/^left at the end: 1 tasklet \(straggler #2 waits for sleep\(1000\)\); 1 timer/) })
    await expect(simulate(body)).resolves.toBeUndefined()
  })

  it("are processes of a system of the body's own that it has not stopped, if that is forbidden", async () => {
    await expect(
      simulate(function* () {
        yield* new System({ name: "meadow" }).start(class Bee extends Actor {})
      }, { leaks: "forbid" }),
    ).rejects.toThrow(/^left at the end: .*1 process of meadow \(Bee #1\)$/)
  })

  it("are that it goes nowhere: by its own limit, or by no time passing", async () => {
    function* spin(): Routine {
      for (;;) yield* schedule()
    }
    await expect(simulate(spin, { maxSwitches: 1000 })).rejects.toThrow("no end after 1000 switches (maxSwitches)")
    // So many take more than a quarter of a second: no honest burst must be taken for one that goes nowhere.
    await expect(simulate(spin)).rejects.toThrow("no end after 3000000 switches without any time passing")
  })

  it("do not come from many switches over time", async () => {
    const switches = await simulate(function* ({ scheduler }) {
      for (let second = 0; second < 30_000; second++) yield* sleep(1000)
      return scheduler.statistics().switches
    })
    expect(switches).toBeGreaterThanOrEqual(30_000)
    await expect(simulate(() => sleep(1), { maxSwitches: 5 })).resolves.toBeUndefined()
  })
})

describe("the world outside", () => {
  it.each<readonly [string, () => unknown]>([
    ["setTimeout()", () => setTimeout(() => {}, 0)],
    ["Date.now()", () => Date.now()],
    ["Math.random()", () => Math.random()],
  ])("%s is refused, with the cure, and works again afterwards", async (name, use) => {
    await expect(simulate(use)).rejects.toThrow(ScenarioError)
    await expect(simulate(use)).rejects.toThrow(`${name} was called while a scenario runs`)
    await expect(simulate(use, { globals: "allow" })).resolves.toBeDefined()
  })

  it("may be waited for by promises, while no time passes that nobody needs", async () => {
    const text = await simulate(function* ({ clock }) {
      const text = yield* until(readFile(new URL(import.meta.url), "utf8"))
      expect(clock.now()).toBe(0)
      return text
    })
    expect(text).toContain("may be waited for by promises")
  })

  it("has a turn before time jumps", async () => {
    const winner = await simulate(function* () {
      const settled = Promise.resolve().then(() => "the promise")
      return yield* timeout(1000, until(settled))
    })
    expect(winner).toBe("the promise")
  })

  it("has awaits that take part in virtual time", async () => {
    const at = await simulate(async ({ clock, scheduler }) => {
      await scheduler.sleep(500)
      await scheduler.sleep(500)
      return clock.now()
    })
    expect(at).toBe(1000)
  })

  it("is a deadlock when a promise never settles", async () => {
    // It takes some time of the host, which cannot say that nothing will come.
    await expect(simulate(() => until(new Promise(() => {})))).rejects.toThrow(/Deadlock: nothing can wake scenario, which waits for a promise/)
  })
})

it("is the shipped order, as that of an exploration with bound 0", async () => {
  const orders: string[] = []
  function* scenario(): Routine {
    const order: string[] = []
    const bees = ["Maya", "Willy", "Flip"].map((name) =>
      tasklet(function* () {
        yield* sleep(name.length % 2)
        order.push(name)
      }),
    )
    for (const bee of bees) yield* bee
    orders.push(order.join())
  }
  await simulate(scenario)
  await explore(scenario, { strategy: "delayBounded", bound: 0 })
  expect(new Set(orders).size).toBe(1)
})

it("refuses wrong arguments", async () => {
  await expect(simulate(3 as never)).rejects.toThrow("scenario must be a generator function")
  await expect(simulate(() => 1, { start: 3 } as never)).rejects.toThrow("options.start must be left out")
  await expect(simulate(() => 1, { startAt: -1 })).rejects.toThrow("startAt must be milliseconds, 0 or more, or a Date")
})

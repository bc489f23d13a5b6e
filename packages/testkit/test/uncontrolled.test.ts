/** What cannot be controlled is found out, and said so. */
import { action, Event, schedule, sleep, tasklet, until } from "@vivarium/core"
import { Actor } from "@vivarium/actors"
import { describe, expect, it } from "vitest"
import { explore, replay, type Scenario, ScenarioError, simulate } from "../src/index.ts"

async function refusalOf(scenario: Scenario, options = {}): Promise<ScenarioError> {
  const error: unknown = await explore(scenario, { schedules: 20, ...options }).then(
    () => null,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(ScenarioError)
  return error as ScenarioError
}

/** Every way to the host's clocks, turns and chance that is trapped. */
const HOST: readonly (readonly [called: string, call: () => unknown, cure: RegExp])[] = [
  ["setTimeout()", () => setTimeout(() => {}, 0), /sleep/],
  ["setInterval()", () => setInterval(() => {}, 1000), /everyMs/],
  ["setImmediate()", () => setImmediate(() => {}), /schedule\(\)/],
  ["queueMicrotask()", () => queueMicrotask(() => {}), /schedule\(\)/],
  ["AbortSignal.timeout()", () => AbortSignal.timeout(1000), /timeout\(ms, operation\)/],
  ["Date.now()", () => Date.now(), /clock/],
  ["Date()", () => Date(), /clock/],
  ["new Date()", () => new Date(), /clock/],
  ["performance.now()", () => performance.now(), /clock/],
  ["process.hrtime()", () => process.hrtime(), /clock/],
  ["process.hrtime()", () => process.hrtime.bigint(), /clock/],
  ["Math.random()", () => Math.random(), /world\.random/],
  ["crypto.randomUUID()", () => crypto.randomUUID(), /world\.random/],
  ["crypto.getRandomValues()", () => crypto.getRandomValues(new Uint8Array(1)), /world\.random/],
]

function hostFunctions(): unknown[] {
  const holders: readonly (readonly [holder: object, names: readonly string[]])[] = [
    [globalThis, ["setTimeout", "setInterval", "setImmediate", "queueMicrotask", "Date"]],
    [Date, ["now"]],
    [AbortSignal, ["timeout"]],
    [performance, ["now"]],
    [process, ["hrtime"]],
    [Math, ["random"]],
    [crypto, ["randomUUID", "getRandomValues"]],
    [console, ["log", "error"]],
  ]
  return holders.flatMap(([holder, names]) => names.map((name) => [Object.hasOwn(holder, name), Reflect.get(holder, name) as unknown]))
}

describe("the host's clocks, turns and chance", () => {
  it.each(HOST)("%s is an error that names the cure", async (called, call, cure) => {
    const error = await refusalOf(function* () {
      call()
    })
    expect(error.code).toBe("host_global")
    expect(error.message).toContain(`${called} was called while a scenario runs`)
    expect(error.message).toMatch(cure)
    expect(error.message).toContain('{ globals: "allow" }')
  })

  it.each(HOST)("%s is an error though the scenario catches it", async (_called, call) => {
    const error = await refusalOf(function* () {
      try {
        call()
      } catch {
        yield* sleep(1)
      }
    })
    expect(error.code).toBe("host_global")
  })

  it("are errors in actors, invariants and clean-ups, too", async () => {
    class Clock extends Actor {
      read(): number {
        return Date.now()
      }
    }
    expect((await refusalOf(function* ({ system }) { yield* system.spawn(Clock).call.read() })).code).toBe("host_global")
    expect((await refusalOf(function* ({ check }) { check("late enough", () => Date.now() > 0); yield* sleep(1) })).code).toBe("host_global")
    expect((await refusalOf(function* () { try { yield* sleep(1) } finally { Math.random() } })).code).toBe("host_global")
  })

  it("say what date it is if they are told", async () => {
    const year = await simulate(function* ({ clock }) {
      yield* sleep(1000)
      return new Date(clock.now()).getUTCFullYear() + (new Date(0) instanceof Date ? 0 : 1)
    }, { startAt: Date.UTC(2031, 0, 1) })
    expect(year).toBe(2031)
  })

  it("are back after every exploration, whatever happened", async () => {
    const before = hostFunctions()
    const ends: readonly (() => Promise<unknown>)[] = [
      () => explore(function* () {}, { schedules: 3 }),
      () => explore(function* () { throw new Error("boom") }),
      () => explore(function* () { Date.now() }),
      () => explore(function* ({ check }) { check("no", () => false) }),
      () => explore(() => { throw new Error("at once") }),
      () => explore(function* () { yield* until(new Promise(() => {})) }),
      () => explore(function* () { yield* until(new Promise(() => {})) }, { promises: true }),
      () => explore(function* () { for (;;) yield* schedule() }, { maxSwitches: 10 }),
      () => explore(function* () { tasklet(function* () {}); yield* sleep(1) }, { strategy: "exhaustive", shared: false }),
      () => replay(function* () {}, "nonsense"),
      () => replay(function* () { Math.random() }, []),
      () => simulate(function* () { throw new Error("boom") }),
      () => simulate(async () => { throw new Error("boom") }),
    ]
    for (const end of ends) {
      await Promise.resolve().then(end).catch(() => {})
      expect(hostFunctions()).toEqual(before)
    }
  })

  it("are back after explorations that overlap", async () => {
    const before = hostFunctions()
    const slow: Scenario = function* () {
      yield* until(Promise.resolve().then(() => Promise.resolve()))
    }
    await Promise.all([explore(slow, { promises: true, schedules: 3 }), explore(slow, { promises: true, schedules: 9 }), explore(slow, { promises: true, schedules: 5 })])
    expect(hostFunctions()).toEqual(before)
  })

  it("can be allowed", async () => {
    const { schedules } = await explore(function* () {
      Math.random()
      Date.now()
      new Date()
      clearTimeout(setTimeout(() => {}, 0))
    }, { schedules: 5, globals: "allow" })
    expect(schedules).toBe(5)
  })

  it("do not keep a scenario from logging", async () => {
    const { schedules } = await explore(function* () {
      console.log("buzz")
    }, { schedules: 1 })
    expect(schedules).toBe(1)
  })
})

describe("order that is not ours", () => {
  it("is found where state outlives a run, and the first slice that differs is named", async () => {
    let runs = 0
    const error = await refusalOf(function* () {
      const odd = runs++ % 2 === 1
      yield* tasklet({ name: "Maya" }, function* () {
        if (odd) yield* schedule()
      })
    })
    expect(error.code).toBe("uncontrolled_order")
    expect(error.message).toMatch(/slice 2 was "Maya.*(gives way|ends)" and then "Maya.*(gives way|ends)"/)
    expect(error.message).toContain("Cure: ")
  })

  it("is found where a map keeps its order from the run before", async () => {
    const naps = new Map([["Maya", 1], ["Willy", 2]])
    const error = await refusalOf(function* () {
      const [[first, nap]] = naps as unknown as [[string, number]]
      naps.delete(first)
      naps.set(first, nap)
      yield* sleep(nap)
    })
    expect(error.code).toBe("uncontrolled_order")
  })

  it("is found where chance is the host's", async () => {
    const error = await refusalOf(function* () {
      yield* sleep(Math.random() * 1000)
      yield* tasklet(function* () { yield* schedule() })
    }, { globals: "allow" })
    expect(error.code).toBe("uncontrolled_order")
  })

  it("is found where the time is the host's", async () => {
    const error = await refusalOf(function* () {
      yield* sleep(performance.now())
    }, { globals: "allow" })
    expect(error.code).toBe("uncontrolled_order")
  })

  it("is found before a failure that is not one is reported", async () => {
    let runs = 0
    const error = await refusalOf(function* ({ check }) {
      yield* schedule()
      if (runs++ === 0) yield* sleep(1)
      check("this never holds", false)
    })
    expect(error.code).toBe("uncontrolled_order")
  })

  it("is not seen in what is made afresh for each run", async () => {
    const { schedules } = await explore(function* ({ random }) {
      const map = new Map([[random.integer(10), 1]])
      yield* sleep(map.size + random.next())
    }, { schedules: 50 })
    expect(schedules).toBe(50)
  })
})

describe("promises", () => {
  class Keeper extends Actor {
    private honey = 0

    async fetch(): Promise<number> {
      await Promise.resolve()
      this.honey += 1
      await Promise.resolve()
      return this.honey
    }
  }

  it("are errors that name the tasklet and the cure", async () => {
    const error = await refusalOf(function* () {
      yield* tasklet({ name: "Maya" }, function* () {
        yield* until(Promise.resolve(1))
      })
    })
    expect(error.code).toBe("foreign_promise")
    expect(error.message).toContain("Maya")
    expect(error.message).toContain("{ promises: true }")
  })

  it("are errors in async methods and bodies", async () => {
    expect((await refusalOf(function* ({ system }) { yield* system.spawn(Keeper).call.fetch() })).code).toBe("foreign_promise")
    expect((await refusalOf(function* () { yield* tasklet(async () => 1) })).code).toBe("foreign_promise")
    expect((await refusalOf(async () => 1)).code).toBe("foreign_promise")
    expect((await refusalOf(function* () { yield* action(() => {}) })).code).toBe("foreign_promise")
  })

  it("can be allowed: async methods of actors", async () => {
    const seen = new Set<string>()
    const { schedules } = await explore(function* ({ check, system }) {
      const keeper = system.spawn(Keeper)
      const calls = [1, 2].map(() => tasklet(function* () { return yield* keeper.call.fetch() }))
      const got: number[] = []
      for (const call of calls) got.push(yield* call)
      seen.add(got.join())
      check("each call counts once", got.includes(1) && got.includes(2))
    }, { promises: true, schedules: 30 })
    expect(schedules).toBe(30)
    expect([...seen].toSorted()).toEqual(["1,2", "2,1"])
  })

  it("can be allowed: async scenarios and bodies", async () => {
    const orders = new Set<string>()
    await explore(async () => {
      const order: string[] = []
      await Promise.all(["Maya", "Willy"].map((name) => tasklet(async () => void order.push(name))))
      orders.add(order.join())
    }, { promises: true, schedules: 30 })
    expect([...orders].toSorted()).toEqual(["Maya,Willy", "Willy,Maya"])
  })

  it("find a race between an async body and a tasklet", async () => {
    await expect(explore(function* ({ check }) {
      let honey = 0
      const bees = [
        tasklet(async () => { const before = honey; await Promise.resolve(); honey = before + 1 }),
        tasklet(function* () { const before = honey; yield* schedule(); honey = before + 1 }),
      ]
      for (const bee of bees) yield* bee
      check("both count", honey === 2)
    }, { promises: true, schedules: 200 })).rejects.toThrow("both count")
  })

  it("that never settle are a failure that says who waits", async () => {
    await expect(explore(function* () {
      yield* tasklet({ name: "Maya" }, function* () {
        yield* until(new Promise(() => {}))
      })
    }, { promises: true, schedules: 3 })).rejects.toThrow(/deadlock: .*scenario.*(Maya|promise)/s)
  })

  it("may settle while time stands still, but time does not wait for events of ours", async () => {
    const at = await replay(function* ({ clock }) {
      const event = new Event()
      tasklet(async () => {
        await Promise.resolve()
        event.set()
      })
      yield* event.wait()
      yield* sleep(5)
      return clock.now()
    }, [], { promises: true })
    expect(at).toBe(5)
  })
})

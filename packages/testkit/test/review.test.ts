/** What a hostile reading of the package found: each of these once went unseen, or was told as something that it is not. */
import { Actor } from "@vivarium/actors"
import { channel, schedule, sleep, type Tasklet, tasklet } from "@vivarium/core"
import { describe, expect, it } from "vitest"
import { explore, type ExploreOptions, ExplorationError, type Scenario, ScenarioError, simulate } from "../src/index.ts"

const quiet = { diagramDirectory: false } as const

async function outcomeOf(scenario: Scenario, options: ExploreOptions = {}): Promise<unknown> {
  return explore(scenario, { schedules: 20, ...quiet, ...options }).catch((error: unknown) => error)
}

describe("what a scenario keeps outside of itself", () => {
  it("is found where only the outcome differs, and no slice", async () => {
    let runs = 0
    const error = await outcomeOf(function* ({ check }) {
      const mine = runs++
      check.atEnd("not the first", () => mine > 0)
      yield* schedule()
    })
    expect(error).toBeInstanceOf(ScenarioError)
    expect(String(error)).toContain('the outcome was "check failed: not the first" and then "nothing failed"')
  })

  it.each(["delayBounded", "exhaustive"] as const)("is found where a schedule of %s ends too early", async (strategy) => {
    let runs = 0
    const error = await outcomeOf(function* () {
      const slices = runs++ < 4 ? 3 : 1
      const bees = Array.from({ length: 3 }, () => tasklet(function* () { for (let left = slices; left > 0; left--) yield* schedule() }))
      for (const bee of bees) yield* bee
    }, { strategy, schedules: 500 })
    expect(error).toBeInstanceOf(ScenarioError)
    expect((error as ScenarioError).code).toBe("uncontrolled_order")
  })
})

describe("a scenario whose tasklet is killed", () => {
  function* killed({ check, main }: { readonly check: (text: string, holds: boolean) => void; readonly main: Tasklet }) {
    tasklet(() => main.kill())
    yield* sleep(1)
    check("nobody comes here", false)
  }

  it("fails, for its checks were not judged", async () => {
    const error = await outcomeOf(killed)
    expect(error).toBeInstanceOf(ExplorationError)
    expect((error as ExplorationError).failure).toContain("was killed before it had come to its end")
  })

  it("fails when it is simulated, too", async () => {
    await expect(simulate(killed)).rejects.toThrow("was killed before it had come to its end")
  })
})

describe("errors that raise when they are looked at", () => {
  it.each([
    ["a message", () => Object.defineProperty(new Error("rain"), "message", { get: () => { throw new Error("no") } })],
    ["a name that is no string", () => Object.assign(new Error("rain"), { name: Symbol("rain") })],
  ])("are findings like all others: %s", async (_what, make) => {
    const error = await outcomeOf(function* () {
      yield* schedule()
      throw make()
    })
    expect(error).toBeInstanceOf(ExplorationError)
    expect((error as ExplorationError).kind).toBe("error")
  })

  it("are findings of the invariant that has raised them", async () => {
    const error = await outcomeOf(function* ({ check }) {
      check("it does not rain", () => { throw Object.create(null) })
      yield* schedule()
    })
    expect((error as ExplorationError).failure).toBe("check failed: it does not rain: something that raises when it is looked at")
  })
})

describe("exhaustive", () => {
  it("hears all of what its slices touch, also where a slice begins an exploration of its own", async () => {
    const error = await outcomeOf(function* ({ check }) {
      const box = channel<number>({ capacity: 2 })
      const early = tasklet(function* () {
        void explore(function* () { yield* schedule() }, { strategy: "exhaustive", shared: false, schedules: 1 })
        box.trySend(1)
      })
      const late = tasklet(() => box.trySend(2))
      yield* early
      yield* late
      check("the first comes first", (yield* box.receive()) === 1)
    }, { strategy: "exhaustive", shared: false, schedules: 100 })
    expect((error as ExplorationError).failure).toBe("check failed: the first comes first")
  })
})

describe("delay-bounded", () => {
  it("ends when no schedule has more delays, whatever the bound", async () => {
    function* scenario() {
      for (const bee of [1, 2, 3].map(() => tasklet(() => {}))) yield* bee
    }
    const { exhausted, schedules } = await explore(scenario, { strategy: "delayBounded", bound: Number.MAX_SAFE_INTEGER })
    const all = await explore(scenario, { strategy: "exhaustive" })
    expect({ exhausted, schedules }).toEqual({ exhausted: true, schedules: all.schedules })
  })
})

describe("a full mailbox", () => {
  it("has room again after two switches, however often it happens", async () => {
    class Hive extends Actor {
      info() {}
    }
    const { exhausted } = await explore(function* ({ check, fault, system }) {
      const hive = yield* system.start(Hive, { mailbox: { capacity: 5, overflow: "dropNewest" } })
      fault.fullMailbox(hive, { times: 2 })
      let full = 0
      check("never more than four switches in all", () => {
        const { capacity } = hive["~resolve"]()?.settings ?? { capacity: 5 }
        return (full += capacity === 5 ? 0 : 1) <= 4
      })
      for (let left = 3; left > 0; left--) hive.send("honey")
      for (let left = 12; left > 0; left--) yield* schedule()
    }, { strategy: "delayBounded", bound: 2 })
    expect(exhausted).toBe(true)
  })
})

describe("shrinking", () => {
  it("goes on where a schedule that it tries cannot be controlled", async () => {
    const error = await outcomeOf(function* ({ check }) {
      let order = ""
      const bees = ["a", "b", "c"].map((name) => tasklet(() => void (order += name)))
      for (const bee of bees) yield* bee
      if (order !== "abc" && order !== "cba") Math.random()
      check("not the other way round", order !== "cba")
    }, { seed: 7 })
    expect((error as ExplorationError).failure).toBe("check failed: not the other way round")
  })
})

describe("after an exploration that was refused", () => {
  it("the default scheduler still drains itself", async () => {
    const error = await outcomeOf(async () => {
      await sleep(1) // of the default scheduler, for no tasklet is current behind the first await
    }, { promises: true })
    expect((error as ScenarioError).code).toBe("host_global")
    await sleep(0)
    expect(await tasklet(() => "drained")).toBe("drained")
  })
})

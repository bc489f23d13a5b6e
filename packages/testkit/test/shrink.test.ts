/** Shrinking: what comes out still fails, in the same way, and nothing of it can be left out. */
import { Actor } from "@vivarium/actors"
import { Channel, Random, schedule, select, sleep, tasklet } from "@vivarium/core"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { ExplorationError, explore, type ExploreOptions, replay, type Scenario } from "../src/index.ts"

async function failureOf(run: Promise<unknown>): Promise<ExplorationError | null> {
  try {
    await run
    return null
  } catch (error) {
    if (error instanceof ExplorationError) return error
    throw error
  }
}

function found(scenario: Scenario, options: ExploreOptions): Promise<ExplorationError | null> {
  return failureOf(explore(scenario, { diagramDirectory: false, shrinkMs: 60_000, checks: false, leaks: "allow", ...options }))
}

function attemptsOf(error: ExplorationError): number {
  const [, attempts] = /shrunk to \d+ in (\d+) attempts/.exec(error.message) as unknown as [string, string]
  return Number(attempts)
}

function deviationsOf(error: ExplorationError): number {
  return error.schedule.filter((index) => index !== 0).length
}

/** Four bees with a few things to do; fails if their notes are in one of so many random orders. */
function scenarioOf(seed: number): Scenario {
  return function* ({ check, fault }) {
    const notes: number[] = []
    const box = new Channel<number>({ capacity: 1 })
    const flower = new Channel<number>()
    for (let bee = 0; bee < 4; bee++) {
      tasklet(function* () {
        notes.push(bee)
        yield* schedule()
        notes.push(fault("sting") ? 9 : bee)
        if (bee % 2 === 0) yield* select({ box: box.send(bee), flower: flower.send(bee) })
        else yield* flower.receive()
        notes.push(bee)
        yield* sleep(1)
        notes.push(bee)
      })
    }
    yield* sleep(5)
    let sum = seed
    for (const note of notes) sum = (Math.imul(sum, 31) + note) | 0
    check("the order is a good one", new Random(sum).next() > 0.1)
  }
}

describe("shrinking", () => {
  it("comes to a schedule that fails in the same way, and of which nothing can be left out", async () => {
    let deviating = 0
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 10_000 }), async (seed) => {
        const scenario = scenarioOf(seed)
        const error = await found(scenario, { seed, schedules: 200 })
        fc.pre(error !== null)
        const { failure, schedule: choices } = error as ExplorationError
        const again = (given: readonly number[]): Promise<ExplorationError | null> => failureOf(replay(scenario, given, { diagramDirectory: false, checks: false, leaks: "allow" }))
        expect((await again(choices))?.failure).toBe(failure)
        for (const [position, index] of choices.entries()) {
          if (index === 0) continue
          deviating++
          expect((await again(choices.map((each, at) => (at === position ? 0 : each))))?.failure).not.toBe(failure)
        }
      }),
      { numRuns: 40, seed: 2 },
    )
    expect(deviating).toBeGreaterThan(20)
  })

  it("makes six of more than two hundred choices, in few attempts", async () => {
    class Cell extends Actor {
      fill(): void {}
    }
    const busy: Scenario = function* ({ check, system }) {
      const cells = Array.from({ length: 5 }, () => system.spawn(Cell))
      const bees = cells.map((cell) => tasklet(function* () {
        for (let time = 0; time < 20; time++) yield* cell.call.fill()
      }))
      let honey = 0
      const counters = [2, 9].map((turns) => tasklet(function* () {
        for (let turn = 0; turn < turns; turn++) yield* schedule()
        const before = honey
        yield* schedule()
        honey = before + 1
      }))
      for (const one of [...bees, ...counters]) yield* one
      check("both count", honey === 2)
    }
    for (let seed = 1; seed <= 5; seed++) {
      const error = (await found(busy, { seed })) as ExplorationError
      const [, before] = /with (\d+) choices off the shipped order/.exec(error.message) as unknown as [string, string]
      expect(Number(before)).toBeGreaterThan(200)
      expect(deviationsOf(error)).toBeLessThanOrEqual(12)
      expect(attemptsOf(error)).toBeLessThan(1000)
    }
  })

  it("leaves nothing of a failure that needs no deviation", async () => {
    const error = (await found(function* ({ check }) {
      for (let bee = 0; bee < 20; bee++) tasklet(function* () { yield* schedule() })
      yield* sleep(1)
      check("never", false)
    }, { seed: 3 })) as ExplorationError
    expect(error.schedule).toEqual([])
  })

  it("keeps to the failure that was found", async () => {
    const error = (await found(function* ({ check }) {
      const order: number[] = []
      for (let bee = 0; bee < 6; bee++) tasklet(() => order.push(bee))
      yield* sleep(1)
      check("the last is not first", order[0] !== 5)
      check("the first is first", order[0] === 0)
    }, { seed: 1, schedules: 1000 })) as ExplorationError
    const { failure } = error
    expect((await failureOf(replay(function* ({ check }) {
      const order: number[] = []
      for (let bee = 0; bee < 6; bee++) tasklet(() => order.push(bee))
      yield* sleep(1)
      check("the last is not first", order[0] !== 5)
      check("the first is first", order[0] === 0)
    }, error.code, { diagramDirectory: false })))?.failure).toBe(failure)
    expect(deviationsOf(error)).toBe(1)
  })

  it("shrinks faults and cases like all other choices", async () => {
    const error = (await found(function* ({ check, fault }) {
      let stings = 0
      const box = new Channel<number>({ capacity: 9 })
      for (let place = 0; place < 8; place++) {
        if (fault("sting") && place === 5) stings++
        const { key } = yield* select({ a: box.send(1), b: box.send(2) })
        if (key === "b" && place === 6) stings++
        yield* schedule()
      }
      check("not both", stings < 2)
    }, { seed: 1 })) as ExplorationError
    expect(error.schedule.filter((index) => index !== 0)).toEqual([1, 1])
  })

  it("leaves the schedule as it was found if it is given no time", async () => {
    const options = { seed: 4, shrinkMs: 0 }
    const scenario: Scenario = function* ({ check }) {
      for (let bee = 0; bee < 9; bee++) tasklet(() => {})
      yield* sleep(1)
      check("never", false)
    }
    const error = (await found(scenario, options)) as ExplorationError
    expect(deviationsOf(error)).toBeGreaterThan(3)
  })
})

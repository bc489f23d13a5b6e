/** PCT finds a bug of depth d in one run with a probability of at least 1 / (n k^(d-1)): here over many runs, with bugs of known depth. */
import { schedule, sleep, tasklet } from "@vivarium/core"
import { describe, expect, it } from "vitest"
import { explore } from "../src/index.ts"

interface Found {
  readonly hits: number
  readonly tasklets: number
  readonly slices: number
  readonly promised: number
}

/** Runs bees that note their steps, one slice each; counts the runs in which the notes are in a wanted order. */
async function search(bees: readonly (readonly string[])[], isBug: (notes: string) => boolean, depth: number, seed: number, schedules: number): Promise<Found> {
  let hits = 0
  const { coverage } = await explore(function* () {
    const notes: string[] = []
    for (const steps of bees) {
      tasklet(function* () {
        for (const step of steps) {
          notes.push(step)
          yield* schedule()
        }
      })
    }
    yield* sleep(1)
    if (isBug(notes.join(" "))) hits++
  }, { strategy: "pct", depth, seed, schedules, checks: false })
  const [, tasklets, slices] = /\((\d+) tasklets, (\d+) slices\)/.exec(coverage as string) as unknown as [string, string, string]
  const once = 1 / (Number(tasklets) * Number(slices) ** (depth - 1))
  return { hits, tasklets: Number(tasklets), slices: Number(slices), promised: once * schedules }
}

/** So many at least, but for the luck of the dice: three standard deviations. */
function leastOf(promised: number): number {
  return promised - 3 * Math.sqrt(promised)
}

describe("pct", () => {
  it.each([1, 2, 3, 4, 5])("finds bugs of depth 1 as often as promised, with seed %i", async (seed) => {
    const found = await search([["a"], ["b"], ["c"]], (notes) => notes.startsWith("c"), 1, seed, 400)
    expect(found.tasklets).toBe(4)
    expect(found.hits).toBeGreaterThan(leastOf(found.promised))
  })

  it.each([1, 2, 3, 4, 5])("finds bugs of depth 2 as often as promised, with seed %i", async (seed) => {
    const bees = [["a1", "a2", "a3", "a4"], ["b1", "b2", "b3"]]
    const found = await search(bees, (notes) => notes.includes("a3 b1 b2 b3 a4"), 2, seed, 1000)
    expect(found.slices).toBe(11)
    expect(found.hits).toBeGreaterThan(leastOf(found.promised))
  })

  // Who stops first goes on last, or goes on before the other: which of the two depends on the order in which the change points were drawn.
  it.each([1, 2, 3])("finds bugs of depth 3 as often as promised, with seed %i", async (seed) => {
    const bees = [["a1", "a2"], ["b1", "b2"], ["c1"]]
    for (const bug of ["a1 b1 c1 b2 a2", "a1 b1 c1 a2 b2"]) {
      const found = await search(bees, (notes) => notes === bug, 3, seed, 6000)
      expect(found.slices).toBe(10)
      expect(found.hits).toBeGreaterThan(leastOf(found.promised))
    }
  })

  it("gives all orders of tasklets, whenever they were created, the same chance", async () => {
    const counts = new Map<string, number>()
    await explore(function* () {
      const notes: string[] = []
      tasklet(function* () {
        yield* sleep(1)
        notes.push("early")
      })
      tasklet(function* () {
        yield* sleep(1)
        notes.push("old")
      })
      yield* sleep(0.5)
      tasklet(function* () {
        yield* sleep(0.5)
        notes.push("late")
      })
      yield* sleep(1)
      counts.set(notes.join(), (counts.get(notes.join()) ?? 0) + 1)
    }, { strategy: "pct", depth: 1, schedules: 3000, checks: false })
    // The order in which the timers fire is chosen as well; the priorities of the three decide where all three are ready.
    expect(counts.size).toBe(6)
    for (const count of counts.values()) expect(count).toBeGreaterThan(150)
  })

  it("says with which probability a bug would have been found, and nothing that it cannot say", async () => {
    const one = await explore(function* () {}, { strategy: "pct", depth: 1, schedules: 1 })
    expect(one.coverage).toContain("at least 0 % (1 tasklets")
    const many = await explore(function* () {
      tasklet(function* () {})
      yield* sleep(1)
    }, { strategy: "pct", depth: 2, schedules: 101 })
    const [, probability] = /at least ([\d.]+) % \(2 tasklets, 3 slices\)/.exec(many.coverage as string) as unknown as [string, string]
    expect(Number(probability)).toBe(99.9) // 1 - (1 - 1 / 6) ** 100, and never more than it is
  })

  it("lets loops that poll come to their end", async () => {
    const { schedules } = await explore(function* () {
      let ready = false
      const polls = tasklet(function* () {
        while (!ready) yield* schedule()
      })
      tasklet(function* () {
        yield* schedule()
        ready = true
      })
      yield* polls
    }, { strategy: "pct", schedules: 500, maxSwitches: 200 })
    expect(schedules).toBe(500)
  })

  it("runs the same schedules for the same seed", async () => {
    const ordersOf = async (seed: number): Promise<string> => {
      const orders: string[] = []
      await search([["a", "b"], ["c", "d"], ["e", "f"]], (notes) => orders.push(notes) === 0, 3, seed, 50)
      return orders.join()
    }
    expect(await ordersOf(7)).toBe(await ordersOf(7))
    expect(await ordersOf(7)).not.toBe(await ordersOf(8))
  })
})

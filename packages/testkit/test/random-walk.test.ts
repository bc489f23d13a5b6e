/** The random walk: every choice alike, and the same seed the same schedules. */
import { Channel, type Operation, schedule, select, sleep, tasklet } from "@vivarium/core"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { explore } from "../src/index.ts"

async function countsOf(seed: number, schedules: number, body: (tell: (outcome: string) => void) => Generator<unknown, void, unknown>): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  await explore(function* () {
    yield* body((outcome) => counts.set(outcome, (counts.get(outcome) ?? 0) + 1)) as Generator<never, void, unknown>
  }, { seed, schedules, leaks: "allow", checks: false })
  return counts
}

function* race(bees: number, tell: (outcome: string) => void): Generator<unknown, void, unknown> {
  const order: number[] = []
  for (let bee = 0; bee < bees; bee++) tasklet(() => order.push(bee))
  yield* sleep(1)
  tell(order.join(""))
}

describe("the random walk", () => {
  it("runs all orders of what can run alike", async () => {
    const counts = await countsOf(1, 6000, (tell) => race(3, tell))
    expect(counts.size).toBe(6)
    // 1,000 are expected of each; five standard deviations are 145.
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(145)
  })

  it("takes all ready cases of a select alike", async () => {
    const counts = await countsOf(2, 3000, function* (tell) {
      const [a, b, c] = [1, 2, 3].map((value) => {
        const flower = new Channel<number>({ capacity: 1 })
        flower.trySend(value)
        return flower.receive()
      }) as [Operation<number>, Operation<number>, Operation<number>]
      tell((yield* select({ a, b, c })).key)
    })
    expect([...counts.keys()].toSorted()).toEqual(["a", "b", "c"])
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(130)
  })

  it("runs the same schedules for the same seed, and others for another one", async () => {
    const ordersOf = async (seed: number): Promise<string> => {
      const orders: string[] = []
      await explore(function* () {
        const order: number[] = []
        for (let bee = 0; bee < 4; bee++) tasklet(function* () { order.push(bee); yield* schedule(); order.push(bee) })
        yield* sleep(1)
        orders.push(order.join(""))
      }, { seed, schedules: 20, checks: false })
      return orders.join()
    }
    await fc.assert(fc.asyncProperty(fc.integer(), fc.integer(), async (one, other) => {
      fc.pre((one | 0) !== (other | 0))
      expect(await ordersOf(one)).toBe(await ordersOf(one))
      expect(await ordersOf(one)).not.toBe(await ordersOf(other))
    }), { numRuns: 20, seed: 1 })
  })

  it("lets about one fault happen in a run, wherever it may", async () => {
    let faults = 0
    const places = new Set<number>()
    await explore(function* ({ fault }) {
      for (let place = 0; place < 10; place++) {
        if (fault("sting")) {
          faults++
          places.add(place)
        }
        yield* schedule()
      }
    }, { seed: 3, schedules: 1000, checks: false })
    expect(faults).toBeGreaterThan(800)
    expect(faults).toBeLessThan(1200)
    expect(places.size).toBe(10)
  })
})

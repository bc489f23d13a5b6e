/** Exhaustive exploration: every schedule once, and fair to those who poll. */
import { Actor } from "@vivarium/actors"
import { Channel, schedule, select, sleep, tasklet } from "@vivarium/core"
import { describe, expect, it } from "vitest"
import { explore, type Scenario } from "../src/index.ts"

async function ordersOf(scenario: (order: string[]) => Scenario): Promise<{ readonly orders: readonly string[]; readonly schedules: number }> {
  const orders: string[] = []
  const { exhausted, schedules } = await explore(function* (world) {
    const order: string[] = []
    yield* scenario(order)(world) as Generator<never, unknown, unknown>
    orders.push(order.join(""))
  }, { strategy: "exhaustive", checks: false })
  expect(exhausted).toBe(true)
  // The first schedule is run a second time, to see that nothing uncontrolled is in it.
  return { orders: [orders[0] as string, ...orders.slice(2)], schedules }
}

describe("exhaustive exploration", () => {
  it("runs all interleavings of all slices, each once", async () => {
    const { orders, schedules } = await ordersOf((order) => function* () {
      for (const bee of "ab") {
        tasklet(function* () {
          order.push(bee)
          yield* schedule()
          order.push(bee)
        })
      }
      yield* sleep(1)
    })
    expect(orders.toSorted()).toEqual(["aabb", "abab", "abba", "baab", "baba", "bbaa"])
    expect(schedules).toBe(6)
  })

  it("takes all ready cases, all faults, and all orders of timers that are due together", async () => {
    const cases = await ordersOf((order) => function* () {
      const [a, b] = [new Channel<number>({ capacity: 1 }), new Channel<number>({ capacity: 1 })]
      order.push((yield* select({ a: a.send(1), b: b.send(1) })).key)
    })
    expect(cases.orders).toEqual(["a", "b"])
    const faults = await ordersOf((order) => function* ({ fault }) {
      order.push(fault("one") ? "x" : "-", fault("two") ? "x" : "-")
    })
    expect(faults.orders.toSorted()).toEqual(["--", "-x", "x-", "xx"])
    const timers = await ordersOf((order) => function* () {
      for (const bee of "ab") {
        tasklet(function* () {
          yield* sleep(1)
          order.push(bee)
          yield* schedule()
          order.push(bee)
        })
      }
      yield* sleep(2)
    })
    expect([...new Set(timers.orders)].toSorted()).toEqual(["aabb", "abab", "abba", "baab", "baba", "bbaa"])
  })

  it("comes to an end where loops poll", async () => {
    let held = false
    const { coverage, exhausted } = await explore(function* () {
      let ready = false
      const polls = tasklet(function* () {
        while (!ready) yield* schedule()
      })
      tasklet(function* () {
        yield* schedule()
        ready = true
      })
      yield* polls
      held = true
    }, { strategy: "exhaustive", maxSwitches: 50 })
    expect({ exhausted, held }).toEqual({ exhausted: false, held: true })
    expect(coverage).toBe("not all: tasklets that gave way again and again were held back while others could run, and runs that were long went on in the shipped order")
  })

  it("comes to an end where loops poll for one another", async () => {
    const { schedules } = await explore(function* () {
      const turns = [0, 0]
      const polls = [0, 1].map((me) => tasklet(function* () {
        for (turns[me] = 0; (turns[me] as number) < 6; turns[me]++) yield* schedule()
        while ((turns[1 - me] as number) < 6) yield* schedule()
      }))
      for (const one of polls) yield* one
    }, { strategy: "exhaustive", maxSwitches: 60, schedules: 5000 })
    expect(schedules).toBeGreaterThan(1)
  })

  it("comes to an end where a system is stopped while its actors still work", async () => {
    class Bee extends Actor {
      fly(): void {}
    }
    const { exhausted, schedules } = await explore(function* ({ system }) {
      const bee = system.spawn(Bee)
      bee.cast.fly()
      bee.cast.fly()
    }, { strategy: "exhaustive", maxSwitches: 200 })
    expect(exhausted).toBe(true)
    expect(schedules).toBeGreaterThan(2)
  })

  it("still finds what never ends", async () => {
    await expect(explore(function* () {
      for (;;) yield* schedule()
    }, { strategy: "exhaustive", maxSwitches: 50 })).rejects.toThrow("no end after 50 switches")
  })

  it("stops after as many schedules as it is told", async () => {
    const { exhausted, schedules } = await explore(function* () {
      for (let bee = 0; bee < 4; bee++) tasklet(() => {})
      yield* sleep(1)
    }, { strategy: "exhaustive", schedules: 10 })
    expect({ exhausted, schedules }).toEqual({ exhausted: false, schedules: 10 })
  })
})

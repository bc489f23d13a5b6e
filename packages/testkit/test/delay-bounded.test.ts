/** Delay-bounded exploration: exactly the schedules with so few delays, each once, those with few first. */
import { Channel, schedule, select, sleep, tasklet, timeout } from "@vivarium/core"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { explore, replay, type Scenario } from "../src/index.ts"
import { DelayBounded } from "../src/delay-bounded.ts"
import { Exhaustive } from "../src/exhaustive.ts"
import { readSettings } from "../src/options.ts"
import { Player } from "../src/player.ts"
import type { Run } from "../src/run.ts"
import type { Strategy } from "../src/strategy.ts"

const STEPS = ["send", "receive", "select", "timeout", "schedule", "sleep", "fault"] as const
const program = fc.array(fc.array(fc.constantFrom(...STEPS), { minLength: 1, maxLength: 2 }), { minLength: 2, maxLength: 3 })

function scenarioOf(steps: readonly (readonly (typeof STEPS)[number][])[]): Scenario {
  return function* ({ fault }) {
    const flower = new Channel<number>()
    const box = new Channel<number>({ capacity: 1 })
    for (const own of steps) {
      tasklet(function* () {
        for (const step of own) {
          if (step === "send") yield* flower.send(1)
          else if (step === "receive") yield* flower.receive()
          else if (step === "select") yield* select({ receive: flower.receive(), send: box.send(1) })
          else if (step === "timeout") yield* timeout(1, box.receive())
          else if (step === "schedule") yield* schedule()
          else if (step === "sleep") yield* sleep(1)
          else if (fault("sting")) return
        }
      })
    }
    yield* sleep(9)
  }
}

interface Played {
  readonly schedule: string
  readonly delays: number
}

/** All runs of a strategy, in their order. */
function play(scenario: Scenario, strategy: Strategy, most: number): Played[] | null {
  const { settings } = readSettings(scenario, { leaks: "allow", checks: false })
  const player = new Player(settings, false)
  const played: Played[] = []
  while (strategy.begin()) {
    if (played.length === most) return null
    const playing = player.play(strategy)
    const { value } = playing.next() as { value: Run }
    strategy.ended(value)
    const { choices } = value
    let delays = 0
    for (let at = 0; at < choices.length; at++) {
      const { index, kind } = choices.at(at)
      delays += kind === "tasklet" ? index : Math.min(index, 1)
    }
    played.push({ schedule: choices.indices.join(","), delays })
  }
  return played
}

describe("delay-bounded exploration", () => {
  it.each([0, 1, 2, 3])("runs exactly the schedules within bound %i, each once, those with few delays first", (bound) => {
    let compared = 0
    fc.assert(
      fc.property(program, (steps) => {
        const scenario = scenarioOf(steps)
        const all = play(scenario, new Exhaustive(true), 2000)
        fc.pre(all !== null)
        const within = (all ?? []).filter(({ delays }) => delays <= bound).map(({ schedule: one }) => one)
        const played = play(scenario, new DelayBounded(bound), 3000) ?? []
        expect(played.map(({ schedule: one }) => one).toSorted()).toEqual(within.toSorted())
        expect(new Set(within).size).toBe(within.length)
        expect(played.map(({ delays }) => delays)).toEqual(played.map(({ delays }) => delays).toSorted((a, b) => a - b))
        compared++
      }),
      { numRuns: 60, seed: 7 },
    )
    expect(compared).toBeGreaterThan(30)
  })

  it("runs the shipped order alone at bound 0", async () => {
    const orders: string[] = []
    const { exhausted, schedules, strategy } = await explore(function* () {
      for (const bee of "abc") tasklet(() => orders.push(bee))
      yield* sleep(1)
    }, { strategy: "delayBounded", bound: 0 })
    expect({ exhausted, schedules, strategy }).toEqual({ exhausted: true, schedules: 1, strategy: "delay-bounded, bound 0" })
    // Twice, for the first schedule is run again to see that nothing uncontrolled is in it.
    expect(orders.join("")).toBe("abcabc")
  })

  it("puts whoever is passed over behind the others", async () => {
    const orders = new Set<string>()
    await explore(function* () {
      const order: string[] = []
      for (const bee of "abc") tasklet(() => order.push(bee))
      yield* sleep(1)
      orders.add(order.join(""))
    }, { strategy: "delayBounded", bound: 1 })
    expect([...orders].toSorted()).toEqual(["abc", "acb", "bca"])
    expect(await replay(function* () {
      const order: string[] = []
      for (const bee of "abc") tasklet(() => order.push(bee))
      yield* sleep(1)
      return order.join("")
    }, [2])).toBe("cab")
  })

  it("keeps two bytes a choice of what it has run, not the choices themselves", () => {
    const strategy = new DelayBounded(2)
    const scenario: Scenario = function* () {
      for (let bee = 0; bee < 3; bee++) tasklet(function* () { for (let turn = 0; turn < 100; turn++) yield* schedule() })
      yield* sleep(1)
    }
    const { settings } = readSettings(scenario, { leaks: "allow", checks: false })
    const player = new Player(settings, false)
    let mostChoices = 0
    for (let runs = 0; runs < 250 && strategy.begin(); runs++) {
      const { value } = player.play(strategy).next() as { value: Run }
      strategy.ended(value)
      mostChoices = Math.max(mostChoices, value.choices.length)
    }
    expect(mostChoices).toBeGreaterThan(200)
    const parents = (strategy as unknown as { parents: { options: Uint16Array; deviations: readonly number[] }[][] }).parents.flat()
    expect(parents.length).toBeGreaterThan(100)
    for (const { deviations, options } of parents) {
      expect(options.BYTES_PER_ELEMENT).toBe(2)
      expect(options.length + deviations.length).toBeLessThan(mostChoices + 3)
    }
  })
})

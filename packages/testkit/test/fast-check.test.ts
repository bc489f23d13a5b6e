import { Actor } from "@vivarium/actors"
import { type Routine, schedule, sleep, tasklet } from "@vivarium/core"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { ExplorationError, replay, type World } from "@vivarium/testkit"
import { scheduled } from "@vivarium/testkit/fast-check"

/** Each reads before it gives way, and writes after it: a deposit is lost if another one comes in between. It takes two of at least 1. */
function* bank({ check }: World, deposits: readonly number[]): Routine {
  let balance = 0
  function* deposit(amount: number, thoughts: number): Routine {
    for (let thought = 0; thought < thoughts; thought++) yield* schedule()
    const before = balance
    yield* schedule()
    balance = before + amount
  }
  // In the shipped order each is done before the next one begins.
  const tellers = deposits.map((amount, position) => tasklet(deposit, amount, 2 * position))
  for (const teller of tellers) yield* teller
  check("nothing is lost", balance === deposits.reduce((sum, amount) => sum + amount, 0))
}

const amounts = fc.array(fc.nat(1000), { maxLength: 5 })

describe("scheduled()", () => {
  it("finds a race, and shrinks the data and the schedule", async () => {
    await replay((world) => bank(world, [1, 1, 1]), [])
    const { counterexample, errorInstance, failed } = await fc.check(scheduled(amounts, bank), { seed: 1, numRuns: 1000 })
    expect(failed).toBe(true)
    const [deposits, schedule_] = counterexample as [number[], number[]]
    // Another one that deposits nothing is enough to overwrite it; which one, decides how far it must be put off.
    expect(deposits.length).toBeLessThanOrEqual(3)
    expect(deposits.reduce((sum, amount) => sum + amount, 0)).toBe(1)
    expect(schedule_.length).toBeLessThanOrEqual(8)
    expect(schedule_.filter((number) => number !== 0).length).toBeLessThanOrEqual(2)
    expect(errorInstance).toBeInstanceOf(ExplorationError)
  })

  it("brings the report, whose code replays the failure", async () => {
    const { errorInstance, counterexample } = await fc.check(scheduled(amounts, bank), { seed: 7, numRuns: 1000 })
    const { code, failure, message } = errorInstance as ExplorationError
    expect(failure).toBe("check failed: nothing is lost")
    expect(message).toContain(code)
    const [deposits] = counterexample as [number[], number[]]
    await expect(replay((world) => bank(world, deposits), code, { diagramDirectory: false })).rejects.toThrow("nothing is lost")
    await expect(fc.assert(scheduled(amounts, bank), { seed: 7, numRuns: 1000 })).rejects.toMatchObject({ cause: { failure } })
  })

  it("passes where no order breaks anything, whatever the data", async () => {
    const orders = new Set<string>()
    class Till extends Actor {
      #sum = 0
      add(amount: number) {
        return (this.#sum += amount)
      }
    }
    await fc.assert(
      scheduled(fc.nat(100), fc.constantFrom("a", "b"), function* ({ check, system }, amount, name) {
        const till = system.spawn(Till, { name })
        const order: number[] = []
        const adding = [1, 2, 3].map((factor) =>
          tasklet(function* () {
            yield* till.call.add(amount * factor)
            order.push(factor)
          }),
        )
        for (const one of adding) yield* one
        orders.add(order.join(""))
        check("all is there", (yield* till.call.add(0)) === amount * 6)
      }),
      { seed: 3 },
    )
    expect(orders.size).toBe(6)
  })

  it("runs in the shipped order with no choices", async () => {
    await fc.assert(scheduled({ maxChoices: 0 }, amounts, bank), { seed: 1, numRuns: 50 })
  })

  it("leaves out data that the scenario will not have", async () => {
    let ran = 0
    const { numSkips } = await fc.check(
      scheduled(fc.nat(9), function* (_world, number) {
        fc.pre(number > 4)
        yield* sleep(1)
        ran++
      }),
      { seed: 1, numRuns: 20 },
    )
    expect(ran).toBe(20)
    expect(numSkips).toBeGreaterThan(0)
  })

  it("passes options on to the run", async () => {
    const { errorInstance } = await fc.check(
      scheduled({ maxSwitches: 20 }, function* () {
        for (;;) yield* schedule()
      }),
      { seed: 1 },
    )
    expect((errorInstance as ExplorationError).kind).toBe("livelock")
  })

  it.each<readonly [() => unknown, string]>([
    [() => scheduled(fc.nat(), 3 as never), "scenario must be a generator function"],
    [() => scheduled("nat" as never, bank as never), "arbitraries[0] must be an arbitrary of fast-check"],
    [() => scheduled({ maxChoices: -1 }, fc.nat(), function* () {}), "maxChoices must be an integer, 0 or more"],
    [() => scheduled({ choices: 1 } as never, fc.nat(), function* () {}), "options.choices must be left out"],
  ])("%# refuses wrong arguments", (call, text) => {
    expect(call).toThrow(text)
  })
})

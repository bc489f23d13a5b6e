/** Schedule codes: the same run again, or an error; never another run. */
import { Actor } from "@vivarium/actors"
import { Channel, schedule, select, sleep, tasklet } from "@vivarium/core"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { ExplorationError, explore, replay, ReplayMismatchError, type Scenario, type World } from "../src/index.ts"

/** Fails always, so that any schedule has a code; the failure's text says what happened. */
function* busy({ check, fault, random }: World): Generator<never, void, unknown> {
  const order: string[] = []
  const [a, b] = [new Channel<string>(), new Channel<string>({ capacity: 1 })]
  for (const bee of "xyz") {
    tasklet(function* () {
      order.push(bee)
      yield* schedule()
      order.push(fault("sting") ? bee.toUpperCase() : bee)
      yield* sleep(1)
      order.push((yield* select({ a: a.send(bee), b: b.send(bee) })).key)
    }) as unknown
  }
  tasklet(function* () {
    yield* sleep(1)
    order.push(yield* a.receive(), yield* b.receive())
  })
  yield* sleep(random.integer(3) + 2) as unknown as Generator<never, void, unknown>
  check(`it went ${order.join("")}`, false)
}

async function failureOf(run: Promise<unknown>): Promise<ExplorationError> {
  const error: unknown = await run.then(
    () => null,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(ExplorationError)
  return error as ExplorationError
}

async function codeOf(choices: readonly number[], scenario: Scenario = busy): Promise<ExplorationError> {
  return failureOf(replay(scenario, choices, { diagramDirectory: false }))
}

const choices = fc.array(fc.nat(3), { maxLength: 25 })

describe("schedule codes", () => {
  it("are the same run again: what was decoded is what was encoded", async () => {
    await fc.assert(
      fc.asyncProperty(choices, async (given) => {
        const first = await codeOf(given)
        const again = await failureOf(replay(busy, first.code, { diagramDirectory: false }))
        expect(again.failure).toBe(first.failure)
        expect(again.code).toBe(first.code)
        expect(again.schedule).toEqual(first.schedule)
        expect(again.steps).toEqual(first.steps)
      }),
      { numRuns: 60, seed: 3 },
    )
  })

  it("differ where the runs do", async () => {
    const runs = new Map<string, string>()
    await fc.assert(
      fc.asyncProperty(choices, async (given) => {
        const { code, schedule: chosen } = await codeOf(given)
        expect(runs.get(code) ?? chosen.join()).toBe(chosen.join())
        runs.set(code, chosen.join())
      }),
      { numRuns: 60, seed: 4 },
    )
    expect(new Set(runs.values()).size).toBe(runs.size)
  })

  it("that were damaged are errors: a letter changed, left out, doubled, swapped or added", async () => {
    const { code } = await codeOf([1, 2, 0, 1, 3, 0, 1, 1, 2])
    const letter = fc.constantFrom(..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_ =+/.".split(""))
    await fc.assert(
      fc.asyncProperty(fc.nat(code.length - 1), letter, fc.constantFrom("change", "leave out", "double", "swap", "add"), async (at, other, how) => {
        const [before, here, after] = [code.slice(0, at), code.charAt(at), code.slice(at + 1)]
        const mutated = { change: before + other + after, "leave out": before + after, double: before + here + here + after, swap: before + after.slice(0, 1) + here + after.slice(1), add: before + other + here + after }[how]
        fc.pre(mutated !== code)
        await expect(replay(busy, mutated as string)).rejects.toThrow(ReplayMismatchError)
      }),
      { numRuns: 500, seed: 5 },
    )
  })

  it.each(["", "v1-", "v1-AAAA", "v0-AAAAAAAAAAAA", "nonsense", "v1-****"])("that are none are errors which say so: %j", async (code) => {
    const error: unknown = await replay(busy, code).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(ReplayMismatchError)
    expect((error as ReplayMismatchError).message).toContain(`${JSON.stringify(code)} is no schedule code`)
    expect((error as ReplayMismatchError).choice).toBeUndefined()
  })

  describe("of a scenario that has changed are errors that name the choice", () => {
    const bees = (count: number, turns: number, nap = 1): Scenario =>
      function* ({ check }) {
        const order: number[] = []
        for (let bee = 0; bee < count; bee++) {
          tasklet(function* () {
            for (let turn = 0; turn < turns; turn++) {
              order.push(bee)
              yield* schedule()
            }
          })
        }
        yield* sleep(nap)
        check("in order", false)
      }

    it.each([
      ["another tasklet", bees(4, 2), 2],
      ["one tasklet less", bees(2, 2), 2],
      ["one turn less", bees(3, 1), 4],
      ["one turn more", bees(3, 3), 5],
    ])("%s", async (_what, changed, choice) => {
      const { code } = await codeOf([0, 1, 0, 2, 1], bees(3, 2))
      const error: unknown = await replay(changed, code).catch((reason: unknown) => reason)
      expect(error).toBeInstanceOf(ReplayMismatchError)
      expect((error as ReplayMismatchError).choice).toBe(choice)
      expect((error as ReplayMismatchError).message).toMatch(/does not fit this scenario: .*A code belongs to one scenario and one state of the program/)
    })

    it("other times", async () => {
      const { code } = await codeOf([0, 1], bees(3, 2))
      await expect(replay(bees(3, 2, 2), code)).rejects.toThrow("it came to another end, by slices that were not the same")
      await expect(replay(bees(3, 2, 1.5), code)).rejects.toThrow(ReplayMismatchError)
      await expect(replay(bees(3, 2), code, { startAt: 5 })).rejects.toThrow(ReplayMismatchError)
    })
  })

  it("hold the limit of switches", async () => {
    const endless: Scenario = function* () {
      for (;;) yield* schedule()
    }
    const { code } = await failureOf(explore(endless, { maxSwitches: 77, diagramDirectory: false }))
    await expect(replay(endless, code, { diagramDirectory: false })).rejects.toThrow("no end after 77 switches")
    await expect(replay(endless, code, { diagramDirectory: false, maxSwitches: 5 })).rejects.toThrow("no end after 77 switches")
  })

  it("of every strategy replay", async () => {
    class Store extends Actor {
      private honey = 0

      read(): number {
        return this.honey
      }

      write(honey: number): void {
        this.honey = honey
      }
    }
    const scenario: Scenario = function* ({ check, system }) {
      const store = system.spawn(Store)
      const bees = [1, 2].map(() => tasklet(function* () {
        yield* store.call.write((yield* store.call.read()) + 1)
      }))
      for (const bee of bees) yield* bee
      check("both count", (yield* store.call.read()) === 2)
    }
    for (const strategy of ["random", "pct", "delayBounded", "exhaustive"] as const) {
      const { code, failure } = await failureOf(explore(scenario, { strategy, diagramDirectory: false }))
      expect((await failureOf(replay(scenario, code, { diagramDirectory: false }))).failure).toBe(failure)
    }
  })
})

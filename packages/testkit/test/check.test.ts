/** What a scenario says must hold: in either order, at once, after every slice and at the end. */
import { Actor } from "@vivarium/actors"
import { schedule, tasklet } from "@vivarium/core"
import { describe, expect, it } from "vitest"
import { type ExplorationError, explore, type Scenario, simulate } from "../src/index.ts"

async function failureOf(scenario: Scenario): Promise<string> {
  const error = await explore(scenario, { schedules: 3 }).then(
    () => null,
    (raised: ExplorationError) => raised,
  )
  expect(error?.kind).toBe("check")
  return error?.failure ?? ""
}

describe("check", () => {
  it("judges a condition at once, the text first or last", async () => {
    expect(await failureOf(({ check }) => check("bees are here", false))).toBe("check failed: bees are here")
    expect(await failureOf(({ check }) => check(false, "bees are here"))).toBe("check failed: bees are here")
    expect(await failureOf(({ check }) => check(false))).toBe("check failed: a check")
    expect(await explore(({ check }) => check("bees are here", true), { schedules: 1 })).toMatchObject({ schedules: 1 })
  })

  it.each(["text first", "text last"])("judges an invariant after every slice, %s, and names the slice that broke it", async (order) => {
    let honey = 0
    const failure = await explore(function* ({ check }) {
      honey = 0
      const enough = (): boolean => honey < 2
      if (order === "text first") check("there is room", enough)
      else check(enough, "there is room")
      const bees = ["Maya", "Willy"].map((name) =>
        tasklet({ name }, function* () {
          yield* schedule()
          honey++
        }),
      )
      for (const bee of bees) yield* bee
    }).catch((error: ExplorationError) => error)
    expect(failure).toMatchObject({ failure: "check failed: there is room" })
    expect((failure as ExplorationError).steps.at(-1)?.tasklet).toContain("Willy")
  })

  it("takes what an invariant raises for broken, and names both", async () => {
    expect(
      await failureOf(function* ({ check }) {
        check("the queen is alive", () => {
          throw new Error("no queen")
        })
        yield* schedule()
      }),
    ).toBe("check failed: the queen is alive: no queen")
  })

  it("holds for whatever else an invariant gives", async () => {
    const scenario: Scenario = function* ({ check }) {
      for (const given of [undefined, null, 0, "", true]) check("it gives that", () => given)
      yield* schedule()
    }
    expect(await explore(scenario, { schedules: 3 })).toMatchObject({ schedules: 3 })
  })

  it("ends the run, though an actor that failed by it is caught or restarted", async () => {
    class Bee extends Actor {
      fly(check: () => void): string {
        try {
          check()
        } catch {
          return "caught"
        }
        return "flown"
      }
    }
    let after = false
    expect(
      await failureOf(function* ({ check, system }) {
        const bee = system.spawn(Bee)
        yield* bee.call.fly(() => check("it flies", false))
        after = true
      }),
    ).toBe("check failed: it flies")
    expect(after).toBe(false)
  })

  it("ends the run, though the scenario itself catches it", async () => {
    expect(
      await failureOf(({ check }) => {
        try {
          check("it holds", false)
        } catch {
          return "caught"
        }
        return "held"
      }),
    ).toBe("check failed: it holds")
  })

  it("judges the end when the system has been stopped", async () => {
    class Bee extends Actor {
      terminate(): void {
        terminated = true
      }
    }
    let terminated = false
    await explore(function* ({ check, system }) {
      terminated = false
      check.atEnd("the bee was terminated", () => terminated)
      yield* system.start(Bee)
    })
    expect(await failureOf(({ check }) => check.atEnd("nothing is forgotten", () => false))).toBe("check failed: nothing is forgotten")
  })

  it("judges in a simulation, too", async () => {
    await expect(simulate(({ check }) => check.atEnd("all is well", () => false))).rejects.toThrow("check failed: all is well")
  })

  it.each([
    ["nothing that could hold", (check: (...given: unknown[]) => void) => check("a text alone"), 'check must be a condition (true or false) or a function, got undefined'],
    ["a text that is empty", (check: (...given: unknown[]) => void) => check("", false), "text must be a string that says what must hold"],
    ["a text that is none", (check: (...given: unknown[]) => void) => check(() => true, 7), "text must be a string that says what must hold, got 7"],
    ["an async function", (check: (...given: unknown[]) => void) => check("later", async () => false), "check must be a plain function: between slices nobody can wait"],
    [
      "a generator function",
      (check: (...given: unknown[]) => void) =>
        check("later", function* () {
          yield* schedule()
          return false
        }),
      "check must be a plain function: between slices nobody can wait",
    ],
  ])("refuses %s", async (_what, use, text) => {
    await expect(
      explore(function* ({ check }) {
        use(check as never)
        yield* schedule()
      }),
    ).rejects.toThrow(text)
  })
})

/** Options: what is wrong is said at once, with what is allowed. */
import { sleep, tasklet } from "@vivarium/core"
import { describe, expect, it } from "vitest"
import { explore, type ExploreOptions, replay, simulate } from "../src/index.ts"

function* nothing(): Generator<never, void, unknown> {}

describe("options of explore()", () => {
  it.each<readonly [options: object, message: RegExp]>([
    [{ strategy: "luck" }, /strategy must be one of random, pct, delayBounded, exhaustive, got "luck"/],
    [{ seed: 1.5 }, /seed must be an integer, got 1\.5/],
    [{ seed: "1" }, /seed must be an integer/],
    [{ bound: -1 }, /bound must be .*, got -1/],
    [{ bound: 0.5 }, /bound must be .*, got 0\.5/],
    [{ depth: 0 }, /depth must be .*, got 0/],
    [{ schedules: 0 }, /schedules must be .*, got 0/],
    [{ schedules: Number.NaN }, /schedules must be .*, got NaN/],
    [{ maxSwitches: 0 }, /maxSwitches must be .*, got 0/],
    [{ shrinkMs: -5 }, /shrinkMs must be .*, got -5/],
    [{ promises: 1 }, /promises must be true or false, got 1/],
    [{ shared: "no" }, /shared must be true or false, got "no"/],
    [{ globals: "trap" }, /globals must be one of forbid, allow, got "trap"/],
    [{ leaks: true }, /leaks must be one of forbid, allow, got true/],
    [{ startAt: -1 }, /startAt must be milliseconds, 0 or more, or a Date, got -1/],
    [{ startAt: new Date(Number.NaN) }, /startAt must be milliseconds, 0 or more, or a Date/],
    [{ iterations: 5 }, /options\.iterations must be left out: the options are .*schedules/],
  ])("%j is refused", async (options, message) => {
    await expect(explore(nothing, options as ExploreOptions)).rejects.toThrow(message)
  })

  it("are an object", async () => {
    await expect(explore(nothing, 3 as never)).rejects.toThrow(/options must be/)
    await expect(explore(3 as never)).rejects.toThrow("scenario must be a generator function")
  })

  it("that are undefined are the defaults", async () => {
    const { strategy } = await explore(nothing, { strategy: undefined, seed: undefined, schedules: 3, shared: undefined } as never)
    expect(strategy).toBe("random, seed 1")
  })

  it("may let explorations go on without an end", async () => {
    const { exhausted } = await explore(nothing, { strategy: "exhaustive", schedules: Infinity, maxSwitches: Infinity })
    expect(exhausted).toBe(true)
  })

  it("name the strategy with its parameters", async () => {
    const nameOf = async (options: ExploreOptions): Promise<string> => (await explore(nothing, { schedules: 1, ...options })).strategy
    expect(await nameOf({})).toBe("random, seed 1")
    expect(await nameOf({ strategy: "pct", depth: 2, seed: 7 })).toBe("pct, depth 2, seed 7")
    expect(await nameOf({ strategy: "delayBounded", bound: 3 })).toBe("delay-bounded, bound 3")
    expect(await nameOf({ strategy: "exhaustive" })).toBe("exhaustive")
  })
})

describe("options that all ways to run a scenario share", () => {
  it("are refused by replay() and simulate() alike", async () => {
    await expect(replay(nothing, [], { shared: 0 } as never)).rejects.toThrow("shared must be true or false")
    await expect(simulate(nothing, { maxSwitches: -1 })).rejects.toThrow("maxSwitches must be")
    await expect(replay(nothing, [], { seed: 1 } as never)).rejects.toThrow("options.seed must be left out")
    await expect(replay(nothing, [1, -1])).rejects.toThrow("schedule must be a code, or a list of integers from 0")
    await expect(replay(nothing, { length: 1 } as never)).rejects.toThrow("schedule must be a code, or a list of integers from 0")
  })

  it("say when time begins", async () => {
    const began = (startAt: number | Date): Promise<number> => simulate(({ clock }) => clock.now(), { startAt })
    expect(await began(5)).toBe(5)
    expect(await began(new Date(86_400_000))).toBe(86_400_000)
  })

  it("say what is left may be left", async () => {
    function* leaves(): Generator<never, void, unknown> {
      tasklet(function* () {
        yield* sleep(1000)
      })
    }
    await expect(explore(leaves, { schedules: 1, diagramDirectory: false })).rejects.toThrow("left at the end")
    expect((await explore(leaves, { schedules: 1, leaks: "allow" })).schedules).toBe(1)
  })
})

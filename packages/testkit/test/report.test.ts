/** The report of a failure: the message of ExplorationError, as people read it. */
import { channel, type Routine, schedule, tasklet } from "@vivarium/core"
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { ExplorationError, explore, type ExploreOptions, replay, type Scenario } from "../src/index.ts"

/** A guest looks before the cook has rung, and waits when the bell has been rung for nobody. */
function* lostWakeUp(): Routine {
  let full = false
  const bell = channel<void>({ name: "bell" })
  tasklet({ name: "cook" }, function* () {
    full = true
    yield* schedule()
    bell.trySend()
  })
  const guest = tasklet({ name: "guest" }, function* () {
    while (!full) {
      yield* schedule()
      yield* bell.receive()
    }
    return "a meal"
  })
  yield* guest
}

function failureOf(scenario: Scenario, options: ExploreOptions = {}): Promise<ExplorationError> {
  return explore(scenario, { strategy: "delayBounded", diagramDirectory: false, ...options }).then(
    ({ schedules }) => {
      throw new Error(`none of ${schedules} schedules failed`)
    },
    (error: ExplorationError) => error,
  )
}

describe("a report", () => {
  it("says what broke, how it was found, how to see it again, what it takes, what happened, and who waits for what", async () => {
    const error = await failureOf(lostWakeUp)
    expect(error.message).toMatchInlineSnapshot(`
      "deadlock: scenario waits for the end of guest, and nothing can wake it

      Found by delay-bounded, bound 2, in schedule 6, with 2 choices off the shipped order: shrunk to 2 in 6 attempts.

      Replay it:
        await replay(scenario, "v1-kE4DAAHHCAIBlwPNGTdkAw0")

      The 2 choices that matter:
        at step 2: guest #3 ran instead of cook #2 (1 delay)
        at step 4: cook #2 ran instead of guest #3 (1 delay)

      All 5 steps (* with a choice that matters):
        step  ms  who       did                                then
        ────  ──  ────────  ─────────────────────────────────  ────────────────────────────
           1   0  scenario  creates cook #2; creates guest #3  waits for the end of guest
         * 2   0  guest #3                                     gives way
           3   0  cook #2                                      gives way
         * 4   0  cook #2                                      ends
           5   0  guest #3                                     waits for receive on channel
                                                               "bell"

      Who waits for what:
        who       waits for                  up to     known
        ────────  ─────────────────────────  ────────  ──────────────────────────────
        scenario  the end of guest           guest #3
        guest #3  receive on channel "bell"            nobody has sent on it; created
                                                       by scenario in step 1"
    `)
  })

  it("has all lines within 120 characters", async () => {
    const { message } = await failureOf(function* ({ check }) {
      const long = channel<object>({ name: "a channel with a name that goes on and on and on and on and on and on and on and on and on" })
      tasklet({ name: "a tasklet with a name that goes on and on and on and on and on and on and on and on and on" }, function* () {
        yield* long.send({ text: "a value ".repeat(100), more: "and ".repeat(100) })
      })
      yield* long.receive()
      check("nothing goes on and on", false)
    })
    expect(message).toContain("a value")
    expect(message.split("\n").filter((line) => line.length > 120)).toEqual([])
  })

  it("prints the last twenty steps, or as many as are wanted; the error has them all", async () => {
    const scenario: Scenario = function* ({ check }) {
      for (let turn = 0; turn < 30; turn++) {
        tasklet(() => {})
        yield* schedule()
      }
      check("it goes on", false)
    }
    const standard = await failureOf(scenario)
    expect(standard.steps).toHaveLength(61)
    expect(standard.message).toContain("The last 20 of 61 steps:")
    const short = await failureOf(scenario, { lastSteps: 3 })
    expect(short.message).toContain("The last 3 of 61 steps:")
    expect(short.message.match(/^ +\d+ +0 /gm)).toHaveLength(3)
    expect((await failureOf(scenario, { lastSteps: 0 })).message).not.toContain("steps")
    expect((await failureOf(scenario, { lastSteps: Infinity })).message).toContain("All 61 steps:")
  })

  it("tells steps that repeat each other once", async () => {
    const scenario: Scenario = function* () {
      for (;;) yield* schedule()
    }
    expect((await failureOf(scenario, { maxSwitches: 50 })).message).toMatch(/^ +32-51 +0 +scenario +gives way$/m)
  })

  it("gives options that a replay needs, beside the code", async () => {
    const scenario: Scenario = async ({ check }) => {
      await Promise.resolve()
      check("it is early", Math.max(1, 2) === 1)
    }
    const { message } = await failureOf(scenario, { promises: true, globals: "allow", leaks: "allow", startAt: 5 })
    expect(message).toMatch(/await replay\(scenario, "v1-[\w-]+", \{ promises: true, globals: "allow", leaks: "allow", startAt: 5 \}\)/)
  })

  it("is the same when the schedule is replayed, but for how it was found", async () => {
    const { code, message } = await failureOf(lostWakeUp)
    const again = (await replay(lostWakeUp, code, { diagramDirectory: false }).then(undefined, (error: unknown) => error)) as ExplorationError
    expect(again.message).toBe(message.replace(/Found by .*\n/, "Replayed.\n"))
    expect(again.found).toBeUndefined()
  })

  it("prints nothing but the message: its parts are getters", async () => {
    expect(Object.keys(await failureOf(lostWakeUp))).toEqual(["name"])
  })
})

describe("what broke", () => {
  it("is an error with its name and message, and the original is the cause", async () => {
    const original = new RangeError("too far")
    const error = await failureOf(() => {
      throw original
    })
    expect([error.kind, error.failure, error.cause]).toEqual(["error", "RangeError: too far", original])
    expect(error.steps.at(-1)?.then).toBe("crashes with RangeError: too far")
  })

  it("is a check, with the step at which it failed", async () => {
    const error = await failureOf(function* ({ check }) {
      yield* schedule()
      check("two is one", Number("2") === 1)
    })
    expect(error.message).toMatch(/^check failed: two is one\n {2}at step 2, of scenario, at 0 ms\n/)
  })

  it("is a livelock, also where the host has a turn before each slice", async () => {
    const scenario: Scenario = function* () {
      tasklet({ name: "patient" }, () => new Promise(() => {}))
      for (;;) yield* schedule()
    }
    const error = await failureOf(scenario, { promises: true, maxSwitches: 50 })
    expect([error.kind, error.steps.length]).toEqual(["livelock", 51])
    expect(error.waits).toMatchObject([{ who: "scenario", waitsFor: undefined }, { who: "patient #2", waitsFor: "a promise" }])
    const again = await replay(scenario, error.code, { promises: true, diagramDirectory: false }).then(undefined, (reason: unknown) => reason)
    expect(again).toMatchObject({ kind: "livelock" })
  })

  it("may be what raises when it is looked at", async () => {
    const hostile = { [Symbol.for("nodejs.util.inspect.custom")]: () => { throw new Error("do not look") } }
    const error = await failureOf(function* ({ check }) {
      const box = channel<unknown>({ capacity: 2 })
      yield* box.send(hostile)
      yield* box.send("\u001b[31m\nred")
      check("all is well", false)
    })
    expect(error.steps[0]?.did).toEqual(["sends something that raises when it is looked at on channel #1 (1 of 2)", String.raw`sends '\x1B[31m\nred' on channel #1 (2 of 2)`])
  })
})

describe("the diagram of a failing run", () => {
  let directory = ""
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "vivarium-report-"))
  })
  afterEach(() => {
    vi.unstubAllEnvs()
    rmSync(directory, { recursive: true, force: true })
  })

  it("is written to a file that the message names, which the same failure overwrites", async () => {
    const first = await failureOf(lostWakeUp, { diagramDirectory: join(directory, "deep", "inside") })
    await failureOf(lostWakeUp, { diagramDirectory: join(directory, "deep", "inside") })
    const files = readdirSync(join(directory, "deep", "inside"))
    expect(files).toEqual([expect.stringMatching(/^[\da-f]{12}\.mmd$/)])
    expect(first.diagramFile).toBe(join(directory, "deep", "inside", files[0] as string))
    expect(first.message.endsWith(`\n\nSequence diagram (Mermaid): ${first.diagramFile}`)).toBe(true)
    expect(readFileSync(first.diagramFile as string, "utf8")).toBe(first.diagram)
  })

  it("is written where the environment says, unless the options say otherwise", async () => {
    vi.stubEnv("VIVARIUM_DIAGRAMS", directory)
    const standard = await explore(lostWakeUp, { strategy: "delayBounded" }).then(undefined, (error: ExplorationError) => error)
    expect((standard as ExplorationError).diagramFile?.startsWith(directory)).toBe(true)
    expect((await failureOf(lostWakeUp, { diagramDirectory: false })).diagramFile).toBeUndefined()
  })

  it("does not hide the failure when it cannot be written", async () => {
    const file = join(directory, "file")
    const { diagramFile } = await failureOf(lostWakeUp, { diagramDirectory: file })
    const error = await failureOf(lostWakeUp, { diagramDirectory: join(diagramFile as string, "below a file") })
    expect(error.kind).toBe("deadlock")
    expect(error.diagramFile).toBeUndefined()
    expect(error.message).toMatch(/\n\nThe sequence diagram was not written: Error: E\w+: .*$/)
  })
})

it.each([
  [{ lastSteps: -1 }, "lastSteps must be an integer"],
  [{ lastSteps: 1.5 }, "lastSteps must be an integer"],
  [{ diagramDirectory: "" }, 'diagramDirectory must be the path of a directory, or false, got "". right: { diagramDirectory: "diagrams" }'],
  [{ diagramDirectory: true }, "diagramDirectory must be the path of a directory, or false, got true."],
])("refuses %j", async (options, message) => {
  await expect(explore(() => {}, options as never)).rejects.toThrow(message)
  await expect(replay(() => {}, [], options as never)).rejects.toThrow(message)
})

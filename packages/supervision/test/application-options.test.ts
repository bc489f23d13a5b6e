/** Bad input of every option of applications. */
import { Actor, type SystemOptions } from "@vivarium/actors"
import { Scheduler } from "@vivarium/core"
import { application, type ApplicationOptions, SpecError, supervisor } from "@vivarium/supervision"
import { describe, expect, it } from "vitest"
import { PlayedProgram } from "./fixtures/application-stage.ts"

class Bee extends Actor {}

const milliseconds = "milliseconds, 0 or more, or Infinity"
const aFunction = "a function: plain, generator or async"
const signals = "the name of a signal that can be listened to, such as SIGHUP"
const aPair = 'a pair such as ["warm", (context) => …]'
const phases = 'a list such as [["warm", (context) => …]], or an object of functions'
const tree = "a tree made by supervisor() or its kin, or a function that makes it of the configuration"

const wrong: readonly (readonly [field: string, value: unknown, allowed: string, at?: string])[] = [
  ["name", undefined, 'a string that is not empty, such as "meadow"'],
  ["name", "", 'a string that is not empty, such as "meadow"'],
  ["name", 1, 'a string that is not empty, such as "meadow"'],
  ["top", undefined, tree],
  ["top", Bee, tree],
  ["top", {}, tree],
  ["top", [supervisor()], tree],
  ["config", 1, "an object such as { schema: z.object({ … }) }"],
  ["config", {}, "a Standard Schema, such as z.object({ BEES: z.coerce.number() })", "config.schema"],
  ["config", { schema: { parse() {} } }, "a Standard Schema, such as z.object({ BEES: z.coerce.number() })", "config.schema"],
  ["config", { schema: null, value: 1 }, "a Standard Schema, such as z.object({ BEES: z.coerce.number() })", "config.schema"],
  ["start", "x", aFunction],
  ["prepStop", {}, aFunction],
  ["stop", 1, aFunction],
  ["phases", "warm", phases],
  ["phases", [["warm"]], aPair, "phases.0"],
  ["phases", [["cold", () => {}], ["", () => {}]], aPair, "phases.1"],
  ["phases", [() => {}], aPair, "phases.0"],
  ["phases", [["warm", 3]], `${aFunction}, got 3`, 'phase "warm"'],
  ["phases", { cold() {}, warm: "now" }, `${aFunction}, got "now"`, 'phase "warm"'],
  ["signals", "SIGTERM", "an array of the names of signals"],
  ["signals", ["TERM"], `${signals} (did you mean SIGTERM?)`, "signals.0"],
  ["signals", ["SIGTERM", "SIGKILL"], signals, "signals.1"],
  ["signals", [15], signals, "signals.0"],
  ["deadlineMs", -1, milliseconds],
  ["deadlineMs", Number.NaN, milliseconds],
  ["deadlineMs", "1s", milliseconds],
  ["signals", ["SIGTERM", "SIGTREM"], `${signals} (did you mean SIGTERM?)`, "signals.1"],
  ["signals", ["SIGFOO"], `${signals}, got "SIGFOO"`, "signals.0"],
  ["signals", ["sigint"], `${signals} (did you mean SIGINT?)`, "signals.0"],
  ["system", 1, "an object: the options of a System"],
  ["system", { name: "hive" }, 'left out: the system has the name of the application, got "hive"', "system.name"],
  ["strategy", "one_for_one", "left out, for it is unknown: the known fields are name, config, start, top, phases, prepStop, stop, signals, deadlineMs, system"],
]

describe("options of application()", () => {
  it.for(wrong)("%s: %s is refused", async ([field, value, allowed, at = field]) => {
    const program = new PlayedProgram()
    program.signals = ["SIGTERM", "SIGINT", "SIGHUP", "SIGKILL"]
    const options = { name: "meadow", host: program, top: supervisor(), [field]: value } as unknown as ApplicationOptions
    const error = await application(options).start().then(undefined, (raised: unknown) => raised)
    expect(error).toBeInstanceOf(SpecError)
    expect(error).toMatchObject({ field: at })
    expect((error as Error).message).toContain(`${field === "name" ? "application" : 'application "meadow"'}: ${at} must be ${allowed}`)

    const app = application(options)
    expect(await app.run()).toBe(2)
    expect(program).toMatchObject({ exitCodes: [2], printed: [(error as Error).message], holders: 0, heeded: [] })
    expect(app).toMatchObject({ state: "stopped", outcome: { code: 2, why: (error as Error).message } })
    expect((await app.stop()).code).toBe(2)
  })

  it.each([
    ["nothing", undefined],
    ["null", null],
    ["a tree", supervisor()],
    ["a name", "meadow"],
  ])("%s is refused", async (_what, options) => {
    await expect(application(options as unknown as ApplicationOptions).start()).rejects.toBeInstanceOf(SpecError)
  })

  it.each([
    ["messageBudget", 0],
    ["scheduler", {}],
    ["shutdown", 1],
  ])("of its system are checked by that: %s", async (field, value) => {
    const program = new PlayedProgram()
    const app = application({ name: "meadow", top: supervisor(), host: program, system: { [field]: value } as SystemOptions })
    await expect(app.start()).rejects.toThrow(field)
    expect(() => app.system).toThrow(field)
    expect([await app.run(), program.printed.length]).toEqual([2, 1])
  })

  it("take a list of phases or an object, no signals, and no deadline", async () => {
    const log: string[] = []
    const scheduler = new Scheduler()
    const app = application({ name: "meadow", top: supervisor(), host: new PlayedProgram(), phases: [["one", () => void log.push("one")], ["one", () => void log.push("again")]], signals: [], deadlineMs: Infinity, system: { scheduler } })
    await app.start()
    expect([(await app.stop()).code, log]).toEqual([0, ["one", "again"]])
  })

  it("signals are those that the platform knows, and the common ones anywhere; where nobody knows, all that look like one", async () => {
    await expect(application({ name: "meadow", top: supervisor(), signals: ["SIGTREM"] }).start()).rejects.toThrow("did you mean SIGTERM?")
    for (const known of [["SIGTERM", "SIGWINCH"], undefined]) {
      const program = new PlayedProgram()
      program.signals = known
      const app = application({ name: "meadow", top: supervisor(), host: program, signals: ["SIGBREAK", "SIGUSR2", "SIGWINCH"] })
      await app.start()
      expect(program.heeded).toEqual(["SIGBREAK", "SIGUSR2", "SIGWINCH"])
      await app.stop()
    }
    await expect(application({ name: "meadow", top: supervisor(), host: new PlayedProgram(), signals: ["SIGKILL"] }).start()).rejects.toThrow("signals.0")
  })
})

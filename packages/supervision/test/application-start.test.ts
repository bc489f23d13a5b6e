/** Failed starts: what was started is stopped in reverse, and the error leads down to the failing call. */
import { InvalidArgumentError, type Routine, sleep } from "@vivarium/core"
import { Actor, ExitReason, ignore, StartError } from "@vivarium/actors"
import { type ApplicationError, type ApplicationOptions, child, ExitCode, FailedToStart, SpecError, Supervisor, supervisor } from "@vivarium/supervision"
import { describe, expect, it } from "vitest"
import { z } from "zod"
import { ApplicationStage, NotedActor } from "./fixtures/application-stage.ts"

class Lame extends Actor {
  init() {
    throw new Error("no wings")
  }
}

/** Starts an application that fails; gives the error and how it has ended. */
async function failing(stage: ApplicationStage, options: Omit<ApplicationOptions<unknown, unknown>, "name">) {
  const app = stage.application(options as Omit<ApplicationOptions<undefined, undefined>, "name">)
  const start = stage.begin(() => app.start())
  await stage.turns()
  const error = start.error as ApplicationError
  expect([start.settled, app.state, app.outcome?.error === error]).toEqual([true, "stopped", true])
  return { app, error, outcome: app.outcome }
}

describe("a start that fails", () => {
  it("in the tree: children are stopped in reverse order, then stop is called", async () => {
    await using stage = new ApplicationStage()
    const { log, Noted } = stage
    const { error, outcome } = await failing(stage, {
      start: () => void log.push("start"),
      top: supervisor({
        children: [
          child(Noted, { id: "a", args: ["a"] }),
          supervisor({ id: "inner", children: [child(Noted, { id: "b", args: ["b"] }), child(Lame)] }),
          child(Noted, { id: "c", args: ["c"] }),
        ],
      }),
      phases: { warm: () => void log.push("warm") },
      prepStop: () => void log.push("prepStop"),
      stop: (_context, reason) => void log.push(`stop, ${reason.kind}`),
    })
    expect(log).toEqual(["start", "+a", "+b", "-b", "-a", "stop, shutdown"])
    expect([error.code, error.step, outcome?.code]).toEqual(["failed_start", "top", ExitCode.failed])
    expect(error.message).toBe('application "meadow" was not started, for its tree failed: child "Lame" of "inner" was not started: Error: no wings.')
  })

  it("in start: there is nothing to stop, and stop is not called", async () => {
    await using stage = new ApplicationStage()
    const reason = new Error("no database")
    const { error, outcome } = await failing(stage, {
      start() {
        throw reason
      },
      top: supervisor({ children: [child(stage.Noted, { args: ["bee"] })] }),
      stop: () => void stage.log.push("stop"),
    })
    expect([error.message, error.step, error.cause === reason, stage.log, outcome?.code]).toEqual(['application "meadow" was not started, for its start failed: Error: no database.', "start", true, [], 1])
    expect(error.reason).toEqual(ExitReason.error(reason))
  })

  it.each([
    ["raises", () => { throw new Error("cold") }],
    ["rejects", () => Promise.reject(new Error("cold"))],
    ["fails as a generator", function* (): Routine { yield* sleep(0); throw new Error("cold") }],
  ])("in a phase that %s: the phases after it are left out, and all is stopped", async (_what, cold) => {
    await using stage = new ApplicationStage()
    const { log } = stage
    const app = stage.application({
      start: () => void log.push("start"),
      top: supervisor({ children: [child(stage.Noted, { args: ["bee"] })] }),
      phases: { first: () => void log.push("first"), cold, never: () => void log.push("never") },
      prepStop: (_context, reason) => void log.push(`prepStop, ${reason.kind}`),
      stop: () => void log.push("stop"),
    })
    const error = await stage.scheduler.main(() => app.start()).then(undefined, (raised: unknown) => raised as ApplicationError)
    expect(log).toEqual(["start", "+bee", "first", "prepStop, error", "-bee", "stop"])
    expect([(error as ApplicationError).message, app.outcome?.code]).toEqual(['application "meadow" was not started, for phase "cold" failed: Error: cold.', 1])
  })

  it.each([
    ["gives up", "fail", /: its tree has ended meanwhile: shutdown \("?gave_up"?\)\.$/],
    ["ends in order", "end", /: its tree has ended meanwhile: shutdown\.$/],
  ] as const)("because its tree %s before the last phase is done", async (_what, how, words) => {
    await using stage = new ApplicationStage()
    const app = stage.application({
      top: supervisor({ maxRestarts: 0, autoShutdown: "any_significant", children: [child(stage.Noted, { id: "bee", args: ["bee"], restart: "transient", significant: true })] }),
      phases: {
        *wait({ top }): Routine {
          top.child("bee", NotedActor)?.cast[how]()
          yield* sleep(1000)
        },
      },
    })
    const start = stage.begin(() => app.start())
    expect(start).toMatchObject({ settled: true, at: 0 })
    expect((start.error as Error).message).toMatch(words)
    expect(app.outcome?.code).toBe(1)
  })

  it("because init of the supervisor at the top chose not to start", async () => {
    await using stage = new ApplicationStage()
    class Shy extends Supervisor {
      init() {
        return ignore
      }
    }
    const { error } = await failing(stage, { top: supervisor({ children: [child(class extends Supervisor { init() { return ignore } }, { id: "shy" }), Shy, Lame] }) })
    expect(error.cause).toBeInstanceOf(StartError)
    expect((error.reason as { readonly detail?: unknown }).detail).toMatchObject({ id: "Lame" })
  })

  it("is told with all the causes, from the application down to the failing call", async () => {
    await using stage = new ApplicationStage()
    const { error } = await failing(stage, { top: supervisor({ children: [supervisor({ id: "inner", children: [child(Lame)] })] }) })
    const causes: unknown[] = []
    for (let one: unknown = error; one instanceof Error; one = one.cause) causes.push(`${one.name} ${String((one as { readonly code?: string }).code)}`)
    expect(causes).toEqual(["ApplicationError failed_start", "StartError init_failed", "StartError init_failed", "StartError init_failed", "Error undefined"])
    const outer = (error.reason as { readonly detail: FailedToStart }).detail
    const inner = (outer.reason as { readonly detail: FailedToStart }).detail
    expect([outer.id, inner.id, inner.reason]).toMatchObject(["inner", "Lame", { kind: "error", error: { message: "no wings" } }])
  })
})

describe("a bad configuration", () => {
  const schema = z.object({ BEES: z.coerce.number().int().min(1), HIVE: z.object({ NAME: z.string() }), MOOD: z.string().optional() })

  it("is refused before anything is started, each thing that is wrong by its name, and no value is shown", async () => {
    await using stage = new ApplicationStage()
    const { error, outcome } = await failing(stage, {
      config: { schema, values: { BEES: "secret", HIVE: { NAME: 1 } } },
      start: () => void stage.log.push("start"),
      top: supervisor(),
      stop: () => void stage.log.push("stop"),
    })
    expect([error.code, error.step, outcome?.code, stage.log]).toEqual(["bad_configuration", "config", ExitCode.badConfiguration, []])
    expect(error.issues.map(({ path }) => path)).toEqual([["BEES"], ["HIVE", "NAME"]])
    expect(error.message.split("\n").map((line) => line.split(": ")[0])).toEqual(['application "meadow" was not started, for its configuration is wrong:', "  BEES", "  HIVE.NAME"])
    expect(error.message).not.toContain("secret")
  })

  it("comes from the environment unless it is given, and reaches all functions as the schema has made it", async () => {
    await using stage = new ApplicationStage()
    stage.program.env = { BEES: "2", HOME: "hive" }
    const seen: unknown[] = []
    const app = stage.application({
      config: { schema: z.object({ BEES: z.coerce.number() }) },
      start: ({ config }) => void seen.push(config.BEES + 1),
      top: ({ BEES }) => supervisor({ children: Array.from({ length: BEES }, (_, id) => child(stage.Noted, { id, args: [`bee ${id}`] })) }),
      phases: { look: ({ config, top }) => void seen.push(config, top.countChildren().active) },
    })
    stage.begin(() => app.start())
    expect([seen, stage.log]).toEqual([[3, { BEES: 2 }, 2], ["+bee 0", "+bee 1"]])
  })

  it("is seen by a schema that answers with a promise, too, and by one that raises", async () => {
    await using stage = new ApplicationStage()
    const slow = z.object({ BEES: z.string().refine(async (value) => value === "many", "not many") })
    const { error } = await failing(stage, { config: { schema: slow, values: { BEES: "few" } }, top: supervisor() })
    expect(error.issues).toMatchObject([{ message: "not many", path: ["BEES"] }])
    const broken = { "~standard": { version: 1, vendor: "own", validate() { throw new Error("broken") } } } as const
    const other = await failing(stage, { config: { schema: broken }, top: supervisor() })
    expect([other.error.message, other.outcome?.code]).toEqual(['application "meadow" was not started, for the check of its configuration failed: Error: broken.', 2])
  })

  it.each([
    ["a spec that is wrong", () => supervisor({ children: [child(Lame, { shutdownMs: -1 })] }), SpecError],
    ["an argument that is", () => { throw new InvalidArgumentError("bees", -1, "0 or more") }, InvalidArgumentError],
    ["no tree at all", () => undefined as unknown as ReturnType<typeof supervisor>, SpecError],
    ["a class deep inside whose init gives flags that are wrong", () => supervisor({ children: [class Wrong extends Supervisor { init() { return { maxRestarts: -1 } } }] }), SpecError],
  ])("is a tree that cannot be built: %s", async (_what, top, Class) => {
    await using stage = new ApplicationStage()
    const { error, outcome } = await failing(stage, { top })
    expect([error.code, error.step, outcome?.code]).toEqual(["bad_configuration", "top", 2])
    let first: unknown = error
    while (first instanceof Error && first.cause !== undefined) first = first.cause
    expect(first).toBeInstanceOf(Class)
  })

  it("is not what anything else raises that makes the tree, or a child with an argument that is wrong", async () => {
    await using stage = new ApplicationStage()
    const own = await failing(stage, { top: () => { throw new Error("no idea") } })
    expect([own.error.code, own.outcome?.code]).toEqual(["failed_start", 1])
    const late = await failing(stage, { top: supervisor({ children: [child(class Late extends Actor { init() { throw new InvalidArgumentError("x", 1, "2") } })] }) })
    expect([late.error.code, late.outcome?.code]).toEqual(["failed_start", 1])
  })
})

/** Exit codes: what each end of an application means for the program. */
import { channel, type Routine, sleep } from "@vivarium/core"
import { Actor, ExitReason } from "@vivarium/actors"
import { child, ExitCode, supervisor } from "@vivarium/supervision"
import { describe, expect, it } from "vitest"
import { ApplicationStage, NotedActor } from "./fixtures/application-stage.ts"

/** Runs an application with one child, lets something happen to it, and gives how it has ended. */
async function ending(happen: (app: ReturnType<typeof make>, stage: ApplicationStage) => void) {
  await using stage = new ApplicationStage()
  const app = make(stage)
  const run = stage.begin(() => app.run())
  happen(app, stage)
  stage.pass()
  return { code: run.value, outcome: app.outcome, log: stage.log, program: stage.program }
}

function make(stage: ApplicationStage, stop?: () => unknown) {
  return stage.application({
    top: supervisor({ id: "top", maxRestarts: 0, autoShutdown: "any_significant", children: [child(stage.Noted, { id: "bee", args: ["bee"], restart: "transient", significant: true })] }),
    prepStop: (_context, reason) => void stage.log.push(`prepStop ${reason.kind}`),
    stop: stop ?? ((_context, reason) => void stage.log.push(`stop ${reason.kind}`)),
  })
}

const tell = (app: ReturnType<typeof make>, method: "fail" | "end") => app.top.child("bee", NotedActor)?.cast[method]()

describe("the exit code", () => {
  it("has five values, by name", () => {
    expect(ExitCode).toEqual({ orderly: 0, failed: 1, badConfiguration: 2, gaveUp: 3, deadline: 4 })
  })

  it("is 0 when the tree has ended in order by itself", async () => {
    const { code, log, outcome, program } = await ending((app) => tell(app, "end"))
    expect([code, log]).toEqual([0, ["+bee", "-bee", "prepStop shutdown", "stop shutdown"]])
    expect(outcome).toMatchObject({ reason: { kind: "shutdown" }, why: 'application "meadow" has ended in order: its tree has ended by itself with shutdown.' })
    expect(program).toMatchObject({ exitCodes: [0], exits: [], printed: [] })
  })

  it.each([
    ["normal", ExitReason.normal],
    ["shutdown with a detail", ExitReason.shutdownWith("done")],
  ])("is 0 when the tree is ended by somebody else in order: %s", async (_what, reason) => {
    const { code, outcome } = await ending((app, stage) => void stage.begin(() => app.top.stop(reason)))
    expect([code, outcome?.reason]).toEqual([0, reason])
  })

  it("is 0 when somebody stops the system", async () => {
    const { code, log } = await ending((app, stage) => void stage.begin(() => app.system.stop()))
    expect([code, log]).toEqual([0, ["+bee", "-bee", "prepStop shutdown", "stop shutdown"]])
  })

  it("is 3 when the tree gives up, and the reason is printed", async () => {
    const { code, log, outcome, program } = await ending((app) => tell(app, "fail"))
    expect([code, log]).toEqual([3, ["+bee", "-bee", "prepStop shutdown", "stop shutdown"]])
    expect(outcome?.reason).toEqual({ kind: "shutdown", detail: "gave_up" })
    expect(program).toMatchObject({ exitCodes: [3], exits: [], printed: [expect.stringContaining('application "meadow" has ended, for its tree has: shutdown')] })
  })

  it("is 3 when the tree is killed; what it leaves behind has gone before stop is called", async () => {
    const { code, log, outcome } = await ending((app) => app.top.exit(ExitReason.kill))
    expect([code, outcome?.reason]).toEqual([3, ExitReason.killed])
    expect(log).toEqual(["+bee", "-bee", "prepStop killed", "stop killed"])
  })

  it("is 3 when the tree is ended with a reason that is not orderly, be it while it is stopped", async () => {
    const { code } = await ending((app, stage) => void stage.begin(() => app.top.stop(ExitReason.custom("storm")).then(undefined, () => {}) as never))
    expect(code).toBe(3)
    const late = await ending((app) => {
      app.requestStop()
      app.top.exit(ExitReason.kill)
    })
    expect(late.code).toBe(3)
  })

  it("is 1 or 2 when the start fails: what is wrong is printed", async () => {
    await using stage = new ApplicationStage()
    const app = stage.application({ top: supervisor({ children: [child(class Lame extends Actor { init() { throw new Error("no wings") } })] }) })
    expect(stage.begin(() => app.run()).value).toBe(1)
    const other = stage.application({ top: () => supervisor({ maxRestarts: -1 }) })
    expect(stage.begin(() => other.run()).value).toBe(2)
    expect(stage.program.exitCodes).toEqual([1, 2])
    expect(stage.program.printed).toEqual([app.outcome?.why, other.outcome?.why])
    expect(stage.program.printed[0]).toContain("no wings")
  })

  it("is 4 when a failed start does not come to its end within the deadline", async () => {
    await using stage = new ApplicationStage()
    const app = stage.application({ deadlineMs: 100, top: supervisor(), phases: { cold: () => Promise.reject(new Error("cold")) }, stop: () => sleep(1000) })
    const run = stage.begin(() => app.run())
    await stage.turns()
    stage.pass(100)
    expect([run.value, app.outcome?.error]).toMatchObject([4, { code: "failed_start" }])
  })

  it("is the program's only where that ends with the application: one that was only started just tells of its end", async () => {
    await using stage = new ApplicationStage()
    const app = make(stage)
    stage.begin(() => app.start())
    tell(app, "fail")
    stage.pass()
    expect(app).toMatchObject({ state: "stopped", outcome: { code: 3 } })
    expect(stage.program).toMatchObject({ exitCodes: [], holders: 0, printed: [app.outcome?.why] })
  })

  it.each(["prepStop", "stop"] as const)("is 1 when %s fails: that is printed once", async (hook) => {
    await using stage = new ApplicationStage()
    const app = stage.application({ top: supervisor(), [hook]: () => { throw new Error("stuck") } })
    const run = stage.begin(() => app.run())
    stage.program.send("SIGTERM")
    stage.pass()
    expect(run.value).toBe(1)
    expect(app.outcome).toMatchObject({ code: 1, signal: "SIGTERM", error: undefined, failures: [{ message: "stuck" }], why: `application "meadow" has ended, but ${hook} failed: Error: stuck.` })
    expect(stage.program.exitCodes).toEqual([1])
    expect(stage.program.printed.slice(1)).toEqual([`application "meadow": ${hook} failed: Error: stuck.`])
  })

  it("is 1 when stop fails after a start that was cancelled; what is worse, or came before, goes first", async () => {
    const stop = (): never => { throw new Error("stuck") }
    await using stage = new ApplicationStage()
    const cancelled = stage.application({ top: supervisor(), phases: { endless: () => channel<void>().receive() }, stop })
    const run = stage.begin(() => cancelled.run())
    stage.program.send("SIGTERM")
    stage.pass()
    expect([run.value, cancelled.outcome?.error]).toMatchObject([1, { code: "stopped" }])
    expect(stage.program.printed).toHaveLength(2)

    const failed = stage.application({ top: supervisor(), phases: { cold() { throw new Error("cold") } }, stop })
    expect(stage.begin(() => failed.run()).value).toBe(1)
    expect(failed.outcome?.why).toContain("cold")

    const given = make(stage, stop)
    const gaveUp = stage.begin(() => given.run())
    tell(given, "fail")
    stage.pass()
    expect(gaveUp.value).toBe(3)
    expect(given.outcome?.failures.map(String)).toEqual(["Error: stuck"])
  })

  it("is printed nowhere if the log of the system is switched off, or where that goes", async () => {
    await using stage = new ApplicationStage()
    const lines: string[] = []
    const fails = { top: supervisor(), start: () => { throw new Error("no") } }
    stage.begin(() => stage.application(fails, { log: false }).run())
    stage.begin(() => stage.application(fails, { log: (text) => void lines.push(text) }).run())
    expect([stage.program.printed, lines]).toEqual([[], ['application "meadow" was not started, for its start failed: Error: no.']])
    stage.begin(() => stage.application(fails, { log: true }).run())
    expect(stage.program.printed).toEqual(lines)
  })

  it("is set although printing fails", async () => {
    await using stage = new ApplicationStage()
    const app = stage.application({ top: supervisor(), *start(): Routine { yield* sleep(0); throw new Error("no") } }, { log: () => { throw new Error("no paper") } })
    const code = await stage.scheduler.main(() => app.run())
    expect([code, stage.program.exitCodes, stage.uncaught.splice(0).map(String)]).toEqual([1, [1], ["Error: no paper"]])
  })

  it("and what is printed with it cannot forge a line, or steer a terminal", async () => {
    await using stage = new ApplicationStage()
    const evil = "stuck\napplication \"meadow\" has ended in order\u001b[2J\u0007"
    const app = stage.application({ top: supervisor(), name: "mea\u001bdow", stop: () => { throw new Error(evil) } })
    stage.begin(() => app.run())
    stage.program.send("SIGTERM")
    stage.pass()
    stage.begin(() => stage.application({ top: supervisor(), start: () => { throw new Error(evil) } }).run())
    expect(stage.program.printed).toEqual([
      expect.stringContaining('application "mea\\x1bdow": SIGTERM: it shuts down'),
      'application "mea\\x1bdow": stop failed: Error: stuck\n  application "meadow" has ended in order\\x1b[2J\\x07.',
      'application "meadow" was not started, for its start failed: Error: stuck\n  application "meadow" has ended in order\\x1b[2J\\x07.',
    ])
  })
})

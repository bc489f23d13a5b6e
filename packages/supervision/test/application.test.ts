/** Applications: the order of boot and shutdown, what the functions are given, the deadline, and what is left. */
import { Event, type Routine, sleep } from "@vivarium/core"
import { Actor } from "@vivarium/actors"
import { ApplicationError, application, child, dynamicSupervisor, ExitCode, supervisor } from "@vivarium/supervision"
import { describe, expect, it } from "vitest"
import { ApplicationStage, PlayedProgram } from "./fixtures/application-stage.ts"

describe("application().start() and stop()", () => {
  it("boots in order and shuts down in reverse: start, tree, phases; prepStop, tree, stop", async () => {
    await using stage = new ApplicationStage()
    const { log, Noted } = stage
    const app = stage.application({
      start: () => void log.push("start"),
      top: supervisor({ children: [child(Noted, { id: "a", args: ["a"] }), supervisor({ id: "inner", children: [child(Noted, { id: "b", args: ["b"] })] })] }),
      phases: [
        ["one", () => void log.push("one")],
        ["two", () => void log.push("two")],
      ],
      prepStop: () => void log.push("prepStop"),
      stop: () => void log.push("stop"),
    })
    expect(app.state).toBe("new")
    const started = stage.begin(() => app.start())
    expect([app.state, started.value?.alive, started.value === app.top]).toEqual(["running", true, true])
    expect(log.splice(0)).toEqual(["start", "+a", "+b", "one", "two"])
    const stopped = stage.begin(() => app.stop())
    expect([app.state, app.top.alive]).toEqual(["stopped", false])
    expect(log).toEqual(["prepStop", "-b", "-a", "stop"])
    expect(stopped.value).toEqual({ code: 0, reason: { kind: "shutdown" }, why: 'application "meadow" has ended in order: it was told to stop.', signal: undefined, error: undefined, failures: [] })
    expect(app.outcome).toBe(stopped.value)
    expect(stage.program).toMatchObject({ exitCodes: [], exits: [], printed: [] })
  })

  it.each([
    ["plain", (log: (what: string) => void) => ({ wait: (what: string) => log(what) })],
    [
      "generators",
      (log: (what: string) => void) => ({
        *wait(what: string): Routine {
          yield* sleep(10)
          log(what)
        },
      }),
    ],
    ["operations", (log: (what: string) => void) => ({ wait: (what: string) => (log(what), sleep(10)) })],
    [
      "async",
      (log: (what: string) => void) => ({
        async wait(what: string) {
          await Promise.resolve()
          log(what)
        },
      }),
    ],
  ])("waits for functions of all kinds, one after another: %s", async (_kind, make) => {
    await using stage = new ApplicationStage()
    const { wait } = make((what) => void stage.log.push(`${what} at ${stage.clock.now()}`))
    const app = stage.application({
      start: () => wait("start"),
      top: supervisor({ children: [child(stage.Noted, { args: ["bee"] })] }),
      phases: { warm: () => wait("warm"), open: () => wait("open") },
      prepStop: () => wait("prepStop"),
      stop: () => wait("stop"),
    })
    await stage.scheduler.main(function* () {
      yield* app.start()
      expect((yield* app.stop()).code).toBe(0)
    })
    expect(stage.log.map((what) => what.split(" ")[0])).toEqual(["start", "+bee", "warm", "open", "prepStop", "-bee", "stop"])
  })

  it("gives all functions what they need: the name, the system, what start has given, the tree", async () => {
    await using stage = new ApplicationStage()
    const seen: unknown[] = []
    const app = stage.application({
      start: ({ name, system }) => ({ name, same: () => system === app.system, log: stage.log }),
      top: (config, { opened }) => supervisor({ id: "hive", children: [child(stage.Noted, { id: opened.name, args: [opened.name] })], label: String(config) }),
      phases: { count: ({ opened, top }) => void opened.log.push(`${top.countChildren().active} of ${String(top.label)}`) },
      prepStop: ({ top }, reason) => void seen.push(top.alive, reason.kind),
      stop: ({ opened, signal }, reason) => void seen.push(opened.same(), signal.aborted, reason.kind),
    })
    stage.begin(() => app.start())
    stage.begin(() => app.stop())
    expect(stage.log).toEqual(["+meadow", "1 of undefined", "-meadow"])
    expect(seen).toEqual([true, "shutdown", true, false, "shutdown"])
  })

  it.each([
    ["a plain function", () => supervisor()],
    ["a generator", function* (): Routine<ReturnType<typeof supervisor>> { return (yield* sleep(1), supervisor()) }],
    ["an async function", async () => supervisor()],
    ["a dynamic supervisor", () => dynamicSupervisor() as unknown as ReturnType<typeof supervisor>],
  ])("takes the tree of %s", async (_what, top) => {
    await using stage = new ApplicationStage()
    const app = stage.application({ top })
    await stage.scheduler.main(() => app.start())
    expect(app.top.countChildren().specs).toBe(0)
  })

  it("has the name of its system, which can be had before the start, and ends what runs beside the tree after stop", async () => {
    await using stage = new ApplicationStage()
    const { log, Noted } = stage
    const app = stage.application({
      start: ({ system }) => system.start(Noted, { args: ["beside"] }),
      top: supervisor({ children: [child(Noted, { args: ["tree"] })] }),
      stop: ({ opened }) => void log.push(`stop, ${opened.alive ? "beside is there" : "it has gone"}`),
    })
    const { system } = app
    expect([system.name, app.name]).toEqual(["meadow", "meadow"])
    stage.begin(() => app.start())
    stage.begin(() => app.stop())
    expect(log).toEqual(["+beside", "+tree", "-tree", "stop, beside is there", "-beside"])
    expect(() => system.spawn(Noted, { args: ["late"] })).toThrow(/is stopping or has stopped/)
  })

  it("lives once, and says so", async () => {
    await using stage = new ApplicationStage()
    const app = stage.application({ top: supervisor() })
    expect(() => app.top).toThrow(ApplicationError)
    stage.begin(() => app.start())
    for (const again of [() => app.start(), () => app.run()]) {
      expect(stage.begin<unknown>(again).error).toMatchObject({ code: "already_started", application: "meadow" })
    }
    const both = [stage.begin(() => app.stop()), stage.begin(() => app.stop())]
    expect(both.map(({ value }) => value?.code)).toEqual([0, 0])
    expect(stage.begin(() => app.stop()).value).toBe(app.outcome)
    expect(stage.begin(() => app.start()).error).toMatchObject({ code: "already_started" })
  })

  it("can be stopped before it is started: then it never is", async () => {
    await using stage = new ApplicationStage()
    const app = stage.application({ top: supervisor() })
    expect(stage.begin(() => app.stop()).value).toMatchObject({ code: 0, why: 'application "meadow" was stopped before it was started.' })
    expect(app.state).toBe("stopped")
    expect(stage.begin(() => app.start()).error).toMatchObject({ code: "already_started", message: expect.stringContaining("was stopped before it was started") })
    const other = stage.application({ top: supervisor() })
    other.requestStop()
    expect([other.state, other.outcome?.code]).toEqual(["new", undefined])
    await stage.turns()
    expect([other.state, other.outcome?.code]).toEqual(["stopped", 0])
  })

  it("cannot be waited for by its own processes and functions, which can ask for the end", async () => {
    await using stage = new ApplicationStage()
    const errors: unknown[] = []
    class Bee extends Actor {
      *wait(): Routine {
        try {
          yield* app.stop()
        } catch (error) {
          errors.push(error)
        }
      }
    }
    const app = stage.application({
      top: supervisor({ children: [child(Bee, { id: "maya" })] }),
      *stop(): Routine {
        yield* app.stop()
      },
    })
    stage.begin(() => app.start())
    app.top.child("maya", Bee)?.cast.wait()
    stage.pass()
    expect(errors).toMatchObject([{ code: "calling_self" }])
    expect(app.outcome).toMatchObject({ code: 1, failures: [{ code: "calling_self" }] })

    const other = stage.application({ top: supervisor({ children: [child(class Willy extends Actor { init() { other.requestStop() } }, { id: "willy" })] }) })
    expect(stage.begin(() => other.start()).error).toMatchObject({ code: "stopped" })
    expect(other.outcome?.code).toBe(0)
  })

  it("can be asked for its end when nobody runs its scheduler any more", async () => {
    await using stage = new ApplicationStage()
    const app = stage.application({ top: supervisor({ children: [child(stage.Noted, { args: ["bee"] })] }) })
    await stage.scheduler.main(function* () {
      yield* app.start()
    })
    app.requestStop()
    await new Promise((resolve) => void setImmediate(resolve))
    expect([app.state, stage.log]).toEqual(["stopped", ["+bee", "-bee"]])
  })

  it("is stopped at the end of a block that uses it", async () => {
    const program = new PlayedProgram()
    const stopped: string[] = []
    {
      await using app = application({ name: "meadow", host: program, top: supervisor({ children: [child(class Bee extends Actor {})] }), stop: () => void stopped.push("stop") })
      await app.start()
      expect(program).toMatchObject({ holders: 1, heeded: ["SIGTERM", "SIGINT"] })
    }
    expect([stopped, program.holders, program.heeded]).toEqual([["stop"], 0, []])
  })

  it("tells what prepStop and stop raise, and goes on", async () => {
    await using stage = new ApplicationStage()
    const app = stage.application({
      top: supervisor({ children: [child(stage.Noted, { args: ["bee"] })] }),
      prepStop: () => Promise.reject(new Error("no way to say goodbye")),
      stop() {
        throw new Error("stuck")
      },
    })
    stage.begin(() => app.start())
    const stopped = stage.begin(() => app.stop())
    await stage.turns()
    expect(stopped.value?.failures.map(String)).toEqual(["Error: no way to say goodbye", "Error: stuck"])
    expect([stopped.value?.code, stage.log]).toEqual([ExitCode.failed, ["+bee", "-bee"]])
    expect(stopped.value?.why).toBe('application "meadow" has ended, but prepStop failed: Error: no way to say goodbye, and stop failed: Error: stuck.')
    expect(stage.program.printed).toEqual([
      'application "meadow": prepStop failed: Error: no way to say goodbye.',
      'application "meadow": stop failed: Error: stuck.',
    ])
  })

  it("is stopped again if the wait for its start, or for its end, is given up", async () => {
    await using stage = new ApplicationStage()
    const gate = new Event(stage.scheduler)
    const app = stage.application({ top: supervisor(), start: () => gate.wait(), stop: () => void stage.log.push("stop") })
    const waiting = stage.scheduler.tasklet(() => app.start())
    stage.pass()
    waiting.kill()
    stage.pass()
    expect([app.state, stage.log]).toEqual(["stopped", []])

    const other = stage.application({ top: supervisor({ children: [child(stage.Noted, { args: ["bee"] })] }) })
    const running = stage.scheduler.tasklet(() => other.run())
    stage.pass()
    running.kill()
    stage.pass()
    expect([other.state, stage.log, stage.program.exitCodes]).toEqual(["stopped", ["+bee", "-bee"], [0]])
  })
})

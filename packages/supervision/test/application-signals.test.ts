/** Signals: the first shuts an application down in order, the second kills it, and the host's own listeners are left alone. */
import { channel, type Routine, sleep } from "@vivarium/core"
import { Actor } from "@vivarium/actors"
import { type Application, child, supervisor } from "@vivarium/supervision"
import { describe, expect, it } from "vitest"
import { ApplicationStage, type PlayedProgram } from "./fixtures/application-stage.ts"

/** Takes its time. */
class Slow extends Actor {
  *terminate(): Routine {
    yield* sleep(100)
  }
}

class Stubborn extends Actor {
  *terminate(): Routine {
    yield* channel<void>().receive()
  }
}

describe("a signal", () => {
  it.each(["SIGTERM", "SIGINT"])("shuts down in order, says so in one line, and sets the exit code: %s", async (signal) => {
    await using stage = new ApplicationStage()
    const app = stage.application({ top: supervisor({ children: [child(stage.Noted, { args: ["bee"] }), child(Slow)] }), stop: () => void stage.log.push("stop") })
    const run = stage.begin(() => app.run())
    stage.program.send(signal)
    stage.pass()
    expect([app.state, run.settled]).toEqual(["stopping", false])
    stage.pass(100)
    expect(run).toMatchObject({ value: 0, at: 100 })
    expect(stage.log).toEqual(["+bee", "-bee", "stop"])
    expect(stage.program).toMatchObject({
      exitCodes: [0],
      exits: [],
      printed: [`application "meadow": ${signal}: it shuts down, which may take up to 30000 ms; a second signal kills it.`],
    })
    expect(app.outcome).toMatchObject({ signal, why: `application "meadow" has ended in order: ${signal}.` })
  })

  it("does so for an application that was only started, too", async () => {
    await using stage = new ApplicationStage()
    const app = stage.application({ top: supervisor(), deadlineMs: Infinity })
    stage.begin(() => app.start())
    stage.program.send("SIGTERM")
    stage.pass()
    expect([app.state, stage.program.exitCodes]).toEqual(["stopped", [0]])
    expect(stage.program.printed).toEqual(['application "meadow": SIGTERM: it shuts down, which takes as long as it takes; a second signal kills it.'])
  })

  it.each([
    ["SIGINT", "SIGINT"],
    ["SIGTERM", "SIGINT"],
  ])("that is the second one kills what is left at once, with code 4: %s, then %s", async (first, second) => {
    await using stage = new ApplicationStage()
    const app = stage.application({ top: supervisor({ children: [child(Slow), child(Stubborn, { shutdownMs: "infinity" })] }), stop: () => void stage.log.push("stop") })
    const run = stage.begin(() => app.run())
    stage.program.send(first)
    stage.pass(10)
    stage.program.send(second)
    stage.pass()
    expect(run).toMatchObject({ value: 4, at: 10 })
    expect(stage.log).toEqual([])
    expect(stage.program).toMatchObject({ exitCodes: [4], exits: [4], heeded: [], holders: 0 })
    expect(stage.program.printed[1]).toBe(`application "meadow": ${second} came after ${first}, so what is left is killed: Stubborn #3, Slow #2, supervisor #1.`)
    expect(app.outcome).toMatchObject({ signal: first, why: `application "meadow" was killed: ${second} came after ${first}.` })
  })

  it("counts as the second one until stop is done, and then nobody listens any more", async () => {
    await using stage = new ApplicationStage()
    const options = { top: supervisor(), stop: () => sleep(100) }
    const [late, early] = [stage.application(options), stage.application(options)]
    const runs = [late, early].map((app) => stage.begin(() => app.run()))
    early.requestStop()
    stage.pass(50)
    stage.program.send("SIGTERM")
    stage.pass(50)
    expect([runs[1]?.value, early.outcome?.signal, late.top.alive]).toEqual([0, "SIGTERM", false])
    stage.program.send("SIGTERM")
    stage.pass()
    expect([runs.map(({ value }) => value), stage.program.heeded]).toEqual([[4, 0], []])
  })

  it("that comes while it is stopped by hand is the first one: it does no harm", async () => {
    await using stage = new ApplicationStage()
    const app = stage.application({ top: supervisor({ children: [child(Slow)] }) })
    stage.begin(() => app.start())
    const stopped = stage.begin(() => app.stop())
    stage.program.send("SIGTERM")
    stage.pass(100)
    expect(stopped.value).toMatchObject({ code: 0, signal: "SIGTERM" })
  })

  it.each([
    ["a signal", (_app: Application, program: PlayedProgram) => program.send("SIGTERM")],
    ["requestStop()", (app: Application) => app.requestStop()],
    ["stop()", (app: Application) => app.stop()],
  ])("can come when the start has not got to its first step: then none is taken (%s)", async (_what, ask) => {
    await using stage = new ApplicationStage()
    const { log, program, scheduler } = stage
    const app = stage.application({ start: () => void log.push("start"), top: supervisor({ children: [child(stage.Noted, { args: ["bee"] })] }), stop: () => void log.push("stop") })
    const errors: unknown[] = []
    scheduler.tasklet(function* () {
      try {
        yield* app.start()
      } catch (error) {
        errors.push(error)
      }
    })
    scheduler.tasklet(() => ask(app, program))
    stage.pass()
    expect([app.state, log, errors]).toEqual(["stopped", [], [app.outcome?.error]])
    expect(app.outcome).toMatchObject({ code: 0, error: { code: "stopped", step: "config" } })
  })

  it("that the options name twice is heard once", async () => {
    await using stage = new ApplicationStage()
    const app = stage.application({ top: supervisor({ children: [child(Slow)] }), signals: ["SIGHUP", "SIGTERM", "SIGHUP"] })
    const run = stage.begin(() => app.run())
    expect(stage.program.heeded).toEqual(["SIGHUP", "SIGTERM"])
    stage.program.send("SIGHUP")
    stage.pass(100)
    expect(run).toMatchObject({ value: 0, at: 100 })
  })

  it("can come together with the second one, before anything has run", async () => {
    await using stage = new ApplicationStage()
    const app = stage.application({ top: supervisor({ children: [child(Slow)] }) })
    const run = stage.begin(() => app.run())
    stage.program.send("SIGTERM")
    stage.program.send("SIGTERM")
    stage.program.send("SIGTERM")
    stage.pass()
    expect([run.value, stage.program.exitCodes]).toEqual([4, [4]])
  })
})

describe("the listeners of an application", () => {
  it("are there from its start to its end, beside those of the host, and hold the program for as long", async () => {
    await using stage = new ApplicationStage()
    const { program } = stage
    const told: string[] = []
    const own = (): void => void told.push("host")
    program.on("SIGTERM", own)
    const app = stage.application({ top: supervisor({ children: [child(Slow)] }) })
    expect([program.heeded, program.holders]).toEqual([["SIGTERM"], 0])
    stage.begin(() => app.run())
    expect([program.heeded, program.holders]).toEqual([["SIGTERM", "SIGTERM", "SIGINT"], 1])
    program.send("SIGTERM")
    stage.pass(99)
    expect([program.heeded.length, program.holders]).toEqual([3, 1])
    stage.pass(1)
    expect([program.heeded, program.holders, told]).toEqual([["SIGTERM"], 0, ["host"]])
    program.off("SIGTERM", own)
  })

  it("are those that the options name, or none", async () => {
    await using stage = new ApplicationStage()
    const hup = stage.application({ top: supervisor(), signals: ["SIGHUP"] })
    stage.begin(() => hup.start())
    expect(stage.program.heeded).toEqual(["SIGHUP"])
    stage.program.send("SIGHUP")
    stage.pass()
    expect(hup.state).toBe("stopped")
    const none = stage.application({ top: supervisor(), signals: [] })
    stage.begin(() => none.start())
    expect(stage.program.heeded).toEqual([])
  })

  it("of two applications in one program both hear a signal", async () => {
    await using stage = new ApplicationStage()
    const both = [1, 2].map(() => stage.application({ top: supervisor() }))
    const runs = both.map((app) => stage.begin(() => app.run()))
    stage.program.send("SIGTERM")
    stage.pass()
    expect(runs.map(({ value }) => value)).toEqual([0, 0])
  })

  it("are gone after a failed start", async () => {
    await using stage = new ApplicationStage()
    const app = stage.application({ top: supervisor(), start: () => Promise.reject(new Error("no")) })
    const run = stage.begin(() => app.run())
    expect(stage.program.heeded).toHaveLength(2)
    await stage.turns()
    expect([run.value, stage.program.heeded, stage.program.holders]).toEqual([1, [], 0])
  })
})

describe("a signal during the start", () => {
  /** A tree whose last child never gets ready. */
  const endless = (stage: ApplicationStage, inside: object = {}) =>
    supervisor({
      children: [
        child(stage.Noted, { id: "a", args: ["a"] }),
        supervisor({
          id: "inner",
          children: [
            child(stage.Noted, { id: "b", args: ["b"] }),
            child(class Endless extends Actor { *init(): Routine { yield* channel<void>().receive() } }, { id: "endless", ...inside }),
            child(stage.Noted, { id: "c", args: ["c"] }),
          ],
        }),
        child(stage.Noted, { id: "d", args: ["d"] }),
      ],
    })

  it("cancels the init that runs, however deep, and stops what was started in reverse order: code 0", async () => {
    await using stage = new ApplicationStage()
    const { log } = stage
    const lines: string[] = []
    const app = stage.application({ start: () => void log.push("start"), top: endless(stage), phases: { warm: () => void log.push("warm") }, prepStop: () => void log.push("prepStop"), stop: () => void log.push("stop") }, { log: (text) => void lines.push(text) })
    const run = stage.begin(() => app.run())
    expect([app.state, log.splice(0)]).toEqual(["starting", ["start", "+a", "+b"]])
    stage.program.send("SIGTERM")
    stage.pass()
    expect(run).toMatchObject({ value: 0, at: 0 })
    expect(log).toEqual(["-b", "-a", "stop"])
    expect(app.outcome).toMatchObject({ code: 0, signal: "SIGTERM", error: { code: "stopped", step: "top" } })
    // No supervisor prints that something has failed.
    expect(lines).toEqual([expect.stringContaining("SIGTERM: it shuts down")])
  })

  it("gives an init that traps exits its time, and kills it then", async () => {
    await using stage = new ApplicationStage()
    const app = stage.application({ top: endless(stage, { trapExit: true, shutdownMs: 50 }) })
    const run = stage.begin(() => app.run())
    stage.program.send("SIGTERM")
    stage.pass(49)
    expect(run.settled).toBe(false)
    stage.pass(1)
    expect([run.value, stage.log]).toEqual([0, ["+a", "+b", "-b", "-a"]])
  })

  it("waits for a start function, and starts nothing after it", async () => {
    await using stage = new ApplicationStage()
    const { Noted } = stage
    const app = stage.application({
      top: supervisor({
        children: [
          child(Noted, { id: "a", args: ["a"] }),
          child({
            id: "b",
            *start(host) {
              yield* sleep(10)
              return host.spawn(Noted, { args: ["b"] })
            },
          }),
          child(Noted, { id: "c", args: ["c"] }),
        ],
      }),
    })
    const run = stage.begin(() => app.run())
    stage.program.send("SIGTERM")
    stage.pass(10)
    expect(run).toMatchObject({ value: 0, at: 10 })
    expect(stage.log.filter((what) => what !== "+b" && what !== "-b")).toEqual(["+a", "-a"])
  })

  it("unwinds a generator, and owes no stop for it", async () => {
    await using stage = new ApplicationStage()
    const { log } = stage
    const app = stage.application({
      top: supervisor(),
      *start({ signal }): Routine {
        try {
          yield* channel<void>().receive()
        } finally {
          log.push(`unwound, ${String(signal.aborted)}`)
        }
      },
      stop: () => void log.push("stop"),
    })
    const run = stage.begin(() => app.run())
    stage.program.send("SIGTERM")
    stage.pass()
    expect([run.value, log]).toEqual([0, ["unwound, true"]])
  })

  it("tells an async function by its signal, waits for it, and closes what it has opened all the same", async () => {
    await using stage = new ApplicationStage()
    const { log } = stage
    const app = stage.application({
      top: () => supervisor({ children: [child(stage.Noted, { args: ["never"] })] }),
      async start({ signal }) {
        await new Promise((resolve) => {
          signal.addEventListener("abort", resolve)
        })
        return "a connection"
      },
      stop: ({ opened }) => void log.push(`closes ${opened}`),
    })
    const run = stage.begin(() => app.run())
    stage.program.send("SIGTERM")
    await stage.turns()
    expect([run.value, log]).toEqual([0, ["closes a connection"]])
  })

  it("has the same deadline: an async function that goes on is left alone then", async () => {
    await using stage = new ApplicationStage()
    const app = stage.application({ top: supervisor(), start: () => new Promise<void>(() => {}), stop: () => void stage.log.push("stop"), deadlineMs: 100 })
    const start = stage.begin(() => app.start())
    stage.program.send("SIGTERM")
    stage.pass(100)
    expect([start.error, app.outcome?.code, stage.log, stage.program.exits]).toMatchObject([{ code: "stopped", step: "start" }, 4, [], [4]])
  })

  it("interrupts a phase; then prepStop, the tree and stop come as ever", async () => {
    await using stage = new ApplicationStage()
    const { log } = stage
    const app = stage.application({
      top: supervisor({ children: [child(stage.Noted, { args: ["bee"] })] }),
      phases: [
        ["endless", () => channel<void>().receive()],
        ["never", () => void log.push("never")],
      ],
      prepStop: () => void log.push("prepStop"),
      stop: () => void log.push("stop"),
    })
    const [start, run] = [stage.begin(() => app.start()), stage.begin(() => app.stop())]
    expect(log).toEqual(["+bee", "prepStop", "-bee", "stop"])
    expect([start.error, run.value]).toMatchObject([{ code: "stopped", step: 'phase "endless"' }, { code: 0 }])
  })

  it("kills all at once if a second one comes", async () => {
    await using stage = new ApplicationStage()
    const app = stage.application({ top: endless(stage, { trapExit: true, shutdownMs: "infinity" }) })
    const run = stage.begin(() => app.run())
    stage.program.send("SIGTERM")
    stage.pass(10)
    stage.program.send("SIGTERM")
    stage.pass()
    expect(run).toMatchObject({ value: 4, at: 10 })
  })

  it("kills a supervisor whose own init takes long: it has no children yet", async () => {
    await using stage = new ApplicationStage()
    const { Supervisor } = await import("@vivarium/supervision")
    class Pondering extends Supervisor {
      *init(): Routine<object> {
        yield* channel<void>().receive()
        return {}
      }
    }
    const app = stage.application({ top: supervisor({ children: [child(stage.Noted, { args: ["a"] }), Pondering] }) })
    const run = stage.begin(() => app.run())
    stage.program.send("SIGTERM")
    stage.pass()
    expect([run.value, stage.log]).toEqual([0, ["+a", "-a"]])
  })
})

import { deepStrictEqual } from "node:assert/strict"
import { type Routine, Scheduler } from "@vivarium/core"
import { VirtualClock } from "@vivarium/core/lowlevel"
import { Actor, ExitReason, StartError, stop } from "@vivarium/actors"
import { type Application, type ApplicationError, application, type ApplicationOptions, child, type FailedToStart, supervisor } from "@vivarium/supervision"
import { afterEach, beforeEach, describe, expect, it } from "vitest"

let scheduler: Scheduler
let log: string[]
let uncaught: unknown[]

beforeEach(() => {
  uncaught = []
  log = []
  scheduler = new Scheduler({ clock: new VirtualClock(), onUncaught: (error) => void uncaught.push(error) })
})
afterEach(() => {
  const { blocked, runnable, timers } = scheduler.statistics()
  deepStrictEqual({ uncaught, blocked, runnable, timers }, { uncaught: [], blocked: 0, runnable: 0, timers: 0 })
})

/** An application as OTP knows it: nothing of the program around it. */
function make(options: Omit<ApplicationOptions<undefined, undefined>, "name">): Application {
  return application({ name: "meadow", signals: [], ...options, system: { scheduler, log: false } })
}

/** Starts an application, which must fail. */
function failing(app: Application): Promise<ApplicationError> {
  return scheduler.main(function* (): Routine<ApplicationError> {
    try {
      yield* app.start()
    } catch (error) {
      return error as ApplicationError
    }
    throw new Error("it has started")
  })
}

class Noted extends Actor {
  #name = ""
  init(name: string) {
    this.#name = name
    log.push(`${name} starts`)
  }
  terminate(reason: ExitReason) {
    log.push(`${this.#name} ends: ${reason.kind}`)
  }
}

const noted = (name: string) => child(Noted, { id: name, args: [name] })
const boom = new Error("boom")

describe("application", () => {
  it.each([
    ["throws", () => { throw boom }, ExitReason.error(boom)],
    ["gives stop(reason)", () => stop(ExitReason.custom("no wings")), ExitReason.custom("no wings")],
    ["gives stop with shutdown", () => stop(ExitReason.shutdown), ExitReason.shutdown],
  ])("Y10: its top supervisor fails to start since a child deep inside %s: start gives the nested reason, down to the failing call", async (_how, fail, first) => {
    class Faulty extends Actor {
      init() {
        return fail()
      }
    }
    const app = make({
      top: supervisor({
        id: "top",
        children: [noted("a"), supervisor({ id: "middle", children: [noted("b"), supervisor({ id: "inner", children: [noted("c"), child(Faulty, { id: "faulty" }), noted("d")] })] })],
      }),
      stop: () => void log.push("stop"),
    })
    const error = await failing(app)
    // Erlang: {error, {{shutdown, {failed_to_start_child, middle, {shutdown, …}}}, {meadow, start, [normal, []]}}}
    expect([error.code, error.application, error.step]).toEqual(["failed_start", "meadow", "top"])
    const chain: unknown[] = []
    let { reason } = error
    for (; reason.kind === "shutdown" && reason.detail !== undefined; { reason } = reason.detail as FailedToStart) {
      const { id, kind } = reason.detail as FailedToStart
      chain.push([kind, id])
    }
    expect(chain).toEqual([["failed_to_start_child", "middle"], ["failed_to_start_child", "inner"], ["failed_to_start_child", "faulty"]])
    expect(reason).toEqual(first)
    expect(log).toEqual(["a starts", "b starts", "c starts", "c ends: shutdown", "b ends: shutdown", "a ends: shutdown", "stop"])
  })

  it("Y10: the error of the failing call is the original object, at the end of the causes", async () => {
    const app = make({ top: supervisor({ children: [supervisor({ id: "inner", children: [child(class Faulty extends Actor { init() { throw boom } })] })] }) })
    const causes: unknown[] = []
    for (let { cause } = await failing(app) as Error; cause !== undefined; { cause } = cause as Error) causes.push(cause)
    expect(causes.map((cause) => cause instanceof StartError)).toEqual([true, true, true, false])
    expect(causes.at(-1)).toBe(boom)
  })

  it("Y10: a phase that fails is named, and the tree has ended before anybody is told", async () => {
    const app = make({ top: supervisor({ children: [noted("a")] }), phases: [["go", () => { throw boom }]] })
    const error = await failing(app)
    expect([error.step, error.reason, log]).toEqual(['phase "go"', ExitReason.error(boom), ["a starts", "a ends: shutdown"]])
  })

  it("calls prep_stop before the tree is stopped and stop after it, as its master does", async () => {
    const app = make({
      start: () => void log.push("start"),
      top: supervisor({ children: [noted("a"), noted("b")] }),
      phases: { init: () => void log.push("phase init"), go: () => void log.push("phase go") },
      prepStop: () => void log.push("prep_stop"),
      stop: () => void log.push("stop"),
    })
    await scheduler.main(function* () {
      yield* app.start()
      yield* app.stop()
    })
    expect(log).toEqual(["start", "a starts", "b starts", "phase init", "phase go", "prep_stop", "b ends: shutdown", "a ends: shutdown", "stop"])
  })

  it("calls both of them also when the tree has ended by itself, with the reason", async () => {
    const app = make({
      top: supervisor({ maxRestarts: 0, children: [child(Noted, { id: "a", args: ["a"] })] }),
      prepStop: (_context, reason) => void log.push(`prep_stop: ${reason.kind}`),
      stop: (_context, reason) => void log.push(`stop: ${reason.kind}`),
    })
    const outcome = await scheduler.main(function* () {
      const top = yield* app.start()
      top.child("a")?.exit(ExitReason.kill)
      yield* top.join()
      return yield* app.stop()
    })
    expect([outcome.code, outcome.reason]).toEqual([3, { kind: "shutdown", detail: "gave_up" }])
    expect(log).toEqual(["a starts", "prep_stop: shutdown", "stop: shutdown"])
  })
})

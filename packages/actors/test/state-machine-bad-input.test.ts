/** What a state machine is told wrongly, and what it says then. */
import { ActorError, eventTimeout, ExitReason, keep, next, nextEvent, postpone, reply, StartError, StateMachine, stateTimeout, stopAndReply, timeout } from "@vivarium/actors"
import { describe, expect, it } from "vitest"
import { scripted } from "./fixtures/scripted-machine.ts"
import { Stage } from "./fixtures/stage.ts"

function codeOf(make: () => unknown): string {
  try {
    make()
  } catch (error) {
    if (error instanceof ActorError) return `${error.code}: ${error.message}`
    throw error
  }
  return "fine"
}

/** What ends a machine that returns this. */
async function endOf(result: unknown): Promise<string> {
  await using stage = new Stage()
  stage.system.spawn(scripted([])).cast.do(() => result)
  stage.pass()
  const [crash] = stage.crashes
  const error = crash?.reason.kind === "error" ? crash.reason.error : undefined
  return error instanceof ActorError ? `${error.code}: ${error.message}` : "fine"
}

describe("makers of actions refuse", () => {
  const bad = (value: unknown): never => value as never

  it.each([
    ["stateTimeout", () => stateTimeout(bad(-1)), "stateTimeout() takes milliseconds, 0 or more, or null to cancel it, but got -1. right: stateTimeout(250)"],
    ["stateTimeout", () => stateTimeout(bad("5")), 'got "5"'],
    ["stateTimeout", () => stateTimeout(bad(Number.NaN)), "got NaN"],
    ["stateTimeout", () => stateTimeout(bad(undefined)), "got undefined"],
    ["stateTimeout.at", () => stateTimeout.at(bad("noon")), 'stateTimeout.at() takes a time of the scheduler\'s clock, or null to cancel it, but got "noon". right: stateTimeout.at(clock.now() + 250)'],
    ["stateTimeout.at", () => stateTimeout.at(-Infinity), "got -Infinity"],
    ["eventTimeout", () => eventTimeout(bad(-0.5)), "eventTimeout() takes milliseconds"],
    ["timeout", () => timeout("lock", bad({})), 'timeout("lock")() takes milliseconds'],
    ["timeout", () => timeout("lock")(bad(-1)), 'timeout("lock")() takes milliseconds'],
    ["reply", () => reply(bad("Maya"), 1), 'reply() needs the from of a call, or what replyLater() gave, but got "Maya". right: reply(event.from, value)'],
    ["reply", () => reply(bad(undefined), 1), "got undefined"],
    ["nextEvent", () => nextEvent(bad("internal")), 'nextEvent() takes an event, but got "internal"'],
    ["nextEvent", () => nextEvent(bad(null)), "got null"],
    ["nextEvent", () => nextEvent(bad({ type: "enter", from: 1 })), 'whose type is one of call, cast, info, internal, timeout, stateTimeout, eventTimeout, down, exit, but got "enter"'],
    ["nextEvent", () => nextEvent(bad({})), "got undefined"],
    ["nextEvent", () => nextEvent(bad({ type: "cast", args: [] })), "needs the name and the list of args of a cast"],
    ["nextEvent", () => nextEvent(bad({ type: "call", name: "open", args: "none" })), "needs the name and the list of args of a call"],
    ["nextEvent", () => nextEvent(bad({ type: "call", name: "open", args: [], from: "Maya" })), "needs the from of a call"],
  ])("%s: what is wrong", (_maker, make, message) => {
    expect(codeOf(make)).toMatch(/^bad_action: /)
    expect(codeOf(make)).toContain(message)
  })

  it("nothing that is right", () => {
    const right = [() => stateTimeout(0), () => stateTimeout(2 ** 40), () => stateTimeout(null), () => stateTimeout(Infinity), () => stateTimeout.at(-5), () => stateTimeout.at(Infinity), () => stateTimeout.at(null)]
    const also = [() => timeout(undefined, 5), () => timeout({}).update(1), () => eventTimeout.cancel(), () => postpone(), () => nextEvent({ type: "internal", content: undefined })]
    expect([...right, ...also].map(codeOf)).toEqual(Array(12).fill("fine"))
  })

  it("an end without a reason", () => {
    expect(() => stopAndReply("done" as never, [])).toThrow("reason must be an exit reason")
  })
})

describe("a machine ends", () => {
  it.each([
    ["undefined", undefined, "must return next(), keep(), repeat(), stop() or stopAndReply(), but it returned undefined."],
    ["a state", "b", 'but it returned "b"'],
    ["the maker itself", keep, "but it returned"],
    ["an action", postpone(), "but it returned"],
  ])("if it returns %s", async (_what, result, message) => {
    expect(await endOf(result)).toMatch(/^bad_return_value: handle\(\) of Scripted #1 in the state "a" /)
    expect(await endOf(result)).toContain(message)
  })

  it.each([
    ["a string", keep(0, "postpone" as never), 'Scripted #1 in the state "a" was given "postpone" as an action. Actions are made by reply(), postpone()'],
    ["a maker", keep(0, postpone as never), "this is a function that makes one, so call it"],
    ["a named time-out without a time", keep(0, timeout("lock") as never), "this is a function that makes one, so call it"],
    ["nothing", keep(0, [null as never]), "was given null as an action"],
    ["a list in a list", next("b", 0, [[postpone()]] as never), 'in the state "b" was given'],
    ["other actions than answers at its end", stopAndReply(ExitReason.normal, postpone() as never), "was given the action postpone by stopAndReply(), which can only reply"],
  ])("if an action is %s", async (_what, result, message) => {
    expect(await endOf(result)).toMatch(/^bad_action: /)
    expect(await endOf(result)).toContain(message)
  })
})

describe("a machine does not start", () => {
  async function startOf(init: () => unknown, options: { readonly reentrant?: boolean } = {}): Promise<unknown> {
    await using stage = new Stage()
    class Broken extends StateMachine<string> {
      init() {
        return init() as never
      }
      handle() {
        return keep()
      }
    }
    return stage.outcome(() => stage.system.start(Broken, options)).error
  }

  it.each([
    ["nothing", () => undefined, "init() of Broken #1 must return next(state, data), ignore or stop(reason), but it returned undefined."],
    ["a state", () => "open", 'it returned "open"'],
    ["keep()", () => keep(), "it returned keep()"],
    ["stopAndReply()", () => stopAndReply(ExitReason.normal, []), "it returned stopAndReply()"],
  ])("if init returns %s", async (_what, init, message) => {
    const error = await startOf(init)
    expect(error).toBeInstanceOf(StartError)
    expect(error).toMatchObject({ code: "init_failed", cause: { code: "bad_return_value" } })
    expect((error as Error).message).toContain(message)
  })

  it("if init asks for what is no action", async () => {
    expect(await startOf(() => next("open", undefined, "rubbish" as never))).toMatchObject({ code: "init_failed", cause: { code: "bad_action" } })
  })

  it("if it is to be re-entrant", async () => {
    expect(await startOf(() => next("open"), { reentrant: true })).toMatchObject({ cause: { code: "invalid_argument", message: expect.stringContaining("one event at a time") as unknown } })
  })

  it("without init or handle, which the compiler wants", async () => {
    await using stage = new Stage()
    class NoInit extends (StateMachine as unknown as new () => StateMachine<string>) {
      init(): never {
        throw new Error("never called")
      }
      handle() {
        return keep()
      }
    }
    class NoHandle extends (StateMachine as unknown as new () => StateMachine<string>) {
      init() {
        return next("open")
      }
      handle(): never {
        throw new Error("never called")
      }
    }
    delete (NoInit.prototype as { init?: unknown }).init
    delete (NoHandle.prototype as { handle?: unknown }).handle
    expect(stage.outcome(() => stage.system.start(NoInit)).error).toMatchObject({ cause: { code: "bad_return_value" } })
    stage.system.spawn(NoHandle).send("x")
    stage.pass()
    expect(stage.crashes.at(-1)?.reason).toMatchObject({ error: { code: "no_handler" } })
  })

  it("if a member hides what every machine can do", async () => {
    await using stage = new Stage()
    class Hides extends (StateMachine as unknown as new () => StateMachine<string>) {
      init() {
        return next("open")
      }
      handle() {
        return keep()
      }
    }
    Object.defineProperty(Hides.prototype, "data", { value: () => 1 })
    expect(() => stage.system.spawn(Hides)).toThrow('a member "data"')
  })
})

describe("replaceState", () => {
  it.each([
    ["a state alone", () => "b"],
    ["no data", () => ({ state: "b" })],
    ["nothing", () => null],
  ])("refuses %s, and nothing has changed", async (_what, change) => {
    await using stage = new Stage()
    const machine = stage.system.spawn(scripted([]))
    expect(stage.outcome(() => machine.replaceState(change)).code).toBe("invalid_argument")
    expect(stage.outcome(() => machine.getState()).value).toEqual({ state: "a", data: undefined })
  })
})

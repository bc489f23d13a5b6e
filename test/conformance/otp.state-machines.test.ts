import { type Operation, type Routine, sleep } from "@vivarium/core"
import {
  CallError, eventTimeout, ExitReason, keep, type MachineEvent, next, nextEvent, postpone, repeat, reply, StateMachine, stateTimeout, stop, stopAndReply, timeout, type Transition,
} from "@vivarium/actors"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { OtpWorld, unread, wordOf } from "./otp-world.ts"

let world: OtpWorld
let handled: unknown[]
beforeEach(() => {
  world = new OtpWorld()
  handled = []
})
afterEach(async () => {
  await world.end()
})

type State = "closed" | "open"
type Event = MachineEvent<State, Calls>
interface Calls {
  /** Does what it is told to. */
  do(transition: (event: Event) => unknown): string
  visit(guest: number): string
}

/** Notes what it handles; a `do` is answered by the transition that it carries. */
class Door extends StateMachine<State, string, Calls> {
  init(data = "oak") {
    return next("closed", data)
  }
  handle(event: Event, state: State, data: string): Transition<State, string> {
    if ((event.type === "call" || event.type === "cast") && event.name === "do") return event.args[0](event) as Transition<State, string>
    handled.push(told(event, state))
    return event.type === "call" ? keep(data, reply(event.from, `${state}, ${data}`)) : keep()
  }
}

/** The same with enter calls, which it answers by what is waiting here. */
let onEnter: ((event: Event) => unknown)[] = []
class Gate extends Door {
  static readonly enterCalls = true
  override handle(event: Event, state: State, data: string): Transition<State, string> {
    if (event.type !== "enter") return super.handle(event, state, data)
    handled.push(`enter ${event.from} -> ${state}`)
    return (onEnter.shift()?.(event) ?? keep()) as Transition<State, string>
  }
}
beforeEach(() => {
  onEnter = []
})

function told(event: Event, state: State): string {
  if (event.type === "call" || event.type === "cast") return `${event.type} ${event.name} ${String(event.args[0])} in ${state}`
  if (event.type === "info") return `info ${String(event.message)} in ${state}`
  if (event.type === "timeout") return `timeout ${String(event.name)} ${String(event.content)} in ${state}`
  return "content" in event ? `${event.type} ${String(event.content)} in ${state}` : `${event.type} in ${state}`
}

describe("events", () => {
  it("S01: what was put off is handled again after a change, the oldest first, before what is newer", () => {
    class Shy extends Door {
      override handle(event: Event, state: State, data: string) {
        if (state === "closed" && event.type === "cast" && event.name === "visit") return keep(data, postpone())
        return super.handle(event, state, data)
      }
    }
    const door = world.system.spawn(Shy)
    door.cast.visit(1)
    door.cast.visit(2)
    door.cast.do(() => next("open", "oak"))
    door.cast.visit(3)
    world.pass(0)
    expect(handled).toEqual(["cast visit 1 in open", "cast visit 2 in open", "cast visit 3 in open"])
  })

  it("S03: inserted events and those handled again take an event time-out of no time back", () => {
    const door = world.system.spawn(Door)
    let first = true
    door.cast.do(() => (first ? ((first = false), keep("oak", postpone())) : keep("oak")))
    door.cast.do(() => next("open", "oak", [nextEvent({ type: "internal", content: 1 }), nextEvent({ type: "internal", content: 2 }), eventTimeout(0, "never")]))
    world.pass(100)
    expect(handled).toEqual(["internal 1 in open", "internal 2 in open"])
  })
})

describe("time-outs", () => {
  it("S05: other events leave a state time-out alone", () => {
    const door = world.system.spawn(Door)
    door.cast.do(() => keep("oak", stateTimeout(100, "late")))
    world.pass(60)
    door.cast.visit(1)
    door.send("hello")
    world.pass(39)
    expect(handled).toEqual(["cast visit 1 in closed", "info hello in closed"])
    world.pass(1)
    expect(handled.slice(2)).toEqual(["stateTimeout late in closed"])
  })

  it("S05: a change of the state takes it back, and one that is set along with the change is for the new state", () => {
    const door = world.system.spawn(Door)
    door.cast.do(() => keep("oak", stateTimeout(30, "old")))
    world.pass(10)
    door.cast.do(() => next("open", "oak", stateTimeout(100, "new")))
    world.pass(99)
    expect(handled).toEqual([])
    world.pass(1)
    expect(handled).toEqual(["stateTimeout new in open"])
  })

  it.each([
    ["a cast", (door: { readonly cast: { visit(guest: number): boolean } }) => void door.cast.visit(1)],
    ["a message", (door: { send(message: unknown): boolean }) => void door.send(1)],
  ])("S07: %s takes an event time-out back", (_what, disturb) => {
    const door = world.system.spawn(Door)
    door.cast.do(() => keep("oak", eventTimeout(100, "silence")))
    world.pass(99)
    disturb(door)
    world.pass(200)
    expect(handled).toHaveLength(1)
    door.cast.do(() => keep("oak", eventTimeout(100, "silence")))
    world.pass(100)
    expect(handled[1]).toBe("eventTimeout silence in closed")
  })

  it("S07: a state time-out and a named one do, too", () => {
    const door = world.system.spawn(Door)
    door.cast.do(() => keep("oak", [eventTimeout(100), stateTimeout(50, 1)]))
    world.pass(200)
    door.cast.do(() => keep("oak", [eventTimeout(100), timeout("a", 50, 2)]))
    world.pass(200)
    expect(handled).toEqual(["stateTimeout 1 in closed", "timeout a 2 in closed"])
  })

  it("S08: a named time-out that is set again starts anew", () => {
    const door = world.system.spawn(Door)
    door.cast.do(() => keep("oak", [timeout("a", 100, 1), timeout("b", 100, 2)]))
    world.pass(60)
    door.cast.do(() => next("open", "oak", timeout("a", 100, 3)))
    world.pass(40)
    expect(handled).toEqual(["timeout b 2 in open"])
    world.pass(60)
    expect(handled.slice(1)).toEqual(["timeout a 3 in open"])
  })

  it.each([
    ["Infinity", timeout("a", Infinity)],
    ["null", timeout("a", null)],
    ["cancel()", timeout("a").cancel()],
  ])("S08: %s takes it back", (_what, cancel) => {
    const door = world.system.spawn(Door)
    door.cast.do(() => keep("oak", timeout("a", 100)))
    world.pass(50)
    door.cast.do(() => keep("oak", cancel))
    world.pass(200)
    expect(handled).toEqual([])
  })

  it("S08: update changes what it brings, and not when", () => {
    const door = world.system.spawn(Door)
    door.cast.do(() => keep("oak", timeout("a", 100, "old")))
    world.pass(60)
    door.cast.do(() => keep("oak", timeout("a").update("new")))
    world.pass(39)
    expect(handled).toEqual([])
    world.pass(1)
    expect(handled).toEqual(["timeout a new in closed"])
  })

  it("S15: an absolute one comes at its time", () => {
    world.clock.advance(1000)
    const door = world.system.spawn(Door)
    door.cast.do(() => keep("oak", [timeout("a").at(1250, "a"), timeout("past").at(500, "at once")]))
    world.pass(0)
    expect(handled).toEqual(["timeout past at once in closed"])
    world.pass(249)
    expect(handled).toHaveLength(1)
    world.pass(1)
    expect(handled.slice(1)).toEqual(["timeout a a in closed"])
  })
})

describe("enter calls", () => {
  it("S10: the first one is told the same state twice, before any event", () => {
    const gate = world.system.spawn(Gate)
    gate.cast.visit(1)
    world.pass(0)
    expect(handled).toEqual(["enter closed -> closed", "cast visit 1 in closed"])
  })

  it("S10: next with the same state is no change", () => {
    const gate = world.system.spawn(Gate)
    gate.cast.do(() => next("closed", "pine"))
    gate.cast.do(() => next("open", "pine"))
    world.pass(0)
    expect(handled).toEqual(["enter closed -> closed", "enter closed -> open"])
  })

  it.each([
    ["repeat()", () => repeat(), "oak"],
    ["repeat(data)", () => repeat("pine"), "pine"],
  ])("S12: %s makes one with the same state twice", async (_what, transition, data) => {
    const gate = world.system.spawn(Gate)
    gate.cast.do(() => next("open", "oak"))
    gate.cast.do(transition)
    world.pass(0)
    expect(handled).toEqual(["enter closed -> closed", "enter closed -> open", "enter open -> open"])
    expect(await gate.getState()).toEqual({ state: "open", data })
  })
})

describe("ends", () => {
  it("S13: both answers of stopAndReply arrive, and then the exit", async () => {
    const seen = await world.process(
      function* (self) {
        const door = self.spawnLink(Door)
        let first: Event | null = null
        const slow = door.request.do((event) => {
          first = event
          return keep()
        })
        const fast = door.request.do((event) =>
          stopAndReply(ExitReason.custom("done"), [reply(callOf(first), "slow"), reply(callOf(event), "fast")]),
        )
        return [yield* slow, yield* fast, ...(yield* unread(self))]
      },
      { trapExit: true },
    )
    expect(seen).toEqual(["slow", "fast", { exit: "done", from: "Door #2" }])
  })

  it.each([
    ["a bad return", () => "open", "bad_return_value"],
    ["no return", () => undefined, "bad_return_value"],
    ["a bad action", () => keep("oak", "postpone" as never), "bad_action"],
    ["an action that was not made", () => keep("oak", [postpone as never]), "bad_action"],
    ["a bad time-out", () => keep("oak", stateTimeout(-1)), "bad_action"],
    ["a bad action of stopAndReply", () => stopAndReply(ExitReason.normal, postpone() as never), "bad_action"],
  ])("S14: %s ends the machine and fails the call with its code", async (_what, transition, code) => {
    const door = world.system.spawn(Door)
    const error = await world.process(function* () {
      try {
        return yield* door.call.do(transition)
      } catch (failure) {
        return failure as CallError
      }
    })
    expect(error).toMatchObject({ code: "exit", reason: { kind: "error", error: { code } } })
    expect(door.alive).toBe(false)
    expect(world.reports.map(({ reason }) => wordOf(reason))).toMatchObject([{ code }])
  })
})

describe("from outside", () => {
  it("S16: a call that takes too long fails, and a late answer is in no mailbox", async () => {
    const door = world.system.spawn(Door)
    const seen = await world.process(function* (self) {
      let call: Event | null = null
      const code = yield* failureOf(
        door.with({ timeoutMs: 100 }).call.do((event) => {
          call = event
          return keep()
        }),
      )
      door.cast.do(() => keep("oak", reply(callOf(call), "late")))
      yield* sleep(1)
      return [code, ...(yield* unread(self))]
    })
    expect(seen).toEqual(["timeout"])
    expect(world.system.statistics().lateReplies).toBe(1)
  })

  it("S16: one that was put off and has timed out is not handled again", async () => {
    const door = world.system.spawn(Door)
    let times = 0
    const code = await world.process(() =>
      failureOf(
        door.with({ timeoutMs: 100 }).call.do(() => {
          times++
          return keep("oak", postpone())
        }),
      ),
    )
    door.cast.do(() => next("open", "oak"))
    world.pass(0)
    expect([code, times]).toEqual(["timeout", 1])
  })

  it("S17: getState gives state and data, and replaceState what the next event finds", async () => {
    const door = world.system.spawn(Door)
    const seen = await world.process(function* () {
      return [
        yield* door.getState(),
        yield* door.replaceState(({ data }: { readonly data: string }) => ({ state: "open", data: `old ${data}` })),
        yield* door.getState(),
        yield* door.call.visit(1),
      ]
    })
    expect(seen).toEqual([{ state: "closed", data: "oak" }, { state: "open", data: "old oak" }, { state: "open", data: "old oak" }, "open, old oak"])
  })

  it("S18: a call of a suspended machine waits until it goes on", async () => {
    const door = world.system.spawn(Door)
    await world.process(function* () {
      yield* door.suspend()
      const pending = door.request.visit(1)
      yield* sleep(1000)
      expect([pending.settled, yield* door.getState()]).toEqual([false, { state: "closed", data: "oak" }])
      yield* door.resume()
      expect(yield* pending).toBe("closed, oak")
    })
  })

  it("stop(reason, data) of a transition ends it", async () => {
    const door = world.system.spawn(Door)
    const code = await world.process(() => failureOf(door.call.do(() => stop(ExitReason.shutdown, "ash"))))
    expect([code, door.alive]).toEqual(["exit", false])
  })
})

function callOf(event: Event | null) {
  if (event?.type !== "call" || event.name !== "do") throw new Error("no call")
  return event.from
}

function* failureOf(call: Operation<unknown>): Routine<unknown> {
  try {
    return yield* call
  } catch (error) {
    return error instanceof CallError ? error.code : error
  }
}

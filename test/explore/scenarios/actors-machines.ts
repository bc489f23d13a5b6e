/** State machines: time-outs against events of the same millisecond, what is put off and inserted, and ends in the middle. */
import {
  CallError,
  eventTimeout,
  ExitReason,
  keep,
  type MachineEvent,
  next,
  nextEvent,
  postpone,
  type Ref,
  reply,
  StateMachine,
  stateTimeout,
  stopAndReply,
  timeout,
  type Transition,
} from "@vivarium/actors"
import { group, type Routine, schedule, sleep } from "@vivarium/core"
import type { World } from "@vivarium/testkit"
import type { NamedScenario } from "../named-scenario.ts"
import { onceAnywhere } from "./once-anywhere.ts"

type Lamp = { switch(): void; look(): void }

/** Goes out by itself after ten milliseconds; handling takes a turn. */
class SavingLamp extends StateMachine<"on" | "off", number, Lamp> {
  #log!: string[]

  init(log: string[]): ReturnType<typeof next<"off", number>> {
    this.#log = log
    return next("off", 0)
  }

  *handle(event: MachineEvent<"on" | "off", Lamp>, state: "on" | "off", turn: number): Routine<Transition<"on" | "off", number>> {
    yield* schedule()
    if (event.type === "stateTimeout") {
      this.#log.push(`${state} ${String(event.content)} of ${turn}`)
      return next("off", turn)
    }
    if (event.type === "cast" && event.name === "switch") {
      this.#log.push(`switch ${state}`)
      return state === "on" ? next("off", turn) : next("on", turn + 1, stateTimeout(10, turn + 1))
    }
    return keep()
  }
}

/** A state time-out and events in the same millisecond. */
function* stateTimeoutTies({ check, system }: World): Routine {
  const log: string[] = []
  const lamp = system.spawn(SavingLamp, { args: [log] })
  lamp.cast.switch()
  yield* group(function* (members) {
    for (const cast of ["look", "switch"] as const) {
      members.spawn(function* (): Routine {
        yield* sleep(10)
        lamp.cast[cast]()
        if (cast === "look") lamp.send("noise" as never)
      })
    }
  })
  yield* sleep(5)
  const { state } = (yield* lamp.getState()) as { readonly state: string }
  for (const one of log) {
    const [where = "", content = "", , turn = ""] = one.split(" ")
    if (where !== "switch") check("a state time-out comes in the state that has set it, or not at all", where === "on" && content === turn)
  }
  check("looking did not take it back", log.filter((one) => one.startsWith("switch")).length === 2)
  check("it is off, unless it went out before it was switched", state === (log[1] === "switch on" ? "off" : "on"))
  yield* sleep(20)
  check("it goes out in the end", ((yield* lamp.getState()) as { readonly state: string }).state === "off")
}

type Ear = { say(what: string): void }

/** Is told when nothing comes for ten milliseconds. */
class Listener extends StateMachine<"listening", undefined, Ear> {
  #log!: string[]

  init(log: string[]): ReturnType<typeof next<"listening">> {
    this.#log = log
    return next("listening", undefined, [eventTimeout(10, "first"), timeout("long", 20, "old")])
  }

  *handle(event: MachineEvent<"listening", Ear>): Routine<Transition<"listening">> {
    this.#log.push(event.type === "cast" ? event.args[0] : event.type === "eventTimeout" || event.type === "timeout" ? String(event.content) : event.type)
    yield* schedule()
    if (event.type === "cast") return keep(undefined, event.args[0] === "again" ? [eventTimeout(10, "second"), timeout("long").update("new")] : timeout("long").cancel())
    return keep()
  }
}

/** Event time-outs and named ones, and events of the same millisecond. */
function* eventTimeoutTies({ check, system }: World): Routine {
  const log: string[] = []
  const listener = system.spawn(Listener, { args: [log] })
  yield* group(function* (members) {
    members.spawn(function* (): Routine {
      yield* sleep(10)
      listener.cast.say("again")
    })
    members.spawn(function* (): Routine {
      yield* sleep(20)
      listener.cast.say("never")
    })
  })
  yield* sleep(30)
  yield* listener.getState()
  const at = (what: string): number => log.indexOf(what)
  check("the first comes before any event, or not at all", at("first") <= 0)
  check("the second comes behind the event that has set it, with nothing in between, or not at all", at("second") === -1 || log[at("second") - 1] === "again")
  check("one that was updated comes with its new content alone", at("old") === -1 || at("old") < at("again"))
  check("one that was taken back does not come", at("new") === -1 || at("new") < at("never"))
  check("each came once", new Set(log).size === log.length)
}

type Gate = { open(): void; pass(who: string): string; leave(): void }

/** Puts guests off until it is open. */
class Porter extends StateMachine<"open" | "closed", undefined, Gate> {
  #log!: string[]

  init(log: string[]): ReturnType<typeof next<"closed">> {
    this.#log = log
    return next("closed")
  }

  *handle(event: MachineEvent<"open" | "closed", Gate>, state: "open" | "closed"): Routine<Transition<"open" | "closed">> {
    yield* schedule()
    if (event.type === "internal") {
      this.#log.push(String(event.content))
      return keep()
    }
    if (event.type !== "call" && event.type !== "cast") return keep()
    switch (event.name) {
      case "open":
        return next("open", undefined, [nextEvent({ type: "internal", content: "i1" }), nextEvent({ type: "internal", content: "i2" })])
      case "leave":
        this.#log.push("leave")
        return event.type === "call" ? stopAndReply<never>(ExitReason.custom("left"), reply(event.from)) : keep()
      case "pass":
        if (state === "closed") return keep(undefined, postpone())
        this.#log.push(event.args[0])
        return event.type === "call" ? keep(undefined, reply(event.from, `${event.args[0]} is in`)) : keep()
    }
  }
}

/** What is put off comes in its order, before all that is newer; what is inserted before that. */
function* putOff(world: World): Routine {
  const { check, system } = world
  const log: string[] = []
  const porter = system.spawn(Porter, { args: [log] })
  yield* group(function* (senders) {
    for (const name of ["a", "b"]) {
      senders.spawn(function* (): Routine {
        for (let number = 1; number <= 2; number++) {
          porter.cast.pass(`${name}${number}`)
          yield* schedule()
        }
      })
    }
    senders.spawn(function* (): Routine {
      yield* schedule()
      porter.cast.open()
    })
  })
  yield* porter.stop()
  check("all have come, once", log.toSorted().join() === "a1,a2,b1,b2,i1,i2")
  check("what one sent comes in its order", ["a", "b"].every((name) => log.indexOf(`${name}1`) < log.indexOf(`${name}2`)))
  check("what is inserted comes first, together and in its order", log.slice(0, 2).join() === "i1,i2")
}

/** Calls that are put off, given up, or left by a machine that ends. */
function* putOffCalls(world: World): Routine {
  const { check, system } = world
  const log: string[] = []
  const porter = system.spawn(Porter, { args: [log] })
  const outcomes: string[] = []
  onceAnywhere(world, "the porter is shut down", () => porter.exit(ExitReason.shutdown))
  const guests = ["a", "b", "c"].map((name) =>
    system.spawn(function* guest(): Routine {
      try {
        outcomes.push(yield* porter.with({ timeoutMs: name === "a" ? 1 : Infinity }).call.pass(name))
      } catch (error) {
        if (!(error instanceof CallError)) throw error
        outcomes.push(`${name} ${error.code} ${error.reason.kind}`)
      }
    }),
  )
  onceAnywhere(world, "b is killed", () => (guests[1] as Ref<unknown>).exit(ExitReason.kill))
  yield* sleep(1)
  porter.cast.open()
  yield* schedule()
  try {
    yield* porter.call.leave()
    outcomes.push("left")
  } catch (error) {
    if (!(error instanceof CallError)) throw error
    check("it had ended before", error.code === "noproc" || error.code === "exit")
  }
  for (const guest of guests) yield* guest.join()
  yield* porter.join()
  check("a and c have an outcome", ["a", "c"].every((name) => outcomes.filter((one) => one.startsWith(name)).length === 1))
  check("who is not let in is told why", outcomes.every((one) => / is in$| exit (custom|shutdown)$| noproc noproc$|^a timeout timeout$|^left$/.test(one)))
  check("nobody comes in twice", new Set(log).size === log.length)
  check("who has given up unread is not let in", !outcomes.includes("a timeout timeout") || !log.includes("a") || system.statistics().lateReplies > 0)
}

/** A machine that a tool suspends while time-outs come due. */
function* suspended(world: World): Routine {
  const { check, system } = world
  const log: string[] = []
  const lamp = system.spawn(SavingLamp, { args: [log] })
  lamp.cast.switch()
  yield* sleep(9)
  yield* group(function* (members) {
    members.spawn(function* (): Routine {
      yield* lamp.suspend()
      yield* sleep(1)
      yield* lamp.resume()
    })
    members.spawn(function* (): Routine {
      yield* sleep(1)
      lamp.cast.switch()
    })
  })
  yield* lamp.stop()
  check("the time-out and the switch have one order", log.length === 3 || log.length === 2)
  check("a time-out of a state that is over does not come", log.every((one) => !one.startsWith("off ")))
}

export const machineScenarios: readonly NamedScenario[] = [
  { name: "a state time-out comes in its state or not at all", scenario: stateTimeoutTies },
  { name: "event time-outs and named ones, and events of the same millisecond", scenario: eventTimeoutTies },
  { name: "what is put off comes in its order, behind what is inserted", scenario: putOff },
  { name: "calls that are put off have one outcome, whoever ends", scenario: putOffCalls },
  { name: "a machine that is suspended when its time-out is due", scenario: suspended },
]

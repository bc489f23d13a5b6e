import {
  type Action, type CallEvent, type InitArguments, keep, type Later, type MachineEvent, next, nextEvent, postpone, type Ref, repeat, reply, StateMachine, stateTimeout, stop, stopAndReply, ExitReason, type System, timeout, type Transition,
} from "@vivarium/actors"
import type { Operation } from "@vivarium/core"
import { describe, expectTypeOf, it } from "vitest"

type State = "open" | "closed"
interface Data {
  readonly guests: number
}
interface Calls {
  enter(who: string, coats?: number): boolean
  close(): void
  audit(): Promise<readonly string[]>
}

class Door extends StateMachine<State, Data, Calls, "knock" | "ring"> {
  init(guests: number) {
    return next("closed", { guests })
  }
  handle(event: MachineEvent<State, Calls, "knock" | "ring">, state: State, data: Data): Transition<State, Data> {
    expectTypeOf(state).toEqualTypeOf<State>()
    if (event.type === "call" && event.name === "enter") {
      expectTypeOf(event.args).toEqualTypeOf<Parameters<Calls["enter"]>>()
      expectTypeOf(event.from).toEqualTypeOf<Later<boolean>>()
      return next("open", { guests: data.guests + 1 }, reply(event.from, true))
    }
    if (event.type === "call" && event.name === "audit") return keep(data, reply(event.from, ["all is well"]))
    if (event.type === "call") return keep(data, reply(event.from))
    if (event.type === "cast") expectTypeOf(event.name).toEqualTypeOf<"enter" | "close" | "audit">()
    if (event.type === "info") expectTypeOf(event.message).toEqualTypeOf<"knock" | "ring">()
    if (event.type === "enter") expectTypeOf(event.from).toEqualTypeOf<State>()
    if (event.type === "down" || event.type === "exit") expectTypeOf(event.reason).toEqualTypeOf<ExitReason>()
    return keep()
  }
}

describe("references", () => {
  it("are typed by Calls", () => {
    const body = (system: System): void => {
      const door = system.spawn(Door, { args: [0] })
      expectTypeOf(door).toEqualTypeOf<Ref<Door>>()
      expectTypeOf(door.call.enter("Maya", 1)).toEqualTypeOf<Operation<boolean>>()
      expectTypeOf(door.call.audit()).toEqualTypeOf<Operation<readonly string[]>>()
      expectTypeOf(door.cast.close()).toEqualTypeOf<boolean>()
      // @ts-expect-error there is no such call
      void door.call.knock()
      // @ts-expect-error handle is no call
      void door.call.handle()
      // @ts-expect-error init is no call
      void door.cast.init()
      // @ts-expect-error the arguments are typed
      void door.call.enter(5)
    }
    void body
  })

  it("are typed by Info", () => {
    const body = (door: Ref<Door>): void => {
      expectTypeOf(door.send("knock")).toEqualTypeOf<boolean>()
      // @ts-expect-error no such message
      door.send("shout")
    }
    void body
  })

  it("take the arguments of init", () => {
    expectTypeOf<InitArguments<Door>>().toEqualTypeOf<[guests: number]>()
    const body = (system: System): void => {
      // @ts-expect-error init takes a number
      system.spawn(Door)
      // @ts-expect-error init takes a number
      system.spawn(Door, { args: ["none"] })
    }
    void body
  })

  it("of a machine without Calls have none", () => {
    class Lamp extends StateMachine<"on"> {
      init() {
        return next("on")
      }
      handle() {
        return keep()
      }
    }
    const body = (lamp: Ref<Lamp>): void => {
      expectTypeOf(lamp.call).toEqualTypeOf<Readonly<Record<never, never>>>()
      // @ts-expect-error nothing is declared
      void lamp.call.anything()
    }
    void body
  })
})

describe("results", () => {
  it("are of the machine's states and data", () => {
    expectTypeOf(next("open", { guests: 1 })).toExtend<Transition<State, Data>>()
    expectTypeOf(keep()).toExtend<Transition<State, Data>>()
    expectTypeOf(repeat({ guests: 1 })).toExtend<Transition<State, Data>>()
    expectTypeOf(stop(ExitReason.normal)).toExtend<Transition<State, Data>>()
    expectTypeOf(stopAndReply(ExitReason.normal, [])).toExtend<Transition<State, Data>>()
    expectTypeOf(next("ajar", { guests: 1 })).not.toExtend<Transition<State, Data>>()
    expectTypeOf(next("open")).toExtend<Transition<State, Data>>()
    expectTypeOf(next("open")).toExtend<Transition<State>>()
    expectTypeOf(keep("none")).not.toExtend<Transition<State, Data>>()
  })

  it("of init and handle are checked in the class", () => {
    class Bad extends StateMachine<State, Data> {
      // @ts-expect-error no such state
      init() {
        return next("ajar", { guests: 1 })
      }
      // @ts-expect-error a transition is missing
      handle() {
        return "open"
      }
    }
    void Bad
    class Waits extends StateMachine<State, Data> {
      async init() {
        return next("open", { guests: 1 })
      }
      *handle() {
        return keep({ guests: 2 })
      }
    }
    expectTypeOf<Ref<Waits>["call"]>().toEqualTypeOf<Readonly<Record<never, never>>>()
  })
})

describe("actions", () => {
  it("know what a call wants for an answer", () => {
    const body = (event: CallEvent<Calls>): void => {
      if (event.name !== "enter") return
      expectTypeOf(reply(event.from, true)).toExtend<Action>()
      // @ts-expect-error it wants a boolean
      reply(event.from, "yes")
      // @ts-expect-error it wants an answer
      reply(event.from)
    }
    void body
  })

  it("are made, not written", () => {
    const body = (): void => {
      const actions = [postpone(), stateTimeout(5), timeout("a", 5), timeout("a").cancel(), nextEvent({ type: "internal", content: 1 })]
      expectTypeOf(actions).toExtend<readonly Action[]>()
      // @ts-expect-error the maker is no action
      next("open", { guests: 1 }, timeout("a"))
      // @ts-expect-error a word is no action
      keep(1, "postpone")
      // @ts-expect-error enter calls cannot be made up
      nextEvent({ type: "enter", from: "open" })
      // @ts-expect-error it can only answer
      stopAndReply(ExitReason.normal, postpone())
    }
    void body
  })
})

describe("byState", () => {
  it("wants a handler for each state, and types what they are given", () => {
    class Good extends StateMachine<State, Data, Calls> {
      init() {
        return next("open", { guests: 0 })
      }
      handle = this.byState({
        open: (event, data, state) => {
          expectTypeOf(event).toEqualTypeOf<MachineEvent<State, Calls>>()
          expectTypeOf(data).toEqualTypeOf<Data>()
          expectTypeOf(state).toEqualTypeOf<"open">()
          return next("closed", data)
        },
        closed: () => keep(),
      })
    }
    void Good
    class Bad extends StateMachine<State, Data, Calls> {
      init() {
        return next("open", { guests: 0 })
      }
      // @ts-expect-error closed is missing
      handle = this.byState({ open: () => keep() })
    }
    void Bad
  })
})

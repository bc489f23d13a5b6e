/** State machines as actors: how they begin, wait, and what they handle. */
import { type Operation, type Routine, sleep } from "@vivarium/core"
import {
  Actor, edge, ExitReason, ignore, keep, type MachineEvent, next, nextEvent, postpone, reply, StateMachine, stateTimeout, stop, timeout, type Transition,
} from "@vivarium/actors"
import { describe, expect, it } from "vitest"
import { z } from "zod"
import { type Event, fromOf, type Script, scripted, type State } from "./fixtures/scripted-machine.ts"
import { Stage, wordOf } from "./fixtures/stage.ts"

function spawnOn(stage: Stage, log: unknown[] = [], script: Script = {}) {
  return stage.system.spawn(scripted(log, script))
}

const internal = (content: unknown) => nextEvent({ type: "internal", content })

describe("a machine begins", () => {
  class Starter extends StateMachine<"on", number> {
    init(how: "generator" | "async" | "ignore" | "stop"): ReturnType<StateMachine<"on", number>["init"]> {
      if (how === "ignore") return ignore
      if (how === "stop") return stop(ExitReason.custom("no"))
      return how === "async" ? Promise.resolve(next("on" as const, 1)) : this.slowly()
    }
    handle() {
      return keep()
    }
    private *slowly(): Routine<ReturnType<typeof next<"on", number>>> {
      yield* sleep(5)
      return next("on", 2)
    }
  }

  it("after a generator and after a promise", async () => {
    await using stage = new Stage()
    const one = stage.system.spawn(Starter, { args: ["generator"] })
    const other = stage.system.spawn(Starter, { args: ["async"] })
    stage.pass(5)
    await stage.turns()
    expect(stage.outcome(() => one.getState()).value).toEqual({ state: "on", data: 2 })
    expect(stage.outcome(() => other.getState()).value).toEqual({ state: "on", data: 1 })
  })

  it("not at all, if init says so", async () => {
    await using stage = new Stage()
    expect(stage.outcome(() => stage.system.start(Starter, { args: ["ignore"] })).code).toBe("ignore")
    expect(stage.outcome(() => stage.system.start(Starter, { args: ["stop"] })).error).toMatchObject({ code: "init_failed", reason: { value: "no" } })
  })

  it("and can be seen by itself: state and data", async () => {
    await using stage = new Stage()
    const log: unknown[] = []
    class Seer extends scripted(log, { enterCalls: true }) {
      override handle(event: Event, state: State, data: unknown) {
        log.push([this.state, this.data])
        return super.handle(event, state, data)
      }
      terminate() {
        log.push([this.state, this.data])
      }
    }
    stage.system.spawn(Seer).cast.do(() => next("b", 1))
    stage.pass()
    await stage.scheduler.main(() => stage.system.stop())
    expect(log).toEqual([["a", undefined], "enter a -> a", ["a", undefined], ["b", 1], "enter a -> b", ["b", 1]])
  })
})

describe("a handle may wait", () => {
  class Slow extends scripted([]) {
    override handle(event: Event, state: State, data: unknown): Transition<State, unknown> {
      if (event.type === "call" && event.name === "say") return this.slowly(event) as unknown as Transition<State, unknown>
      return super.handle(event, state, data)
    }
    private *slowly(event: Extract<Event, { name: "say" }>): Routine<Transition<State, unknown>> {
      yield* sleep(10)
      return next("b", 0, event.type === "call" ? reply(event.from, "slowly") : [])
    }
  }

  it("as a generator: its mailbox waits with it", async () => {
    await using stage = new Stage()
    const machine = stage.system.spawn(Slow)
    const answer = stage.begin(() => machine.call.say("hello"))
    const state = stage.begin(() => machine.getState())
    stage.pass(9)
    expect([answer.settled, state.settled]).toEqual([false, false])
    stage.pass(1)
    expect([answer.value, state.value]).toEqual(["slowly", { state: "b", data: 0 }])
  })

  it("and what has come meanwhile is taken back with its time-out", async () => {
    await using stage = new Stage()
    const log: unknown[] = []
    const machine = spawnOn(stage, log)
    machine.cast.do(() => keep(0, [stateTimeout(5, "stale"), timeout("n", 5, "kept")]))
    machine.cast.do(function* () {
      yield* sleep(10)
      return next("b", 0)
    })
    stage.pass(20)
    expect(log).toEqual(["timeout n kept in b"])
  })

  it("as an async function, and as an operation", async () => {
    await using stage = new Stage()
    const machine = spawnOn(stage)
    const answer = stage.begin(() => machine.call.do(async (event) => keep(await Promise.resolve(5), reply(fromOf(event), "async"))))
    await stage.turns()
    expect(answer.value).toBe("async")
    machine.cast.do((): Operation<unknown> => stage.scheduler.tasklet(() => next("b", 6)).join())
    stage.pass()
    expect(stage.outcome(() => machine.getState()).value).toEqual({ state: "b", data: 6 })
  })

  it("also in an enter call", async () => {
    await using stage = new Stage()
    const log: unknown[] = []
    const slowly = function* () {
      yield* sleep(10)
      return keep("entered")
    }
    const machine = spawnOn(stage, log, { enterCalls: true, onEnter: [() => keep(), slowly] })
    machine.cast.do(() => next("b", 0, internal("i")))
    stage.pass(9)
    expect(log).toEqual(["enter a -> a", "enter a -> b"])
    stage.pass(1)
    expect(log.slice(2)).toEqual(["internal i in b"])
    expect(stage.outcome(() => machine.getState()).value).toEqual({ state: "b", data: "entered" })
  })

  it("until an exit signal ends it; what an async one answers then is heard", async () => {
    await using stage = new Stage()
    const machine = spawnOn(stage)
    const unwound: string[] = []
    const first = stage.begin(() =>
      machine.call.do(function* () {
        try {
          yield* sleep(1000)
        } finally {
          unwound.push("finally")
        }
        return keep()
      }),
    )
    stage.pass()
    machine.exit(ExitReason.shutdown)
    stage.pass()
    expect([first.code, unwound]).toEqual(["exit", ["finally"]])

    const other = spawnOn(stage)
    let settle: (() => void) | undefined
    const answer = stage.begin(() => other.call.do((event) => new Promise((resolve) => void (settle = () => resolve(next("b", 0, [reply(fromOf(event), "last words"), internal("i")]))))))
    stage.pass()
    other.exit(ExitReason.shutdown)
    stage.pass()
    settle?.()
    await stage.turns()
    expect([answer.value, other.alive]).toEqual(["last words", false])
  })
})

describe("handlers by state", () => {
  interface Calls {
    push(): string
  }
  class Switch extends StateMachine<"off" | "on", number, Calls> {
    init() {
      return next("off", 0)
    }
    override handle = this.byState({
      off: (event, count) => (event.type === "call" ? next("on", count + 1, reply(event.from, `${this.kind} on`)) : keep()),
      on(event, count, state) {
        return event.type === "call" ? next("broken" as "off", count, reply(event.from, `${state}, ${count}`)) : keep()
      },
    })
    readonly kind = "switched"
  }

  it("are called by the state that the machine is in; one without is no_handler", async () => {
    await using stage = new Stage()
    const machine = stage.system.spawn(Switch)
    expect(stage.outcome(() => machine.call.push()).value).toBe("switched on")
    expect(stage.outcome(() => machine.call.push()).value).toBe("on, 1")
    expect(stage.outcome(() => machine.call.push()).error).toMatchObject({ code: "exit", reason: { error: { code: "no_handler" } } })
    expect(wordOf(stage.crashes[0]?.reason as ExitReason)).toBe('Switch #1 has no handler for the state "broken". It has off, on.')
  })

  it("can be overridden for a while, as with modules that are pushed and popped in OTP", async () => {
    await using stage = new Stage()
    const log: unknown[] = []
    class Changing extends scripted(log) {
      override handle(event: Event, state: State, data: unknown) {
        if (event.type === "info" && event.message === "night") {
          this.become<Changing>({
            handle(one) {
              log.push(`night: ${one.type}`)
              if (one.type === "info") this.unbecome()
              return keep()
            },
          })
          return keep()
        }
        return super.handle(event, state, data)
      }
    }
    const machine = stage.system.spawn(Changing)
    for (const message of ["day", "night", "day", "day"]) machine.send(message)
    stage.pass()
    expect(log).toEqual(["info day in a", "night: info", "info day in a"])
  })
})

describe("what comes from others", () => {
  class Watcher extends StateMachine<"watching"> {
    static log: unknown[] = []
    init() {
      Watcher.log = []
      this.trapExit = true
      const dying = (self: { stop(reason: ExitReason): unknown }) => self.stop(ExitReason.custom("wilted"))
      this.monitor(this.spawn(dying))
      this.monitor(this.spawn(dying), { message: ({ reason }) => `gone: ${String(wordOf(reason))}` })
      this.spawnLink(dying)
      this.sendAfter(5, "tick")
      this.startTimer(6, "tock")
      return next("watching")
    }
    handle(event: MachineEvent): Transition<"watching"> {
      if (event.type === "down") Watcher.log.push(`down of ${String(event.from)}: ${String(wordOf(event.reason))}, ${event.monitor.active}`)
      else if (event.type === "exit") Watcher.log.push(`exit of ${String(event.from)}: ${String(wordOf(event.reason))}`)
      else if (event.type === "info") Watcher.log.push(typeof event.message === "string" ? event.message : (event.message as { message: unknown }).message)
      return keep()
    }
  }

  it("are Downs, trapped exits, and messages of monitors and timers", async () => {
    await using stage = new Stage()
    stage.system.spawn(Watcher)
    stage.pass(10)
    expect(Watcher.log).toEqual(["down of dying #2: wilted, false", "gone: wilted", "exit of dying #4: wilted", "tick", "tock"])
  })

  it("are all put off alike, and opened once", async () => {
    await using stage = new Stage()
    class Late extends Watcher {
      override handle(event: MachineEvent) {
        if (event.type === "info" && event.message === "go") return next("going" as "watching")
        if (this.state === "watching") return keep(undefined, postpone())
        return super.handle(event)
      }
    }
    const late = stage.system.spawn(Late)
    stage.pass(10)
    expect(Watcher.log).toEqual([])
    late.send("go")
    stage.pass()
    expect(Watcher.log).toEqual(["down of dying #2: wilted, false", "gone: wilted", "exit of dying #4: wilted", "tick", "tock"])
  })

  it("is the exit of the parent an end, whatever it traps", async () => {
    await using stage = new Stage()
    let ended: unknown
    stage.system.events.on("ended", ({ reason, ref }) => {
      if (String(ref).startsWith("Watcher")) ended = reason
    })
    class Parent extends Actor {
      *init() {
        yield* this.startLink(Watcher)
      }
    }
    const parent = stage.system.spawn(Parent)
    stage.pass()
    parent.exit(ExitReason.custom("leaves"))
    stage.pass()
    expect(ended).toEqual({ kind: "custom", value: "leaves" })
    expect(Watcher.log).not.toContain("exit of Parent #1: leaves")
  })

  it("are calls of an edge, checked by the protocol", async () => {
    await using stage = new Stage()
    class Guarded extends scripted([]) {
      static readonly protocol = { say: z.tuple([z.string()]) }
      override handle(event: Event, state: State, data: unknown) {
        return event.type === "call" && event.name === "say" ? keep(data, reply(event.from, event.args[0].toUpperCase())) : super.handle(event, state, data)
      }
    }
    const way = edge(stage.system.spawn(Guarded))
    expect(stage.outcome(() => way.call("say", ["hello"])).value).toBe("HELLO")
    expect(stage.outcome(() => way.call("say", [5])).code).toBe("schema")
    expect(stage.outcome(() => way.call("do", [])).code).toBe("unknown_method")
  })

  it("is a message once nothing has come for a while, by setIdleTimeout", async () => {
    await using stage = new Stage()
    const log: unknown[] = []
    class Idler extends scripted(log) {
      override init() {
        this.setIdleTimeout(10, "idle")
        return super.init()
      }
    }
    stage.system.spawn(Idler)
    stage.pass(10)
    expect(log).toEqual(["info idle in a"])
  })
})

/** State machines as actors: how they refuse, end, are watched by tools, and get on with others. */
import { type Routine, schedule, sleep } from "@vivarium/core"
import {
  Actor, CallError, eventTimeout, ExitReason, formatCrashReport, keep, next, nextEvent, postpone, type Ref, refuse, reply, stateTimeout, stop, stopAndReply, timeout, type TraceEvent, type Transition,
} from "@vivarium/actors"
import { describe, expect, it } from "vitest"
import { type Event, fromOf, type Script, scripted, type State } from "./fixtures/scripted-machine.ts"
import { Stage, wordOf } from "./fixtures/stage.ts"

function spawnOn(stage: Stage, log: unknown[] = [], script: Script = {}) {
  return stage.system.spawn(scripted(log, script))
}

const internal = (content: unknown) => nextEvent({ type: "internal", content })

describe("a refusal", () => {
  it("fails the call, and the machine stays as it was", async () => {
    await using stage = new Stage()
    const machine = spawnOn(stage)
    const refused = stage.outcome(() =>
      machine.call.do(() => {
        throw refuse(new RangeError("not now"))
      }),
    )
    expect([refused.code, (refused.error as CallError).cause]).toEqual(["refused", new RangeError("not now")])
    expect(stage.outcome(() => machine.getState()).value).toEqual({ state: "a", data: undefined })
  })

  it("also fails one that was put off before", async () => {
    await using stage = new Stage()
    const machine = spawnOn(stage)
    let times = 0
    const answer = stage.begin(() =>
      machine.call.do(() => {
        if (++times === 2) throw refuse(new Error("never"))
        return keep(0, postpone())
      }),
    )
    stage.pass()
    machine.cast.do(() => next("b", 0))
    stage.pass()
    expect([answer.code, machine.alive]).toEqual(["refused", true])
  })

  it("of an enter call is counted, and the state is entered with what was asked for", async () => {
    await using stage = new Stage()
    const log: unknown[] = []
    const no = () => {
      throw refuse(new Error("no"))
    }
    const machine = spawnOn(stage, log, { enterCalls: true, onEnter: [() => keep(), no] })
    machine.cast.do(() => next("b", 0, internal("i")))
    stage.pass()
    expect(log).toEqual(["enter a -> a", "enter a -> b", "internal i in b"])
    expect(stage.system.statistics().refusedCasts).toBe(1)
  })
})

describe("its end", () => {
  it("fails the calls that nobody has answered with its reason, wherever they are; other events are dead letters", async () => {
    await using stage = new Stage()
    const machine = spawnOn(stage)
    const off = () => keep(0, postpone())
    const postponed = stage.begin(() => machine.call.do(off))
    const kept = stage.begin(() => machine.call.do(() => keep()))
    machine.cast.say("handled")
    machine.cast.do(off)
    const again = stage.begin(() => machine.call.do(() => keep(0, postpone())))
    const last = stage.begin(() => machine.call.do(() => next("b", 0, nextEvent({ type: "cast", name: "do", args: [() => stop(ExitReason.custom("done"), "ash")] }))))
    const unread = stage.begin(() => machine.call.say("unread"))
    stage.pass()
    const ends = [postponed, kept, again, last, unread].map(({ error }) => (error instanceof CallError ? `${error.code} ${String(wordOf(error.reason))}` : error))
    expect(ends).toEqual(Array(5).fill("exit done"))
    expect(stage.letters.map(({ because, method }) => `${method} ${because}`)).toEqual(["do unread"])
  })

  it("comes after the answers of stopAndReply, which terminate does not delay", async () => {
    await using stage = new Stage()
    const log: unknown[] = []
    class Slow extends scripted(log) {
      *terminate(reason: ExitReason): Routine {
        log.push(`terminate ${reason.kind} ${String(this.data)}`)
        yield* sleep(10)
      }
    }
    const machine = stage.system.spawn(Slow)
    const answer = stage.outcome(() => machine.call.do((event) => stopAndReply(ExitReason.shutdown, reply(fromOf(event), "bye"), "last data")))
    expect([answer.value, log, machine.alive]).toEqual(["bye", ["terminate shutdown last data"], false])
    stage.pass(10)
  })

  it("may be asked for by this.stop(): the transition still counts", async () => {
    await using stage = new Stage()
    const log: unknown[] = []
    class Stopper extends scripted(log) {
      override handle(event: Event, state: State, data: unknown) {
        if (event.type !== "call" || event.name !== "say") return super.handle(event, state, data)
        this.stop(ExitReason.shutdown)
        return next("b", 5, reply(event.from, "yes"))
      }
      terminate() {
        log.push([this.state, this.data])
      }
    }
    const machine = stage.system.spawn(Stopper)
    expect(stage.outcome(() => machine.call.say("stop")).value).toBe("yes")
    expect(log).toEqual([["b", 5]])
  })

  it("takes all time-outs back", async () => {
    await using stage = new Stage()
    const machine = spawnOn(stage)
    machine.cast.do(() => keep(0, [stateTimeout(10), eventTimeout(10), timeout("a", 10), timeout("b", 10)]))
    stage.pass()
    expect(stage.scheduler.statistics().timers).toBe(4)
    machine.exit(ExitReason.kill)
    stage.pass()
    expect(stage.scheduler.statistics().timers).toBe(0)
  })

  it("leaves a report that shows state, data and event", async () => {
    await using stage = new Stage()
    class Crashing extends scripted([]) {
      override handle(event: Event, state: State, data: unknown) {
        if (event.type === "timeout") throw new Error("burnt")
        return super.handle(event, state, data)
      }
    }
    stage.system.spawn(Crashing).cast.do(() => next("c", { honey: 5 }, timeout("lunch", 5, "soup")))
    stage.pass(5)
    const [report] = stage.crashes
    expect(report).toMatchObject({ state: { state: "c", data: { honey: 5 } }, message: { method: "timeout", payload: { type: "timeout", name: "lunch", content: "soup" } } })
    expect(formatCrashReport(report as never).split("\n").slice(0, 2)).toEqual(["Crashing #1 crashed in timeout(): Error: burnt", '  state:     { state: "c", data: an Object }'])
  })

  it("leaves one of the first enter call, too, after it has started", async () => {
    await using stage = new Stage()
    const broken = () => {
      throw new Error("cannot enter")
    }
    expect(stage.outcome(() => stage.system.start(scripted([], { enterCalls: true, onEnter: [broken] }))).error).toBeUndefined()
    expect(stage.crashes[0]).toMatchObject({ message: { method: "enter", payload: { type: "enter", from: "a" } }, state: { state: "a" } })
  })
})

describe("tools", () => {
  it("see what comes in, inserted events and time-outs included, and the answers", async () => {
    await using stage = new Stage()
    const machine = spawnOn(stage)
    const seen: string[] = []
    const words = (one: TraceEvent): unknown => seen.push(one.kind === "in" ? `in ${String(one.method)}` : `out ${String(one.value)}`)
    using _trace = machine.trace(words)
    stage.outcome(() => machine.statistics(true))
    const answer = stage.outcome(() => machine.call.do((event) => keep(0, [internal("i"), timeout("n", 0), reply(fromOf(event), 5)])))
    stage.pass()
    expect(answer.value).toBe(5)
    expect(seen).toEqual(["in do", "out 5", "in internal", "in timeout"])
    expect(stage.outcome(() => machine.statistics()).value).toMatchObject({ messagesIn: 1, messagesOut: 1 })
  })

  it("suspend time-outs, too: they wait", async () => {
    await using stage = new Stage()
    const log: unknown[] = []
    const machine = spawnOn(stage, log)
    machine.cast.do(() => keep(0, [stateTimeout(5, 1), eventTimeout(20, 2)]))
    stage.pass()
    stage.outcome(() => machine.suspend())
    stage.pass(10)
    expect(log).toEqual([])
    stage.outcome(() => machine.resume())
    stage.pass(20)
    expect(log).toEqual(["stateTimeout 1 in a"])
  })

  it("do not disturb an event time-out", async () => {
    await using stage = new Stage()
    const log: unknown[] = []
    const machine = spawnOn(stage, log)
    machine.cast.do(() => keep(0, eventTimeout(20, 1)))
    stage.pass(10)
    stage.outcome(() => machine.getState())
    stage.pass(10)
    expect(log).toEqual(["eventTimeout 1 in a"])
  })

  it("replace the state without a transition: what was put off waits on", async () => {
    await using stage = new Stage()
    const log: unknown[] = []
    const machine = spawnOn(stage, log, { enterCalls: true })
    machine.cast.do((_event, state) => (state === "a" ? keep(0, postpone()) : keep(0, internal("again"))))
    stage.pass()
    stage.outcome(() => machine.replaceState(() => ({ state: "b", data: 1 })))
    expect(log).toEqual(["enter a -> a"])
    machine.cast.do(() => next("c", 1))
    stage.pass()
    expect(log.slice(1)).toEqual(["enter b -> c", "internal again in c"])
  })
})

describe("with others", () => {
  it("a machine that inserts events for ever gives way, and can be killed", async () => {
    await using stage = new Stage({ messageBudget: 10 })
    const again = (): Transition<State, unknown> => keep(0, nextEvent({ type: "cast", name: "do", args: [again] }))
    const machine = spawnOn(stage)
    const other = spawnOn(stage)
    machine.cast.do(again)
    const answer = stage.begin(() => other.call.do((event) => keep(0, reply(fromOf(event), "my turn"))))
    stage.scheduler.tasklet(function* () {
      while (!answer.settled) yield* schedule()
      machine.exit(ExitReason.kill)
    })
    stage.scheduler.run()
    expect([answer.value, machine.alive]).toEqual(["my turn", false])
  })

  it("a call that is put off still counts as waiting; one that is to be answered later does not", async () => {
    await using stage = new Stage()
    const machine = spawnOn(stage)
    class Caller extends Actor {
      *ask(how: "postpone" | "later") {
        return yield* machine.call.do(() => (how === "postpone" ? keep(0, postpone()) : keep()))
      }
      hello() {
        return "hello"
      }
    }
    const callBack = (caller: Ref<Caller>) =>
      function* () {
        try {
          return keep(yield* caller.with({ timeoutMs: 50 }).call.hello())
        } catch (error) {
          return keep((error as CallError).code)
        }
      }
    for (const [how, code] of [["postpone", "call_cycle"], ["later", "timeout"]] as const) {
      const caller = stage.system.spawn(Caller)
      const asked = stage.begin(() => caller.call.ask(how))
      stage.pass()
      machine.cast.do(callBack(caller))
      stage.pass(60)
      expect(stage.outcome(() => machine.getState()).value).toEqual({ state: "a", data: code })
      caller.exit(ExitReason.kill)
      stage.pass()
      expect(asked.code).toBe("exit")
    }
  })

  it("stash() puts an event off until unstash(), whatever the state", async () => {
    await using stage = new Stage()
    const log: unknown[] = []
    class Stasher extends scripted(log) {
      #stashed = false
      override handle(event: Event, state: State, data: unknown) {
        if (event.type === "call" && !this.#stashed) {
          this.stash()
          this.#stashed = true
          return keep()
        }
        if (event.type === "info") this.unstash()
        return super.handle(event, state, data)
      }
    }
    const machine = stage.system.spawn(Stasher)
    const answer = stage.begin(() => machine.call.do((event) => keep(0, reply(fromOf(event), "unstashed"))))
    stage.pass()
    machine.cast.do(() => next("b", 0))
    machine.send("unstash")
    stage.pass()
    expect([answer.value, log]).toEqual(["unstashed", ["info unstash in b"]])
  })
})

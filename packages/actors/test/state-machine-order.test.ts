/** The order of a transition. What is expected here was also seen in OTP, with machines of the same script, unless a test says otherwise. */
import { eventTimeout, ExitReason, keep, next, nextEvent, postpone, repeat, reply, stateTimeout, stop, stopAndReply, timeout, type Transition } from "@vivarium/actors"
import { describe, expect, it } from "vitest"
import { type Event, fromOf, type Script, scripted, type State } from "./fixtures/scripted-machine.ts"
import { Stage } from "./fixtures/stage.ts"

type Result = Transition<State, unknown>
/** A result, or a word that is cast instead. */
type Order = (() => Result) | string

const internal = (content: unknown) => nextEvent({ type: "internal", content })
const cast = (result: () => Result) => nextEvent({ type: "cast", name: "do", args: [result] })

/** Casts all orders before the machine runs; gives what it has noted after a while. */
async function run(orders: readonly Order[], script: Script = {}): Promise<unknown[]> {
  await using stage = new Stage()
  const log: unknown[] = []
  const machine = stage.system.spawn(scripted(log, script))
  for (const order of orders) {
    if (typeof order === "string") machine.cast.say(order)
    else machine.cast.do(order)
  }
  stage.pass(100)
  const [crash] = stage.crashes
  if (crash !== undefined) log.push(crash.reason.kind === "error" ? (crash.reason.error as { readonly code: string }).code : crash.reason.kind)
  return log
}

/** Puts itself off the first time. */
function oncePostponed(then: () => Result): () => Result {
  let first = true
  return () => {
    if (!first) return then()
    first = false
    return keep(undefined, postpone())
  }
}

describe("time-outs of no time", () => {
  it("come before what is in the mailbox, in the order in which they were set", async () => {
    expect(await run([() => keep(0, [timeout("n", 0, 1), stateTimeout(0, 2)]), "x"])).toEqual(["timeout n 1 in a", "stateTimeout 2 in a", "cast x in a"])
  })

  it("come after inserted events", async () => {
    expect(await run([() => keep(0, [stateTimeout(0, 1), internal("i")]), "x"])).toEqual(["internal i in a", "stateTimeout 1 in a", "cast x in a"])
  })

  it("of events come if nothing else does before", async () => {
    expect(await run([() => keep(0, eventTimeout(0, 1)), "x"])).toEqual(["eventTimeout 1 in a", "cast x in a"])
    expect(await run([() => keep(0, [eventTimeout(0, 1), internal("i")]), "x"])).toEqual(["internal i in a", "cast x in a"])
    expect(await run([() => keep(0, [eventTimeout(0, 1), timeout("n", 0, 2)])])).toEqual(["eventTimeout 1 in a", "timeout n 2 in a"])
    expect(await run([() => keep(0, [timeout("n", 0, 2), eventTimeout(0, 1)])])).toEqual(["timeout n 2 in a"])
  })

  it("of a state are taken back by a change of an event that comes before", async () => {
    expect(await run([() => keep(0, [stateTimeout(0, 1), cast(() => next("b", 0))]), "x"])).toEqual(["cast x in b"])
  })

  it("are set once if they are set twice", async () => {
    expect(await run([() => keep(0, [timeout("n", 0, 1), cast(() => keep(0, timeout("n", 0, 2)))])])).toEqual(["timeout n 2 in a"])
  })

  it("are replaced by one that takes time; OTP 25 loses track of it", async () => {
    expect(await run([() => keep(0, [timeout("n", 0, 1), cast(() => keep(0, timeout("n", 20, 2)))]), "x"])).toEqual(["cast x in a", "timeout n 2 in a"])
  })

  it("can be taken back", async () => {
    expect(await run([() => keep(0, [timeout("n", 0, 1), cast(() => keep(0, timeout("n").cancel()))])])).toEqual([])
  })

  it("can be updated, and an update of one that does not run is one", async () => {
    expect(await run([() => keep(0, [timeout("n", 0, 1), cast(() => keep(0, timeout("n").update(2)))])])).toEqual(["timeout n 2 in a"])
    expect(await run([() => keep(0, timeout("n").update(1)), "x"])).toEqual(["timeout n 1 in a", "cast x in a"])
    expect(await run([() => keep(0, stateTimeout.update(1)), "x"])).toEqual(["stateTimeout 1 in a", "cast x in a"])
    expect(await run([() => keep(0, eventTimeout.update(1)), "x"])).toEqual(["eventTimeout 1 in a", "cast x in a"])
  })
})

describe("of several actions of a kind", () => {
  it("the last one wins", async () => {
    expect(await run([() => keep(0, [timeout("n", 0, 1), timeout("n", 10, 2)])])).toEqual(["timeout n 2 in a"])
    expect(await run([() => keep(0, [stateTimeout(5, 1), stateTimeout.cancel()])])).toEqual([])
    expect(await run([() => keep(0, [stateTimeout.cancel(), stateTimeout(5, 1)])])).toEqual(["stateTimeout 1 in a"])
    expect(await run([() => keep(0, [eventTimeout(5, 1), eventTimeout(7, 2)])])).toEqual(["eventTimeout 2 in a"])
  })

  it("the time-out of an enter call wins over that of the change", async () => {
    const onEnter = [() => keep(), () => keep(0, stateTimeout(5, "enter"))]
    expect(await run([() => next("b", 0, stateTimeout(10, "change"))], { enterCalls: true, onEnter })).toEqual(["enter a -> a", "enter a -> b", "stateTimeout enter in b"])
  })
})

describe("events", () => {
  it("that were inserted come in their order, those inserted later before them", async () => {
    const inserts = () => keep(0, [internal("i1"), cast(() => keep(0, [internal("j1"), internal("j2")])), internal("i2")])
    expect(await run([inserts, "x"])).toEqual(["internal i1 in a", "internal j1 in a", "internal j2 in a", "internal i2 in a", "cast x in a"])
  })

  it("that were put off come after those inserted along with the change", async () => {
    const off = oncePostponed(() => keep(0, internal("again")))
    expect(await run([off, () => next("b", 0, [internal("i1"), internal("i2")]), "x"])).toEqual(["internal i1 in b", "internal i2 in b", "internal again in b", "cast x in b"])
  })

  it("can be put off by the change itself", async () => {
    let times = 0
    const both = () => (++times === 1 ? next("b" as const, 0, [postpone(), internal("i")]) : keep(0, internal("again")))
    expect(await run([both, "x"])).toEqual(["internal i in b", "internal again in b", "cast x in b"])
  })

  it("are put off again and again until somebody takes them", async () => {
    let times = 0
    const patient = () => (++times < 3 ? keep(0, postpone()) : keep(0, internal(times)))
    expect(await run([patient, () => next("b", 0), () => next("a", 0), () => next("b", 0)])).toEqual(["internal 3 in a"])
  })

  it("of all kinds can be put off", async () => {
    await using stage = new Stage()
    const log: unknown[] = []
    const Base = scripted(log)
    class Late extends Base {
      override handle(event: Event, state: State, data: unknown) {
        if (state === "b" || (event.type === "cast" && event.name === "do")) return super.handle(event, state, data)
        return keep(data, postpone())
      }
    }
    const machine = stage.system.spawn(Late)
    machine.send("m")
    machine.cast.say("c")
    const answer = machine.request.do((event) => keep(0, reply(fromOf(event), "called")))
    machine.cast.do(() => keep(0, [stateTimeout(1, 1), timeout("n", 2, 2), internal("i")]))
    stage.pass(10)
    expect(log).toEqual([])
    machine.cast.do(() => next("b", 0))
    stage.pass()
    expect(log).toEqual(["info m in b", "cast c in b", "internal i in b", "stateTimeout 1 in b", "timeout n 2 in b"])
    expect(stage.outcome(() => answer).value).toBe("called")
  })

  it("are not handled again by next with the same state, which takes no state time-out back either", async () => {
    const off = oncePostponed(() => keep(0, internal("again")))
    expect(await run([() => keep(0, stateTimeout(50, 1)), off, () => next("a", 0), "x"])).toEqual(["cast x in a", "stateTimeout 1 in a"])
  })

  it("are left alone by repeat, and so is the state time-out", async () => {
    const off = oncePostponed(() => keep(0, internal("again")))
    expect(await run([() => keep(0, stateTimeout(50, 1)), off, () => repeat(), "x"])).toEqual(["cast x in a", "stateTimeout 1 in a"])
  })

  it("can be made up: even calls and time-outs", async () => {
    expect(await run([() => keep(0, [eventTimeout(5, "real"), nextEvent({ type: "eventTimeout", content: "made up" })])])).toEqual(["eventTimeout made up in a"])
    expect(await run([() => keep(0, [nextEvent({ type: "timeout", name: "n", content: 1 }), nextEvent({ type: "stateTimeout", content: 2 }), nextEvent({ type: "info", message: 3 })])])).toEqual([
      "timeout n 1 in a",
      "stateTimeout 2 in a",
      "info 3 in a",
    ])
    await using stage = new Stage()
    const machine = stage.system.spawn(scripted([]))
    const answer = machine.request.do((event) =>
      keep(0, nextEvent({ type: "call", name: "do", args: [(again: Event) => keep(0, reply(fromOf(again), "made up"))], from: fromOf(event) })),
    )
    expect(stage.outcome(() => answer).value).toBe("made up")
  })
})

describe("enter calls", () => {
  const enterCalls = true

  it("come after the actions of the change, and before all events", async () => {
    expect(await run([() => next("b", 0, [internal("i"), stateTimeout(0, 1)]), "x"], { enterCalls })).toEqual([
      "enter a -> a",
      "enter a -> b",
      "internal i in b",
      "stateTimeout 1 in b",
      "cast x in b",
    ])
  })

  it("can be repeated, and tell the state before then, too", async () => {
    const onEnter = [() => keep(), () => repeat(), () => repeat(1), () => keep()]
    expect(await run([() => next("b", 0)], { enterCalls, onEnter })).toEqual(["enter a -> a", "enter a -> b", "enter a -> b", "enter a -> b"])
  })

  it("can stay in the state by its name, change the data, and stop", async () => {
    expect(await run([() => next("b", 0), "x"], { enterCalls, onEnter: [() => keep(), () => next("b", 1)] })).toEqual(["enter a -> a", "enter a -> b", "cast x in b"])
    expect(await run([() => next("b", 0), "x"], { enterCalls, onEnter: [() => keep(), () => stop(ExitReason.custom("no"))] })).toEqual(["enter a -> a", "enter a -> b", "custom"])
    expect(await run([() => next("b", 0), "x"], { enterCalls, onEnter: [() => keep(), () => stopAndReply(ExitReason.shutdown, [])] })).toEqual(["enter a -> a", "enter a -> b"])
  })

  it.each([
    ["change the state", () => next("c", 0), "bad_return_value"],
    ["put the event off", () => keep(0, postpone()), "bad_action"],
    ["insert events", () => keep(0, internal("i")), "bad_action"],
  ])("may not %s", async (_what, onEnter, code) => {
    expect(await run([() => next("b", 0)], { enterCalls, onEnter: [() => keep(), onEnter] })).toEqual(["enter a -> a", "enter a -> b", code])
  })

  it("can answer the call that has led to the state", async () => {
    await using stage = new Stage()
    let call: Event | undefined
    const machine = stage.system.spawn(scripted([], { enterCalls, onEnter: [() => keep(), () => keep(0, reply(fromOf(call), "entered"))] }))
    const answer = machine.request.do((event) => {
      call = event
      return next("b", 0)
    })
    expect(stage.outcome(() => answer).value).toBe("entered")
  })

  it("make an end of the restart of what was put off: it comes after them", async () => {
    const off = oncePostponed(() => keep(0, internal("again")))
    expect(await run([off, () => next("b", 0)], { enterCalls })).toEqual(["enter a -> a", "enter a -> b", "internal again in b"])
  })

  it("are not made unless they are asked for", async () => {
    expect(await run([() => next("b", 0), () => repeat(), "x"])).toEqual(["cast x in b"])
  })
})

describe("what init asks for", () => {
  it("is done before any event; nothing can be put off", async () => {
    expect(await run(["x"], { actions: [postpone(), stateTimeout(0, 1), internal("i")] })).toEqual(["internal i in a", "stateTimeout 1 in a", "cast x in a"])
    expect(await run(["x"], { actions: [stateTimeout(0, 1), eventTimeout(0, 2)] })).toEqual(["stateTimeout 1 in a", "cast x in a"])
  })

  it("comes after the first enter call", async () => {
    expect(await run(["x"], { enterCalls: true, actions: internal("i") })).toEqual(["enter a -> a", "internal i in a", "cast x in a"])
  })
})

describe("answers", () => {
  it("are given at once: also before a bad action", async () => {
    await using stage = new Stage()
    const machine = stage.system.spawn(scripted([]))
    const answer = machine.request.do((event) => keep(0, [reply(fromOf(event), "first"), "rubbish" as never]))
    expect(stage.outcome(() => answer).value).toBe("first")
    expect(machine.alive).toBe(false)
  })

  it("may be given twice; the second is a counted late reply", async () => {
    await using stage = new Stage()
    const machine = stage.system.spawn(scripted([]))
    const answer = machine.request.do((event) => keep(0, [reply(fromOf(event), 1), reply(fromOf(event), 2)]))
    expect(stage.outcome(() => answer).value).toBe(1)
    expect(stage.system.statistics().lateReplies).toBe(1)
  })

  it("and putting off go together: the event comes again", async () => {
    await using stage = new Stage()
    const machine = stage.system.spawn(scripted([]))
    let times = 0
    const answer = machine.request.do((event) => (++times === 1 ? keep(0, [reply(fromOf(event), "soon"), postpone()]) : keep()))
    machine.cast.do(() => next("b", 0))
    expect(stage.outcome(() => answer).value).toBe("soon")
    expect(times).toBe(2)
  })
})

describe("states that are objects", () => {
  it("are the same if they are the same object, whatever is in it", async () => {
    const off = oncePostponed(() => keep(0, internal("again")))
    const open = { door: "open" } as unknown as State
    const alike = { door: "open" } as unknown as State
    const handled = await run([() => next(open, 0), off, () => next(open, 0), "x", () => next(alike, 0), () => next(Number.NaN as never, 0), () => next(Number.NaN as never, 0)], { enterCalls: true })
    expect(handled).toEqual([
      "enter a -> a",
      "enter a -> [object Object]",
      "cast x in [object Object]",
      "enter [object Object] -> [object Object]",
      "internal again in [object Object]",
      "enter [object Object] -> NaN",
    ])
  })
})

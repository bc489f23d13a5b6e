/** Event managers beyond what gen_event is: handlers that are objects, wrong use, subclasses, tools, reports. */
import { type CallError, type EventHandlerError, EventManager, ExitReason, type HandlerCrash, HandlerExit, Actor, removeHandler, selfOf } from "@vivarium/actors"
import { InvalidArgumentError, type Operation, sleep } from "@vivarium/core"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { Stage } from "./fixtures/stage.ts"

let stage: Stage
beforeEach(() => {
  stage = new Stage()
})
afterEach(async () => {
  await stage[Symbol.asyncDispose]()
})

class Tally {
  count = 0
  init(start = 0) {
    this.count = start
  }
  handleEvent(_event: string) {
    this.count++
  }
  handleCall(_request: "count") {
    return this.count
  }
}

const news = () => stage.system.spawn(EventManager<string>, { name: "news" })
/** What a call gives, or the code of what it has failed with, and the error in it. */
const outcome = <T>(call: Operation<T>) => stage.outcome(() => call)
const causeOf = (error: unknown) => (error as CallError).cause as EventHandlerError

describe("handlers", () => {
  it("may be objects, which are their own names", () => {
    const manager = news()
    const log: string[] = []
    const printer = { handleEvent: (event: string) => void log.push(event), terminate: (why: string) => `printed, ${why}` }
    outcome(manager.call.add(printer))
    manager.cast.notify("one")
    stage.pass()
    expect([log, outcome(manager.call.handlers()).value]).toEqual([["one"], [printer]])
    expect(outcome(manager.call.delete(printer, "enough")).value).toBe("printed, enough")
  })

  it("of one class need ids, of any kind", () => {
    const manager = news()
    outcome(manager.call.add(Tally))
    expect(causeOf(outcome(manager.call.add(Tally)).error).code).toBe("already_added")
    outcome(manager.call.add([Tally, NaN], 10))
    outcome(manager.call.add([Tally, "b"], 20))
    expect(causeOf(outcome(manager.call.add([Tally, NaN])).error).code).toBe("already_added")
    manager.cast.notify("one")
    const counts = [Tally, [Tally, NaN], [Tally, "b"]].map((name) => outcome(manager.call.call(name as typeof Tally, "count")).value)
    expect(counts).toEqual([1, 11, 21])
    const same = { handleEvent: () => {} }
    outcome(manager.call.add(same))
    expect(causeOf(outcome(manager.call.add(same)).error).message).toBe(
      'EventManager "news" (#1) has a handler without a class already. Give each of several an id: add([Printer, "errors"]).',
    )
  })

  it.each([[7], ["Tally"], [null], [undefined], [[]], [[7, "id"]]])("that are none are refused: %o", (handler: unknown) => {
    const manager = news()
    const wrong = handler as typeof Tally
    outcome(manager.call.add(Tally))
    for (const call of [manager.call.add(wrong), manager.call.call(wrong, "count"), manager.call.delete(wrong), manager.call.swap(wrong, Tally), manager.call.swap(Tally, wrong)]) {
      expect(causeOf(outcome(call).error)).toBeInstanceOf(InvalidArgumentError)
    }
    expect([manager.alive, outcome(manager.call.handlers()).value]).toEqual([true, [Tally]])
  })

  it("must handle events, and take calls only if they can", () => {
    const manager = news()
    expect(causeOf(outcome(manager.call.add(class Empty {} as typeof Tally)).error).message).toContain("something with a method handleEvent")
    const deaf = { handleEvent: () => {} }
    outcome(manager.call.add(deaf))
    expect(causeOf(outcome(manager.call.call(deaf, undefined as never)).error).message).toBe("a handler without a class has no method handleCall.")
    expect(outcome(manager.call.handlers()).value).toEqual([deaf])
  })

  it("that are added while one of them waits come in turn: they see what is told after that", () => {
    const manager = news()
    const log: string[] = []
    outcome(
      manager.call.add({
        *handleEvent(event: string) {
          yield* sleep(10)
          log.push(`slow ${event}`)
        },
      }),
    )
    manager.cast.notify("one")
    stage.pass()
    manager.cast.add({ handleEvent: (event: string) => void log.push(event) })
    manager.cast.notify("two")
    stage.pass(10)
    stage.pass(10)
    expect(log).toEqual(["slow one", "slow two", "two"])
  })

  it("cannot call their own manager, which waits for them", () => {
    const manager = news()
    const crashes: HandlerCrash[] = []
    stage.system.events.on("handlerCrash", (crash) => crashes.push(crash))
    outcome(
      manager.call.add({
        *handleEvent() {
          yield* manager.call.handlers()
        },
      }),
    )
    outcome(manager.call.notify("one"))
    expect(crashes.map(({ error }) => (error as CallError).code)).toEqual(["calling_self"])
  })

  it("unwind with a manager that is killed, and nothing of them is left", () => {
    const manager = news()
    const log: string[] = []
    outcome(
      manager.call.add({
        *handleEvent() {
          try {
            yield* sleep(1000)
          } finally {
            log.push("unwound")
          }
        },
        terminate: () => log.push("never"),
      }),
    )
    manager.cast.notify("one")
    stage.pass()
    manager.exit(ExitReason.kill)
    stage.pass()
    expect(log).toEqual(["unwound"])
  })
})

describe("reports", () => {
  it("of a handler that failed name the manager, the handler, the method and the error, with its stack", async () => {
    const texts: string[] = []
    await using other = new Stage({ log: (text) => void texts.push(text) })
    class Printer {
      handleEvent(event: string) {
        throw new RangeError(`no paper for ${event}`)
      }
    }
    const manager = other.system.spawn(EventManager<string>, { name: "news" })
    manager.cast.add([Printer, "errors"])
    manager.cast.notify("one")
    other.pass()
    const [first, second] = texts.join("\n").split("\n")
    expect(first).toBe('EventManager "news" (#1) took Printer (errors) off, which failed in handleEvent(): RangeError: no paper for one')
    expect(second).toMatch(/^ +at Printer\.handleEvent/)
  })
})

describe("as an actor", () => {
  it("shows its handlers and their states to tools", () => {
    const manager = news()
    outcome(manager.call.add([Tally, 1], 5))
    outcome(manager.call.add({ handleEvent: () => {}, snapshot: () => "secret" }))
    expect(outcome(manager.getState()).value).toEqual([{ handler: [Tally, 1], state: { count: 5 } }, { handler: expect.any(Object), state: "secret" }])
  })

  it("can be subclassed: with messages of its own, and handlers from the start", () => {
    class News extends EventManager<string> {
      *init() {
        yield* this.add(Tally, 100)
      }
      #told = 0;
      override *notify(event: string) {
        this.#told++
        yield* super.notify(event.toUpperCase())
      }
      told() {
        return this.#told
      }
    }
    const log: string[] = []
    const manager = stage.system.spawn(News)
    outcome(manager.call.add({ handleEvent: (event: string) => void log.push(event) }))
    manager.cast.notify("one")
    outcome(manager.call.syncNotify("two"))
    expect([log, outcome(manager.call.told()).value, outcome(manager.call.call(Tally, "count")).value]).toEqual([["ONE", "TWO"], 2, 102])
  })

  it("lives through exits of others, and ends with its parent", () => {
    class Parent extends Actor {
      readonly manager = this.spawnLink(EventManager<string>)
      news() {
        return this.manager
      }
    }
    const parent = stage.system.spawn(Parent)
    const { value: manager } = outcome(parent.call.news())
    manager?.exit(ExitReason.shutdown)
    stage.pass()
    expect(manager?.alive).toBe(true)
    parent.exit(ExitReason.shutdown)
    stage.pass()
    expect(manager?.alive).toBe(false)
  })

  it("takes supervised handlers from an async method that says who calls, and from requests", async () => {
    const manager = news()
    const got: unknown[] = []
    class Reader extends Actor {
      async subscribe() {
        await Promise.resolve()
        await manager.with({ from: this }).call.addSupervised(Tally)
      }
      again() {
        return manager.request.addSupervised([Tally, 2])
      }
      info(message: unknown) {
        got.push(message instanceof HandlerExit && message.reason.kind)
      }
      me() {
        return selfOf<Reader>(this)
      }
    }
    const reader = stage.system.spawn(Reader)
    reader.cast.subscribe()
    await stage.turns()
    outcome(reader.call.again())
    outcome(manager.call.delete(Tally))
    outcome(manager.call.delete([Tally, 2]))
    expect(got).toEqual(["normal", "normal"])
  })

  it("may have handlers that answer and go in one", () => {
    const manager = news()
    const once = { handleEvent: () => {}, handleCall: (request: number) => removeHandler(request * 2) }
    outcome(manager.call.add(once))
    expect([outcome(manager.call.call(once, 21)).value, outcome(manager.call.handlers()).value]).toEqual([42, []])
  })
})

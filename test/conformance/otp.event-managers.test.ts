import { schedule, sleep } from "@vivarium/core"
import { EventManager, ExitReason, type HandlerCrash, type Ref, type Swapped } from "@vivarium/actors"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { Clerk, failure, notes, Scribe } from "./event-scribe.ts"
import { OtpWorld } from "./otp-world.ts"

let world: OtpWorld
let manager: Ref<EventManager<string>>
let crashes: HandlerCrash[]
beforeEach(() => {
  world = new OtpWorld()
  notes.length = 0
  crashes = []
  world.system.events.on("handlerCrash", (crash) => crashes.push(crash))
  manager = world.system.spawn(EventManager<string>, { name: "news" })
})
afterEach(async () => {
  await world.end()
})

describe("order", () => {
  it("E01 (changed: the order of registration): handlers are called in the order in which they were added", async () => {
    await world.process(function* () {
      yield* manager.call.add(Scribe, "first")
      yield* manager.call.add(Clerk, "second")
      yield* manager.call.add([Scribe, "b"], "third")
      manager.cast.notify("news")
      yield* schedule()
      expect(notes).toEqual(["first: news", "second: news", "third: news"])
      expect(yield* manager.call.handlers()).toEqual([Scribe, Clerk, [Scribe, "b"]])
    })
  })
})

describe("notify, sync_notify, send", () => {
  it("notify to nobody, and without handlers, is fine", async () => {
    await world.process(function* () {
      expect(manager.cast.notify("news")).toBe(true)
      yield* manager.call.syncNotify("news")
      yield* manager.stop()
      expect(manager.cast.notify("news")).toBe(false)
    })
  })

  it("E04: sync_notify returns after all handlers have run, also those that wait; notify does not wait", async () => {
    class Slow {
      *handleEvent(event: string) {
        yield* sleep(10)
        notes.push(`slow: ${event}`)
      }
    }
    class Async {
      async handleEvent(event: string) {
        await Promise.resolve()
        notes.push(`async: ${event}`)
      }
    }
    await world.process(function* () {
      yield* manager.call.add(Slow)
      yield* manager.call.add(Async)
      manager.cast.notify("one")
      expect(notes).toEqual([])
      yield* manager.call.syncNotify("two")
      expect(notes).toEqual(["slow: one", "async: one", "slow: two", "async: two"])
      yield* manager.call.notify("three")
      expect(notes.length).toBe(6)
    })
  })

  it("plain messages go to the info of every handler that has one", async () => {
    await world.process(function* () {
      yield* manager.call.add(Scribe, "first")
      yield* manager.call.add({ handleEvent: () => notes.push("never") })
      yield* manager.call.add(Clerk, "second")
      manager.send("hello")
      yield* schedule()
      expect(notes).toEqual(["first info: hello", "second info: hello"])
    })
  })
})

describe("call", () => {
  it("asks one handler; E05: a missing one is an error, and the manager lives", async () => {
    await world.process(function* () {
      yield* manager.call.add(Scribe, "first")
      yield* manager.call.add([Scribe, 2], "second")
      expect(yield* manager.call.call(Scribe, "hum")).toBe("first heard hum")
      expect(yield* manager.call.call([Scribe, 2], "hum")).toBe("second heard hum")
      expect(yield* failure(manager.call.call(Clerk, "hum"))).toEqual(["refused", "no_handler"])
      expect(yield* failure(manager.call.call([Scribe, 3], "hum"))).toEqual(["refused", "no_handler"])
      expect(manager.alive).toBe(true)
    })
  })

  it("a crash in the handler fails the call and takes the handler off", async () => {
    await world.process(function* () {
      yield* manager.call.add(Scribe)
      expect(yield* failure(manager.call.call(Scribe, "crash scribe"))).toEqual(["refused", "handler_crashed"])
      expect([notes, yield* manager.call.handlers()]).toEqual([["scribe ends: Error: crash"], []])
    })
  })

  it("a handler may answer and take itself off, or be swapped", async () => {
    await world.process(function* () {
      yield* manager.call.add(Scribe)
      yield* manager.call.add(Clerk)
      expect(yield* manager.call.call(Scribe, "remove scribe")).toBe("removed")
      expect(yield* manager.call.call(Clerk, "swap clerk")).toBe("swapped")
      expect([notes, yield* manager.call.handlers()]).toEqual([
        ["scribe ends: normal", "clerk ends: normal", 'new after {"found":true,"result":"the notes of clerk"}'],
        [[Scribe, "new"]],
      ])
    })
  })
})

describe("a crash", () => {
  it.each(["handleEvent", "info"])("in %s takes off just that handler, with the error as reason, and is reported", async (method) => {
    await world.process(function* (self) {
      yield* manager.call.add(Scribe, "first")
      yield* manager.call.add(Clerk, "second")
      const word = "crash first"
      if (method === "info") manager.send(word)
      else manager.cast.notify(word)
      yield* sleep(1)
      const saying = method === "info" ? " info:" : ":"
      expect(notes).toEqual([`first${saying} crash first`, "first ends: Error: crash", `second${saying} crash first`])
      expect([yield* manager.call.handlers(), manager.alive, world.reports]).toEqual([[Clerk], true, []])
      expect(crashes.map(({ error, handler, message, method: where, ref }) => [handler, where, message, String(error), ref === manager])).toEqual([[Scribe, method, word, "Error: crash", true]])
      expect(self.self.alive).toBe(true)
    })
  })

  it("in terminate is reported, and the handler is gone", async () => {
    await world.process(function* () {
      yield* manager.call.add(Scribe)
      expect(yield* failure(manager.call.delete(Scribe, "badly"))).toEqual(["refused", "handler_crashed"])
      expect([yield* manager.call.handlers(), crashes.map(({ method }) => method)]).toEqual([[], ["terminate"]])
    })
  })

  it("in init: the handler is not added, and the caller gets the error", async () => {
    await world.process(function* () {
      expect(yield* failure(manager.call.add(Scribe, "bad init"))).toEqual(["refused", "bad init"])
      expect([yield* manager.call.handlers(), crashes, notes]).toEqual([[], [], []])
    })
  })

  it("is none if it is a refusal: the handler stays (changed: JavaScript's own)", async () => {
    await world.process(function* () {
      yield* manager.call.add(Scribe)
      expect(yield* failure(manager.call.call(Scribe, "refuse scribe"))).toEqual(["refused", "no"])
      yield* manager.call.syncNotify("refuse scribe")
      expect([yield* manager.call.handlers(), world.system.statistics().refusedCasts, crashes]).toEqual([[Scribe], 1, []])
    })
  })
})

describe("taking off", () => {
  it("by the handler itself: terminate is told so", async () => {
    await world.process(function* () {
      yield* manager.call.add(Scribe)
      yield* manager.call.syncNotify("remove scribe")
      expect([notes, yield* manager.call.handlers()]).toEqual([["scribe: remove scribe", "scribe ends: normal"], []])
    })
  })

  it("by delete: terminate gets the argument, and its value is the result; a missing one is an error", async () => {
    await world.process(function* () {
      yield* manager.call.add(Scribe)
      expect(yield* manager.call.delete(Scribe, "enough")).toBe("the notes of scribe")
      expect(notes).toEqual(["scribe ends: enough"])
      expect(yield* failure(manager.call.delete(Scribe))).toEqual(["refused", "no_handler"])
    })
  })

  it("by the end of the manager: terminate runs for all of them", async () => {
    await world.process(function* () {
      yield* manager.call.add(Scribe, "first")
      yield* manager.call.add(Clerk, "second")
      yield* manager.stop(ExitReason.shutdown)
      expect(notes).toEqual(["first ends: shutdown", "second ends: shutdown"])
    })
  })
})

describe("swap", () => {
  it("hands what the old one's terminate gave to the new one's init, which takes its place", async () => {
    await world.process(function* () {
      yield* manager.call.add(Scribe, "old")
      yield* manager.call.add(Clerk, "other")
      yield* manager.call.swap(Scribe, [Scribe, "new"], "fresh", "over")
      expect(notes).toEqual(["old ends: over", 'fresh after {"found":true,"result":"the notes of old"}'])
      expect(yield* manager.call.handlers()).toEqual([[Scribe, "new"], Clerk])
    })
  })

  it("may put a handler in its own place", async () => {
    await world.process(function* () {
      yield* manager.call.add(Scribe, "old")
      yield* manager.call.swap(Scribe, Scribe, "fresh")
      expect(yield* manager.call.call(Scribe, "hum")).toBe("fresh heard hum")
    })
  })

  it("of one that is not there: the new one is added, and told so", async () => {
    await world.process(function* () {
      yield* manager.call.swap(Clerk, Scribe, "fresh", "over")
      expect([notes, yield* manager.call.handlers()]).toEqual([['fresh after {"found":false}'], [Scribe]])
    })
  })

  it("of one whose terminate fails: the new one is told the error", async () => {
    await world.process(function* () {
      let seen: Swapped | undefined
      yield* manager.call.add(Scribe, "old")
      yield* manager.call.swap(Scribe, { init: (_argument: undefined, swapped?: Swapped) => void (seen = swapped), handleEvent: () => {} }, undefined, "badly")
      expect([seen?.found, seen?.result, String(seen?.error), (yield* manager.call.handlers()).length]).toEqual([true, undefined, "Error: bad end", 1])
    })
  })

  it("for one whose init fails: the old one is gone, and the caller gets the error", async () => {
    await world.process(function* () {
      yield* manager.call.add(Scribe, "old")
      expect(yield* failure(manager.call.swap(Scribe, Clerk, "bad init"))).toEqual(["refused", "bad init"])
      expect(yield* manager.call.handlers()).toEqual([])
    })
  })

  it("by the handler itself, also for one whose init fails, which is reported", async () => {
    await world.process(function* () {
      yield* manager.call.add(Scribe)
      yield* manager.call.add(Clerk)
      yield* manager.call.syncNotify("swap scribe")
      yield* manager.call.syncNotify("remove new")
      yield* manager.call.syncNotify("swap badly clerk")
      expect(yield* manager.call.handlers()).toEqual([])
      expect(crashes.map(({ handler, method }) => [handler, method])).toEqual([[[Scribe, "new"], "init"]])
    })
  })
})

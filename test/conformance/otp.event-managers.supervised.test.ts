import { schedule, sleep } from "@vivarium/core"
import { EventManager, ExitReason, HandlerExit, type Process, type Ref } from "@vivarium/actors"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { Clerk, exitWord, failure, notes, Scribe } from "./event-scribe.ts"
import { OtpWorld, unread } from "./otp-world.ts"

let world: OtpWorld
let manager: Ref<EventManager<string>>
beforeEach(() => {
  world = new OtpWorld()
  notes.length = 0
  manager = world.system.spawn(EventManager<string>, { name: "news" })
})
afterEach(async () => {
  await world.end()
})

describe("supervised handlers", () => {
  /** What came of the handlers, as the process that has added them is told. */
  const exits = (messages: readonly unknown[]) =>
    messages.map((message) => (message instanceof HandlerExit ? [message.handler, exitWord(message.reason), message.manager === manager] : message))

  it.each([
    ["delete", "normal"],
    ["its own wish", "normal"],
    ["a crash", "crash"],
    ["swap", "swapped"],
    ["the end of the manager", "shutdown"],
  ])("E03: taken off by %s, the one who added it is told %s", async (how, word) => {
    await world.process(
      function* (self) {
        yield* manager.call.addSupervised(Scribe)
        const outside = self.spawn(function* (_self: Process) {
          if (how === "delete") yield* manager.call.delete(Scribe)
          if (how === "its own wish") manager.cast.notify("remove scribe")
          if (how === "a crash") manager.cast.notify("crash scribe")
          if (how === "swap") yield* manager.call.swap(Scribe, Clerk)
          if (how === "the end of the manager") yield* manager.stop()
        })
        yield* sleep(1)
        const [first, ...rest] = exits(yield* unread(self)) as [[unknown, unknown, boolean], ...unknown[]]
        expect([first[0], first[1] instanceof Error ? first[1].message : first[1], first[2]]).toEqual([Scribe, word, true])
        expect(rest).toEqual(how === "the end of the manager" ? [{ exit: "normal", from: String(manager) }] : [])
        expect(outside.alive).toBe(false)
      },
      { trapExit: true },
    )
  })

  it.each(["normal", "shutdown", "kill"] as const)("E03: the owner ends with %s: the handler is taken off, terminate is told why", async (kind) => {
    await world.process(function* (self) {
      const owner = self.spawn(function* (mine: Process) {
        yield* manager.call.addSupervised(Scribe)
        yield* mine.receive()
      })
      yield* manager.call.add(Clerk)
      yield* schedule()
      if (kind === "normal") owner.send("end" as never)
      else self.signalExit(owner, ExitReason[kind])
      yield* sleep(1)
      expect([notes, yield* manager.call.handlers(), manager.alive]).toEqual([[`scribe ends: ${kind === "kill" ? "killed" : kind}`], [Clerk], true])
    })
  })

  it("the end of the manager reaches the owner through the link, and a crash ends it, if it does not trap exits", async () => {
    await world.process(function* (self) {
      const owner = self.spawn(function* (mine: Process) {
        yield* manager.call.addSupervised(Scribe)
        for (;;) yield* mine.receive()
      })
      yield* schedule()
      self.signalExit(manager, ExitReason.kill)
      yield* sleep(1)
      expect(owner.alive).toBe(false)
    })
  })

  it("when the last of its handlers is gone, so is the link", async () => {
    await world.process(function* (self) {
      yield* manager.call.addSupervised(Scribe)
      yield* manager.call.addSupervised(Clerk)
      yield* manager.call.delete(Scribe)
      yield* manager.call.delete(Clerk)
      self.signalExit(manager, ExitReason.kill)
      yield* sleep(1)
      expect([self.self.alive, manager.alive]).toEqual([true, false])
    })
  })

  it("a link that the owner has set itself stays", async () => {
    await world.process(
      function* (self) {
        self.link(manager)
        yield* manager.call.addSupervised(Scribe)
        yield* manager.call.delete(Scribe)
        self.signalExit(manager, ExitReason.kill)
        yield* sleep(1)
        expect(exits(yield* unread(self))).toEqual([[Scribe, "normal", true], { exit: "killed", from: String(manager) }])
      },
      { trapExit: true },
    )
  })

  it("a swapped one stays supervised by the same process", async () => {
    await world.process(function* (self) {
      yield* manager.call.addSupervised(Scribe)
      self.spawn(function* (_self: Process) {
        yield* manager.call.swap(Scribe, Clerk)
        manager.cast.notify("crash clerk")
      })
      yield* sleep(1)
      const messages = (yield* unread(self)) as HandlerExit[]
      expect(messages.map(({ handler, reason }) => [handler, reason.kind, reason.kind === "swapped" ? reason.by : undefined])).toEqual([
        [Scribe, "swapped", Clerk],
        [Clerk, "error", undefined],
      ])
    })
  })

  it("one that is to take its place and cannot is told, too", async () => {
    await world.process(function* (self) {
      yield* manager.call.addSupervised(Scribe)
      expect(yield* failure(manager.call.swap(Scribe, Clerk, "bad init"))).toEqual(["refused", "bad init"])
      const messages = (yield* unread(self)) as HandlerExit[]
      expect(messages.map(({ handler, reason }) => [handler, reason.kind])).toEqual([
        [Scribe, "swapped"],
        [Clerk, "error"],
      ])
      self.signalExit(manager, ExitReason.kill)
      yield* sleep(1)
      expect(self.self.alive).toBe(true)
    })
  })

  it("is added for a process only: plain code is refused", async () => {
    const failed = world.scheduler.main(function* () {
      return yield* failure(manager.call.addSupervised(Scribe))
    })
    expect(await failed).toEqual(["refused", "no_owner"])
  })

  it("of an owner that is dead by the time it is added is taken off at once", async () => {
    class Slow extends Scribe {
      override *init() {
        yield* sleep(10)
      }
    }
    await world.process(function* (self) {
      const owner = self.spawn(function* (_self: Process) {
        yield* manager.call.addSupervised(Slow)
      })
      yield* sleep(5)
      self.signalExit(owner, ExitReason.kill)
      yield* sleep(10)
      expect([notes, yield* manager.call.handlers()]).toEqual([["scribe ends: noproc"], []])
    })
  })
})

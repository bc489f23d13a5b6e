import { schedule, sleep } from "@vivarium/core"
import { Actor, CallError, ExitReason, type Process, refuse } from "@vivarium/actors"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { idle, OtpWorld, raised, shown, unread, wordOf } from "./otp-world.ts"

let world: OtpWorld
beforeEach(() => {
  world = new OtpWorld()
})
afterEach(async () => {
  await world.end()
})

const die = ExitReason.custom("die")

describe("exit signals", () => {
  it("P01: normal does not end a process that waits and does not trap", async () => {
    await world.process(function* (self) {
      const other = self.spawn(idle)
      yield* schedule()
      other.exit(ExitReason.normal)
      self.signalExit(other, ExitReason.normal)
      yield* sleep(10)
      expect(other.alive).toBe(true)
    })
  })

  it("P02: normal reaches a process that traps as a message", async () => {
    await world.process(function* (self) {
      const got: unknown[] = []
      const other = self.spawn(
        function* (mine: Process) {
          got.push(shown(yield* mine.receive()))
        },
        { trapExit: true },
      )
      self.signalExit(other, ExitReason.normal)
      yield* sleep(1)
      expect(got).toEqual([{ exit: "normal", from: String(self.self) }])
    })
  })

  it("any other reason ends one that does not trap, and is a message to one that does (section 2.1)", async () => {
    await world.process(function* (self) {
      for (const reason of [ExitReason.shutdown, ExitReason.killed, ExitReason.noproc, ExitReason.timeout, ExitReason.noconnection, die, ExitReason.error(new Error("x"))]) {
        const frail = self.spawn(idle)
        const got: unknown[] = []
        const tough = self.spawn(
          function* (mine: Process) {
            got.push(shown(yield* mine.receive()))
          },
          { trapExit: true },
        )
        self.monitor(frail)
        self.signalExit(frail, reason)
        self.signalExit(tough, reason)
        expect([frail.alive, tough.alive]).toEqual([false, true])
        expect(shown(yield* self.receive())).toEqual({ down: wordOf(reason), from: String(frail) })
        yield* schedule()
        expect(got).toEqual([{ exit: wordOf(reason), from: String(self.self) }])
      }
    })
  })

  it("a dead target is ignored (section 1)", async () => {
    await world.process(function* (self) {
      const other = self.spawn(() => {})
      yield* sleep(1)
      self.signalExit(other, ExitReason.kill)
      other.exit(die)
      expect(yield* unread(self)).toEqual([])
    })
  })

  it("of a name it reaches who holds it, and nobody is no error (section 1)", async () => {
    const other = world.system.spawn(idle, { name: "bee" })
    world.system.whereis("bee")?.exit(die)
    expect([other.alive, world.system.whereis("nobody")]).toEqual([false, undefined])
  })

  it("the first reason wins: a second signal is ignored (section 2.1)", async () => {
    await world.process(function* (self) {
      const { ref } = self.spawnMonitor(idle)
      yield* schedule()
      ref.exit(ExitReason.custom("first"))
      ref.exit(ExitReason.custom("second"))
      ref.exit(ExitReason.shutdown)
      expect(shown(yield* self.receive())).toEqual({ down: "first", from: String(ref) })
    })
  })

  it("the receiver is not alive from the moment at which the signal arrives (section 1)", () => {
    const ref = world.system.spawn(idle)
    world.scheduler.run()
    ref.exit(die)
    expect([ref.alive, ref.send("late"), world.system.deadLetters.map(({ because, message }) => [because, message])]).toEqual([false, false, [["dead", "late"]]])
  })

  it("messages that were unread when it arrived are never handled (section 2.1)", async () => {
    const got: unknown[] = []
    await world.process(function* (self) {
      const { ref } = self.spawnMonitor(function* (mine: Process) {
        for (;;) got.push(yield* mine.receive())
      })
      yield* schedule()
      ref.send(1)
      self.signalExit(ref, die)
      ref.send(2)
      yield* self.receive()
    })
    expect(got).toEqual([])
    expect(world.system.deadLetters.map(({ because, message }) => [message, because])).toEqual([
      [2, "dead"],
      [1, "unread"],
    ])
  })

  it("one that has not run yet ends without having run (section 2.1)", async () => {
    const trace: string[] = []
    const other = world.system.spawn(() => void trace.push("ran"))
    other.exit(die)
    world.scheduler.run()
    expect([trace, other.alive, world.system.statistics().ended]).toEqual([[], false, 1])
  })

  it("P10: to one that traps, all signals of one sender keep their order", async () => {
    await world.process(function* (self) {
      const got: unknown[] = []
      const other = self.spawn(
        function* (mine: Process) {
          for (;;) got.push(shown(yield* mine.receive()))
        },
        { trapExit: true },
      )
      const monitored = self.spawn(idle)
      yield* schedule()
      other.send("m1")
      self.signalExit(other, die)
      other.send("m2")
      self.signalExit(monitored, die)
      self.signalExit(other, ExitReason.normal)
      other.send("m3")
      yield* sleep(1)
      const from = String(self.self)
      expect(got).toEqual(["m1", { exit: "die", from }, "m2", { exit: "normal", from }, "m3"])
    })
  })

  it("P10: an actor handles casts, messages, trapped exits, calls and its stop in the order in which they were sent", async () => {
    const trace: unknown[] = []
    class Recorder extends Actor {
      note(what: string) {
        trace.push(what)
      }
      info(message: unknown) {
        trace.push(message)
      }
      exit(_from: unknown, reason: ExitReason) {
        trace.push(wordOf(reason))
      }
      terminate() {
        trace.push("terminate")
      }
    }
    await world.process(function* (self) {
      const ref = self.spawn(Recorder, { trapExit: true })
      ref.cast.note("cast")
      ref.send("message")
      self.signalExit(ref, die)
      const pending = ref.request.note("request")
      ref.cast.note("cast again")
      yield* ref.stop()
      expect(pending.settled).toBe(true)
    })
    expect(trace).toEqual(["cast", "message", "die", "request", "cast again", "terminate"])
  })

  it("messages of a process that ends come before its Down (section 2.3)", async () => {
    await world.process(function* (self) {
      const { ref } = self.spawnMonitor(() => {
        self.self.send(1)
        self.self.send(2)
      })
      yield* sleep(1)
      expect(yield* unread(self)).toEqual([1, 2, { down: "normal", from: String(ref) }])
    })
  })
})

describe("an exit signal to itself", () => {
  it("normal ends one that does not trap (section 2.1)", async () => {
    await world.process(function* (self) {
      const trace: string[] = []
      const { ref } = self.spawnMonitor(function* (mine: Process) {
        mine.signalExit(mine.self, ExitReason.normal)
        trace.push(`alive: ${mine.self.alive}`)
        yield* schedule()
        trace.push("never")
      })
      expect(shown(yield* self.receive())).toEqual({ down: "normal", from: String(ref) })
      expect(trace).toEqual(["alive: false"])
    })
  })

  it("normal through its own reference does, too (section 2.1)", async () => {
    await world.process(function* (self) {
      const { ref } = self.spawnMonitor(function* (mine: Process) {
        mine.self.exit(ExitReason.normal)
        yield* mine.receive()
      })
      expect(shown(yield* self.receive())).toEqual({ down: "normal", from: String(ref) })
    })
  })

  it.each([ExitReason.normal, ExitReason.shutdown, die])("P04: %o to itself is a message in its own mailbox if it traps", async (reason) => {
    await world.process(
      function* (self) {
        self.signalExit(self.self, reason)
        expect(self.self.alive).toBe(true)
        expect(yield* unread(self)).toEqual([{ exit: wordOf(reason), from: String(self.self) }])
      },
      { trapExit: true },
    )
  })

  it("P04: an actor that traps finds its own exit in exit(), behind what was there before", async () => {
    const trace: unknown[] = []
    class Narcissus extends Actor {
      look() {
        this.self.send("before")
        this.signalExit(this.self, die)
        trace.push("look")
      }
      info(message: unknown) {
        trace.push(message)
      }
      exit(from: unknown, reason: ExitReason) {
        trace.push([from === this.self, wordOf(reason)])
      }
    }
    await world.process(function* (self) {
      const ref = self.spawn(Narcissus, { trapExit: true })
      yield* ref.call.look()
      yield* sleep(1)
      expect(ref.alive).toBe(true)
    })
    expect(trace).toEqual(["look", "before", [true, "die"]])
  })

  it("P05 (changed): it cannot be caught; the process ends at its next wait, ready or not, and that wait takes nothing", async () => {
    await world.process(function* (self) {
      const trace: string[] = []
      const { ref } = self.spawnMonitor(function* (mine: Process) {
        mine.self.send("ready")
        try {
          mine.signalExit(mine.self, die)
          trace.push("still here")
          yield* mine.receive()
          trace.push("never")
        } catch {
          trace.push("caught")
        } finally {
          trace.push("finally")
        }
      })
      expect(shown(yield* self.receive())).toEqual({ down: "die", from: String(ref) })
      expect(trace).toEqual(["still here", "finally"])
    })
  })

  it.each(["plain", "generator", "waiting"] as const)("P05 (changed): in a %s method nobody gets an answer but the reason", async (how) => {
    const trace: string[] = []
    class Desperate extends Actor {
      plain() {
        this.signalExit(this.self, die)
        return "an answer"
      }
      *generator() {
        this.signalExit(this.self, die)
        return "an answer"
      }
      *waiting() {
        this.signalExit(this.self, die)
        yield* schedule()
        return "an answer"
      }
      note() {
        trace.push("never")
      }
      terminate(reason: ExitReason) {
        trace.push(`terminate ${String(wordOf(reason))}`)
      }
    }
    await world.process(function* (self) {
      const ref = self.spawn(Desperate)
      const pending = ref.request[how]()
      ref.cast.note()
      const failure = yield* raised(CallError, pending)
      expect([failure.code, failure.reason]).toEqual(["exit", die])
    })
    expect(trace).toEqual(["terminate die"])
  })

  it.each([true, false])("kill cannot be trapped by itself either (trapping: %o), and the next wait takes nothing (section 2.1)", async (trapExit) => {
    await world.process(function* (self) {
      const trace: string[] = []
      const ref = self.spawn(
        function* (mine: Process) {
          mine.self.send("ready")
          mine.signalExit(mine.self, ExitReason.kill)
          yield* mine.receive()
          trace.push("never")
        },
        { trapExit },
      )
      self.monitor(ref)
      expect(shown(yield* self.receive())).toEqual({ down: "killed", from: String(ref) })
      expect(trace).toEqual([])
    })
  })

  it("a refusal after it changes nothing: the first reason wins (section 2.1)", async () => {
    class Desperate extends Actor {
      refuseAfter() {
        this.signalExit(this.self, die)
        throw refuse(new Error("no"))
      }
    }
    await world.process(function* (self) {
      const ref = self.spawn(Desperate)
      self.monitor(ref)
      const pending = ref.request.refuseAfter()
      expect(shown(yield* self.receive())).toEqual({ down: "die", from: String(ref) })
      expect(pending.settled).toBe(true)
    })
  })
})

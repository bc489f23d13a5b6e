import { sleep } from "@vivarium/core"
import { Actor, CallError, type CrashReport, ExitReason, formatCrashReport, type Process, type Ref, stop, System } from "@vivarium/actors"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { idle, OtpWorld, raised, wordOf } from "./otp-world.ts"

let world: OtpWorld
beforeEach(() => {
  world = new OtpWorld()
})
afterEach(async () => {
  await world.end()
})

const bad = ExitReason.custom("bad")
const boom = new Error("boom", { cause: new RangeError("deeper") })

class Server extends Actor {
  count = 3
  crash(_why: string) {
    this.count++
    throw boom
  }
  *crashLater(ms: number) {
    yield* sleep(ms)
    throw boom
  }
  leave(reason: ExitReason) {
    this.stop(reason)
  }
  info(_message: string) {
    throw boom
  }
}

/** The one report that there is. */
function theReport(): CrashReport {
  expect(world.reports.length).toBe(1)
  return world.reports[0] as CrashReport
}

describe("a crash report", () => {
  it("Y03: says who, of which class, why, when, in which state, and who was behind it", async () => {
    await world.process(
      function* (self) {
        yield* sleep(7)
        const ref = self.spawnLink(Server, { name: "bee", label: "a label", trapExit: true })
        ref.cast.crash("for a reason")
        ref.cast.crash("unread")
        yield* self.receive()
        const report = theReport()
        expect([report.ref === ref, report.kind, report.reason.kind, wordOf(report.reason) === boom, report.at]).toEqual([true, "Server", "error", true, 7])
        expect([report.state, report.unread, report.trapExit]).toEqual([{ count: 4 }, 1, true])
        expect([report.ancestors, report.links].map((refs) => refs.map(String))).toEqual([[String(self.self)], [String(self.self)]])
      },
      { trapExit: true },
    )
  })

  it("Y03: lists all ancestors, the nearest first", async () => {
    await world.process(function* (self) {
      const parent = self.spawn(function* (mine: Process) {
        mine.spawn(Server).cast.crash("x")
        yield* idle(mine)
      })
      yield* sleep(1)
      expect(theReport().ancestors.map(String)).toEqual([String(parent), String(self.self)])
    })
  })

  it("Y03 (changed): of a raw process there is its body's name, and no state, for that is in its frames", async () => {
    await world.process(function* (self) {
      self.spawn(function* forager(_mine: Process) {
        yield* sleep(1)
        throw boom
      })
      yield* sleep(2)
      const { kind, message, state } = theReport()
      expect([kind, message, state]).toEqual(["forager", undefined, undefined])
    })
  })

  it("G32: of a call says which method with which arguments, and who waits for the answer", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(Server)
      yield* raised(CallError, ref.call.crash("why"))
      const { message } = theReport()
      expect({ ...message, from: String(message?.from) }).toEqual({ method: "crash", payload: ["why"], from: String(self.self), call: true })
    })
  })

  it("G32: of a cast and of a message says so, also if the method had waited", async () => {
    await world.process(function* (self) {
      self.spawn(Server).cast.crashLater(5)
      self.spawn(Server).send("hello")
      yield* sleep(10)
      const from = String(self.self)
      expect(world.reports.map(({ message }) => ({ ...message, from: String(message?.from) }))).toEqual([
        { method: undefined, payload: "hello", from, call: false },
        { method: "crashLater", payload: [5], from, call: false },
      ])
    })
  })

  it.each([ExitReason.normal, ExitReason.shutdown, ExitReason.shutdownWith("why")])("G32, Y04: is not made of %o", async (reason) => {
    await world.process(function* (self) {
      self.spawn(Server).cast.leave(reason)
      self.spawn(function* (mine: Process) {
        yield* mine.stop(reason)
      })
      const frail = self.spawn(idle)
      yield* sleep(1)
      self.signalExit(frail, reason)
      yield* sleep(1)
      expect([world.reports, world.system.statistics().crashed]).toEqual([[], 0])
    })
  })

  it.each([bad, ExitReason.timeout, ExitReason.noproc, ExitReason.error(boom)])("G32: is made once of %o, and says so", async (reason) => {
    await world.process(function* (self) {
      self.spawn(Server).cast.leave(reason)
      yield* sleep(1)
      expect([theReport().reason, world.system.statistics().crashed]).toEqual([reason, 1])
    })
  })

  it("is made of an init that fails, with the ancestors (section 11.3)", async () => {
    class Unborn extends Actor {
      init(crash: boolean) {
        if (crash) throw boom
        return stop(ExitReason.shutdown)
      }
    }
    await world.process(function* (self) {
      self.spawn(Unborn, { args: [true] })
      self.spawn(Unborn, { args: [false] })
      yield* sleep(1)
      const { ancestors, message, reason } = theReport()
      expect([wordOf(reason) === boom, message, ancestors.map(String)]).toEqual([true, undefined, [String(self.self)]])
    })
  })

  it("shows the state by snapshot(); one that raises does not hide the crash (section 6.2)", async () => {
    class Discreet extends Server {
      readonly password = "secret"
      snapshot() {
        return { password: "hidden" }
      }
    }
    class Broken extends Server {
      snapshot() {
        throw new Error("no snapshot today")
      }
    }
    await world.process(function* (self) {
      self.spawn(Discreet).cast.crash("x")
      self.spawn(Broken).cast.crash("x")
      yield* sleep(1)
      expect(world.reports.map(({ state }) => state)).toEqual([{ password: "hidden" }, expect.stringContaining("no snapshot today")])
      expect(world.reports.map(({ reason }) => wordOf(reason) === boom)).toEqual([true, true])
    })
  })

  it("is made before anybody is told, and its listeners cannot hurt: what one throws is reported (section 1)", async () => {
    const order: string[] = []
    world.system.events.on("crash", () => {
      order.push("report")
      throw new Error("listener")
    })
    await world.process(function* (self) {
      const { ref } = self.spawnMonitor(Server)
      ref.cast.crash("x")
      yield* self.receive()
      order.push("down")
    })
    expect([order, world.uncaught.splice(0).map(String)]).toEqual([["report", "down"], ["Error: listener"]])
  })
})

describe("in words", () => {
  it("Y03: a crash report says all that, the stack of the error and its causes last", async () => {
    await world.process(
      function* (self) {
        const ref = self.spawnLink(Server, { name: "bee", trapExit: true })
        const pending = ref.request.crash("for a reason")
        ref.cast.crash("unread")
        yield* self.receive()
        const lines = formatCrashReport(theReport()).split("\n")
        expect(lines[0]).toBe(`${String(ref)} crashed in crash(): Error: boom`)
        expect(lines.slice(1).filter((line) => !/^\s+at /.test(line))).toEqual([
          `  sent by:   ${String(self.self)}, who waits for the answer`,
          '  arguments: "for a reason"',
          "  state:     { count: 4 }",
          `  ancestors: ${String(self.self)}`,
          `  links:     ${String(self.self)}`,
          "  unread:    1 message",
          "  it trapped exits",
          "  caused by: RangeError: deeper",
        ])
        expect(lines.filter((line) => line.includes("otp.crash-reports.test.ts")).length).toBeGreaterThan(1)
        expect(pending.settled).toBe(true)
      },
      { trapExit: true },
    )
  })

  it("goes to the log once, and nothing of an orderly end does (section 11.4)", async () => {
    const lines: string[] = []
    const system = new System({ scheduler: world.scheduler, log: (text) => void lines.push(text) })
    const [crashing, leaving]: Ref<Server>[] = [system.spawn(Server), system.spawn(Server)]
    crashing?.cast.crash("x")
    leaving?.cast.leave(ExitReason.shutdown)
    world.scheduler.run()
    expect(lines.map((text) => text.split("\n")[0])).toEqual([`${String(crashing)} crashed in crash(): Error: boom`])
    await world.scheduler.main(function* () {
      yield* system.stop()
    })
    expect(lines.length).toBe(1)
  })

  it("names a reason that is no error (section 11.4)", async () => {
    await world.process(function* (self) {
      const ref = self.spawn(Server)
      ref.cast.leave(bad)
      yield* sleep(1)
      expect(formatCrashReport(theReport()).split("\n")[0]).toBe(`${String(ref)} crashed: custom "bad"`)
    })
  })
})

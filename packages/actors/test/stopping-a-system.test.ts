/** The end of a system: who is ended when, what happens to the stubborn, and what is left. */
import { channel, sleep, type Routine, Scheduler, until } from "@vivarium/core"
import { Actor, ActorError, type CallError, type ExitReason, named, type Process, type Ref, System, type SystemEventMap } from "@vivarium/actors"
import { describe, expect, it } from "vitest"
import { runFixture } from "./fixtures/run-fixture.ts"
import { Stage, wordOf } from "./fixtures/stage.ts"

/** Notes its end. */
class Noted extends Actor {
  static log: string[] = []
  init(children = 0) {
    for (let count = 0; count < children; count++) this.spawn(Noted)
  }
  work() {
    Noted.log.push("work")
  }
  *hold(): Routine {
    try {
      yield* channel<void>().receive()
    } finally {
      Noted.log.push("unwound")
    }
  }
  terminate(reason: ExitReason) {
    Noted.log.push(`${this.self.id} ${String(wordOf(reason))}`)
  }
}

function overdueOf(stage: Stage): SystemEventMap["stopOverdue"][0][] {
  const told: SystemEventMap["stopOverdue"][0][] = []
  stage.system.events.on("stopOverdue", (report) => told.push(report))
  return told
}

function stopping(stage: Stage, options?: { readonly deadlineMs?: number }) {
  Noted.log = []
  return stage.begin(() => stage.system.stop(options))
}

describe("system.stop()", () => {
  it("ends what was started at top level in reverse order, one at a time, with shutdown; then what that has left", async () => {
    await using stage = new Stage()
    for (const children of [0, 1, 0]) stage.system.spawn(Noted, { args: [children] })
    stage.system.spawn(function* (self: Process) {
      try {
        yield* self.receive()
      } finally {
        Noted.log.push("raw")
        yield* sleep(5)
        Noted.log.push("raw done")
      }
    })
    stage.pass()
    const stop = stopping(stage)
    stage.pass(5)
    expect(stop).toMatchObject({ settled: true, at: 5 })
    // The actors are 1, 2 and 3, the raw process 4, the child of 2 is 5.
    expect(Noted.log).toEqual(["raw", "raw done", "3 shutdown", "2 shutdown", "1 shutdown", "5 shutdown"])
  })

  it("lets actors handle what they have been sent before", async () => {
    await using stage = new Stage()
    const ref = stage.system.spawn(Noted)
    ref.cast.work()
    const stop = stopping(stage)
    stage.pass()
    expect([stop.settled, Noted.log, stage.lost]).toEqual([true, ["work", "1 shutdown"], []])
  })

  it("interrupts a method that waits: it unwinds, and terminate runs", async () => {
    await using stage = new Stage()
    const told = overdueOf(stage)
    const ref = stage.system.spawn(Noted)
    ref.cast.hold()
    stage.pass()
    const stop = stopping(stage)
    stage.pass()
    expect(stop).toMatchObject({ settled: true, at: 0 })
    expect(Noted.log).toEqual(["unwound", "1 shutdown"])
    expect(told).toEqual([])
  })

  it("kills what does not end within its shutdownMs, and reports it", async () => {
    await using stage = new Stage()
    const told = overdueOf(stage)
    const ref = stage.system.spawn(Noted, { trapExit: true })
    const quick = stage.system.spawn(Noted, { shutdownMs: 10, trapExit: true })
    for (const one of [ref, quick]) one.cast.hold()
    stage.pass()
    const stop = stopping(stage)
    for (const ms of [10, 4999, 1]) {
      expect(stop.settled).toBe(false)
      stage.pass(ms)
    }
    expect(stop).toMatchObject({ settled: true, at: 5010 })
    expect(told).toEqual([{ ref: quick, afterMs: 10 }, { ref, afterMs: 5000 }])
    expect(Noted.log).toEqual(["unwound", "unwound"])
  })

  it("kills whatever is left at the deadline, at once and in a row", async () => {
    await using stage = new Stage()
    const told = overdueOf(stage)
    for (let count = 0; count < 5; count++) stage.system.spawn(Noted, { shutdownMs: Infinity, trapExit: true }).cast.hold()
    stage.pass()
    const stop = stopping(stage, { deadlineMs: 100 })
    stage.pass(99)
    expect(stop.settled).toBe(false)
    stage.pass(1)
    expect(stop).toMatchObject({ settled: true, at: 100 })
    expect(told.map(({ afterMs }) => afterMs)).toEqual([100, 0, 0, 0, 0])
  })

  it("has a deadline of 30,000 ms by itself; with Infinity it waits for ever", async () => {
    await using stage = new Stage()
    stage.system.spawn(Noted, { shutdownMs: Infinity, trapExit: true }).cast.hold()
    stage.pass()
    const stop = stopping(stage)
    stage.pass(29_999)
    expect(stop.settled).toBe(false)
    stage.pass(1)
    expect(stop.at).toBe(30_000)

    await using other = new Stage()
    const ref = other.system.spawn(Noted, { shutdownMs: Infinity, trapExit: true })
    ref.cast.hold()
    other.pass()
    const endless = stopping(other, { deadlineMs: Infinity })
    other.pass(10_000_000)
    expect(endless.settled).toBe(false)
    ref.exit({ kind: "kill" })
    other.pass()
    expect(endless.settled).toBe(true)
  })

  it("ends one that traps exits, one that is suspended, one that is being born, and one that is ending already", async () => {
    await using stage = new Stage()
    const told = overdueOf(stage)
    stage.system.spawn(Noted, { trapExit: true })
    const suspended = stage.system.spawn(Noted)
    stage.outcome(() => suspended.suspend())
    stage.system.spawn(class extends Actor { *init() { yield* sleep(10) } })
    stage.system.spawn(function* () { yield* sleep(10) })
    stage.pass()
    const stop = stopping(stage)
    stage.pass(10)
    expect([stop.settled, told]).toEqual([true, []])
    expect(Noted.log).toEqual(["2 shutdown", "1 shutdown"])
  })

  it("kills a raw process that traps exits and does not care", async () => {
    await using stage = new Stage()
    const told = overdueOf(stage)
    const deaf = stage.system.spawn(
      function* (self: Process) {
        for (;;) yield* self.receive()
      },
      { trapExit: true },
    )
    stage.pass()
    const stop = stopping(stage)
    stage.pass(5000)
    expect([stop.settled, told]).toEqual([true, [{ ref: deaf, afterMs: 5000 }]])
  })

  it("lets nothing be started from its beginning, from outside or inside", async () => {
    await using stage = new Stage()
    const errors: unknown[] = []
    class Spawner extends Actor {
      *terminate(): Routine {
        for (const attempt of [() => this.spawn(Noted), () => this.system.spawn(Noted)]) {
          try {
            attempt()
          } catch (error) {
            errors.push((error as ActorError).code)
          }
        }
        try {
          yield* this.start(Noted)
        } catch (error) {
          errors.push((error as ActorError).code)
        }
      }
    }
    stage.system.spawn(Spawner)
    stage.pass()
    const stop = stopping(stage)
    stage.pass()
    expect([stop.settled, errors]).toEqual([true, ["no_system", "no_system", "no_system"]])
    expect(() => stage.system.spawn(Noted)).toThrow(/the system "system" is stopping or has stopped/)
  })

  it("can be called twice, at once or later, and by no process of its own", async () => {
    await using stage = new Stage()
    const ref = stage.system.spawn(Noted)
    stage.system.spawn(function* () { yield* sleep(5) })
    stage.pass()
    const [one, two] = [stopping(stage), stopping(stage)]
    stage.pass(5)
    expect([one.settled, two.settled, ref.alive]).toEqual([true, true, false])
    expect(stage.outcome(() => stage.system.stop()).error).toBeUndefined()

    await using other = new Stage()
    const inside = other.system.spawn(class extends Actor { *end() { yield* this.system.stop() } })
    const { error } = other.outcome(() => inside.call.end())
    expect((error as CallError).cause).toMatchObject({ code: "calling_self" })
    expect((error as CallError).cause).toBeInstanceOf(ActorError)
  })

  it("leaves references, names and statistics that can still be asked", async () => {
    await using stage = new Stage()
    const ref = stage.system.spawn(Noted, { name: "noted" })
    ref.send(1)
    stopping(stage)
    stage.pass()
    expect([ref.alive, ref.name, ref.id, String(ref), stage.system.whereis("noted")]).toEqual([false, "noted", 1, 'Noted "noted" (#1)', undefined])
    expect([ref.send(2), ref.cast.work(), stage.outcome(() => ref.call.work()).code]).toEqual([false, false, "noproc"])
    expect(stage.system.statistics()).toMatchObject({ processes: 0, spawned: 1, ended: 1, deadLetters: 2, unhandled: 1 })
    expect(() => ref.exit({ kind: "kill" })).not.toThrow()
  })

  it("takes back what was to be sent later, whoever was to get it", async () => {
    await using stage = new Stage()
    const ref = stage.system.spawn(Noted)
    stage.system.sendAfter(1000, "x", { to: ref })
    stage.system.sendAfter(1000, "x", { to: "nobody" })
    stage.system.sendAfter(1000, "x", { to: named(Noted, "nobody", { system: stage.system }), everyMs: 10 })
    stage.pass()
    stopping(stage)
    stage.pass()
    expect(stage.scheduler.statistics().timers).toBe(0)
    stage.pass(1000)
    expect(stage.lost).toEqual([])
  })

  it("of one system leaves another one on the same scheduler alone", async () => {
    await using stage = new Stage()
    const other = new System({ scheduler: stage.scheduler, log: false, name: "other" })
    const here = stage.system.spawn(Noted)
    const there = other.spawn(Noted)
    there.cast.work()
    stopping(stage)
    stage.pass()
    expect([here.alive, there.alive]).toEqual([false, true])
    stage.outcome(() => other.stop())
    expect(there.alive).toBe(false)
  })

  it("is what await using does, on the host's clock, too", async () => {
    let ref: Ref<Noted> | undefined
    {
      await using system = new System({ log: false })
      ref = await system.start(Noted)
      ref.cast.work()
    }
    expect(ref.alive).toBe(false)
  })

  it("waits for async methods, and lets them know", async () => {
    const scheduler = new Scheduler()
    const system = new System({ scheduler, log: false })
    let settled = false
    class Fetching extends Actor {
      async fetch() {
        await new Promise((resolve) => void setImmediate(resolve))
        settled = true
      }
    }
    const ref = system.spawn(Fetching)
    ref.cast.fetch()
    await scheduler.main(function* () {
      yield* until(Promise.resolve())
      yield* system.stop()
    })
    expect(settled).toBe(true)
  })
})

// Each starts a program.
describe("a program whose system has stopped", { timeout: 20_000 }, () => {
  it.each(["quiet", "timers", "kill", "calls"])("ends by itself, with nothing left that Node would wait for: %s", async (name) => {
    const { code, stderr, stdout } = await runFixture("program-ends.ts", name)
    expect([stderr, code]).toEqual(["", 0])
    expect(stdout.split("\n").slice(0, 2)).toEqual(["left: ", "signal handlers: the host's own"])
  })
})

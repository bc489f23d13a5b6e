/** The end of a process, step by step: what is unwound, what runs, who is told, and in which order. */
import { schedule, sleep, type Routine } from "@vivarium/core"
import { Actor, CallError, Down, Exit, ExitReason, type Process, type Ref } from "@vivarium/actors"
import { describe, expect, it } from "vitest"
import { mortal, watcher } from "./fixtures/mortal.ts"
import { shown, Stage, wordOf } from "./fixtures/stage.ts"

describe("an orderly end", () => {
  it("unwinds waiting frames innermost first, each with its waits, then terminates, then frees the name, then tells", async () => {
    await using stage = new Stage()
    const log: string[] = []
    const ref = stage.system.spawn(mortal(log), { name: "mortal" })
    watcher(stage, log, ref, "mortal")
    const called = stage.begin(() => ref.call.wait())
    stage.pass()
    ref.exit(ExitReason.custom("rain"))
    expect(ref.alive).toBe(false)
    for (let ms = 0; ms < 5; ms++) stage.pass(1)
    expect(log).toEqual([
      "frame 0", "frame 0 done", "frame 1", "frame 1 done", "frame 2", "frame 2 done",
      "terminate rain, alive false, held mortal", "terminated",
      "exit of Mortal \"mortal\" (#1): rain, the name is free",
      "down of Mortal \"mortal\" (#1): rain, the name is free",
    ])
    expect([called.code, called.at]).toEqual(["exit", 4])
  })

  it("makes dead letters of what comes meanwhile, and calls fail at once", async () => {
    await using stage = new Stage()
    const log: string[] = []
    const ref = stage.system.spawn(mortal(log))
    ref.cast.wait()
    stage.pass()
    ref.exit(ExitReason.shutdown)
    stage.pass()
    expect([ref.cast.nothing(), ref.send("x"), stage.outcome(() => ref.call.nothing()).code]).toEqual([false, false, "noproc"])
    expect(stage.lost).toEqual(["nothing [] dead", 'message "x" dead'])
    for (let ms = 0; ms < 5; ms++) stage.pass(1)
    expect(log.at(-1)).toBe("terminated")
  })

  it("keeps the first reason, whatever comes after it", async () => {
    await using stage = new Stage()
    const log: string[] = []
    const ref = stage.system.spawn(mortal(log))
    stage.pass()
    ref.exit(ExitReason.custom("first"))
    ref.exit(ExitReason.custom("second"))
    stage.pass(1)
    expect(log[0]).toMatch(/^terminate first/)
    expect(stage.ends).toEqual(["first"])
  })

  it("can be cut short by a kill at any point: then nothing waits any more, and the reason is killed", async () => {
    for (let at = 0; at < 6; at++) {
      await using stage = new Stage()
      const log: string[] = []
      const ref = stage.system.spawn(mortal(log))
      ref.cast.wait()
      stage.pass()
      ref.exit(ExitReason.shutdown)
      for (let ms = 0; ms < at; ms++) stage.pass(1)
      const before = log.length
      ref.exit(ExitReason.kill)
      stage.pass()
      const reason = at < 4 ? ["killed"] : []
      expect(stage.ends).toEqual(reason)
      expect(stage.system.processes).toEqual([])
      stage.pass(100)
      // Frames that had not begun to unwind do begin; none goes on behind a wait, and terminate does not begin.
      expect(log.slice(before).filter((line) => /done|terminated/.test(line))).toEqual([])
      expect(log.slice(before).filter((line) => line.startsWith("terminate"))).toEqual([])
    }
  })

  it("waits for the method of one that traps exits, and interrupts the others'", async () => {
    await using stage = new Stage()
    const log: string[] = []
    class Patient extends Actor {
      *work() {
        try {
          yield* sleep(10)
          log.push("worked")
        } finally {
          log.push("out")
        }
      }
      exit(from: Ref<unknown> | undefined, reason: ExitReason) {
        log.push(`exit ${String(from)} ${String(wordOf(reason))}`)
      }
    }
    for (const trapExit of [true, false]) {
      const patient = stage.system.spawn(Patient, { trapExit })
      patient.cast.work()
      stage.pass()
      patient.exit(ExitReason.custom("rain"))
      stage.pass(10)
    }
    expect(log).toEqual(["worked", "out", "exit undefined rain", "out"])
  })
})

describe("what is unread at the end", () => {
  it("is told: messages and casts are dead letters, calls fail with the reason, stashed ones and those that wait for room likewise", async () => {
    await using stage = new Stage()
    class Full extends Actor {
      put() {
        this.stash()
      }
      *hold() {
        yield* sleep(1000)
      }
      work() {}
    }
    const full = stage.system.spawn(Full, { mailbox: { capacity: 3 } })
    const stashed = stage.begin(() => full.call.put())
    full.cast.put()
    stage.pass()
    const current = stage.begin(() => full.call.hold())
    stage.pass()
    full.send("message")
    full.cast.work()
    const calls = [1, 2].map(() => stage.begin(() => full.call.work()))
    const posts = [1, 2].map(() => stage.begin(() => full.with({ wait: true }).cast.work()))
    stage.pass()
    full.exit(ExitReason.custom("rain"))
    stage.pass()
    expect([stashed, current, ...calls].map(({ error }) => wordOf((error as CallError).reason))).toEqual(["rain", "rain", "rain", "rain"])
    expect(posts.map(({ value }) => value)).toEqual([false, false])
    expect(stage.lost.toSorted()).toEqual(['message "message" unread', "put [] unread", "work [] unread", "work [] unread", "work [] unread"])
  })

  it("does not hold on to who ended: later answers and ticks go nowhere", async () => {
    await using stage = new Stage()
    class Asker extends Actor {
      *ask(server: Ref<Slow>): Routine {
        this.sendAfter(5, "tick", { everyMs: 5 })
        yield* server.call.work()
      }
      info() {}
    }
    class Slow extends Actor {
      *work() {
        yield* sleep(10)
        return 1
      }
    }
    const slow = stage.system.spawn(Slow)
    const asker = stage.system.spawn(Asker)
    asker.cast.ask(slow)
    stage.pass()
    asker.exit(ExitReason.shutdown)
    stage.pass(10)
    expect(stage.system.statistics()).toMatchObject({ lateReplies: 1, deadLetters: 0, processes: 1 })
    expect(stage.scheduler.statistics().timers).toBe(0)
  })
})

describe("whoever is told of an end", () => {
  it("is told of all that the dead had sent before, and then of the end", async () => {
    await using stage = new Stage()
    const got: unknown[] = []
    stage.system.spawn(
      function* (self: Process) {
        const { ref } = self.spawnMonitor(function* (child: Process) {
          self.self.send("one")
          child.link(self.self)
          self.self.send("two")
          yield* schedule()
        })
        void ref
        for (;;) got.push(shown(yield* self.receive()))
      },
      { trapExit: true },
    )
    stage.pass()
    expect(got).toEqual(["one", "two", "exit of process #2: normal", "down of process #2: normal"])
  })

  it("finds it dead: alive is false, calls fail with noproc, its name can be taken", async () => {
    await using stage = new Stage()
    const seen: unknown[] = []
    class Named extends Actor {
      work() {}
    }
    const named = stage.system.spawn(Named, { name: "it" })
    stage.system.spawn(function* (self: Process) {
      self.monitor(named)
      const down = yield* self.receive((message: unknown) => message instanceof Down)
      seen.push(down.from === named, named.alive, self.spawn(Named, { name: "it" }).name)
      try {
        yield* named.call.work()
      } catch (error) {
        seen.push((error as CallError).code)
      }
    })
    stage.pass()
    named.exit(ExitReason.shutdown)
    stage.pass()
    expect(seen).toEqual([true, false, "it", "noproc"])
  })

  it("is told once, a chain of 10,000 links long", async () => {
    await using stage = new Stage()
    const length = 10_000
    const chain: Ref<unknown>[] = []
    for (let index = 0; index < length; index++) {
      const before = chain.at(-1)
      chain.push(stage.system.spawn(function* (self: Process) {
        if (before !== undefined) self.link(before)
        yield* self.receive()
      }))
    }
    const got: unknown[] = []
    stage.system.spawn(
      function* (self: Process) {
        self.link(chain.at(-1) as Ref<unknown>)
        for (;;) got.push(yield* self.receive())
      },
      { trapExit: true },
    )
    stage.pass()
    chain[0]?.exit(ExitReason.custom("rain"))
    stage.pass()
    expect(got).toHaveLength(1)
    expect(got[0]).toBeInstanceOf(Exit)
    expect(stage.system.statistics()).toMatchObject({ ended: length, processes: 1 })
  })
})

describe("an uncaught CallError", () => {
  it("makes the caller's reason error, even if the callee stopped orderly", async () => {
    await using stage = new Stage()
    class Callee extends Actor {
      *leave(): Routine {
        yield* this.stop()
      }
    }
    class Caller extends Actor {
      *ask(callee: Ref<Callee>): Routine {
        yield* callee.call.leave()
      }
    }
    const callee = stage.system.spawn(Callee)
    const caller = stage.system.spawn(Caller)
    const { error } = stage.outcome(() => caller.call.ask(callee))
    expect((error as CallError).cause).toBeInstanceOf(CallError)
    expect((error as CallError).cause).toMatchObject({ code: "exit", reason: { kind: "normal" } })
    expect(stage.crashes.map(({ ref }) => ref)).toEqual([caller])
  })
})

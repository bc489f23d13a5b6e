/** The end of a process, step by step: what is unwound, what runs, who is told, and in which order. */
import { all, call, channel, group, schedule, select, sleep, type Routine } from "@vivarium/core"
import { Actor, CallError, Down, Exit, ExitReason, type Process, type Ref } from "@vivarium/actors"
import { describe, expect, it } from "vitest"
import { shown, Stage, wordOf } from "./fixtures/stage.ts"

/** Notes each step of its own end. */
function mortal(log: string[]) {
  return class Mortal extends Actor {
    *frame(level: number): Routine {
      try {
        if (level > 0) yield* this.frame(level - 1)
        else yield* channel<void>().receive()
      } finally {
        log.push(`frame ${level}`)
        yield* sleep(1)
        log.push(`frame ${level} done`)
      }
    }
    *wait() {
      yield* this.frame(2)
    }
    nothing() {}
    *terminate(reason: ExitReason): Routine {
      log.push(`terminate ${String(wordOf(reason))}, alive ${this.self.alive}, held ${this.system.names.join()}`)
      yield* sleep(1)
      log.push("terminated")
    }
  }
}

function watcher(stage: Stage, log: string[], of: Ref<unknown>, name: string): Ref<unknown> {
  return stage.system.spawn(
    function* watcher(self: Process) {
      self.link(of)
      self.monitor(of)
      for (;;) {
        const message = yield* self.receive()
        log.push(`${String(shown(message))}, the name is ${self.system.whereis(name) === undefined ? "free" : "taken"}`)
      }
    },
    { trapExit: true },
  )
}

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

describe("terminate", () => {
  it.each(["normal", "shutdown", "custom", "error", "stop", "crash", "parent"])("runs once when it ends by %s", async (way) => {
    await using stage = new Stage()
    const reasons: unknown[] = []
    class Child extends Actor {
      crash() {
        throw new Error("stung")
      }
      leave() {
        this.stop(ExitReason.custom("left"))
      }
      terminate(reason: ExitReason) {
        reasons.push(wordOf(reason))
      }
    }
    let child: Ref<Child> | undefined
    const parent = stage.system.spawn(function* (self: Process) {
      child = self.spawnLink(Child, { trapExit: way === "parent" })
      yield* self.receive()
    })
    stage.pass()
    const ref = child as Ref<Child>
    const ways: Record<string, () => void> = {
      normal: () => void stage.outcome(() => ref.stop()),
      shutdown: () => ref.exit(ExitReason.shutdown),
      custom: () => ref.exit(ExitReason.custom("rain")),
      error: () => ref.exit(ExitReason.error(new Error("sent"))),
      stop: () => ref.cast.leave(),
      crash: () => ref.cast.crash(),
      parent: () => void parent.send("end"),
    }
    ways[way]?.()
    stage.pass()
    expect(reasons).toEqual([{ normal: "normal", shutdown: "shutdown", custom: "rain", error: "sent", stop: "left", crash: "stung", parent: "normal" }[way]])
  })

  it("does not run when it is killed, or when init has not succeeded", async () => {
    await using stage = new Stage()
    const reasons: unknown[] = []
    class Child extends Actor {
      init(how?: string) {
        if (how === "throw") throw new Error("stung")
        return how === "wait" ? sleep(1000) : undefined
      }
      terminate(reason: ExitReason) {
        reasons.push(wordOf(reason))
      }
    }
    const killed = stage.system.spawn(Child)
    stage.system.spawn(Child, { args: ["throw"] })
    const waits = stage.system.spawn(Child, { args: ["wait"] })
    const unborn = stage.system.spawn(Child)
    unborn.exit(ExitReason.shutdown)
    stage.pass()
    killed.exit(ExitReason.kill)
    waits.exit(ExitReason.shutdown)
    stage.pass()
    expect([reasons, stage.system.processes]).toEqual([[], []])
  })

  it("that fails gives the reason, and the end goes on", async () => {
    await using stage = new Stage()
    const log: string[] = []
    class Bad extends Actor {
      bye() {
        this.stop()
        return "bye"
      }
      async terminate() {
        await null
        throw new Error("in terminate")
      }
    }
    const bad = stage.system.spawn(Bad, { name: "bad" })
    watcher(stage, log, bad, "bad")
    stage.pass()
    const bye = stage.begin(() => bad.call.bye())
    await stage.turns()
    expect(bye.value).toBe("bye")
    expect(log).toEqual(["exit of Bad \"bad\" (#1): in terminate, the name is free", "down of Bad \"bad\" (#1): in terminate, the name is free"])
  })

  it("may call, cast, send, wait and spawn; its child is an orphan", async () => {
    await using stage = new Stage()
    class Server extends Actor {
      answer() {
        return 42
      }
    }
    const server = stage.system.spawn(Server)
    const got: unknown[] = []
    class Busy extends Actor {
      *terminate() {
        got.push(yield* server.call.answer())
        yield* sleep(5)
        got.push(this.spawn(Server).alive, this.children.length)
      }
    }
    const busy = stage.system.spawn(Busy)
    const stopped = stage.begin(() => busy.stop())
    stage.pass(5)
    expect([got, stopped.at]).toEqual([[42, true, 1], 5])
    expect(stage.system.processes.map(String)).toEqual(["Server #1", "Server #3"])
  })
})

describe("this.stop(reason)", () => {
  it("lets the method run to its end; terminate runs before the answer is given, and nothing unread is handled", async () => {
    await using stage = new Stage()
    const log: string[] = []
    class Leaver extends Actor {
      *leave() {
        this.stop(ExitReason.custom("done"))
        log.push(`alive ${this.self.alive}`)
        yield* sleep(1)
        return "answer"
      }
      later() {
        log.push("never")
      }
      terminate() {
        log.push("terminate")
      }
    }
    const leaver = stage.system.spawn(Leaver)
    const left = stage.begin(function* () {
      const value = yield* leaver.call.leave()
      log.push("answered")
      return value
    })
    stage.pass()
    const unread = stage.begin(() => leaver.call.later())
    stage.pass(1)
    expect([left.value, log, unread.code]).toEqual(["answer", ["alive true", "terminate", "answered"], "exit"])
  })

  it("performed with yield* never resumes: finally blocks run, there is no answer", async () => {
    await using stage = new Stage()
    const log: string[] = []
    class Leaver extends Actor {
      *leave(): Routine {
        try {
          try {
            yield* this.stop(ExitReason.custom("done"))
            log.push("never")
          } catch {
            log.push("not caught")
          }
        } finally {
          log.push("finally")
        }
      }
      *deep(): Routine {
        yield* all([call(() => this.leave()), sleep(1000)])
      }
      terminate() {
        log.push("terminate")
      }
    }
    for (const method of ["leave", "deep"] as const) {
      const leaver = stage.system.spawn(Leaver)
      const left = stage.outcome(() => leaver.call[method]())
      expect(left.error).toMatchObject({ code: "exit", reason: { kind: "custom", value: "done" } })
      expect(log.splice(0)).toEqual(["finally", "terminate"])
    }
  })

  it("ends a raw process at its next wait", async () => {
    await using stage = new Stage()
    const log: string[] = []
    const raw = stage.system.spawn(function* (self: Process) {
      try {
        self.stop(ExitReason.custom("done"))
        log.push("goes on")
        yield* schedule()
        log.push("never")
      } finally {
        log.push("finally")
      }
    })
    stage.pass()
    expect([log, raw.alive]).toEqual([["goes on", "finally"], false])
    expect(stage.ends).toEqual(["done"])
  })

  it("counts once: the first reason is the reason", async () => {
    await using stage = new Stage()
    class Leaver extends Actor {
      leave() {
        this.stop(ExitReason.custom("first"))
        this.stop(ExitReason.custom("second"))
      }
    }
    const leaver = stage.system.spawn(Leaver)
    leaver.cast.leave()
    stage.pass()
    expect(stage.ends).toEqual(["first"])
  })
})

describe("a brutal kill", () => {
  it("runs each finally up to its first wait, innermost first, and none further, ever", async () => {
    await using stage = new Stage()
    const log: string[] = []
    const ref = stage.system.spawn(mortal(log))
    ref.cast.wait()
    stage.pass()
    ref.exit(ExitReason.kill)
    stage.pass()
    expect(log).toEqual(["frame 0", "frame 1", "frame 2"])
    stage.pass(100)
    expect(log).toEqual(["frame 0", "frame 1", "frame 2"])
    expect(stage.scheduler.statistics()).toMatchObject({ blocked: 0, timers: 0 })
  })

  it("ends one that never lets go", async () => {
    await using stage = new Stage()
    let rounds = 0
    const stubborn = stage.system.spawn(function* () {
      for (;;) {
        try {
          yield* sleep(1)
        } finally {
          rounds++
          // oxlint-disable-next-line no-unsafe-finally -- this is what must not hold up a kill
          continue
        }
      }
    })
    stage.pass()
    stubborn.exit(ExitReason.kill)
    stage.pass()
    expect([stubborn.alive, stage.system.processes]).toEqual([false, []])
    expect(rounds).toBeGreaterThan(1)
    const before = rounds
    stage.pass(10)
    expect(rounds).toBe(before)
  })

  it("reaches into select, all, call and group, and what they have begun", async () => {
    await using stage = new Stage()
    const log: string[] = []
    function* branch(name: string): Routine {
      try {
        yield* sleep(1000)
      } finally {
        log.push(name)
      }
    }
    const bodies: (() => Routine<unknown>)[] = [
      function* () { return yield* select({ one: call(branch, "select"), late: sleep(2000) }) },
      function* () { return yield* all([call(branch, "all 1"), call(branch, "all 2")]) },
      function* () { return yield* call(() => call(branch, "call")) },
      function* () { return yield* group(function* (bees) { bees.spawn(branch, "group"); yield* branch("its body") }) },
    ]
    const refs = bodies.map((body) => stage.system.spawn(body))
    stage.pass()
    for (const ref of refs) ref.exit(ExitReason.kill)
    stage.pass()
    expect(log.toSorted()).toEqual(["all 1", "all 2", "call", "group", "its body", "select"])
    expect(stage.system.processes).toEqual([])
  })

  it("of itself takes effect at its next wait, and cannot be caught", async () => {
    await using stage = new Stage()
    const log: string[] = []
    class Suicidal extends Actor {
      *now() {
        try {
          this.signalExit(this.self, ExitReason.kill)
          log.push(`alive ${this.self.alive}`)
          yield* schedule()
          log.push("never")
        } catch {
          log.push("caught")
        } finally {
          log.push("finally")
        }
      }
    }
    const ref = stage.system.spawn(Suicidal, { trapExit: true })
    const outcome = stage.outcome(() => ref.call.now())
    expect(outcome.error).toMatchObject({ reason: { kind: "killed" } })
    expect(log).toEqual(["alive false", "finally"])
  })

  it("raises what a finally block throws nowhere but in onUncaught", async () => {
    const uncaught: unknown[] = []
    await using stage = new Stage({ onUncaught: (error) => void uncaught.push(error) })
    const ref = stage.system.spawn(function* () {
      try {
        yield* sleep(1000)
      } finally {
        // oxlint-disable-next-line no-unsafe-finally -- what comes of it is the point
        throw new Error("in finally")
      }
    })
    stage.pass()
    ref.exit(ExitReason.kill)
    stage.pass()
    expect(uncaught).toMatchObject([{ message: "in finally" }])
    expect(stage.ends).toEqual(["killed"])
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

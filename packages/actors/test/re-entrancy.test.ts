/** Code of users that the system calls in the midst of its own work, and that ends, sends and spawns there: a guard, a listener, a clean-up. */
import { action, all, call, type Routine, select, sleep } from "@vivarium/core"
import { Actor, after, type CallError, ExitReason, on, type Process, type Ref, refuse } from "@vivarium/actors"
import { describe, expect, it } from "vitest"
import { Stage, wordOf } from "./fixtures/stage.ts"

const anything = (): boolean => true

class Worker extends Actor {
  *slow(ms: number): Routine {
    yield* sleep(ms)
  }
  hello() {
    return "hello"
  }
}

/** Notes whatever it is sent: whether the scheduler still works. */
function witness(stage: Stage, log: unknown[]): Ref<Process<unknown>> {
  return stage.system.spawn(function* (self: Process) {
    for (;;) log.push(yield* self.receive())
  })
}

describe("a guard that is shown a message by its sender", () => {
  it.each([
    ["kills", ExitReason.kill, "killed"],
    ["ends", ExitReason.custom("rain"), "rain"],
  ] as const)("%s the receiver, and takes nothing then", async (_name, reason, end) => {
    await using stage = new Stage()
    const log: unknown[] = []
    const other = witness(stage, log)
    const ref: Ref<unknown> = stage.system.spawn(function* (self: Process) {
      try {
        log.push(yield* self.receive(() => (ref.exit(reason), true)))
      } finally {
        log.push("unwound")
      }
    })
    stage.pass()
    ref.send("message")
    other.send("still here")
    stage.pass()
    expect(log).toEqual(["unwound", "still here"])
    expect([stage.ends, stage.lost]).toEqual([[end], ['message "message" unread']])
  })

  it("sends one more to the receiver, which takes each of them once", async () => {
    await using stage = new Stage()
    const log: unknown[] = []
    const ref: Ref<unknown> = stage.system.spawn(function* (self: Process) {
      for (;;) log.push(yield* self.receive((message: unknown) => (message === 1 && !log.includes(2) && ref.send(2), true)))
    })
    stage.pass()
    ref.send(1)
    stage.pass()
    ref.send(3)
    stage.pass()
    expect(log).toEqual([2, 1, 3])
  })

  it("is asked once: what becomes of the message meanwhile does not change which clause takes it", async () => {
    await using stage = new Stage()
    const log: unknown[] = []
    const ref = stage.system.spawn(function* (self: Process<{ kind: string }>) {
      log.push(yield* self.receive(on(({ kind }: { kind: string }) => kind === "rose", () => "a rose"), on(({ kind }: { kind: string }) => kind === "lily", () => "a lily")))
    })
    stage.pass()
    const message = { kind: "rose" }
    ref.send(message)
    message.kind = "thistle"
    stage.pass()
    expect([log, stage.ends]).toEqual([["a rose"], []])
  })
})

describe("a guard that looks through the mailbox", () => {
  it.each<[string, (receive: ReturnType<Process["receive"]>) => Routine<unknown>]>([
    ["a receive", function* (receive) { return yield* receive }],
    ["a select", function* (receive) { return yield* select({ message: receive, late: sleep(50) }) }],
    ["a select with a routine", function* (receive) { return yield* select({ message: receive, late: call(() => sleep(50)) }) }],
  ])("ends its own process, which then waits no more: in %s", async (_name, wait) => {
    await using stage = new Stage()
    const log: unknown[] = []
    const ref = stage.system.spawn(function* (self: Process) {
      yield* sleep(1)
      try {
        log.push(yield* wait(self.receive(() => (self.signalExit(self.self, ExitReason.custom("rain")), false))))
      } finally {
        log.push("unwound")
      }
    })
    ref.send("message")
    stage.pass(1)
    expect([log, stage.ends]).toEqual([["unwound"], ["rain"]])
  })

  it("makes the mailbox drop what it looks at: the scan goes on with what is left", async () => {
    await using stage = new Stage()
    const log: unknown[] = []
    const ref = stage.system.spawn(
      function* (self: Process) {
        for (const fits of [(message: unknown) => message === 3, anything]) {
          yield* sleep(1)
          let shown = 0
          log.push(yield* self.receive((message: unknown) => (shown++ === 0 && self.self.send(`more ${log.length}`), fits(message))))
        }
        for (;;) log.push(yield* self.receive(on(anything, (message) => message), after(0, () => self.stop())))
      },
      { mailbox: { capacity: 3, overflow: "dropOldest" } },
    )
    for (const message of [1, 2, 3]) ref.send(message)
    stage.pass(1)
    stage.pass(1)
    expect(log.slice(0, 4)).toEqual([3, 2, "more 0", "more 1"])
    expect([stage.lost, stage.ends]).toEqual([["message 1 dropped"], []])
  })
})

describe("a listener", () => {
  it("of long mailboxes ends who calls, in the midst of the call: it never comes back from it", async () => {
    await using stage = new Stage()
    const log: unknown[] = []
    const worker = stage.system.spawn(Worker, { mailbox: { reportAt: 1 } })
    const caller = stage.system.spawn(function* () {
      try {
        yield* worker.call.slow(1)
        log.push("went on")
      } finally {
        log.push("unwound")
      }
    })
    stage.system.events.on("mailboxLong", () => caller.exit(ExitReason.custom("rain")))
    stage.pass()
    expect([log, stage.ends]).toEqual([["unwound"], ["rain"]])
  })

  it("of long mailboxes kills who is called: the call fails", async () => {
    await using stage = new Stage()
    const worker = stage.system.spawn(Worker, { mailbox: { reportAt: 1 } })
    stage.system.events.on("mailboxLong", ({ ref }) => ref.exit(ExitReason.kill))
    expect(stage.outcome(() => worker.call.hello())).toMatchObject({ code: "exit", error: { reason: { kind: "killed" } } })
  })

  it.each([
    ["is full", { capacity: 2 }],
    ["drops its oldest", { capacity: 2, overflow: "dropOldest" }],
    ["has ended", "ended"],
  ] as const)("sends dead letters on to a process that %s: all are counted, and none is told of twice", async (_name, mailbox) => {
    await using stage = new Stage()
    const keeper = stage.system.spawn(Worker, mailbox === "ended" ? {} : { mailbox })
    keeper.cast.slow(1)
    const dead = stage.system.spawn(Worker)
    dead.exit(ExitReason.kill)
    stage.pass()
    if (mailbox === "ended") keeper.exit(ExitReason.kill)
    stage.pass()
    const sendOn = (letter: unknown): void => void (keeper as Ref<unknown>).send(letter)
    stage.system.events.on("deadLetter", sendOn)
    for (let count = 0; count < 6; count++) dead.send(count)
    stage.system.events.off("deadLetter", sendOn)
    // Six that were for the dead; those of them that were sent on in vain; and one that another made drop.
    expect(stage.letters).toHaveLength(6)
    expect(stage.system.statistics().deadLetters).toBe(mailbox === "ended" ? 12 : 10)
  })

  it("of dead letters does not make a mailbox that drops its oldest longer than it may be", async () => {
    await using stage = new Stage()
    const log: unknown[] = []
    const ref = stage.system.spawn(
      function* (self: Process) {
        yield* sleep(1)
        for (;;) log.push(yield* self.receive())
      },
      { mailbox: { capacity: 2, overflow: "dropOldest" } },
    )
    stage.pass()
    stage.system.events.on("deadLetter", ({ message }) => void ref.send(`lost ${String(message)}`))
    for (const message of [1, 2, 3]) ref.send(message)
    stage.pass(1)
    expect(log).toEqual([3, "lost 1"])
  })

  it("of registrations kills what is being spawned, and it ends before it begins", async () => {
    await using stage = new Stage()
    const log: unknown[] = []
    stage.system.events.on("registered", ({ ref }) => {
      ref.exit(ExitReason.custom("rain"))
      ref.exit(ExitReason.kill)
    })
    stage.system.spawn(() => void log.push("ran"), { name: "short-lived" })
    stage.pass()
    expect([log, stage.ends, stage.system.names]).toEqual([[], ["killed"], []])
  })
})

describe("a clean-up that runs while a process tells of its end", () => {
  it("ends somebody else who is still to be told, and who is then told nothing", async () => {
    await using stage = new Stage()
    const log: unknown[] = []
    const other = witness(stage, log)
    const crashing = stage.system.spawn(function* (self: Process) {
      yield* self.receive()
      throw new Error("stung")
    })
    stage.system.spawn(function* (self: Process) {
      self.link(crashing)
      yield* action(() => () => waiting.exit(ExitReason.kill))
    })
    const waiting: Ref<unknown> = stage.system.spawn(function* () {
      try {
        log.push(wordOf(yield* crashing.join()))
      } finally {
        log.push("unwound")
      }
    })
    stage.pass()
    crashing.send("now")
    stage.pass()
    other.send("still here")
    stage.pass()
    expect([log, stage.ends]).toEqual([["unwound", "still here"], ["stung", "killed", "stung"]])
  })
})

describe("a call that comes back to who is in the midst of", () => {
  class Caller extends Worker {
    *refused(ref: Ref<Back>): Routine<unknown> {
      try {
        return yield* ref.call.refuses()
      } catch (error) {
        return (error as CallError).code
      }
    }
    *back(ref: Ref<Back>): Routine<unknown> {
      try {
        return yield* ref.call.inner()
      } catch (error) {
        return (error as CallError).code
      }
    }
  }
  class Back extends Actor {
    static readonly reentrant = true
    private log!: unknown[]
    *init(log: unknown[], caller?: Ref<Caller>): Routine {
      this.log = log
      if (caller !== undefined) log.push(yield* caller.call.back(this.self as Ref<unknown> as Ref<Back>))
    }
    *outerOfRefused(caller: Ref<Caller>): Routine<unknown> {
      return yield* caller.call.refused(this.self as Ref<unknown> as Ref<Back>)
    }
    refuses() {
      return refuse(new Error("no"))
    }
    *outer(caller: Ref<Caller>): Routine<unknown> {
      return yield* caller.call.back(this.self as Ref<unknown> as Ref<Back>)
    }
    inner() {
      try {
        this.stash()
      } catch (error) {
        this.log.push((error as CallError).code)
      }
      return "inner"
    }
  }

  it("its init is a cycle, reentrant or not: nobody sees an actor that is half made", async () => {
    await using stage = new Stage()
    const log: unknown[] = []
    stage.system.spawn(Back, { args: [log, stage.system.spawn(Caller)] })
    stage.pass()
    expect(log).toEqual(["call_cycle"])
  })

  it("a method is refused if that returns a refusal, as it would be in its turn", async () => {
    await using stage = new Stage()
    const back = stage.system.spawn(Back, { args: [[]] })
    expect(stage.outcome(() => back.call.outerOfRefused(stage.system.spawn(Caller))).value).toBe("refused")
  })

  it("a method cannot be stashed, and does not put that method aside", async () => {
    await using stage = new Stage()
    const log: unknown[] = []
    const back = stage.system.spawn(Back, { args: [log] })
    expect([stage.outcome(() => back.call.outer(stage.system.spawn(Caller))).value, log]).toEqual(["inner", ["no_message"]])
  })
})

describe("a raw process that is ended", () => {
  it("and calls its own stop() while it unwinds, keeps the first reason, and makes no crash report", async () => {
    await using stage = new Stage()
    const ref = stage.system.spawn(function* (self: Process) {
      try {
        yield* self.receive()
      } finally {
        self.stop(ExitReason.custom("its own"))
      }
    })
    stage.pass()
    ref.exit(ExitReason.custom("rain"))
    stage.pass()
    expect([stage.ends, stage.crashes]).toEqual([["rain"], []])
  })
})

describe("a tool that kills a process's tasklet before it has run", () => {
  it("leaves a process that any exit signal ends, and that keeps no system from stopping", async () => {
    await using stage = new Stage()
    const log: unknown[] = []
    for (let count = 0; count < 2; count++) {
      const tool = stage.scheduler.instrument({ created: (tasklet) => tasklet.kill() })
      const ref = stage.system.spawn(() => void log.push("ran"), { name: `killed ${count}` })
      tool[Symbol.dispose]()
      stage.pass()
      if (count === 0) ref.exit(ExitReason.custom("rain"))
      stage.pass()
    }
    expect([log, stage.ends, stage.system.names]).toEqual([[], ["rain"], ["killed 1"]])
  })
})

describe("of two branches of a process that wait for the same message", () => {
  it("the second is given it if the first is killed before it has seen it", async () => {
    await using stage = new Stage()
    const log: unknown[] = []
    let first: { kill(): void } | undefined
    const ref = stage.system.spawn(function* (self: Process) {
      const receive = function* (name: string): Routine {
        log.push(name, yield* self.receive((message: unknown) => message === "b"))
      }
      first = stage.scheduler.tasklet(receive, "first")
      yield* all([call(receive, "second")])
      log.push(yield* self.receive())
    })
    stage.pass()
    // The one that is woken first is the first that has begun to wait.
    ref.send("a")
    ref.send("b")
    first?.kill()
    stage.pass()
    expect(log).toEqual(["second", "b", "a"])
  })
})

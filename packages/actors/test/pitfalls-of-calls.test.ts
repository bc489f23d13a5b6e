/** What goes wrong in other actor libraries with calls, waits, timers and links: one test for each trap, named after it. */
import { schedule, sleep, type Routine } from "@vivarium/core"
import { Actor, type CallError, Down, Exit, ExitReason, named, type Process, type Ref, refuse, selfOf, System } from "@vivarium/actors"
import { describe, expect, it } from "vitest"
import { shown, Stage } from "./fixtures/stage.ts"

describe("calls", () => {
  it("a call without a time-out waits as long as it takes; NaN, negative times and strings are refused, 0 is a limit", async () => {
    await using stage = new Stage()
    class Slow extends Actor {
      *work(ms: number) {
        yield* sleep(ms)
        return "done"
      }
    }
    const slow = stage.system.spawn(Slow)
    const endless = stage.begin(() => slow.with({ timeoutMs: Infinity }).call.work(10_000_000))
    stage.pass(9_999_999)
    expect(endless.settled).toBe(false)
    stage.pass(1)
    expect(endless.value).toBe("done")
    for (const timeoutMs of [NaN, -1, -Infinity, "5" as never, null as never]) {
      expect(() => slow.with({ timeoutMs })).toThrow(expect.objectContaining({ code: "invalid_argument", argument: "timeoutMs" }))
    }
    const none = stage.begin(() => slow.with({ timeoutMs: 0 }).call.work(1))
    stage.pass(1)
    expect(none.code).toBe("timeout")
  })

  it("a system may have no time-out at all, and tools none either", async () => {
    await using stage = new Stage({ callTimeoutMs: Infinity })
    class Slow extends Actor {
      *work(): Routine {
        yield* sleep(10_000_000)
      }
    }
    const slow = stage.system.spawn(Slow)
    const [work, state] = [stage.begin(() => slow.call.work()), stage.begin(() => slow.getState())]
    stage.pass()
    expect(stage.scheduler.statistics().timers).toBe(1)
    stage.pass(10_000_000)
    expect([work.settled, state.settled]).toEqual([true, true])
  })

  it("a late answer never turns up anywhere: it is counted", async () => {
    await using stage = new Stage()
    class Slow extends Actor {
      *work() {
        yield* sleep(10)
        return "late"
      }
    }
    const slow = stage.system.spawn(Slow)
    const got: unknown[] = []
    stage.system.spawn(function* (self: Process) {
      try {
        yield* slow.with({ timeoutMs: 5 }).call.work()
      } catch (error) {
        got.push((error as CallError).code)
      }
      got.push(yield* self.receive())
    })
    stage.pass(5)
    stage.pass(5)
    expect([got, stage.system.statistics().lateReplies]).toEqual([["timeout"], 1])
  })

  it("a call that has timed out while it was unread is never handled", async () => {
    await using stage = new Stage()
    const handled: number[] = []
    class Busy extends Actor {
      *hold(): Routine {
        yield* sleep(10)
      }
      work(job: number) {
        handled.push(job)
      }
    }
    const busy = stage.system.spawn(Busy)
    busy.cast.hold()
    stage.pass()
    const late = stage.begin(() => busy.with({ timeoutMs: 5 }).call.work(1))
    const inTime = stage.begin(() => busy.with({ timeoutMs: 15 }).call.work(2))
    const killed = stage.system.spawn(function* (_self: Process) { yield* busy.call.work(3) })
    stage.pass(5)
    killed.exit(ExitReason.kill)
    stage.pass(5)
    expect([late.code, inTime.settled, handled]).toEqual(["timeout", true, [2]])
  })

  it("A calls B calls A is reported at once, also three actors long", async () => {
    await using stage = new Stage()
    class Ring extends Actor {
      *pass(...rest: string[]): Routine<string> {
        const [next, ...others] = rest
        return next === undefined ? "end" : yield* named(Ring, next).call.pass(...others)
      }
    }
    for (const name of ["a", "b", "c"]) stage.system.spawn(Ring, { name })
    for (const path of [["a", "a"], ["a", "b", "a"], ["a", "b", "c", "a"]]) {
      const [first, ...rest] = path
      const outcome = stage.outcome(() => named(Ring, first as string, { system: stage.system }).call.pass(...rest))
      expect(outcome.code).toBe("exit")
      for (const name of ["a", "b", "c"]) if (stage.system.whereis(name) === undefined) stage.system.spawn(Ring, { name })
    }
    expect(stage.clock.now()).toBe(0)
  })

  it("a call back into a reentrant actor is answered", async () => {
    await using stage = new Stage()
    class Parent extends Actor {
      count = 1
      get() {
        return this.count
      }
      *ask(child: Ref<Child>): Routine<number> {
        return yield* child.call.ask(selfOf<Parent>(this))
      }
    }
    class Child extends Actor {
      *ask(parent: Ref<Parent>): Routine<number> {
        return yield* parent.call.get()
      }
    }
    const parent = stage.system.spawn(Parent, { reentrant: true })
    const child = stage.system.spawn(Child)
    expect(stage.outcome(() => parent.call.ask(child)).value).toBe(1)
  })
})

describe("one message at a time", () => {
  /** The account of the textbooks: looks, waits, and then takes. */
  class Account extends Actor {
    balance = 100;
    *withdraw(amount: number): Routine<number> {
      if (amount > this.balance) throw refuse(new RangeError("overdrawn"))
      yield* sleep(5)
      this.balance -= amount
      return this.balance
    }
    async withdrawLater(amount: number): Promise<number> {
      if (amount > this.balance) throw refuse(new RangeError("overdrawn"))
      await new Promise((resolve) => void setImmediate(resolve))
      this.balance -= amount
      return this.balance
    }
  }

  it("a check is still true after a wait: the account is never overdrawn", async () => {
    await using stage = new Stage()
    for (const method of ["withdraw", "withdrawLater"] as const) {
      const account = stage.system.spawn(Account)
      const withdrawals = [60, 60, 40, 1].map((amount) => stage.begin(() => account.call[method](amount)))
      for (let round = 0; round < 4; round++) {
        await stage.turns()
        stage.pass(5)
      }
      expect(withdrawals.map(({ code, value }) => value ?? code)).toEqual([40, "refused", 0, "refused"])
      expect((stage.outcome(() => account.getState()).value as Account).balance).toBe(0)
    }
  })

  it("who is current is not lost across a wait: sender, self and spawn are the actor's own", async () => {
    await using stage = new Stage()
    const seen: unknown[] = []
    class Host extends Actor {
      *work(): Routine {
        seen.push(this.sender?.name, this.self.name)
        yield* sleep(5)
        seen.push(this.sender?.name, this.self.name, this.spawn(Host).id > 0, this.children.length)
      }
    }
    const hosts = ["x", "y"].map((name) => stage.system.spawn(Host, { name }))
    for (const [index, name] of ["c", "d"].entries()) {
      stage.system.spawn(function* (_self: Process) { yield* (hosts[index] as Ref<Host>).call.work() }, { name })
    }
    stage.pass(5)
    expect(seen).toEqual(["c", "x", "d", "y", "c", "x", true, 1, "d", "y", true, 1])
  })
})

describe("time and subscriptions", () => {
  it("periodic ticks do not pile up behind a slow method", async () => {
    await using stage = new Stage()
    let ticks = 0
    class Slow extends Actor {
      init() {
        this.sendAfter(10, "tick", { everyMs: 10 })
      }
      *info(): Routine {
        ticks++
        yield* sleep(100)
      }
    }
    stage.system.spawn(Slow)
    stage.pass()
    for (let ms = 0; ms < 1000; ms += 10) stage.pass(10)
    expect(ticks).toBe(10)
  })

  it("a watch on the dead is not silent, and a monitor does not outlive its process", async () => {
    await using stage = new Stage()
    const dead = stage.system.spawn(function* (_self: Process) {})
    stage.pass()
    const got: unknown[] = []
    const target = stage.system.spawn(function* (self: Process) { yield* self.receive() })
    const watcher = stage.system.spawn(
      function* (self: Process) {
        self.monitor(dead)
        self.monitor("nobody")
        self.link(dead)
        self.monitor(target)
        self.link(target)
        for (;;) got.push(yield* self.receive())
      },
      { trapExit: true },
    )
    stage.pass()
    expect(got.map(shown)).toEqual(["down of process #1: noproc", "down of nobody: noproc", "exit of process #1: noproc"])
    watcher.exit(ExitReason.kill)
    stage.pass()
    // A kill by signal goes on through links as killed.
    expect([target.alive, got.length]).toEqual([false, 3])
  })

  it("a monitor in a using block ends with it, its unread Down included", async () => {
    await using stage = new Stage()
    const got: unknown[] = []
    stage.system.spawn(function* (self: Process) {
      const target = self.spawn(function* (_child: Process) {})
      {
        using _monitor = self.monitor(target)
        yield* schedule()
        yield* schedule()
      }
      self.self.send("last")
      got.push(yield* self.receive())
    })
    stage.pass()
    expect(got).toEqual(["last"])
  })

  it("a system does not touch the host's signal handlers, nor its other listeners", async () => {
    const events = ["SIGTERM", "SIGINT", "exit", "beforeExit", "uncaughtException", "unhandledRejection"] as const
    const mine = (): void => {}
    process.on("SIGTERM", mine)
    const before = events.map((event) => process.listeners(event as "exit"))
    const system = new System({ log: false })
    await system.start(class extends Actor {})
    await system.stop()
    expect(events.map((event) => process.listeners(event as "exit"))).toEqual(before)
    process.off("SIGTERM", mine)
  })
})

describe("links and reasons", () => {
  it("a crash is contained: who is not linked is not touched, the root least of all", async () => {
    await using stage = new Stage()
    class Sibling extends Actor {
      crash() {
        throw new Error("stung")
      }
    }
    const parent = stage.system.spawn(function* (self: Process) {
      for (let count = 0; count < 3; count++) self.spawn(Sibling)
      yield* self.receive()
    })
    stage.pass()
    const children = stage.system.processes.slice(1) as Ref<Sibling>[]
    children[0]?.cast.crash()
    stage.pass()
    expect([parent.alive, ...children.map(({ alive }) => alive)]).toEqual([true, false, true, true])
  })

  it("normal ends nobody who is linked, everything else does, and who traps is told in order", async () => {
    await using stage = new Stage()
    const got: unknown[] = []
    stage.system.spawn(
      function* (self: Process) {
        self.spawnLink(function* () {})
        self.spawnLink(function* () { throw new Error("stung") })
        for (;;) got.push(yield* self.receive())
      },
      { trapExit: true },
    )
    const plain = stage.system.spawn(function* (self: Process) {
      self.spawnLink(function* () {})
      yield* self.receive()
    })
    stage.pass()
    expect(got.every((message) => message instanceof Exit && !(message instanceof Down))).toBe(true)
    expect([got.map(shown), plain.alive]).toEqual([["exit of process #3: normal", "exit of process #4: stung"], true])
  })
})

/** Messages at a later time: one-shot, keyed and periodic timers, and idle time-outs. */
import { sleep, type Routine } from "@vivarium/core"
import { Actor, ExitReason, named, type Process, type ProcessTimer, type Ref, Timeout, type TimerOptions } from "@vivarium/actors"
import { describe, expect, it } from "vitest"
import { Stage } from "./fixtures/stage.ts"

type Step = (self: Clock) => unknown

/** Sets timers as it is told, and notes what comes and when. */
class Clock extends Actor {
  readonly log: string[] = []
  now!: () => number
  init(now: () => number) {
    this.now = now
  }
  does(step: Step): unknown {
    return step(this)
  }
  *busy(ms: number): Routine {
    yield* sleep(ms)
  }
  info(message: unknown) {
    this.log.push(`${this.now()} ${String(message instanceof Timeout ? `timeout ${String(message.message)}` : message)}`)
  }
}

function clock(stage: Stage) {
  const ref = stage.system.spawn(Clock, { args: [() => stage.clock.now()], name: "clock" })
  let inside: Clock | undefined
  stage.outcome(() => ref.call.does((self) => void (inside = self)))
  const does = <T>(step: (self: Clock) => T): T => stage.outcome(() => ref.call.does((self) => ({ value: step(self) }))).value as never as T extends unknown ? T : never
  return { ref, log: (inside as Clock).log, does: <T>(step: (self: Clock) => T): T => (does(step) as unknown as { value: T }).value }
}

describe("a timer", () => {
  it("is never early, and at equal times comes in the order in which it was made", async () => {
    await using stage = new Stage()
    const { does, log } = clock(stage)
    does((self) => {
      for (const [ms, what] of [[10, "a"], [5, "b"], [10, "c"], [0, "d"], [10, "e"], [9.5, "f"]] as const) self.sendAfter(ms, what)
    })
    stage.pass()
    for (const ms of [4, 1, 4, 1]) stage.pass(ms)
    expect(log.map((line) => line.split(" ")[1])).toEqual(["d", "b", "f", "a", "c", "e"])
    expect(log.filter((line) => line.startsWith("10"))).toHaveLength(4)
  })

  it("that is started delivers a Timeout that names it; one that is sent delivers the message as it is", async () => {
    await using stage = new Stage()
    const got: unknown[] = []
    let timer: ProcessTimer | undefined
    stage.system.spawn(function* (self: Process) {
      timer = self.startTimer(5, "wrapped")
      self.sendAfter(5, { bare: true })
      got.push(yield* self.receive(), yield* self.receive())
    })
    stage.pass(5)
    expect(got).toEqual([expect.any(Timeout), { bare: true }])
    expect((got[0] as Timeout).timer).toBe(timer)
    expect((got[0] as Timeout).message).toBe("wrapped")
  })

  it("knows how long it still takes, and says so when it is taken back; afterwards false", async () => {
    await using stage = new Stage()
    const { does, log } = clock(stage)
    const [one, two] = does((self) => [self.sendAfter(10, "one"), self.sendAfter(20, "two")] as const)
    stage.pass(4)
    expect([one.left, two.left]).toEqual([6, 16])
    expect([one.cancel(), one.cancel(), one.left, does((self) => self.cancelTimer(one))]).toEqual([6, false, false, false])
    stage.pass(16)
    expect([log, two.left, two.cancel()]).toEqual([["20 two"], false, false])
  })

  it("taken back after it has fired leaves its message, unless it has a key", async () => {
    await using stage = new Stage()
    const { does, log, ref } = clock(stage)
    const [plain, keyed] = does((self) => [self.sendAfter(5, "plain"), self.sendAfter(5, "keyed", { key: "k" })] as const)
    ref.cast.busy(10)
    stage.pass(5)
    expect([plain.cancel(), keyed.cancel()]).toEqual([false, false])
    stage.pass(5)
    expect(log).toEqual(["10 plain"])
  })

  it("of 2^31 ms and more is right", async () => {
    await using stage = new Stage()
    const { does, log } = clock(stage)
    const timer = does((self) => self.sendAfter(2 ** 31 + 5, "long"))
    stage.pass(2 ** 31)
    expect([log, timer.left]).toEqual([[], 5])
    stage.pass(5)
    expect(log).toHaveLength(1)
  })

  it("may be for another process, or a name that is looked up when it is due", async () => {
    await using stage = new Stage()
    const { does, log, ref } = clock(stage)
    const got: unknown[] = []
    const other = stage.system.spawn(function* (self: Process) {
      for (;;) got.push(yield* self.receive())
    })
    does((self) => {
      self.sendAfter(1, "to a reference", { to: other })
      self.sendAfter(2, "to a name that comes later", { to: "later" })
      self.sendAfter(3, "to nobody", { to: "nobody" })
      self.sendAfter(4, "to a named reference", { to: named(Clock, "later") })
    })
    stage.system.sendAfter(5, "from outside", { to: ref })
    other.exit(ExitReason.normal)
    stage.system.spawn(function* (self: Process) {
      self.register("later", other)
    })
    stage.pass()
    for (let ms = 0; ms < 5; ms++) stage.pass(1)
    expect(got).toEqual(["to a reference", "to a name that comes later", "to a named reference"])
    expect(log).toEqual(["5 from outside"])
    expect(stage.letters).toMatchObject([{ to: "nobody", from: { id: ref.id }, message: "to nobody", because: "dead" }])
  })

  it("ends with who set it and with whom it is for, but not with who had a name", async () => {
    await using stage = new Stage()
    const timers = (): number => stage.scheduler.statistics().timers
    const owner = stage.system.spawn(Clock, { args: [() => 0] })
    const target = stage.system.spawn(Clock, { args: [() => 0], name: "target" })
    const set = (to?: TimerOptions["to"]): void => void stage.outcome(() => owner.call.does((self) => void self.sendAfter(10, "x", to === undefined ? {} : { to })))
    set()
    set(target)
    set("target")
    set(named(Clock, "target", { system: stage.system }))
    stage.system.sendAfter(10, "y", { to: target })
    expect(timers()).toBe(5)
    target.exit(ExitReason.kill)
    stage.pass()
    expect(timers()).toBe(3)
    const { log, ref } = clock(stage)
    ref.exit(ExitReason.kill)
    stage.pass()
    const next = stage.system.spawn(Clock, { args: [() => stage.clock.now()], name: "target" })
    stage.pass(10)
    expect((stage.outcome(() => next.getState()).value as Clock).log).toEqual(["10 x", "10 x"])
    expect(log).toEqual([])
    owner.exit(ExitReason.kill)
    stage.pass()
    expect(timers()).toBe(0)
  })
})

describe("a timer with a key", () => {
  it("replaces the one that had it, an unread tick included", async () => {
    await using stage = new Stage()
    const { does, log, ref } = clock(stage)
    const first = does((self) => self.sendAfter(5, "first", { key: "k" }))
    does((self) => self.sendAfter(5, "second", { key: "k" }))
    expect(first.left).toBe(false)
    ref.cast.busy(10)
    ref.cast.does((self) => self.sendAfter(5, "third", { key: "k" }))
    // The second fires while the actor is busy; its tick stands behind the message that sets the third.
    stage.pass(10)
    expect(log).toEqual([])
    stage.pass(5)
    expect(log).toEqual(["15 third"])
  })

  it("is taken back by its key, which is free then", async () => {
    await using stage = new Stage()
    const { does, log } = clock(stage)
    const key = {}
    does((self) => self.sendAfter(5, "x", { key }))
    expect([does((self) => self.cancelTimer(key)), does((self) => self.cancelTimer(key)), does((self) => self.cancelTimer("unknown"))]).toEqual([5, false, false])
    does((self) => self.sendAfter(5, "y", { key }))
    stage.pass(5)
    expect(log).toEqual(["5 y"])
    expect(does((self) => self.cancelTimer(key))).toBe(false)
  })

  it("belongs to its process: the same key of another one is another timer", async () => {
    await using stage = new Stage()
    const one = clock(stage)
    const other = stage.system.spawn(Clock, { args: [() => stage.clock.now()] })
    one.does((self) => self.sendAfter(5, "one", { key: "k" }))
    stage.outcome(() => other.call.does((self) => void self.sendAfter(5, "other", { key: "k" })))
    stage.pass(5)
    expect([one.log, (stage.outcome(() => other.getState()).value as Clock).log]).toEqual([["5 one"], ["5 other"]])
  })
})

describe("a periodic timer", () => {
  it("comes at its beat, whatever the method takes, until it is taken back", async () => {
    await using stage = new Stage()
    const { does, log } = clock(stage)
    const timer = does((self) => self.sendAfter(5, "tick", { everyMs: 10 }))
    for (let ms = 0; ms < 30; ms++) stage.pass(1)
    expect(log).toEqual(["5 tick", "15 tick", "25 tick"])
    expect(timer.left).toBe(5)
    timer.cancel()
    stage.pass(100)
    expect(log).toHaveLength(3)
  })

  it("has at most one unread tick, and leaves out what was missed", async () => {
    await using stage = new Stage()
    const { does, log, ref } = clock(stage)
    does((self) => self.sendAfter(10, "tick", { everyMs: 10 }))
    ref.cast.busy(55)
    for (let ms = 0; ms < 65; ms += 5) stage.pass(5)
    expect(log).toEqual(["55 tick", "60 tick"])
  })

  it("does not catch up when time jumps", async () => {
    await using stage = new Stage()
    const { does, log } = clock(stage)
    does((self) => self.sendAfter(10, "tick", { everyMs: 10 }))
    stage.pass(1000)
    stage.pass(10)
    expect(log.length).toBeLessThanOrEqual(3)
  })

  it("for a name goes on with whoever holds it next, although the last one died with a tick unread", async () => {
    await using stage = new Stage()
    const first = stage.system.spawn(Clock, { args: [() => stage.clock.now()], name: "c" })
    stage.system.sendAfter(10, "tick", { to: "c", everyMs: 10 })
    first.cast.busy(1000)
    stage.pass(10)
    first.exit(ExitReason.kill)
    stage.pass(10)
    expect(stage.lost).toEqual(['message "tick" dead'])
    const next = stage.system.spawn(Clock, { args: [() => stage.clock.now()], name: "c" })
    stage.pass(10)
    stage.pass(10)
    expect((stage.outcome(() => next.getState()).value as Clock).log).toEqual(["30 tick", "40 tick"])
  })

  it("of a raw process that receives something else has one unread tick, in its place", async () => {
    await using stage = new Stage()
    const got: unknown[] = []
    const raw = stage.system.spawn(function* (self: Process) {
      self.sendAfter(1, "tick", { everyMs: 1 })
      got.push(yield* self.receive((message: unknown) => message === "go"))
      for (let count = 0; count < 3; count++) got.push(yield* self.receive())
    })
    stage.pass()
    for (let ms = 0; ms < 10; ms++) stage.pass(1)
    raw.send("go")
    stage.pass(1)
    stage.pass(1)
    expect(got).toEqual(["go", "tick", "tick", "tick"])
  })
})

describe("an idle time-out", () => {
  it("comes once, when nothing has come for so long, and counts from when there is nothing to do", async () => {
    await using stage = new Stage()
    const { does, log, ref } = clock(stage)
    does((self) => self.setIdleTimeout(10))
    stage.pass(9)
    expect(log).toEqual([])
    stage.pass(1)
    stage.pass(100)
    expect(log).toEqual(["10 timeout"])
    expect(ref.alive).toBe(true)
  })

  it("is called off by any message: a call, a cast, a send, a Down, a timer, a request of a tool", async () => {
    await using stage = new Stage()
    const messages: ((ref: Ref<Clock>) => void)[] = [
      (ref) => void stage.begin(() => ref.call.busy(0)),
      (ref) => void ref.cast.busy(0),
      (ref) => void ref.send("message"),
      (ref) => void stage.system.sendAfter(0, "timer", { to: ref }),
      (ref) => void stage.begin(() => ref.getState()),
    ]
    for (const send of messages) {
      const idle = stage.system.spawn(Clock, { args: [() => stage.clock.now()] })
      stage.outcome(() => idle.call.does((self) => self.setIdleTimeout(10, "idle")))
      stage.pass(5)
      send(idle)
      stage.pass(100)
      expect((stage.outcome(() => idle.getState()).value as Clock).log.filter((line) => line.includes("idle"))).toEqual([])
    }
  })

  it("can be set anew by the message that has called it off, has its own message, and null calls it off", async () => {
    await using stage = new Stage()
    const { does, log } = clock(stage)
    does((self) => self.setIdleTimeout(10, "first"))
    stage.pass(5)
    does((self) => self.setIdleTimeout(10, "second"))
    stage.pass(10)
    does((self) => self.setIdleTimeout(10, "third"))
    does((self) => self.setIdleTimeout(null))
    stage.pass(100)
    expect(log).toEqual(["15 second"])
  })

  it("does not come while a method runs, however long", async () => {
    await using stage = new Stage()
    class Worker extends Clock {
      *work(): Routine {
        this.setIdleTimeout(10, "idle")
        yield* sleep(35)
        this.log.push("worked")
      }
    }
    const worker = stage.system.spawn(Worker, { args: [() => stage.clock.now()] })
    worker.cast.work()
    for (let ms = 0; ms < 60; ms++) stage.pass(1)
    const { log } = stage.outcome(() => worker.getState()).value as Worker
    expect(log[0]).toBe("worked")
    expect(log[1]).toMatch(/^(4[0-9]) idle$/)
  })

  it("leaves no timer when the actor ends", async () => {
    await using stage = new Stage()
    const { does, ref } = clock(stage)
    does((self) => self.setIdleTimeout(1000))
    expect(stage.scheduler.statistics().timers).toBe(1)
    ref.exit(ExitReason.kill)
    stage.pass()
    expect(stage.scheduler.statistics().timers).toBe(0)
  })
})

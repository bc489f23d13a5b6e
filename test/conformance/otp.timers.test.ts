import { InvalidArgumentError, schedule, sleep } from "@vivarium/core"
import { Actor, ExitReason, type Process, type ProcessTimer, Timeout } from "@vivarium/actors"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { idle, OtpWorld, shown, unread } from "./otp-world.ts"

let world: OtpWorld
beforeEach(() => {
  world = new OtpWorld()
})
afterEach(async () => {
  await world.end()
})

const timers = (): number => world.scheduler.statistics().timers

describe("a timer", () => {
  it("T01: startTimer delivers the message with its timer; then it can be neither read nor cancelled", async () => {
    await world.process(function* (self) {
      const timer = self.startTimer(100, "tea")
      expect(timer.left).toBe(100)
      const message = (yield* self.receive()) as Timeout
      expect([message instanceof Timeout, message.timer === timer, message.message, world.clock.now()]).toEqual([true, true, "tea", 100])
      expect([timer.left, timer.cancel(), self.cancelTimer(timer)]).toEqual([false, false, false])
    })
  })

  it("sendAfter delivers the message as it is (section 5)", async () => {
    await world.process(function* (self) {
      const message = { tea: true }
      self.sendAfter(100, message)
      expect([(yield* self.receive()) === message, world.clock.now()]).toEqual([true, 100])
    })
  })

  it("is never early (section 5)", () => {
    const ref = world.system.spawn(idle)
    world.system.sendAfter(100, "tea", { to: ref })
    world.pass(99)
    const early = ref.alive && world.scheduler.statistics().timers
    world.pass(1)
    expect([early, timers()]).toEqual([1, 0])
  })

  it("reads how long it still takes without cancelling it (section 5)", async () => {
    await world.process(function* (self) {
      const timer = self.sendAfter(100, "tea")
      yield* sleep(30)
      expect([timer.left, timer.left]).toEqual([70, 70])
      expect([yield* self.receive(), timer.left]).toEqual(["tea", false])
    })
  })

  it("T02: cancelled in time gives what was left, and no message", async () => {
    await world.process(function* (self) {
      const timer = self.sendAfter(100, "tea")
      const other = self.startTimer(100, "coffee")
      yield* sleep(30)
      expect([timer.cancel(), self.cancelTimer(other)]).toEqual([70, 70])
      expect([timer.left, timer.cancel(), self.cancelTimer(other)]).toEqual([false, false, false])
      yield* sleep(200)
      expect([yield* unread(self), timers()]).toEqual([[], 0])
    })
  })

  it("T03: cancelled after it has fired gives false, and its message stays", async () => {
    await world.process(function* (self) {
      const timer = self.sendAfter(10, "tea")
      yield* sleep(20)
      expect([timer.cancel(), yield* unread(self)]).toEqual([false, ["tea"]])
    })
  })

  it("what was never one gives false (section 5)", async () => {
    await world.process(function* (self) {
      yield* schedule()
      expect([self.cancelTimer("no such key"), self.cancelTimer(undefined)]).toEqual([false, false])
    })
  })

  it("T05: those of one time fire in the order in which they were made", async () => {
    await world.process(function* (self) {
      for (let count = 0; count < 100; count++) self.sendAfter(50, count)
      self.sendAfter(50.5, "later")
      self.sendAfter(49.5, "earlier")
      yield* sleep(100)
      expect(yield* unread(self)).toEqual(["earlier", ...Array.from({ length: 100 }, (_, count) => count), "later"])
    })
  })

  it("those of different times fire by time, whoever was made first (section 5)", async () => {
    await world.process(function* (self) {
      for (const ms of [102, 100, 101, 0, 3]) self.sendAfter(ms, ms)
      yield* sleep(1000)
      expect(yield* unread(self)).toEqual([0, 3, 100, 101, 102])
    })
  })

  it("0 fires soon, and not at once (section 5)", async () => {
    await world.process(function* (self) {
      self.sendAfter(0, "tea")
      expect(yield* unread(self)).toEqual([])
      expect([yield* self.receive(), world.clock.now()]).toEqual(["tea", 0])
    })
  })

  it.each([2 ** 31 - 1, 2 ** 31, 2 ** 31 + 1, 2 ** 32, 2 ** 40])("T08: of %d ms takes that long, and says so on the way", async (ms) => {
    await world.process(function* (self) {
      const timer = self.sendAfter(ms, "tea")
      expect(timer.left).toBe(ms)
      yield* sleep(ms - 1)
      expect([timer.left, yield* unread(self)]).toEqual([1, []])
      expect([yield* self.receive(), world.clock.now()]).toEqual(["tea", ms])
    })
  })

  it("T08: cancelled after 2^31 ms gives what was left of 2^33", async () => {
    await world.process(function* (self) {
      const timer = self.sendAfter(2 ** 33, "tea")
      yield* sleep(2 ** 31)
      expect(timer.cancel()).toBe(2 ** 33 - 2 ** 31)
    })
  })

  it.each([[-1], [-0.5], [NaN], [Infinity], [-Infinity], ["10"], [null], [undefined], [10n], [{}]])("T09: %o is no time, and is refused", async (ms) => {
    await world.process(function* (self) {
      yield* schedule()
      expect(() => self.sendAfter(ms as never, "tea")).toThrow(InvalidArgumentError)
      expect(() => self.startTimer(ms as never, "tea")).toThrow(InvalidArgumentError)
      expect(() => world.system.sendAfter(ms as never, "tea", { to: self.self })).toThrow(InvalidArgumentError)
      expect(timers()).toBe(0)
    })
  })

  it("T09 (changed): a fraction is a time", async () => {
    await world.process(function* (self) {
      self.sendAfter(1.25, "tea")
      expect([yield* self.receive(), world.clock.now()]).toEqual(["tea", 1.25])
    })
  })
})

describe("for others", () => {
  it("reaches another process, with who set it as the sender (section 5)", async () => {
    await world.process(function* (self) {
      const got: unknown[] = []
      const other = self.spawn(function* (mine: Process) {
        got.push(yield* mine.receive(), mine.sender === self.self)
      })
      self.sendAfter(10, "tea", { to: other })
      yield* sleep(20)
      expect(got).toEqual(["tea", true])
    })
  })

  it("an actor gets it in info() (section 5)", async () => {
    const got: unknown[] = []
    class Drinker extends Actor {
      init() {
        this.sendAfter(10, "tea")
        this.startTimer(10, "coffee")
      }
      info(message: unknown) {
        got.push(shown(message))
      }
    }
    world.system.spawn(Drinker)
    world.pass(10)
    expect(got).toEqual(["tea", { timeout: "coffee" }])
  })

  it("T07: that of a process that has ended is cancelled, and read as false", async () => {
    await world.process(function* (self) {
      const other = self.spawn(idle)
      const timer = self.sendAfter(1000, "tea", { to: other })
      const outside = world.system.sendAfter(1000, "tea", { to: other })
      yield* schedule()
      expect(timers()).toBe(2)
      self.signalExit(other, ExitReason.shutdown)
      yield* schedule()
      expect([timer.left, timer.cancel(), outside.left, timers(), world.system.statistics().deadLetters]).toEqual([false, false, false, 0, 0])
    })
  })

  it("T07: for one that has ended already it never runs", async () => {
    await world.process(function* (self) {
      const other = self.spawn(() => {})
      yield* schedule()
      const timer = self.sendAfter(1000, "tea", { to: other })
      expect([timer.left, timer.cancel(), timers()]).toEqual([false, false, 0])
    })
  })

  it("T07 (changed): it ends with who has set it, too", async () => {
    await world.process(function* (self) {
      const set: ProcessTimer[] = []
      self.spawn(function* (mine: Process) {
        set.push(mine.sendAfter(1000, "tea", { to: self.self }))
        yield* schedule()
      })
      yield* sleep(10)
      expect([set.map(({ left }) => left), timers()]).toEqual([[false], 0])
      yield* sleep(2000)
      expect(yield* unread(self)).toEqual([])
    })
  })

  it("a name is looked up when it fires, so it may be taken later (section 5)", async () => {
    await world.process(function* (self) {
      const timer = self.sendAfter(100, "tea", { to: "late" })
      self.sendAfter(50, "lost", { to: "late" })
      yield* sleep(60)
      expect([timer.left, world.system.deadLetters.map(({ message, to }) => [to, message])]).toEqual([40, [["late", "lost"]]])
      self.register("late")
      expect(yield* self.receive()).toBe("tea")
    })
  })

  it("and the end of who holds a name before does not cancel it (section 5)", async () => {
    await world.process(function* (self) {
      const first = self.spawn(idle, { name: "bee" })
      self.sendAfter(100, "tea", { to: "bee" })
      self.signalExit(first, ExitReason.shutdown)
      yield* sleep(50)
      self.register("bee")
      expect(yield* self.receive()).toBe("tea")
    })
  })
})

describe("periodic timers", () => {
  it("come again and again, never early, until they are cancelled (section 5)", async () => {
    await world.process(function* (self) {
      const timer = self.sendAfter(5, "tick", { everyMs: 10 })
      const at: number[] = []
      for (let count = 0; count < 4; count++) {
        yield* self.receive()
        at.push(world.clock.now())
      }
      expect([at, timer.left, timer.cancel(), timers()]).toEqual([[5, 15, 25, 35], 10, 10, 0])
      yield* sleep(100)
      expect(yield* unread(self)).toEqual([])
    })
  })

  it("have at most one unread tick, and end with their owner (section 5)", async () => {
    await world.process(function* (self) {
      const other = self.spawn(function* (mine: Process) {
        mine.sendAfter(10, "tick", { everyMs: 10 })
        yield* sleep(105)
        expect(yield* unread(mine)).toEqual(["tick"])
        yield* mine.receive()
      })
      yield* sleep(200)
      expect([other.alive, timers()]).toEqual([false, 0])
    })
  })

  it("to a name go on with whoever holds it next, although a tick was unread (section 5)", async () => {
    await world.process(function* (self) {
      const first = self.spawn(idle, { name: "bee" })
      self.sendAfter(10, "tick", { everyMs: 10, to: "bee" })
      yield* sleep(15)
      self.signalExit(first, ExitReason.shutdown)
      yield* schedule()
      self.register("bee")
      expect([yield* self.receive(), yield* self.receive()]).toEqual(["tick", "tick"])
    })
  })
})

import { InvalidArgumentError, schedule, sleep } from "@vivarium/core"
import { Actor, after, Down, Exit, ExitReason, on, type Process } from "@vivarium/actors"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { anything, idle, OtpWorld, raised, shown, unread } from "./otp-world.ts"

let world: OtpWorld
beforeEach(() => {
  world = new OtpWorld()
})
afterEach(async () => {
  await world.end()
})

const is = (expected: unknown) => (message: unknown) => message === expected
const isNumber = (message: unknown): message is number => typeof message === "number"
const isString = (message: unknown): message is string => typeof message === "string"

function sendAll(self: Process<unknown>, ...messages: readonly unknown[]): void {
  for (const message of messages) self.self.send(message)
}

describe("selective receive", () => {
  it("R01: takes the first that fits, and leaves the others in their order", async () => {
    await world.process(function* (self) {
      sendAll(self, 1, 2, 3, 4)
      expect(yield* self.receive(is(3))).toBe(3)
      expect(yield* unread(self)).toEqual([1, 2, 4])
    })
  })

  it("takes the oldest of those that fit (section 3)", async () => {
    await world.process(function* (self) {
      sendAll(self, "a", 1, "b", 2)
      expect([yield* self.receive(isNumber), yield* self.receive(isString), yield* self.receive()]).toEqual([1, "a", "b"])
      expect(yield* unread(self)).toEqual([2])
    })
  })

  it("tries the clauses in order for each message, not the messages for each clause (section 3)", async () => {
    await world.process(function* (self) {
      sendAll(self, "first", 7)
      const taken = yield* self.receive(
        on(isNumber, (number) => ["number", number] as const),
        on(isString, (text) => ["string", text] as const),
      )
      const both = yield* self.receive(
        on(isNumber, () => "the first clause"),
        on(anything, () => "the second clause"),
      )
      expect([taken, both]).toEqual([["string", "first"], "the first clause"])
    })
  })

  it("with nothing that fits waits, and looks at new messages only (section 3)", async () => {
    const looked: unknown[] = []
    await world.process(function* (self) {
      sendAll(self, 1, 2)
      self.sendAfter(10, 3)
      self.sendAfter(20, 4)
      const four = yield* self.receive((message) => {
        looked.push(message)
        return message === 4
      })
      expect(four).toBe(4)
      expect(looked.splice(0)).toEqual([1, 2, 3, 4])
      yield* self.receive((message) => {
        looked.push(message)
        return true
      })
      expect(looked).toEqual([1])
      expect(yield* unread(self)).toEqual([2, 3])
    })
  })

  it("finds exits, Downs and what timers bring among the messages, in order (section 3)", async () => {
    await world.process(
      function* (self) {
        const ref = self.spawnLink(idle)
        self.monitor(ref)
        self.self.send("before")
        self.sendAfter(1, "tick")
        yield* sleep(2)
        self.signalExit(ref, ExitReason.custom("die"))
        yield* sleep(1)
        self.self.send("after")
        const isDown = (message: unknown): message is Down => message instanceof Down
        const isExit = (message: unknown): message is Exit => message instanceof Exit
        expect(shown(yield* self.receive(isDown))).toEqual({ down: "die", from: String(ref) })
        expect(shown(yield* self.receive(isExit))).toEqual({ exit: "die", from: String(ref) })
        expect(yield* unread(self)).toEqual(["before", "tick", "after"])
      },
      { trapExit: true },
    )
  })

  it("may wait in what it does with a message (section 3)", async () => {
    await world.process(function* (self) {
      sendAll(self, 3)
      const result = yield* self.receive(
        on(isNumber, function* (number) {
          yield* sleep(number)
          return number * 2
        }),
      )
      expect([result, world.clock.now()]).toEqual([6, 3])
    })
  })

  it("of an actor takes plain messages alone: calls and casts stay for their methods", async () => {
    class Picky extends Actor {
      readonly got: unknown[] = []
      note(what: string) {
        this.got.push(what)
        return this.got
      }
      *pick() {
        this.got.push(yield* this.receive(), yield* this.receive(is("second")))
      }
      info(message: unknown) {
        this.got.push(["info", message])
      }
    }
    await world.process(function* (self) {
      const ref = self.spawn(Picky)
      ref.cast.pick()
      ref.cast.note("cast")
      ref.send("first")
      ref.send("third")
      ref.send("second")
      yield* schedule()
      expect(yield* ref.call.note("call")).toEqual(["first", "second", "cast", ["info", "third"], "call"])
    })
  })
})

describe("after", () => {
  it("R03: comes when nothing has fitted for that long, and not before", async () => {
    await world.process(function* (self) {
      sendAll(self, "no", "no")
      self.sendAfter(999, "neither")
      const result = yield* self.receive(
        on(isNumber, () => "a number"),
        after(1000, () => "late"),
      )
      expect([result, world.clock.now()]).toEqual(["late", 1000])
      expect(yield* unread(self)).toEqual(["no", "no", "neither"])
    })
  })

  it("counts from the beginning of the receive, not from each message (section 3)", async () => {
    await world.process(function* (self) {
      for (let ms = 100; ms < 1000; ms += 100) self.sendAfter(ms, "no")
      yield* self.receive(
        on(isNumber, () => {}),
        after(500, () => {}),
      )
      expect(world.clock.now()).toBe(500)
    })
  })

  it("of a message that comes in time is never called, and leaves no timer (section 3)", async () => {
    await world.process(function* (self) {
      self.sendAfter(10, 7)
      const result = yield* self.receive(
        on(isNumber, (number) => number),
        after(1000, () => "late"),
      )
      expect([result, world.clock.now(), world.scheduler.statistics().timers]).toEqual([7, 10, 0])
    })
  })

  it("gives way to a message of the same millisecond that was set off before (section 3)", async () => {
    await world.process(function* (self) {
      self.sendAfter(10, 7)
      const result = yield* self.receive(
        on(isNumber, (number) => number),
        after(10, () => "late"),
      )
      expect(result).toBe(7)
    })
  })

  it("0 scans the whole mailbox first, and never waits (section 3)", async () => {
    await world.process(function* (self) {
      sendAll(self, "a", "b", 7)
      const look = () =>
        self.receive(
          on(isNumber, (number) => number),
          after(0, () => "nothing"),
        )
      expect([yield* look(), yield* look()]).toEqual([7, "nothing"])
      expect(yield* unread(self)).toEqual(["a", "b"])
      expect(world.clock.now()).toBe(0)
    })
  })

  it("Infinity never comes, and takes no timer (section 3)", async () => {
    await world.process(function* (self) {
      self.sendAfter(10 ** 10, 7)
      const result = yield* self.receive(
        on(isNumber, (number) => number),
        after(Infinity, () => "late"),
      )
      expect([result, world.clock.now()]).toEqual([7, 10 ** 10])
    })
  })

  it("alone is a sleep (section 3)", async () => {
    await world.process(function* (self) {
      sendAll(self, "stays")
      expect([yield* self.receive(after(100, () => "slept")), world.clock.now()]).toEqual(["slept", 100])
      expect(yield* unread(self)).toEqual(["stays"])
    })
  })

  it("refuses what is no time, and stands last", async () => {
    for (const ms of [-1, NaN, -Infinity, "7", null, undefined, 7n]) expect(() => after(ms as never, () => {})).toThrow(InvalidArgumentError)
    await world.process(function* (self) {
      yield* schedule()
      const late = after(1, () => {})
      expect(() => self.receive(late, on(anything, () => {}))).toThrow(InvalidArgumentError)
      expect(() => self.receive(7 as never)).toThrow(InvalidArgumentError)
    })
  })
})

describe("a receive that fails", () => {
  it("R05: because a guard raises takes nothing: the next one begins at the oldest again", async () => {
    const error = new Error("guard")
    await world.process(function* (self) {
      sendAll(self, 1, 2, 3)
      const receive = self.receive((message) => {
        if (message === 2) throw error
        return message === 3
      })
      expect(yield* raised(Error, receive)).toBe(error)
      expect(yield* unread(self)).toEqual([1, 2, 3])
    })
  })

  it("R05: because a guard raises over a new message leaves that one, too, and its sender is not touched", async () => {
    const error = new Error("guard")
    await world.process(function* (self) {
      sendAll(self, 1)
      const other = self.spawn(function* () {
        yield* schedule()
        expect(self.self.send(2)).toBe(true)
        self.self.send(3)
      })
      const receive = self.receive((message) => {
        if (message === 2) throw error
        return message === 3
      })
      expect(yield* raised(Error, receive)).toBe(error)
      yield* schedule()
      expect([other.alive, world.reports, yield* unread(self)]).toEqual([false, [], [1, 2, 3]])
    })
  })

  it("R05: because a handler raises has taken its message, and nothing else", async () => {
    const error = new Error("handler")
    await world.process(function* (self) {
      sendAll(self, 1, 2, 3)
      const receive = self.receive(
        on(is(2), () => {
          throw error
        }),
      )
      expect(yield* raised(Error, receive)).toBe(error)
      expect(yield* unread(self)).toEqual([1, 3])
    })
  })

  it("R05: in a method of an actor, and caught there, leaves its mailbox whole", async () => {
    const infos: unknown[] = []
    class Catcher extends Actor {
      *pick() {
        try {
          yield* this.receive(() => {
            throw new Error("guard")
          })
        } catch {
          return "caught"
        }
        return "taken"
      }
      info(message: unknown) {
        infos.push(message)
      }
    }
    await world.process(function* (self) {
      const ref = self.spawn(Catcher)
      const pending = ref.request.pick()
      ref.send(1)
      ref.send(2)
      expect(yield* pending).toBe("caught")
      yield* schedule()
      expect(infos).toEqual([1, 2])
    })
  })
})

describe("a long mailbox", () => {
  class Echo extends Actor {
    echo(value: number) {
      return value
    }
  }

  // Each call would look at half a million messages if answers were scanned for: minutes instead of a second.
  it("R04: with 500,000 unread messages 10,000 calls cost what they cost without", async () => {
    const done = await new Promise<number>((resolve, reject) => {
      const caller = world.system.spawn(
        function* (self: Process<unknown>) {
          const echo = self.spawn(Echo)
          for (let count = 0; count < 500_000; count++) self.self.send(count)
          let sum = 0
          for (let count = 0; count < 10_000; count++) sum += yield* echo.call.echo(1)
          resolve(sum)
        },
        { mailbox: { capacity: Infinity } },
      )
      world.scheduler.run()
      if (caller.alive) reject(new Error("it waits"))
    })
    expect(done).toBe(10_000)
  })

  it("R04: nor do answers pass through the mailbox: no guard ever sees one", async () => {
    await world.process(function* (self) {
      const echo = self.spawn(Echo)
      sendAll(self, 1)
      const pending = echo.request.echo(2)
      const [called, collected] = [yield* echo.call.echo(3), yield* pending]
      expect([called, collected, yield* unread(self)]).toEqual([3, 2, [1]])
    })
  })
})

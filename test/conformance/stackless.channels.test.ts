import { type StarredBody, currentTasklet, schedule, Scheduler, type Tasklet } from "@vivarium/core"
import { beforeEach, describe, expect, it } from "vitest"

let scheduler: Scheduler
let trace: unknown[]

beforeEach(() => {
  scheduler = new Scheduler()
  trace = []
})

const self = (): Tasklet => currentTasklet() as Tasklet

/** Runs a body as the root tasklet: Stackless' main, where plain JavaScript could not block. */
function root<R>(body: StarredBody<[], R>): void {
  scheduler.tasklet({ name: "root" }, body)
  scheduler.run()
}

describe("blocking and meeting", () => {
  it("CH-01: a sender on an empty channel blocks, balance 1", () => {
    const channel = scheduler.channel<number>()
    const sender = scheduler.tasklet(function* () {
      yield* channel.send(1)
    })
    scheduler.run()
    expect(sender.blocked).toBe(true)
    expect(channel.balance).toBe(1)
    expect(channel.waiters[0]).toBe(sender)
  })

  it("CH-02: a receiver on an empty channel blocks, balance -1", () => {
    const channel = scheduler.channel<number>()
    const receiver = scheduler.tasklet(function* () {
      yield* channel.receive()
    })
    scheduler.run()
    expect(receiver.blocked).toBe(true)
    expect(channel.balance).toBe(-1)
    expect(channel.waiters[0]).toBe(receiver)
  })

  it("CH-03: a send to a waiting receiver passes the sender's blockTrap, and the value has arrived when it returns", () => {
    const channel = scheduler.channel<number>()
    scheduler.tasklet(function* () {
      trace.push(yield* channel.receive())
    })
    root(function* () {
      self().blockTrap = true
      yield* channel.send(1)
      trace.push("sent")
    })
    expect(trace).toEqual([1, "sent"])
  })

  it("CH-04: a receive from a waiting sender passes the receiver's blockTrap, and the sender has not gone on", () => {
    const channel = scheduler.channel<number>()
    scheduler.tasklet(function* () {
      yield* channel.send(1)
      trace.push("sender")
    })
    root(function* () {
      self().blockTrap = true
      trace.push(yield* channel.receive(), "received")
    })
    expect(trace).toEqual([1, "received", "sender"])
  })

  it("CH-05: waiting receivers are served first come, first served", () => {
    const channel = scheduler.channel<string>()
    for (const name of [0, 1, 2]) {
      scheduler.tasklet(function* () {
        trace.push([name, yield* channel.receive()])
      })
    }
    root(function* () {
      for (const value of ["a", "b", "c"]) yield* channel.send(value)
    })
    expect(trace).toEqual([[0, "a"], [1, "b"], [2, "c"]])
  })

  it("CH-06: waiting senders are served first come, first served, and resume in that order", () => {
    const channel = scheduler.channel<number>()
    for (const value of [0, 1, 2]) {
      scheduler.tasklet(function* () {
        yield* channel.send(value)
        trace.push(`sender ${value}`)
      })
    }
    root(function* () {
      for (let left = 3; left > 0; left--) trace.push(yield* channel.receive())
    })
    expect(trace).toEqual([0, 1, 2, "sender 0", "sender 1", "sender 2"])
  })

  it("CH-21: the root blocks in receive until a tasklet sends", () => {
    const channel = scheduler.channel<string>()
    root(function* () {
      scheduler.tasklet(function* () {
        trace.push("sending")
        yield* channel.send("hi")
      })
      trace.push(yield* channel.receive())
    })
    expect(trace).toEqual(["sending", "hi"])
  })

  it("CH-22: the root blocks in send until a new receiver starts, which gets the value at once", () => {
    const channel = scheduler.channel<string>()
    root(function* () {
      scheduler.tasklet(function* () {
        trace.push(yield* channel.receive())
      })
      yield* channel.send("yo")
      trace.push("root")
    })
    expect(trace).toEqual(["yo", "root"])
  })

  it("CH-23: send gives nothing", () => {
    const channel = scheduler.channel<string>()
    root(function* () {
      scheduler.tasklet(function* () {
        yield* channel.receive()
        yield* channel.receive()
      })
      trace.push(yield* channel.send("after blocking"))
      yield* schedule()
      trace.push(yield* channel.send("at once"))
    })
    expect(trace).toEqual([undefined, undefined])
  })
})

describe("sending errors", () => {
  it("CH-24: sendError raises in a waiting receiver and in one that comes later: the error object itself", () => {
    const channel = scheduler.channel<never>()
    const error = new RangeError("1, 2, 3")
    const receive = function* () {
      try {
        yield* channel.receive()
      } catch (caught) {
        trace.push(caught)
      }
    }
    scheduler.tasklet(receive)
    root(function* () {
      trace.push(yield* channel.sendError(error))
      trace.push(yield* channel.sendError(error))
    })
    expect(channel.balance).toBe(1)
    root(receive)
    expect(trace).toEqual([error, undefined, error, undefined])
    expect(trace[0]).toBe(error)
    expect(trace[2]).toBe(error)
  })

  it.each([["an Error", new Error("lost")], ["text", "lost"], ["nothing", undefined]])("CH-25: sendError takes any value: %s", (_, value) => {
    const channel = scheduler.channel<never>()
    scheduler.tasklet(function* () {
      try {
        yield* channel.receive()
      } catch (caught) {
        trace.push(["caught", caught])
      }
    })
    root(() => channel.sendError(value))
    expect(trace).toEqual([["caught", value]])
  })

  it("CH-26: an error that is sent on keeps its stack", () => {
    const channel = scheduler.channel<never>()
    function raiseInTheMeadow(): never {
      throw new Error("lost")
    }
    scheduler.tasklet(function* () {
      try {
        yield* channel.receive()
      } catch (caught) {
        trace.push((caught as Error).stack?.split("\n")[1])
      }
    })
    root(function* () {
      try {
        raiseInTheMeadow()
      } catch (error) {
        yield* channel.sendError(error)
      }
    })
    expect(trace).toEqual([expect.stringContaining("raiseInTheMeadow")])
  })

  it.each([
    { preference: "receiver", order: ["caught", "sender goes on"] },
    { preference: "none", order: ["sender goes on", "caught"] },
    { preference: "sender", order: ["sender goes on", "caught"] },
  ] as const)("CH-27: sendError obeys the preference $preference", ({ preference, order }) => {
    const channel = scheduler.channel<never>({ preference })
    scheduler.tasklet(function* () {
      try {
        yield* channel.receive()
      } catch {
        trace.push("caught")
      }
    })
    root(function* () {
      yield* channel.sendError(new Error("lost"))
      trace.push("sender goes on")
    })
    expect(trace).toEqual(order)
  })
})

describe("sequences", () => {
  it("CH-28: sendAll gives the number of values, and 0 without blocking for an empty sequence", () => {
    const channel = scheduler.channel<number>()
    scheduler.tasklet(function* () {
      for (;;) trace.push(yield* channel.receive())
    })
    root(function* () {
      trace.push(`sent ${yield* channel.sendAll([0, 1, 2, 3])}`)
    })
    const nobody = scheduler.channel<number>()
    root(function* () {
      self().blockTrap = true
      trace.push(`sent ${yield* nobody.sendAll([])}`)
    })
    expect(trace).toEqual([0, 1, 2, 3, "sent 4", "sent 0"])
  })

  it("CH-28: an error of the iterator goes to the sender", () => {
    const channel = scheduler.channel<number>()
    const receiver = scheduler.tasklet(function* () {
      for (;;) trace.push(yield* channel.receive())
    })
    root(function* () {
      try {
        yield* channel.sendAll((function* () {
          yield 1
          throw new Error("withered")
        })())
      } catch (error) {
        trace.push((error as Error).message)
      }
    })
    expect(trace).toEqual([1, "withered"])
    expect(receiver.blocked).toBe(true)
  })

  it("CH-29: a loop over a channel gets each value and ends when the sender closes it", () => {
    const channel = scheduler.channel<number>()
    scheduler.tasklet(function* () {
      const count = yield* channel.each((value) => trace.push(value))
      trace.push(`end after ${count}`)
    })
    root(function* () {
      for (const value of [0, 1, 2]) yield* channel.send(value)
      channel.close()
      trace.push("closed")
    })
    expect(trace).toEqual([0, 1, 2, "closed", "end after 3"])
  })

  it("CH-29: receiveOrDone tells each value from the end", () => {
    const channel = scheduler.channel<number | undefined>()
    scheduler.tasklet(function* () {
      for (let received = yield* channel.receiveOrDone(); !received.done; received = yield* channel.receiveOrDone()) trace.push(received.value)
      trace.push("end")
    })
    root(function* () {
      yield* channel.send(0)
      yield* channel.send(undefined)
      channel.close()
    })
    expect(trace).toEqual([0, undefined, "end"])
  })

  it("CH-30: for await loops over the channel itself, and two loops share its values", async () => {
    const channel = scheduler.channel<number>()
    scheduler.tasklet(function* () {
      yield* channel.sendAll([0, 1, 2, 3])
      channel.close()
    })
    const loop = async (): Promise<number[]> => {
      const values: number[] = []
      for await (const value of channel) values.push(value)
      return values
    }
    expect(await Promise.all([loop(), loop()])).toEqual([[0, 2], [1, 3]])
  })
})

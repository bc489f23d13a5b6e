import { Channel, ChannelClosedError, currentTasklet, InvalidArgumentError, Scheduler, type StarredBody, type Tasklet } from "@vivarium/core"
import { beforeEach, describe, expect, it } from "vitest"

let scheduler: Scheduler
let trace: unknown[]

beforeEach(() => {
  scheduler = new Scheduler()
  trace = []
})

const names = (tasklets: readonly Tasklet[]): string[] => tasklets.map(({ name }) => name)

/** Runs a body as the root tasklet: Stackless' main, where plain JavaScript could not block. */
function root<R>(body: StarredBody<[], R>): void {
  scheduler.tasklet({ name: "root" }, body)
  scheduler.run()
}

describe("closing", () => {
  it("CH-31: a closed empty channel is closing and closed; send and receive raise, a loop over it ends at once", () => {
    const channel = scheduler.channel<number>({ name: "rose" })
    channel.close()
    expect([channel.closing, channel.closed]).toEqual([true, true])
    root(function* () {
      for (const operation of [channel.send(1), channel.receive()]) {
        try {
          yield* operation
        } catch (error) {
          trace.push(error instanceof ChannelClosedError && error.channel)
        }
      }
      trace.push(yield* channel.receiveOrDone(), yield* channel.each(() => {}))
    })
    expect(trace).toEqual(["rose", "rose", { done: true, value: undefined }, 0])
    expect(channel.balance).toBe(0)
  })

  it("CH-32: what a sender offered before close can still be received; only then the channel is closed", () => {
    const channel = scheduler.channel<number>()
    scheduler.tasklet(function* () {
      yield* channel.send(7)
      trace.push("sender goes on")
    })
    scheduler.run()
    channel.close()
    expect([channel.closing, channel.closed]).toEqual([true, false])
    root(function* () {
      trace.push(yield* channel.receive(), channel.closed)
      try {
        yield* channel.receive()
      } catch (error) {
        trace.push((error as ChannelClosedError).code)
      }
    })
    expect(trace).toEqual([7, true, "channel_closed", "sender goes on"])
  })

  it("CH-34: close wakes waiting receivers, in the order in which they came, behind those that are queued", () => {
    const channel = scheduler.channel<number>()
    scheduler.tasklet(function* () {
      try {
        yield* channel.receive()
      } catch (error) {
        trace.push((error as ChannelClosedError).code)
      }
    })
    scheduler.tasklet(function* () {
      trace.push(yield* channel.receiveOrDone())
    })
    scheduler.tasklet(function* () {
      trace.push(yield* channel.each(() => {}))
    })
    scheduler.run()
    expect(channel.balance).toBe(-3)
    scheduler.tasklet(() => trace.push("bystander"))
    channel.close()
    expect([channel.closing, channel.closed, channel.balance]).toEqual([true, true, 0])
    expect(trace).toEqual([])
    scheduler.run()
    expect(trace).toEqual(["bystander", "channel_closed", { done: true, value: undefined }, 0])
  })

  it("CH-36: open makes a closed channel work again", () => {
    const channel = scheduler.channel<number>()
    channel.close()
    channel.close()
    channel.open()
    expect([channel.closing, channel.closed]).toEqual([false, false])
    scheduler.tasklet(function* () {
      trace.push(yield* channel.receive())
    })
    root(() => channel.send(1))
    expect(trace).toEqual([1])
  })
})

describe("attributes", () => {
  it("CH-37: the preference is one of three words, by default receiver", () => {
    const channel = scheduler.channel()
    expect(channel.preference).toBe("receiver")
    expect(scheduler.channel({ capacity: 1 }).preference).toBe("none")
    for (const preference of ["sender", "none", "receiver"] as const) {
      channel.preference = preference
      expect(channel.preference).toBe(preference)
    }
    for (const wrong of [-1, 0, 1, 2.5, true, "both"] as unknown as "sender"[]) {
      expect(() => (channel.preference = wrong)).toThrow(InvalidArgumentError)
      expect(() => scheduler.channel({ preference: wrong })).toThrow(InvalidArgumentError)
    }
    expect(channel.preference).toBe("receiver")
  })

  it("CH-38: scheduleAll is true or false, by default false", () => {
    const channel = scheduler.channel()
    expect(channel.scheduleAll).toBe(false)
    channel.scheduleAll = true
    expect(channel.scheduleAll).toBe(true)
    for (const wrong of [0, 1, "yes"] as unknown as boolean[]) expect(() => (channel.scheduleAll = wrong)).toThrow(InvalidArgumentError)
    expect(channel.scheduleAll).toBe(true)
    expect(channel.preference).toBe("receiver")
  })

  it("CH-40: waiters lists who waits, first come first; killing the middle one of three relinks", () => {
    const channel = scheduler.channel<number>()
    expect(channel.waiters).toEqual([])
    for (const name of ["a", "b", "c"]) {
      scheduler.tasklet({ name }, function* () {
        const value = yield* channel.receive()
        trace.push(`${name}${value}`)
      })
    }
    scheduler.run()
    expect(names(channel.waiters)).toEqual(["a", "b", "c"])
    expect(channel.balance).toBe(-3)
    channel.waiters[1]?.kill()
    expect(names(channel.waiters)).toEqual(["a", "c"])
    expect(channel.balance).toBe(-2)
    root(() => channel.sendAll([1, 2]))
    expect(trace).toEqual(["a1", "c2"])
    expect(channel.waiters).toEqual([])
  })

  it("CH-41: a tasklet blocked on a channel that nobody else knows does not disturb the scheduler", () => {
    const blocked = scheduler.tasklet(() => scheduler.channel().receive())
    scheduler.tasklet(() => trace.push("bystander"))
    scheduler.run()
    expect(trace).toEqual(["bystander"])
    expect(blocked.blocked).toBe(true)
  })

  it("CH-42: a channel can be subclassed without touching construction", () => {
    class Flower extends Channel<string> {
      petals = 5
    }
    const flower = new Flower({ name: "rose" }, scheduler)
    scheduler.tasklet(function* () {
      trace.push(yield* flower.receive())
    })
    root(() => flower.send("Maya"))
    expect(trace).toEqual(["Maya"])
    expect([flower.petals, flower.name, flower.preference]).toEqual([5, "rose", "receiver"])
  })
})

describe("failed operations", () => {
  /** Performs each way to wait on the channel, and collects the codes of the errors. */
  function* attempts(channel: Channel<number>) {
    for (const operation of [channel.send(1), channel.sendError(new Error("lost")), channel.receive(), channel.receiveOrDone()]) {
      try {
        yield* operation
        trace.push("performed")
      } catch (error) {
        trace.push((error as ChannelClosedError).code)
      }
    }
  }

  it("CH-44: what blockTrap refuses leaves the balance as it was", () => {
    const channel = scheduler.channel<number>()
    root(function* () {
      ;(currentTasklet() as Tasklet).blockTrap = true
      yield* attempts(channel)
    })
    expect(trace).toEqual(Array(4).fill("block_trap"))
    expect(channel.balance).toBe(0)
  })

  it("CH-44: what switchTrap refuses leaves the balance as it was, with partners waiting or without", () => {
    const empty = scheduler.channel<number>()
    const eager = scheduler.channel<number>()
    scheduler.tasklet(() => eager.receive())
    root(function* () {
      scheduler.switchTrap++
      yield* attempts(empty)
      for (const operation of [eager.send(1), eager.sendError(new Error("lost"))]) {
        try {
          yield* operation
          trace.push("performed")
        } catch (error) {
          trace.push((error as ChannelClosedError).code)
        }
      }
      scheduler.switchTrap--
    })
    expect(trace).toEqual(Array(6).fill("switch_trap"))
    expect([empty.balance, eager.balance]).toEqual([0, -1])
  })

  it("CH-44: what a closed channel refuses leaves the balance as it was", () => {
    const channel = scheduler.channel<number>()
    scheduler.tasklet(() => channel.send(1))
    scheduler.run()
    channel.close()
    root(function* () {
      try {
        yield* channel.send(2)
      } catch (error) {
        trace.push((error as ChannelClosedError).code)
      }
    })
    expect(trace).toEqual(["channel_closed"])
    expect(channel.balance).toBe(1)
  })
})

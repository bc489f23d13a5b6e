import { type Channel, ChannelClosedError, DeadlockError, type Received, type ReceiveChannel, Scheduler, select, type SendChannel, trySelect } from "@vivarium/core"
import { VirtualClock } from "@vivarium/core/lowlevel"
import { beforeEach, describe, expect, expectTypeOf, it } from "vitest"
import { shapedChannel, shapes } from "./channel-shapes.ts"

let scheduler: Scheduler
beforeEach(() => {
  scheduler = new Scheduler()
})

const end = { done: true, value: undefined }
const title = "capacity $capacity, preference $preference, scheduleAll $scheduleAll"

describe.each(shapes)(`closing a channel with ${title}`, (shape) => {
  let queue: Channel<number>
  beforeEach(() => {
    queue = shapedChannel(scheduler, shape)
  })

  it("GO-21: what was buffered before still comes, in order, then the end for ever", () => {
    for (let value = 0; value < shape.capacity; value++) queue.trySend(value)
    queue.close()
    expect([queue.closing, queue.closed]).toEqual([true, shape.capacity === 0])
    const got: Received<number>[] = []
    scheduler.tasklet(function* () {
      for (let count = 0; count < shape.capacity + 3; count++) got.push(yield* queue.receiveOrDone())
    })
    scheduler.run()
    const values = Array.from({ length: shape.capacity }, (_, value) => ({ done: false, value }))
    expect(got).toEqual([...values, end, end, end])
    expect(queue.closed).toBe(true)
  })

  it("GO-21 (changed): what waiting senders offered before still comes, and they go on", () => {
    const count = shape.capacity + 3
    for (let value = 0; value < count; value++) {
      scheduler.tasklet(function* () {
        yield* queue.send(value)
      })
    }
    scheduler.run()
    expect([queue.balance, queue.length]).toEqual([3, shape.capacity])
    queue.close()
    const got: number[] = []
    scheduler.tasklet(function* () {
      expect(yield* queue.each((value) => got.push(value))).toBe(count)
    })
    scheduler.run()
    expect(got).toEqual(Array.from({ length: count }, (_, value) => value))
    expect([queue.balance, queue.closed, scheduler.statistics().blocked]).toEqual([0, true, 0])
  })

  it("GO-22: a drained one never blocks a receiver, ten times over", () => {
    queue.close()
    const got: unknown[] = []
    const receiver = scheduler.tasklet(function* () {
      for (let time = 0; time < 10; time++) got.push(yield* queue.receiveOrDone())
      for (let time = 0; time < 10; time++) {
        try {
          yield* queue.receive()
        } catch (error) {
          got.push(error)
        }
      }
    })
    scheduler.run()
    expect(receiver.alive).toBe(false)
    expect(got.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => end))
    expect(got.slice(10).every((error) => error instanceof ChannelClosedError && error.code === "channel_closed")).toBe(true)
    expect([got.length, queue.balance, queue.tryReceive()]).toEqual([20, 0, undefined])
  })

  it("GO-23 (changed): every waiting receiver wakes, in order: receive() raises, receiveOrDone() says done", () => {
    const trace: string[] = []
    for (const name of ["a", "b", "c"]) {
      scheduler.tasklet(function* () {
        trace.push(`${name} ${(yield* queue.receiveOrDone()).done}`)
      })
      scheduler.tasklet(function* () {
        try {
          yield* queue.receive()
        } catch (error) {
          trace.push(`${name} ${(error as Error).constructor.name}`)
        }
      })
    }
    scheduler.run()
    expect(queue.balance).toBe(-6)
    queue.close()
    expect([queue.balance, queue.waiters, trace]).toEqual([0, [], []])
    scheduler.run()
    expect(trace).toEqual(["a", "b", "c"].flatMap((name) => [`${name} true`, `${name} ChannelClosedError`]))
  })

  it("GO-24: sending is an error at once, waiting or not, in or out of a select, and the value is dropped", () => {
    queue.close()
    const errors: unknown[] = []
    scheduler.tasklet(function* () {
      for (const attempt of [
        () => queue.send(1),
        () => queue.sendError(new Error("late")),
        () => queue.sendAll([1]),
        () => select({ put: queue.send(1), get: scheduler.channel().receive() }),
      ]) {
        try {
          yield* attempt() as ReturnType<typeof queue.send>
        } catch (error) {
          errors.push(error)
        }
      }
    })
    scheduler.run()
    expect(errors.map((error) => error instanceof ChannelClosedError)).toEqual([true, true, true, true])
    expect(() => queue.trySend(1)).toThrow(ChannelClosedError)
    expect(() => trySelect({ put: queue.send(1) })).toThrow(ChannelClosedError)
    expect([queue.balance, queue.length, queue.tryReceive(), scheduler.statistics().blocked]).toEqual([0, 0, undefined, 0])
  })

  it("GO-26 (changed): closing it again is fine, and open() resets it", () => {
    queue.close()
    queue.close()
    expect(queue.closed).toBe(true)
    queue.open()
    expect([queue.closing, queue.closed]).toEqual([false, false])
    const got: number[] = []
    scheduler.tasklet(function* () {
      got.push(yield* queue.receive())
    })
    scheduler.tasklet(function* () {
      yield* queue.send(1)
    })
    scheduler.run()
    expect(got).toEqual([1])
  })

  it("GO-30: iteration runs its body for each value, then ends", () => {
    let [times, count] = [0, 0]
    scheduler.tasklet(function* () {
      count = yield* queue.each(() => times++)
    })
    scheduler.tasklet(function* () {
      yield* queue.sendAll([1, 2, 3, 4, 5])
      queue.close()
    })
    scheduler.run()
    expect([times, count]).toEqual([5, 5])
  })

  it("GO-32: tells a sent undefined from the end", () => {
    const odd = shapedChannel<undefined>(scheduler, shape)
    const got: Received<undefined>[] = []
    scheduler.tasklet(function* () {
      yield* odd.send(undefined)
      odd.close()
    })
    scheduler.tasklet(function* () {
      got.push(yield* odd.receiveOrDone(), yield* odd.receiveOrDone())
    })
    scheduler.run()
    expect(got).toEqual([{ done: false, value: undefined }, end])
  })

  it("GO-32: tells a sent undefined from nothing without waiting", () => {
    const odd = shapedChannel<undefined>(scheduler, shape)
    scheduler.tasklet(function* () {
      yield* odd.send(undefined)
    })
    scheduler.run()
    expect(odd.tryReceive()).toEqual({ value: undefined })
    expect(odd.tryReceive()).toBeUndefined()
  })
})

describe("iterating from outside", () => {
  it("GO-30: for await ends when the channel is closed and drained, and leaving early does not close it", async () => {
    const queue = scheduler.channel<number>({ capacity: 10 })
    for (const value of [1, 2, 3, 4]) queue.trySend(value)
    for await (const value of queue) if (value === 2) break
    expect([queue.closing, queue.length]).toEqual([false, 2])
    queue.close()
    const got: number[] = []
    for await (const value of queue) got.push(value)
    expect(got).toEqual([3, 4])
  })
})

describe("one-way views", () => {
  it("GO-28: the receiving side can neither send nor close", () => {
    expectTypeOf<Channel<number>>().toExtend<ReceiveChannel<number>>()
    expectTypeOf<ReceiveChannel<number>>().not.toHaveProperty("send")
    expectTypeOf<ReceiveChannel<number>>().not.toHaveProperty("trySend")
    expectTypeOf<ReceiveChannel<number>>().not.toHaveProperty("sendAll")
    expectTypeOf<ReceiveChannel<number>>().not.toHaveProperty("sendError")
    expectTypeOf<ReceiveChannel<number>>().not.toHaveProperty("close")
    expectTypeOf<ReceiveChannel<number>>().not.toExtend<SendChannel<number>>()
    expectTypeOf<ReceiveChannel<1>>().toExtend<ReceiveChannel<number>>()
    expectTypeOf<ReceiveChannel<number>>().not.toExtend<ReceiveChannel<1>>()
  })

  it("GO-29: the sending side can neither receive nor be iterated", () => {
    expectTypeOf<Channel<number>>().toExtend<SendChannel<number>>()
    expectTypeOf<SendChannel<number>>().not.toHaveProperty("receive")
    expectTypeOf<SendChannel<number>>().not.toHaveProperty("receiveOrDone")
    expectTypeOf<SendChannel<number>>().not.toHaveProperty("tryReceive")
    expectTypeOf<SendChannel<number>>().not.toHaveProperty("each")
    expectTypeOf<SendChannel<number>>().not.toExtend<AsyncIterable<number>>()
    expectTypeOf<SendChannel<number>>().not.toExtend<ReceiveChannel<number>>()
    expectTypeOf<SendChannel<number>>().toExtend<SendChannel<1>>()
    expectTypeOf<SendChannel<1>>().not.toExtend<SendChannel<number>>()
  })
})

describe("no channel", () => {
  const none = null as Channel<number> | null

  it("GO-27 (changed): the compiler refuses to close it, and so does the language", () => {
    // @ts-expect-error it is possibly null
    expect(() => none.close()).toThrow(TypeError)
  })

  it("GO-33 (changed): the compiler refuses to use it outside of a select, and so does the language", () => {
    // @ts-expect-error it is possibly null
    expect(() => none.send(1)).toThrow(TypeError)
    // @ts-expect-error it is possibly null
    expect(() => none.receive()).toThrow(TypeError)
  })

  it("GO-34: a select without waiting that has nothing but switched-off cases gives nothing", () => {
    expect(trySelect({ get: none?.receive(), put: none?.send(1), off: null })).toBeUndefined()
  })

  it("GO-35: a select of nothing but switched-off cases blocks, and can be killed", () => {
    const waiting = scheduler.tasklet(function* () {
      yield* select({ get: none?.receive(), put: none?.send(1), off: null })
    })
    scheduler.run()
    expect([waiting.blocked, waiting.waitingFor]).toEqual([true, "select of nothing"])
    waiting.kill()
    expect(waiting.alive).toBe(false)
  })

  it("GO-35: which is a deadlock if nothing else lives", async () => {
    const world = new Scheduler({ clock: new VirtualClock() })
    const result = world.main(function* () {
      yield* select({ get: none?.receive() })
    })
    await expect(result).rejects.toThrow(DeadlockError)
  })
})

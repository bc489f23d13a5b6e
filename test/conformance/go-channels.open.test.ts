import { type Channel, InvalidArgumentError, schedule, Scheduler, select, type Tasklet } from "@vivarium/core"
import { beforeEach, describe, expect, it } from "vitest"
import { bufferedShapes, shapedChannel, shapes } from "./channel-shapes.ts"

let scheduler: Scheduler
beforeEach(() => {
  scheduler = new Scheduler()
})

/** Puts so many values in, from 0, without waiting. */
function fill(queue: Channel<number>, count: number): void {
  for (let value = 0; value < count; value++) expect(queue.trySend(value)).toBe(true)
}

const title = "capacity $capacity, preference $preference, scheduleAll $scheduleAll"

describe.each(shapes)(`an open channel with ${title}`, (shape) => {
  let queue: Channel<number>
  beforeEach(() => {
    queue = shapedChannel(scheduler, shape)
  })

  it("GO-01: blocks a receiver until somebody sends", () => {
    const receiver = scheduler.tasklet(function* () {
      return yield* queue.receive()
    })
    scheduler.run()
    expect(receiver.blocked).toBe(true)
    expect([queue.balance, queue.length, scheduler.statistics().runnable]).toEqual([-1, 0, 0])
    const sender = scheduler.tasklet(function* () {
      yield* queue.send(7)
    })
    scheduler.run()
    expect([receiver.alive, sender.alive, queue.balance]).toEqual([false, false, 0])
    const got: number[] = []
    scheduler.tasklet(function* () {
      got.push(yield* receiver)
    })
    scheduler.run()
    expect(got).toEqual([7])
  })

  it("GO-02: finds nothing in an empty channel, and leaves it unchanged", () => {
    expect(queue.tryReceive()).toBeUndefined()
    expect([queue.balance, queue.length, queue.waiters]).toEqual([0, 0, []])
  })

  it("GO-03: blocks a sender while it is full, until somebody receives", () => {
    fill(queue, shape.capacity)
    const sender = scheduler.tasklet(function* () {
      yield* queue.send(99)
    })
    scheduler.run()
    expect(sender.blocked).toBe(true)
    expect([queue.balance, queue.length]).toEqual([1, shape.capacity])
    const got: number[] = []
    scheduler.tasklet(function* () {
      got.push(yield* queue.receive())
    })
    scheduler.run()
    expect([sender.alive, queue.balance, queue.length]).toEqual([false, 0, shape.capacity])
    expect(got).toEqual([shape.capacity === 0 ? 99 : 0])
  })

  it("GO-04: does not take a value that would have to wait", () => {
    fill(queue, shape.capacity)
    expect(queue.trySend(99)).toBe(false)
    expect([queue.balance, queue.length]).toEqual([0, shape.capacity])
    for (let value = 0; value < shape.capacity; value++) expect(queue.tryReceive()).toEqual({ value })
    expect(queue.tryReceive()).toBeUndefined()
  })

  it.each(["sender first", "receiver first"])("GO-05: delivers 100 values in order, %s", (order) => {
    const got: number[] = []
    const sending = function* () {
      for (let value = 0; value < 100; value++) yield* queue.send(value)
    }
    const receiving = function* () {
      for (let count = 0; count < 100; count++) got.push(yield* queue.receive())
    }
    for (const body of order === "sender first" ? [sending, receiving] : [receiving, sending]) scheduler.tasklet(body)
    scheduler.run()
    expect(got).toEqual(Array.from({ length: 100 }, (_, index) => index))
    expect([queue.balance, queue.length, scheduler.statistics().blocked]).toEqual([0, 0, 0])
  })

  it("GO-07: loses and doubles nothing between 4 senders of 1,000 values and 4 receivers", () => {
    const times = new Map<number, number>()
    for (let sender = 0; sender < 4; sender++) {
      scheduler.tasklet(function* () {
        for (let value = 0; value < 1000; value++) yield* queue.send(value)
      })
    }
    for (let receiver = 0; receiver < 4; receiver++) {
      scheduler.tasklet(function* () {
        for (let count = 0; count < 1000; count++) {
          const value = yield* queue.receive()
          times.set(value, (times.get(value) ?? 0) + 1)
        }
      })
    }
    scheduler.run()
    expect(times.size).toBe(1000)
    expect([...new Set(times.values())]).toEqual([4])
    expect([queue.balance, queue.length, scheduler.statistics().blocked]).toEqual([0, 0, 0])
  })

  it("GO-13: carries values of any kind unchanged, objects by identity", () => {
    const odd = shapedChannel<unknown>(scheduler, shape)
    const values = [0, -0, NaN, 1n, "", "nectar", true, false, null, undefined, {}, [], () => 1, odd, odd.receive(), Symbol("s"), new Error("e"), { then: () => 1 }]
    const got: unknown[] = []
    scheduler.tasklet(function* () {
      yield* odd.sendAll(values)
    })
    scheduler.tasklet(function* () {
      while (got.length < values.length) got.push(yield* odd.receive())
    })
    scheduler.run()
    expect(got.length).toBe(values.length)
    expect(got.filter((value, index) => !Object.is(value, values[index]))).toEqual([])
  })

  it("GO-11: hands a value to a waiting receiver without waiting", () => {
    const got: number[] = []
    scheduler.tasklet(function* () {
      got.push(yield* queue.receive())
    })
    scheduler.run()
    expect(queue.trySend(5)).toBe(true)
    expect([queue.balance, queue.length]).toEqual([0, 0])
    scheduler.run()
    expect(got).toEqual([5])
  })

  it("GO-12: takes the value of a waiting sender without waiting", () => {
    fill(queue, shape.capacity)
    const sender = scheduler.tasklet(function* () {
      yield* queue.send(shape.capacity)
    })
    scheduler.run()
    for (let value = 0; value <= shape.capacity; value++) expect(queue.tryReceive()).toEqual({ value })
    expect([queue.balance, queue.length]).toEqual([0, 0])
    scheduler.run()
    expect(sender.alive).toBe(false)
  })
})

describe("the size of a channel", () => {
  it.each(bufferedShapes)(`GO-08: length counts the values, capacity is what was asked for, with ${title}`, (shape) => {
    const queue = shapedChannel<number>(scheduler, shape)
    for (let sent = 0; sent < shape.capacity; sent++) {
      expect([queue.length, queue.capacity]).toEqual([sent, shape.capacity])
      scheduler.tasklet(function* () {
        yield* queue.send(sent)
      })
      scheduler.run()
    }
    expect([queue.length, queue.capacity, queue.balance]).toEqual([shape.capacity, shape.capacity, 0])
  })

  it("GO-08: the length of an unbuffered channel is 0, whoever waits", () => {
    const queue = scheduler.channel<number>()
    scheduler.tasklet(function* () {
      yield* queue.send(1)
    })
    scheduler.run()
    expect([queue.length, queue.capacity, queue.balance]).toEqual([0, 0, 1])
  })

  it.each([-1, -0.5, 1.5, NaN, Infinity, 2 ** 32, 2 ** 53, "3", null])("GO-09: refuses the capacity %s", (capacity) => {
    const make = () => scheduler.channel({ capacity: capacity as number })
    expect(make).toThrow(InvalidArgumentError)
    expect(make).toThrow(/^capacity must be an integer from 0 to 4294967295, got /)
  })
})

describe("what is sent", () => {
  it("GO-14: an inner channel is found first, then the value is offered on it", () => {
    const trace: string[] = []
    const outer = scheduler.channel<Channel<string>>()
    const inner = scheduler.channel<string>()
    scheduler.tasklet(function* () {
      const outcome = yield* select({ put: (yield* outer.receive()).send("x"), never: scheduler.channel().receive() })
      trace.push(`${outcome.key} done`)
    })
    scheduler.run()
    expect([outer.balance, inner.balance]).toEqual([-1, 0])
    scheduler.tasklet(function* () {
      yield* outer.send(inner)
      yield* schedule()
      trace.push(`offered ${inner.balance}`)
      trace.push(yield* inner.receive())
    })
    scheduler.run()
    expect(trace).toEqual(["offered 1", "x", "put done"])
  })

  it("GO-20: the whole operand goes, evaluated once and before the wait", () => {
    let evaluated = 0
    const operand = (): boolean => {
      evaluated++
      return false
    }
    const queue = scheduler.channel<string | boolean>()
    scheduler.tasklet(function* () {
      yield* queue.send(operand() || "right")
    })
    scheduler.run()
    expect([evaluated, queue.balance]).toEqual([1, 1])
    expect(queue.tryReceive()).toEqual({ value: "right" })
    scheduler.run()
    expect(evaluated).toBe(1)
  })
})

describe("many tasklets", () => {
  /** Parks n selects on a shared channel, and counts how often links are read or written while the middle one leaves and rejoins. */
  function linkAccesses(n: number): number {
    const shared = scheduler.channel<number>()
    const own = Array.from({ length: n }, () => scheduler.channel<number>())
    for (const mine of own) {
      scheduler.tasklet(function* () {
        for (let woken = 0; woken < 10; woken++) yield* select({ mine: mine.receive(), shared: shared.receive() })
      })
    }
    scheduler.run()
    expect(shared.balance).toBe(-n)
    let accesses = 0
    for (let node = shared.firstReceiver; node !== null; node = node.after) {
      for (const link of ["after", "before"] as const) {
        let value = node[link]
        Object.defineProperty(node, link, {
          get: () => (accesses++, value),
          set: (next: typeof value) => {
            accesses++
            value = next
          },
        })
      }
    }
    accesses = 0
    own[n >> 1]?.trySend(1)
    scheduler.run()
    const counted = accesses
    expect(shared.balance).toBe(-n)
    for (let woken = 0; woken < 10; woken++) {
      for (const mine of own) mine.trySend(woken)
      scheduler.run()
    }
    expect([shared.balance, shared.firstReceiver, scheduler.statistics().blocked]).toEqual([0, null, 0])
    return counted
  }

  it("GO-15: leaving the middle of a waiting list touches the neighbours only, however long the list is", () => {
    const accesses = [10, 1000, 2000].map(linkAccesses)
    expect(new Set(accesses).size).toBe(1)
    expect(accesses[0]).toBeLessThan(20)
  })

  it("GO-16: a value goes through a chain of 10,000 tasklets", () => {
    const links = 10_000
    const leftmost = scheduler.channel<number>()
    let left = leftmost
    const chain: Tasklet<void>[] = []
    for (let link = 0; link < links; link++) {
      const [to, from] = [left, scheduler.channel<number>()]
      chain.push(
        scheduler.tasklet(function* () {
          yield* to.send(1 + (yield* from.receive()))
        }),
      )
      left = from
    }
    const rightmost = left
    scheduler.tasklet(function* () {
      yield* rightmost.send(0)
    })
    const got: number[] = []
    scheduler.tasklet(function* () {
      got.push(yield* leftmost.receive())
    })
    scheduler.run()
    expect(got).toEqual([links])
    expect(chain.filter((one) => one.alive)).toEqual([])
  })

  // 271,828 items are the size of the row; it takes some hundred milliseconds.
  it("GO-17: 23 workers share out 271,828 items of a buffered queue", () => {
    const [workers, items] = [23, 271_828]
    const queue = scheduler.channel<number>({ capacity: workers })
    const results = scheduler.channel<number>({ capacity: workers })
    const crew = Array.from({ length: workers }, () =>
      scheduler.tasklet(function* () {
        return yield* queue.each(function* (item) {
          if (item % 3 === 0) yield* schedule()
          yield* results.send(item)
        })
      }),
    )
    scheduler.tasklet(function* () {
      for (let item = 1; item <= items; item++) yield* queue.send(item)
      queue.close()
      let served = 0
      for (const worker of crew) served += yield* worker
      expect(served).toBe(items)
      results.close()
    })
    let [sum, count] = [0, 0]
    scheduler.tasklet(function* () {
      yield* results.each((item) => {
        sum += item
        count++
      })
    })
    scheduler.run()
    expect([sum, count]).toEqual([(items * (items + 1)) / 2, items])
    expect(scheduler.statistics().blocked).toBe(0)
  })
})

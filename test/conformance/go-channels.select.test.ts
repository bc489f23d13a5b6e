import { type Channel, ChannelClosedError, type Operation, race, Scheduler, select, timeout, trySelect } from "@vivarium/core"
import { beforeEach, describe, expect, it } from "vitest"
import { shapedChannel, shapes } from "./channel-shapes.ts"

/** The big rows run in one slice or drain; on a busy machine that would be reported as slow. */
const limits = { slowSliceMs: Infinity }

let scheduler: Scheduler
beforeEach(() => {
  scheduler = new Scheduler({ limits })
})

const title = "capacity $capacity, preference $preference, scheduleAll $scheduleAll"

describe.each(shapes)(`select on channels with ${title}`, (shape) => {
  let [one, two]: [Channel<number>, Channel<number>] = [null as never, null as never]
  beforeEach(() => {
    one = shapedChannel(scheduler, shape)
    two = shapedChannel(scheduler, shape)
  })

  it("GO-37: without waiting, gives nothing and switches to nobody when no case is ready", () => {
    let bystander = 0
    let outcome: unknown = "not run"
    scheduler.tasklet(function* () {
      outcome = trySelect({ a: one.receive(), b: two.receiveOrDone() })
      expect(bystander).toBe(0)
    })
    scheduler.tasklet(function* () {
      bystander++
    })
    scheduler.run()
    expect(outcome).toBeUndefined()
    expect([one.balance, two.balance, scheduler.statistics().switches]).toEqual([0, 0, 2])
  })

  it("GO-38: blocks when no case is ready; the first event wakes it, with exactly one case done", () => {
    const selecting = scheduler.tasklet(function* () {
      return yield* select({ a: one.receive(), b: two.receive() })
    })
    scheduler.run()
    expect([selecting.blocked, one.balance, two.balance]).toEqual([true, -1, -1])
    expect(two.trySend(2)).toBe(true)
    expect([one.balance, two.balance]).toEqual([0, 0])
    expect(one.trySend(1)).toBe(shape.capacity > 0)
    let outcome: unknown
    scheduler.tasklet(function* () {
      outcome = yield* selecting
    })
    scheduler.run()
    expect(outcome).toEqual({ key: "b", value: 2 })
    expect([one.balance, two.balance, one.length]).toEqual([0, 0, shape.capacity > 0 ? 1 : 0])
  })

  it("GO-42: takes a closed channel as a receive case at once", () => {
    one.close()
    const outcomes: unknown[] = []
    scheduler.tasklet(function* () {
      outcomes.push(yield* select({ a: one.receiveOrDone(), b: two.receive() }))
      try {
        yield* select({ b: two.receive(), a: one.receive() })
      } catch (error) {
        outcomes.push(error instanceof ChannelClosedError && error.case)
      }
    })
    scheduler.run()
    expect(outcomes).toEqual([{ key: "a", value: { done: true, value: undefined } }, "a"])
    expect(two.balance).toBe(0)
  })

  it("GO-43: sending on a closed channel is an error, which names the case, time limits and signals notwithstanding", () => {
    one.close()
    const raised: unknown[] = []
    const { signal } = new AbortController()
    scheduler.tasklet(function* () {
      const cases = { get: two.receive(), put: one.send(1) }
      for (const attempt of [select(cases), select(cases, { signal }), timeout(1000, select(cases)), select({ put: race([two.receive(), one.send(1)]) })]) {
        try {
          yield* attempt as Operation<unknown>
        } catch (error) {
          raised.push(error)
        }
      }
    })
    scheduler.run()
    expect(raised.map((error) => (error instanceof ChannelClosedError ? error.case : error))).toEqual(["put", "put", "put", "put"])
    expect([one.balance, two.balance]).toEqual([0, 0])
  })

  it("GO-59: a parked select is unharmed by being looked at, and close() wakes it", () => {
    const trace: unknown[] = []
    const selecting = scheduler.tasklet({ name: "selecting" }, function* (held: number[]) {
      const local = { held }
      const outcome = yield* select({ a: one.receiveOrDone(), b: two.receive() })
      trace.push(local.held, outcome.key)
    }, [1, 2, 3])
    scheduler.run()
    for (let time = 0; time < 3; time++) {
      expect([...one.waiters, ...two.waiters].map(({ name }) => name)).toEqual(["selecting", "selecting"])
      expect(selecting.waitingFor).toBe("select of a: receiveOrDone on a channel, b: receive on a channel")
      expect(scheduler.statistics().blocked).toBe(1)
      for (let deep = 0; deep < 1000; deep++) scheduler.tasklet(() => Array.from({ length: 100 }, () => deep))
      scheduler.run()
    }
    one.close()
    scheduler.run()
    expect(trace).toEqual([[1, 2, 3], "a"])
    expect(two.balance).toBe(0)
  })

  it("GO-55: stays fair and whole under plain and selecting senders and receivers", () => {
    const perChannel = 500
    const channels = [one, two, shapedChannel<number>(scheduler, shape)]
    const counts = stress(channels, perChannel)
    expect(counts).toEqual(channels.map(() => 2 * perChannel))
    expect(channels.map(({ balance, length }) => balance + length)).toEqual([0, 0, 0])
    expect(scheduler.statistics().blocked).toBe(0)
  })
})

/** For each channel a plain sender and a plain receiver; over all of them a selecting sender and a selecting receiver. */
function stress(channels: readonly Channel<number>[], perChannel: number): number[] {
  const counts = channels.map(() => 0)
  for (const [index, queue] of channels.entries()) {
    scheduler.tasklet(function* () {
      for (let sent = 0; sent < perChannel; sent++) yield* queue.send(index)
    })
    scheduler.tasklet(function* () {
      for (let got = 0; got < perChannel; got++) {
        const value = yield* queue.receive()
        counts[index]! += value === index ? 1 : NaN
      }
    })
  }
  scheduler.tasklet(function* () {
    const left = channels.map(() => perChannel)
    for (let sent = 0; sent < perChannel * channels.length; sent++) {
      const cases = Object.fromEntries(channels.map((queue, index) => [`${index}`, left[index]! > 0 ? queue.send(index) : null]))
      const { key } = yield* select(cases)
      left[Number(key)]!--
    }
  })
  scheduler.tasklet(function* () {
    const left = channels.map(() => perChannel)
    for (let got = 0; got < perChannel * channels.length; got++) {
      const cases = Object.fromEntries(channels.map((queue, index) => [`${index}`, left[index]! > 0 ? queue.receive() : null]))
      const { key, value } = yield* select(cases)
      counts[Number(key)]! += value === Number(key) ? 1 : NaN
      left[Number(key)]!--
    }
  })
  scheduler.run()
  return counts
}

describe("select", () => {
  // 100,000 values a channel are the size of the row; it takes most of a second.
  it("GO-55: moves 100,000 values each over channels of 0, 0, 2 and 3 slots", () => {
    const channels = [0, 0, 2, 3].map((capacity) => scheduler.channel<number>({ capacity, preference: "none" }))
    expect(stress(channels, 50_000)).toEqual([100_000, 100_000, 100_000, 100_000])
    expect(scheduler.statistics().blocked).toBe(0)
  })

  it("GO-39: with no cases at all blocks for ever", () => {
    const waiting = scheduler.tasklet(function* () {
      yield* select({})
    })
    scheduler.run()
    expect(waiting.blocked).toBe(true)
    expect(trySelect({})).toBeUndefined()
  })

  it("GO-40: sends where there is room rather than giving up", () => {
    const queue = scheduler.channel<number>({ capacity: 1 })
    expect(trySelect({ put: queue.send(1) })).toEqual({ key: "put", value: undefined })
    expect(queue.length).toBe(1)
  })

  it("GO-41: receives what is there rather than giving up", () => {
    const queue = scheduler.channel<number>({ capacity: 1 })
    queue.trySend(1)
    expect(trySelect({ get: queue.receive() })).toEqual({ key: "get", value: 1 })
    expect(queue.length).toBe(0)
  })

  it("GO-45: builds all cases once, in order, and does nothing for a case that is not chosen", () => {
    const built: string[] = []
    const ready = scheduler.channel<number>({ capacity: 1 })
    ready.trySend(1)
    const empty = scheduler.channel<number>()
    const build = (name: string, from: Channel<number>) => {
      built.push(name)
      return from.receive()
    }
    const found: Record<string, number> = {}
    const target = (key: string): Record<string, number> => {
      built.push(`target of ${key}`)
      return found
    }
    scheduler.tasklet(function* () {
      const outcome = yield* select({ a: build("a", empty), b: build("b", ready), c: build("c", empty) })
      if (outcome.key === "a") target("a")["a"] = outcome.value
      if (outcome.key === "b") target("b")["b"] = outcome.value
      if (outcome.key === "c") target("c")["c"] = outcome.value
    })
    scheduler.run()
    expect(built).toEqual(["a", "b", "c", "target of b"])
    expect(found).toEqual({ b: 1 })
  })

  it.each([1, 2, 3, 4, 5])("GO-51: chooses two always-ready channels equally often in 10,000 rounds, seed %i", (random) => {
    const world = new Scheduler({ random, limits })
    const [a, b] = [world.channel({ capacity: 1 }), world.channel({ capacity: 1 })]
    a.close()
    b.close()
    let times = 0
    world.tasklet(function* () {
      for (let round = 0; round < 10_000; round++) if ((yield* select({ a: a.receiveOrDone(), b: b.receiveOrDone() })).key === "a") times++
    })
    world.run()
    expect(Math.abs(times / 10_000 - 0.5)).toBeLessThan(4.89 / (2 * Math.sqrt(10_000)))
  })

  it.each(["a time limit", "a signal"])("GO-51: as often under %s, which comes first only if it is due itself", (what) => {
    const [a, b] = [scheduler.channel(), scheduler.channel()]
    a.close()
    b.close()
    const plain = select({ a: a.receiveOrDone(), b: b.receiveOrDone() })
    const cases = { a: a.receiveOrDone(), b: b.receiveOrDone() }
    const limited = what === "a signal" ? select(cases, { signal: new AbortController().signal }) : timeout(1000, plain)
    let times = 0
    scheduler.tasklet(function* () {
      for (let round = 0; round < 10_000; round++) if ((yield* limited).key === "a") times++
    })
    scheduler.run()
    expect(Math.abs(times / 10_000 - 0.5)).toBeLessThan(4.89 / (2 * Math.sqrt(10_000)))
  })

  it.each([0, 100])("GO-52: offers both of two values on the same channel of capacity %i", (capacity) => {
    const queue = scheduler.channel<number>({ capacity })
    const got: number[] = []
    scheduler.tasklet(function* () {
      for (let round = 0; round < 100; round++) yield* select({ zero: queue.send(0), one: queue.send(1) })
      queue.close()
    })
    scheduler.tasklet(function* () {
      yield* queue.each((value) => got.push(value))
    })
    scheduler.run()
    const ones = got.filter((value) => value === 1).length
    expect(got.length).toBe(100)
    expect([ones > 10, ones < 90]).toEqual([true, true])
  })

  it("GO-54: without waiting never gives up while a value is there or the other channel is closed", () => {
    let given = 0
    for (let random = 1; random <= 1000; random++) {
      const world: Scheduler = new Scheduler({ random, pick: (_kind, count) => world.random.integer(count) })
      const [full, closing] = [world.channel<number>({ capacity: 1 }), world.channel<number>()]
      full.trySend(1)
      world.tasklet(function* () {
        if (trySelect({ a: full.receive(), b: closing.receiveOrDone() }) === undefined) given++
      })
      world.tasklet(function* () {
        closing.close()
        trySelect({ a: full.receive() })
      })
      world.run()
    }
    expect(given).toBe(0)
  })

  const senders = ["plain", "select of one", "select of two"] as const
  const pairs = senders.flatMap((sender) => senders.map((receiver) => ({ sender, receiver })))

  describe.each(pairs)("between a sender ($sender) and a receiver ($receiver) that discards", ({ sender, receiver }) => {
    it.each(["sender first", "receiver first"])("GO-57: lets the sender go on, %s", (order) => {
      const [queue, other] = [scheduler.channel<number>(), scheduler.channel<number>()]
      const trace: string[] = []
      const sending = function* () {
        if (sender === "plain") yield* queue.send(1)
        else if (sender === "select of one") yield* select({ put: queue.send(1) })
        else yield* select({ put: queue.send(1), never: other.receive() })
        trace.push("sent")
      }
      const receiving = function* () {
        if (receiver === "plain") yield* queue.receive()
        else if (receiver === "select of one") yield* select({ get: queue.receive() })
        else yield* select({ never: other.receive(), get: queue.receive() })
        trace.push("received")
      }
      for (const body of order === "sender first" ? [sending, receiving] : [receiving, sending]) scheduler.tasklet(body)
      scheduler.run()
      expect(trace.toSorted()).toEqual(["received", "sent"])
      expect([queue.balance, other.balance, scheduler.statistics().blocked]).toEqual([0, 0, 0])
    })
  })

  it("GO-58: break inside a case leaves that case only", () => {
    const queue = scheduler.channel<number>({ capacity: 3 })
    for (const value of [1, 2, 3]) queue.trySend(value)
    const got: number[] = []
    scheduler.tasklet(function* () {
      while (got.length < 3) {
        const outcome = yield* select({ get: queue.receive() })
        switch (outcome.key) {
          case "get":
            got.push(outcome.value)
            break
        }
      }
    })
    scheduler.run()
    expect(got).toEqual([1, 2, 3])
  })

  it("GO-60: twice without waiting on a full channel gives nothing, twice", () => {
    const queue = scheduler.channel<object>({ capacity: 1 })
    const value = { of: "an interface" }
    expect(trySelect({ put: queue.send(value) })?.key).toBe("put")
    expect(trySelect({ put: queue.send(value) })).toBeUndefined()
    expect(trySelect({ put: queue.send(value) })).toBeUndefined()
    expect(queue.tryReceive()?.value).toBe(value)
  })
})

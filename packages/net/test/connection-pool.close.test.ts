import { type Operation, type Routine, schedule, sleep, tasklet, timeout } from "@vivarium/core"
import { ConnectionError, ConnectionPool } from "@vivarium/net"
import { describe, expect, it } from "vitest"
import { checkBalance, withPool } from "./fixtures/pooled-lines.ts"

/** The code of what an operation raises, or "none". */
function* codeOf(operation: Operation<unknown>): Routine<string> {
  try {
    yield* operation
  } catch (error) {
    if (error instanceof ConnectionError) return error.code
    throw error
  }
  return "none"
}

describe("close()", () => {
  it("ends those at rest at once, and refuses to lend", () =>
    withPool(() => ({ max: 3, name: "the database" }), function* ({ exchange, pool }) {
      const lines = [yield* pool.acquire(), yield* pool.acquire()]
      for (const line of lines) pool.release(line)
      yield* pool.close()
      expect(exchange.ended).toEqual([1, 2])
      expect(yield* codeOf(pool.acquire())).toBe("connection_closed")
      expect(yield* codeOf(pool.with(() => {}))).toBe("connection_closed")
      expect(pool.statistics()).toEqual({ size: 0, idle: 0, lent: 0, waiting: 0, created: 2, destroyed: 2 })
    }))

  it("of an empty pool is done at once, and so is a second one", () =>
    withPool(() => ({}), function* ({ clock, pool }) {
      yield* pool.close()
      yield* pool.close()
      expect(clock.now()).toBe(0)
    }))

  it("tells all who wait at once, while connections are still lent", () =>
    withPool(() => ({ max: 1, acquireMs: Infinity }), function* ({ clock, pool }) {
      const line = yield* pool.acquire()
      const waiters = [pool.acquire(), pool.with(() => {}), timeout(1e6, pool.acquire())].map((operation) => tasklet(codeOf, operation))
      yield* schedule()
      expect(pool.statistics().waiting).toBe(3)
      const closing = tasklet(() => pool.close())
      for (const waiter of waiters) expect(yield* waiter).toBe("connection_closed")
      expect(clock.now()).toBe(0)
      expect(closing.blocked).toBe(true)
      expect(pool.statistics()).toMatchObject({ waiting: 0, lent: 1 })
      pool.release(line)
      yield* closing
    }))

  it("waits for those that are lent, which are ended when they come back", () =>
    withPool(() => ({ max: 3 }), function* ({ clock, exchange, pool }) {
      const bees = [10, 30, 20].map((ms) => tasklet(() => pool.with(() => sleep(ms))))
      yield* sleep(15)
      expect(pool.statistics()).toMatchObject({ lent: 2, idle: 1 })
      yield* pool.close()
      expect(clock.now()).toBe(30)
      expect(exchange.open).toEqual([])
      expect(bees.some(({ alive }) => alive)).toBe(false)
    }))

  it("any number of times at once, also while some of those are killed, is over when all are ended", () =>
    withPool(() => ({ max: 3 }), function* ({ exchange, pool }) {
      const lines = [yield* pool.acquire(), yield* pool.acquire(), yield* pool.acquire()]
      const closings = [0, 1, 2, 3].map(() => tasklet(() => pool.close()))
      yield* schedule()
      for (const line of lines) {
        pool.release(line)
        yield* schedule()
        closings.pop()?.kill()
      }
      for (const closing of closings) yield* closing
      expect(exchange.open).toEqual([])
      yield* timeout(1, pool.close())
    }))

  it("lends one that is being made to the one who asked for it, and waits for it", () =>
    withPool((exchange) => ({ max: 1, create: function* () { yield* sleep(50); return exchange.make() } }), function* ({ clock, exchange, pool }) {
      const bee = tasklet(() => pool.with(function* ({ id }) { yield* sleep(10); return id }))
      yield* schedule()
      yield* pool.close()
      expect(clock.now()).toBe(60)
      expect(yield* bee).toBe(1)
      expect(exchange.ended).toEqual([1])
      expect(exchange.lines).toHaveLength(1)
    }))

  it("does not wait for one that nobody waits for, and that one is ended when it comes", () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    return withPool((exchange) => ({ max: 1, create: async () => { await promise; return exchange.make() } }), function* ({ exchange, pool }) {
      const bee = tasklet(() => pool.acquire())
      yield* schedule()
      bee.kill()
      yield* pool.close()
      expect(exchange.lines).toEqual([])
      resolve()
      yield* sleep(1)
      yield* sleep(1)
      expect(exchange.lines).toEqual([{ id: 1, ended: 1 }])
      checkBalance(pool, exchange)
    })
  })

  it("waits for a slow end, also for one that began before", () =>
    withPool((exchange) => ({ max: 2, destroy: function* (line) { yield* sleep(line.id * 10_000); exchange.end(line) } }), function* ({ clock, exchange, pool }) {
      const [one, two] = [yield* pool.acquire(), yield* pool.acquire()]
      pool.discard(two)
      pool.release(one)
      yield* sleep(1000)
      yield* pool.close()
      expect(clock.now()).toBe(20_000)
      expect(exchange.ended).toEqual([1, 2])
    }))

  it("raises nothing when ends raise: each is a report", () =>
    withPool((exchange) => ({ max: 2, destroy: (line) => { exchange.end(line); throw new Error(`cannot quit ${line.id}`) } }), function* ({ pool, reports }) {
      const lines = [yield* pool.acquire(), yield* pool.acquire()]
      for (const line of lines) pool.release(line)
      yield* pool.close()
      expect(reports.map(({ error }) => (error as Error).message)).toEqual(["cannot quit 1", "cannot quit 2"])
    }))

  it("stops one who has been given a place, or looks for a good one, from having a new one made", () =>
    withPool((exchange) => ({ max: 1, validate: () => false, destroy: function* (line) { yield* sleep(10); exchange.end(line) } }), function* ({ exchange, pool }) {
      const line = yield* pool.acquire()
      const first = tasklet(codeOf, pool.acquire())
      yield* schedule()
      pool.release(line)
      const closing = tasklet(() => pool.close())
      closing.run()
      expect(yield* first).toBe("connection_closed")
      yield* closing
      expect(exchange.lines).toEqual([{ id: 1, ended: 1 }])
    }))

  it("stops one whose check of a connection fails meanwhile from having a new one made; one that is good is still lent", async () => {
    for (const good of [false, true]) {
      await withPool(() => ({ max: 1, validate: function* () { yield* sleep(10); return good } }), function* ({ exchange, pool }) {
        yield* pool.with(() => {})
        const bee = tasklet(codeOf, pool.with(() => {}))
        yield* schedule()
        yield* pool.close()
        expect(yield* bee).toBe(good ? "none" : "connection_closed")
        expect(exchange.lines).toEqual([{ id: 1, ended: 1 }])
      })
    }
  })

  it("is done although one who was given a place is killed before he could go on", () =>
    withPool(() => ({ max: 1 }), function* ({ exchange, pool }) {
      const line = yield* pool.acquire()
      const victim = tasklet(() => pool.acquire())
      yield* schedule()
      pool.release(line)
      const closing = tasklet(() => pool.close())
      closing.run()
      victim.kill()
      yield* timeout(1000, closing)
      expect(exchange.ended).toEqual([1])
    }))

  it("is what `await using` does", async () => {
    const ended: number[] = []
    let pool: ConnectionPool<{ id: number }>
    {
      await using held = new ConnectionPool({ create: () => ({ id: 1 }), destroy: ({ id }) => void ended.push(id) })
      pool = held
      await pool.with(({ id }) => id)
      expect(ended).toEqual([])
    }
    expect(ended).toEqual([1])
    expect(pool.statistics()).toMatchObject({ size: 0, destroyed: 1 })
  })
})

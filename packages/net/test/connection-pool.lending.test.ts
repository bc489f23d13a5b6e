import { channel, type Operation, race, type Routine, schedule, select, sleep, tasklet, TaskletError, timeout, TimeoutError } from "@vivarium/core"
import { ConnectionPool } from "@vivarium/net"
import { describe, expect, it } from "vitest"
import { checkBalance, type Line, withPool } from "./fixtures/pooled-lines.ts"
import { raised } from "./fixtures/raised.ts"

describe("lending", () => {
  it("makes connections when they are needed, and lends what came back", () =>
    withPool(() => ({ max: 2 }), function* ({ exchange, pool }) {
      expect(pool.statistics()).toEqual({ size: 0, idle: 0, lent: 0, waiting: 0, created: 0, destroyed: 0 })
      const one = yield* pool.acquire()
      const two = yield* pool.acquire()
      expect([one.id, two.id]).toEqual([1, 2])
      expect(pool.statistics()).toEqual({ size: 2, idle: 0, lent: 2, waiting: 0, created: 2, destroyed: 0 })
      pool.release(one)
      expect(pool.statistics()).toMatchObject({ size: 2, idle: 1, lent: 1 })
      expect(yield* pool.acquire()).toBe(one)
      pool.discard(one)
      pool.release(two)
      yield* schedule()
      expect(exchange.open).toEqual([2])
    }))

  it("lends the one that rested last first", () =>
    withPool(() => ({ max: 3 }), function* ({ pool }) {
      const lines = [yield* pool.acquire(), yield* pool.acquire(), yield* pool.acquire()]
      for (const at of [1, 0, 2]) pool.release(lines[at] as Line)
      const again = [yield* pool.acquire(), yield* pool.acquire(), yield* pool.acquire()]
      expect(again.map(({ id }) => id)).toEqual([3, 1, 2])
      for (const line of again) pool.release(line)
    }))

  it.each([1, 2, 3])("never lends more than max = %i, and serves those who wait in the order in which they came", (max) =>
    withPool(() => ({ max }), function* ({ exchange, pool }) {
      const served: number[] = []
      let inUse = 0
      let most = 0
      const bees = Array.from({ length: 8 }, (_, me) =>
        tasklet(function* () {
          yield* pool.with(function* () {
            served.push(me)
            most = Math.max(most, ++inUse)
            yield* sleep(10)
            inUse--
          })
        }),
      )
      yield* sleep(5)
      expect(pool.statistics()).toMatchObject({ lent: max, waiting: 8 - max })
      for (const bee of bees) yield* bee
      expect(served).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
      expect(most).toBe(max)
      expect(exchange.lines).toHaveLength(max)
      checkBalance(pool, exchange)
    }),
  )

  it("does not let one in who comes while others wait", () =>
    withPool(() => ({ max: 1 }), function* ({ pool }) {
      const served: string[] = []
      const line = yield* pool.acquire()
      const early = tasklet(() => pool.with(() => served.push("early")))
      yield* schedule()
      pool.release(line)
      const late = tasklet(() => pool.with(() => served.push("late")))
      late.run()
      yield* early
      yield* late
      expect(served).toEqual(["early", "late"])
    }))

  it("raises TimeoutError in one who has waited for acquireMs, and serves the next", () =>
    withPool(() => ({ max: 1, acquireMs: 100, name: "the database" }), function* ({ clock, pool }) {
      const line = yield* pool.acquire()
      const error = yield* raised(pool.with(() => {}))
      expect(error).toBeInstanceOf(TimeoutError)
      expect((error as TimeoutError).message).toContain("a connection of the database, all 1 of which are in use,")
      expect(clock.now()).toBe(100)
      const next = tasklet(() => pool.with(({ id }) => id))
      yield* sleep(99)
      pool.release(line)
      expect(yield* next).toBe(1)
      expect(pool.statistics()).toMatchObject({ lent: 0, idle: 1, waiting: 0 })
    }))

  it("does not wait at all with acquireMs 0, and as long as it takes with Infinity", () =>
    withPool(() => ({ max: 1, acquireMs: 0 }), function* ({ pool }) {
      const line = yield* pool.acquire()
      expect(yield* raised(pool.acquire())).toBeInstanceOf(TimeoutError)
      pool.release(line)
      const patient = new ConnectionPool({ create: () => ({}), max: 1, acquireMs: Infinity })
      const lent = yield* patient.acquire()
      const waiter = tasklet(() => patient.with(() => "served"))
      yield* sleep(1e9)
      patient.release(lent)
      expect(yield* waiter).toBe("served")
      yield* patient.close()
    }))

  it("does not count the making of a connection as waiting for one", () =>
    withPool((exchange) => ({ max: 1, acquireMs: 10, create: function* () { yield* sleep(1000); return exchange.make() } }), function* ({ pool }) {
      expect(yield* pool.with(({ id }) => id)).toBe(1)
    }))

  it("lends to async code as well", () =>
    withPool(() => ({ max: 1 }), function* ({ pool }) {
      const ids = yield* tasklet(async () => {
        const line = await pool.acquire()
        pool.release(line)
        return [line.id, await pool.with(async ({ id }) => id)]
      })
      expect(ids).toEqual([1, 1])
    }))
})

describe("giving back", () => {
  it.each(["release", "discard"] as const)("%s() of what is not lent is refused: foreign, given back before, or at rest", (give) =>
    withPool(() => ({ max: 2 }), function* ({ exchange, pool }) {
      const refused = (line: Line): void => {
        let error: unknown
        try {
          pool[give](line)
        } catch (raised) {
          error = raised
        }
        expect(error).toBeInstanceOf(TaskletError)
        expect((error as TaskletError).code).toBe("not_held")
        expect((error as TaskletError).message).toContain(`${give}() of a connection that pool has not lent`)
      }
      refused({ id: 0, ended: 0 })
      const line = yield* pool.acquire()
      pool.release(line)
      refused(line)
      const other = yield* pool.acquire()
      pool.discard(other)
      refused(other)
      yield* schedule()
      expect(exchange.lines).toEqual([{ id: 1, ended: 1 }])
      // All permits are there: two can be lent, and a third must wait.
      const [one, two] = [yield* pool.acquire(), yield* pool.acquire()]
      const third = tasklet(() => pool.with(() => {}))
      yield* schedule()
      expect(third.blocked).toBe(true)
      pool.release(one)
      pool.release(two)
      yield* third
    }),
  )

  it("lets one tasklet give back what another one borrowed", () =>
    withPool(() => ({ max: 1 }), function* ({ pool }) {
      const line = yield* tasklet(() => pool.acquire())
      const next = tasklet(() => pool.with(({ id }) => id))
      yield* schedule()
      yield* tasklet(() => pool.release(line))
      expect(yield* next).toBe(1)
    }))
})

describe("with()", () => {
  it("gives what its body gives, and the connection back", () =>
    withPool(() => ({ max: 1 }), function* ({ exchange, pool }) {
      expect(yield* pool.with(() => "plain")).toBe("plain")
      expect(yield* pool.with(() => sleep(5))).toBe(undefined)
      expect(yield* pool.with(async () => "async")).toBe("async")
      expect(yield* pool.with(function* ({ id }) { yield* sleep(1); return id })).toBe(1)
      expect(exchange.open).toEqual([1])
      expect(pool.statistics()).toMatchObject({ idle: 1, created: 1 })
    }))

  it("throws a connection away whose body has raised, plain or after a wait", () =>
    withPool(() => ({ max: 1 }), function* ({ exchange, pool }) {
      const sting = new Error("sting")
      const raise = (): never => {
        throw sting
      }
      expect(yield* raised(pool.with(raise))).toBe(sting)
      expect(yield* raised(pool.with(async () => raise()))).toBe(sting)
      expect(yield* raised(pool.with(function* () { yield* sleep(1); raise() }))).toBe(sting)
      yield* schedule()
      expect(exchange.ended).toEqual([1, 2, 3])
      expect(yield* pool.with(({ id }) => id)).toBe(4)
    }))

  it("keeps one whose body has raised an error that `keep` knows", () =>
    withPool(() => ({ max: 1, keep: (error) => error instanceof RangeError }), function* ({ exchange, pool }) {
      expect(yield* raised(pool.with(() => { throw new RangeError("no row") }))).toBeInstanceOf(RangeError)
      expect(exchange.ended).toEqual([])
      expect(yield* raised(pool.with(() => { throw new TypeError("lost") }))).toBeInstanceOf(TypeError)
      yield* schedule()
      expect(exchange.ended).toEqual([1])
    }))

  it("throws one away for which `keep` raises; that error is what is raised", () =>
    withPool(() => ({ max: 1, keep: () => { throw new RangeError("keep") } }), function* ({ exchange, pool }) {
      expect(yield* raised(pool.with(() => { throw new TypeError("body") }))).toEqual(new RangeError("keep"))
      yield* schedule()
      expect(exchange.ended).toEqual([1])
    }))

  it.each([false, true])("throws a connection away whose body is killed (pending: %s), and the next call works", (pending) =>
    withPool(() => ({ max: 1, keep: () => true }), function* ({ exchange, pool }) {
      const victim = tasklet(() => pool.with(() => sleep(1000)))
      yield* schedule()
      const next = tasklet(() => pool.with(({ id }) => id))
      yield* schedule()
      victim.kill({ pending })
      expect(yield* next).toBe(2)
      expect(exchange.ended).toEqual([1])
    }),
  )

  it("throws a connection away whose body is killed, and waits in a finally block", () =>
    withPool(() => ({ max: 1 }), function* ({ exchange, pool }) {
      const log: string[] = []
      const victim = tasklet(() =>
        pool.with(function* () {
          try {
            yield* sleep(1000)
          } finally {
            yield* sleep(10)
            log.push("cleaned up")
          }
        }),
      )
      yield* schedule()
      victim.kill()
      expect(yield* pool.with(({ id }) => id)).toBe(2)
      expect(log).toEqual(["cleaned up"])
      expect(exchange.ended).toEqual([1])
    }))

  it("throws a connection away whose body a time-out has ended, and the next call works", () =>
    withPool(() => ({ max: 1 }), function* ({ clock, exchange, pool }) {
      expect(yield* raised(timeout(50, pool.with(() => sleep(1000))))).toBeInstanceOf(TimeoutError)
      expect(clock.now()).toBe(50)
      expect(yield* timeout(50, pool.with(({ id }) => id))).toBe(2)
      expect(exchange.ended).toEqual([1])
    }))

  it("refuses what is no function, at once", () =>
    withPool(() => ({}), function* ({ pool }) {
      expect(() => pool.with(schedule() as never)).toThrow("best a generator function")
      yield* schedule()
    }))
})

describe("a tasklet that waits for a connection", () => {
  const ways: readonly (readonly [string, (pool: ConnectionPool<Line>) => Operation<unknown>])[] = [
    ["acquire()", (pool) => pool.acquire()],
    ["timeout(…, acquire())", (pool) => timeout(1e6, pool.acquire())],
    ["select({ acquire() })", (pool) => select({ line: pool.acquire(), never: channel().receive() })],
    ["race of a time-out of acquire()", (pool) => race([timeout(1e6, pool.acquire()), channel().receive()])],
    ["with()", (pool) => pool.with(() => sleep(1e5))],
    ["timeout(…, with())", (pool) => timeout(1e6, pool.with(() => sleep(1e5)))],
  ]
  /** Keeps what it gets, and gives a line back in the end that acquire() has lent it. */
  function* holding(pool: ConnectionPool<Line>, operation: Operation<unknown>): Routine {
    const got = yield* operation
    const line = (typeof got === "object" && got !== null && "value" in got ? got.value : got) as Line
    try {
      yield* channel().receive()
    } finally {
      pool.release(line)
    }
  }

  it.each(ways)("and is killed in the line, by %s, leaves no trace", (_way, make) =>
    withPool(() => ({ max: 1 }), function* ({ exchange, pool }) {
      const line = yield* pool.acquire()
      const victim = tasklet(holding, pool, make(pool))
      const next = tasklet(() => pool.with(({ id }) => id))
      yield* schedule()
      victim.kill()
      expect(pool.statistics().waiting).toBe(1)
      pool.release(line)
      expect(yield* next).toBe(1)
      checkBalance(pool, exchange)
    }),
  )

  it.each(ways)("and is killed at any turn after one was released, by %s, loses none", async (_way, make) => {
    for (let turns = 0; turns < 6; turns++) {
      await withPool(() => ({ max: 1 }), function* ({ exchange, pool }) {
        const line = yield* pool.acquire()
        const victim = tasklet(holding, pool, make(pool))
        yield* schedule()
        pool.release(line)
        for (let turn = 0; turn < turns; turn++) yield* schedule()
        victim.kill()
        expect(yield* timeout(1000, pool.with(() => "served"))).toBe("served")
        checkBalance(pool, exchange)
      })
    }
  })

  it.each(ways)("and gets an error thrown in at any turn while one is made, by %s, loses none", async (_way, make) => {
    for (let turns = 0; turns < 6; turns++) {
      await withPool((exchange) => ({ max: 1, create: function* () { yield* schedule(); return exchange.make() } }), function* ({ exchange, pool }) {
        const sting = new Error("sting")
        const victim = tasklet(holding, pool, make(pool))
        for (let turn = 0; turn < turns; turn++) yield* schedule()
        victim.throw(sting)
        yield* raised(victim.join())
        expect(yield* timeout(1000, pool.with(() => "served"))).toBe("served")
        yield* schedule()
        checkBalance(pool, exchange)
      })
    }
  })
})

describe("options", () => {
  it.each([
    [{}, "create"],
    [{ create: 1 }, "create"],
    [{ create: () => 1, validate: 1 }, "validate"],
    [{ create: () => 1, destroy: {} }, "destroy"],
    [{ create: () => 1, keep: true }, "keep"],
    [{ create: () => 1, max: 0 }, "max"],
    [{ create: () => 1, max: 1.5 }, "max"],
    [{ create: () => 1, acquireMs: -1 }, "acquireMs"],
    [{ create: () => 1, idleMs: Number.NaN }, "idleMs"],
    [{ create: () => 1, maxAgeMs: "1" }, "maxAgeMs"],
    [{ create: () => 1, min: 1 }, "min"],
  ] as readonly (readonly [object, string])[])("that cannot be meant are refused: %j", (options, name) => {
    expect(() => new ConnectionPool(options as never)).toThrow(name)
  })
})

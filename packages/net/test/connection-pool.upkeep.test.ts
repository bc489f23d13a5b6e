import { channel, Deferred, Event, schedule, sleep, tasklet, timeout, until } from "@vivarium/core"
import { describe, expect, it } from "vitest"
import { checkBalance, type Line, withPool } from "./fixtures/pooled-lines.ts"

/** Lends a line and gives it back. */
const use = ({ id }: Line): number => id

describe("validate", () => {
  const verdicts: readonly (readonly [string, (good: boolean) => unknown])[] = [
    ["plain", (good) => good],
    ["async", async (good) => good],
    ["a generator function", function* (good) { yield* sleep(5); return good }],
    ["an operation", (good) => sleep(good ? 1 : 2)],
    ["raising", (good) => { if (!good) throw new Error("broken") }],
    ["rejecting", async (good) => { if (!good) throw new Error("broken") }],
    ["raising after a wait", function* (good) { yield* sleep(5); if (!good) throw new Error("broken") }],
  ]

  it.each(verdicts)("asks of one that was at rest, never of a new one (%s)", (name, verdict) => {
    const asked: number[] = []
    let good = true
    return withPool(
      () => ({
        max: 1,
        validate: (line) => {
          asked.push(line.id)
          return verdict(good)
        },
      }),
      function* ({ exchange, pool, reports }) {
        expect(yield* pool.with(use)).toBe(1)
        expect(asked).toEqual([])
        expect(yield* pool.with(use)).toBe(1)
        expect(asked).toEqual([1])
        good = false
        // What is neither false nor raised is a good sign, whatever it is.
        expect(yield* pool.with(use)).toBe(name === "an operation" ? 1 : 2)
        expect(asked).toEqual([1, 1])
        expect(reports).toEqual([])
        checkBalance(pool, exchange)
      },
    )
  })

  it("goes through those at rest, from the one that rested last, until one is good; the bad ones are ended", () =>
    withPool(() => ({ max: 4, validate: ({ id }) => id === 1 }), function* ({ exchange, pool }) {
      const lines = [yield* pool.acquire(), yield* pool.acquire(), yield* pool.acquire(), yield* pool.acquire()]
      for (const line of lines) pool.release(line)
      expect(yield* pool.with(use)).toBe(1)
      yield* schedule()
      expect(exchange.ended).toEqual([2, 3, 4])
      checkBalance(pool, exchange)
    }))

  it("that finds none good has a new one made, within max", () => {
    let open = 0
    let most = 0
    return withPool(
      (exchange) => ({
        max: 3,
        validate: () => false,
        create: () => {
          most = Math.max(most, ++open)
          return exchange.make()
        },
        destroy: function* (line) {
          yield* sleep(10)
          open--
          exchange.end(line)
        },
      }),
      function* ({ exchange, pool }) {
        const lines = [yield* pool.acquire(), yield* pool.acquire(), yield* pool.acquire()]
        for (const line of lines) pool.release(line)
        expect(yield* pool.with(use)).toBe(4)
        yield* sleep(20)
        expect(exchange.ended).toEqual([1, 2, 3])
        expect(most).toBe(3)
      },
    )
  })

  it("keeps its caller's place in the line while a bad one is ended", () => {
    const served: string[] = []
    return withPool(
      (exchange) => ({
        max: 1,
        validate: () => false,
        destroy: function* (line) {
          yield* sleep(10)
          exchange.end(line)
        },
      }),
      function* ({ pool }) {
        yield* pool.with(use)
        const bees = ["a", "b", "c"].map((name) => tasklet(() => pool.with(() => served.push(name))))
        for (const bee of bees) yield* bee
        expect(served).toEqual(["a", "b", "c"])
      },
    )
  })

  it("lets another place be taken, if there is one, while a bad one is ended slowly", () =>
    withPool(
      (exchange) => ({
        max: 2,
        validate: () => false,
        destroy: function* (line) {
          yield* sleep(10)
          exchange.end(line)
        },
      }),
      function* ({ clock, pool }) {
        yield* pool.with(use)
        expect(yield* pool.with(use)).toBe(2)
        expect(clock.now()).toBe(0)
      },
    ))

  it.each([5, 10])("leaves the place of a bad one to the next, if its caller is killed while that is ended (after %i ms of 10)", (ms) =>
    withPool(
      (exchange) => ({
        max: 1,
        validate: () => false,
        destroy: function* (line) {
          yield* sleep(10)
          exchange.end(line)
        },
      }),
      function* ({ exchange, pool }) {
        yield* pool.with(use)
        const victim = tasklet(() => pool.with(use))
        const next = tasklet(() => pool.with(use))
        yield* sleep(ms)
        victim.kill()
        expect(yield* timeout(1000, next)).toBe(2)
        expect(exchange.ended).toEqual([1])
      },
    ),
  )

  it.each(["kill", "kill pending", "throw", "time-out"])("that is cut short throws the connection away; the next one is served (%s)", (how) =>
    withPool(() => ({ max: 1, validate: (line) => (line.id === 1 ? channel().receive() : true) }), function* ({ exchange, pool }) {
      yield* pool.with(use)
      const sting = new Error("sting")
      let raised: unknown
      const victim = tasklet(function* () {
        try {
          yield* how === "time-out" ? timeout(5, pool.acquire()) : pool.acquire()
        } catch (error) {
          raised = error
        }
      })
      const next = tasklet(() => pool.with(use))
      yield* schedule()
      if (how === "throw") victim.throw(sting)
      else if (how === "time-out") yield* victim
      else victim.kill({ pending: how !== "kill" })
      expect(yield* next).toBe(2)
      expect(raised === sting).toBe(how === "throw")
      expect(victim.alive).toBe(false)
      checkBalance(pool, exchange)
    }),
  )

  it("that waits leaves the connection with nobody else", () =>
    withPool(() => ({ max: 2, validate: function* () { yield* sleep(10); return true } }), function* ({ pool }) {
      yield* pool.with(use)
      const [early, late] = [tasklet(() => pool.acquire()), tasklet(() => pool.acquire())]
      yield* schedule()
      expect(pool.statistics()).toMatchObject({ idle: 0, lent: 2 })
      const lines = [yield* early, yield* late]
      expect(new Set(lines.map(use))).toEqual(new Set([1, 2]))
      for (const line of lines) pool.release(line)
    }))
})

describe("destroy", () => {
  it("runs in a tasklet of its own, and may wait: meanwhile the place is taken", () =>
    withPool(
      (exchange) => ({
        max: 1,
        destroy: function* (line) {
          yield* sleep(100)
          exchange.end(line)
        },
      }),
      function* ({ clock, exchange, pool }) {
        pool.discard(yield* pool.acquire())
        expect(pool.statistics()).toMatchObject({ size: 0, destroyed: 1 })
        expect(clock.now()).toBe(0)
        expect(yield* pool.with(use)).toBe(2)
        expect(clock.now()).toBe(100)
        expect(exchange.ended).toEqual([1])
      },
    ))

  it("that hangs keeps its place for five seconds only", () => {
    const hung = new Deferred<void>()
    return withPool(
      (exchange) => ({
        max: 1,
        destroy: function* (line) {
          if (line.id === 1) yield* until(hung.wait())
          exchange.end(line)
        },
      }),
      function* ({ clock, exchange, pool }) {
        pool.discard(yield* pool.acquire())
        expect(yield* pool.with(use)).toBe(2)
        expect(clock.now()).toBe(5000)
        hung.resolve()
        yield* sleep(1)
        expect(exchange.ended).toEqual([1])
        checkBalance(pool, exchange)
      },
    )
  })

  const failing: readonly (readonly [string, (error: Error) => unknown])[] = [
    ["plain", (error) => { throw error }],
    ["async", async (error) => { throw error }],
    ["a generator function", function* (error) { yield* sleep(10); throw error }],
  ]

  it.each(failing)("that raises is one report, and the place is free (%s)", (_form, fail) => {
    const sting = new Error("cannot quit")
    return withPool(
      (exchange) => ({
        max: 1,
        name: "the database",
        destroy: (line) => {
          exchange.end(line)
          return line.id === 1 ? fail(sting) : undefined
        },
      }),
      function* ({ pool, reports }) {
        pool.discard(yield* pool.acquire())
        expect(yield* pool.with(use)).toBe(2)
        expect(reports).toEqual([{ what: "the end of a connection of the database", error: sting }])
      },
    )
  })

  it("need not be given", () =>
    withPool(() => ({ destroy: undefined as never }), function* ({ exchange, pool }) {
      pool.discard(yield* pool.acquire())
      yield* schedule()
      expect(pool.statistics()).toMatchObject({ size: 0, created: 1, destroyed: 1 })
      // The service does not know.
      exchange.lines.forEach(exchange.end)
    }))
})

describe("connections at rest", () => {
  it("are ended when they have rested for idleMs, each at its time", () =>
    withPool(() => ({ max: 3, idleMs: 100 }), function* ({ exchange, pool, scheduler }) {
      const lines = [yield* pool.acquire(), yield* pool.acquire(), yield* pool.acquire()]
      for (const line of lines) {
        pool.release(line)
        yield* sleep(40)
      }
      // Time: 120; the first was due at 100.
      expect(exchange.ended).toEqual([1])
      yield* sleep(19)
      expect(exchange.ended).toEqual([1])
      yield* sleep(2)
      expect(exchange.ended).toEqual([1, 2])
      expect(yield* pool.with(use)).toBe(3)
      yield* sleep(99)
      expect(exchange.ended).toEqual([1, 2])
      yield* sleep(2)
      expect(exchange.ended).toEqual([1, 2, 3])
      checkBalance(pool, exchange)
      expect(pool.statistics()).toMatchObject({ size: 0 })
      expect(scheduler.statistics().timers).toBe(0)
    }))

  it("stay for good with idleMs Infinity, and not at all with 0", async () => {
    await withPool(() => ({ idleMs: Infinity }), function* ({ exchange, pool, scheduler }) {
      yield* pool.with(use)
      expect(scheduler.statistics().timers).toBe(0)
      yield* sleep(1e10)
      expect(exchange.open).toEqual([1])
    })
    await withPool(() => ({ idleMs: 0 }), function* ({ exchange, pool }) {
      yield* pool.with(use)
      yield* sleep(0)
      yield* schedule()
      expect(exchange.ended).toEqual([1])
    })
  })

  it("that should be gone go to one who was just given their place, and else at once", async () => {
    for (const killed of [false, true]) {
      await withPool(() => ({ max: 1, idleMs: 0 }), function* ({ exchange, pool }) {
        const line = yield* pool.acquire()
        const next = tasklet(() => pool.with(use))
        yield* schedule()
        pool.release(line)
        if (killed) next.kill()
        yield* sleep(1)
        expect(next.alive).toBe(false)
        expect(exchange.ended).toEqual([1])
        checkBalance(pool, exchange)
      })
    }
  })

  it("and those that come back are ended when they are maxAgeMs old; one that is lent is left alone", () =>
    withPool(() => ({ max: 2, idleMs: Infinity, maxAgeMs: 1000 }), function* ({ exchange, pool }) {
      const one = yield* pool.acquire()
      yield* sleep(500)
      const two = yield* pool.acquire()
      pool.release(two)
      yield* sleep(600)
      expect(exchange.ended).toEqual([])
      pool.release(one)
      yield* schedule()
      expect(exchange.ended).toEqual([1])
      yield* sleep(399)
      expect(exchange.ended).toEqual([1])
      yield* sleep(2)
      expect(exchange.ended).toEqual([1, 2])
      checkBalance(pool, exchange)
    }))

  it("are never lent when they are too old, even if they are still there", () =>
    withPool(() => ({ max: 1, maxAgeMs: 1000 }), function* ({ clock, exchange, pool }) {
      yield* pool.with(use)
      yield* pool.with(() => sleep(1000))
      expect(yield* pool.with(use)).toBe(2)
      expect(exchange.ended).toEqual([1])
      // A slice that takes long: no timer has fired yet.
      clock.advance(1000)
      expect(exchange.ended).toEqual([1])
      expect(yield* pool.with(use)).toBe(3)
    }))

  it("are ended at once if their time was over while somebody had been given their place, who was then killed", () =>
    withPool(() => ({ max: 1, idleMs: 0 }), function* ({ exchange, pool, scheduler }) {
      const line = yield* pool.acquire()
      const go = new Event()
      const victim = tasklet(() => pool.acquire())
      const killer = tasklet(function* () {
        yield* go.wait()
        expect(pool.statistics()).toMatchObject({ idle: 1 })
        victim.kill()
      })
      yield* schedule()
      // From outside: the timer fires before either of the two goes on.
      yield* until(
        Promise.resolve().then(() => {
          go.set()
          pool.release(line)
        }),
      )
      yield* killer
      yield* schedule()
      expect(exchange.ended).toEqual([1])
      expect(scheduler.statistics().timers).toBe(0)
    }))

  it("hold no timer once the last connection is thrown away", () =>
    withPool(() => ({ max: 1 }), function* ({ pool, scheduler }) {
      yield* pool.with(use)
      expect(scheduler.statistics().timers).toBe(1)
      pool.discard(yield* pool.acquire())
      yield* schedule()
      expect(scheduler.statistics().timers).toBe(0)
    }))
})


import { action, call, channel, Deferred, type Operation, type Routine, schedule, select, sleep, tasklet, timeout, TimeoutError, until } from "@vivarium/core"
import { type Connection, ConnectionPool, pair } from "@vivarium/net"
import { describe, expect, it } from "vitest"
import { checkBalance, type Exchange, type Line, withPool } from "./fixtures/pooled-lines.ts"
import { raised } from "./fixtures/raised.ts"

type Create = (signal: AbortSignal) => Line | PromiseLike<Line> | Operation<Line> | Routine<Line>

describe("create", () => {
  const forms: readonly (readonly [string, (exchange: Exchange) => Create])[] = [
    ["a plain function", (exchange) => exchange.make],
    ["an async function", (exchange) => async () => exchange.make()],
    ["a generator function that waits", (exchange) => function* () { yield* sleep(10); return exchange.make() }],
    ["a function that returns an operation", (exchange) => () => call(exchange.make)],
    ["a function that returns until()", (exchange) => () => until(async () => exchange.make())],
    ["a function that returns an offer", (exchange) => () => {
      const post = channel<Line>({ capacity: 1 })
      post.trySend(exchange.make())
      return post.receive()
    }],
    ["a function that returns a tasklet", (exchange) => () => tasklet(exchange.make) as PromiseLike<Line>],
  ]

  it.each(forms)("may be %s", (_form, create) =>
    withPool((exchange) => ({ max: 1, create: create(exchange) }), function* ({ exchange, pool }) {
      expect(yield* pool.with(({ id }) => id)).toBe(1)
      expect(pool.statistics()).toMatchObject({ created: 1, idle: 1 })
      checkBalance(pool, exchange)
    }),
  )

  it.each(forms)("that raises, as %s, raises in the one who asked, and the next one asks again", (_form, create) => {
    let failures = 2
    const sting = new Error("no route")
    const fail = (): Line => {
      if (failures-- > 0) throw sting
      throw new Error("called too often")
    }
    return withPool(
      (exchange) => {
        const works = create(exchange)
        const fails = create({ make: fail, end: () => {} } as unknown as Exchange)
        return { max: 1, create: (signal) => (failures > 0 ? fails(signal) : works(signal)) }
      },
      function* ({ exchange, pool, reports }) {
        const [one, two] = [tasklet(() => raised(pool.acquire())), tasklet(() => raised(pool.acquire()))]
        const three = tasklet(() => pool.with(({ id }) => id))
        expect([yield* one, yield* two, yield* three]).toEqual([sting, sting, 1])
        expect(pool.statistics()).toMatchObject({ created: 1, destroyed: 0, lent: 0, waiting: 0 })
        checkBalance(pool, exchange)
        expect(reports).toEqual([])
      },
    )
  })

  it("may connect: a pool of connections", () =>
    withPool(() => ({}), function* () {
      const peers: Connection[] = []
      const pool = new ConnectionPool<Connection>({
        create: () => {
          const [near, far] = pair()
          peers.push(far)
          return near
        },
        validate: (connection) => !connection.isClosed,
        destroy: (connection) => connection.close(),
      })
      yield* pool.with((connection) => connection.write("hello\n"))
      expect(yield* peers[0]!.readLine()).toBe("hello")
      void peers[0]?.reset()
      yield* pool.with((connection) => connection.write("again\n"))
      expect(yield* peers[1]!.readLine()).toBe("again")
      yield* pool.close()
      expect(peers.map(({ isClosed }) => isClosed)).toEqual([true, true])
      expect(pool.statistics()).toMatchObject({ created: 2, destroyed: 2, size: 0 })
    }))

  it.each([
    ["nothing", () => undefined],
    ["one that the pool has", (line: Line) => line],
  ])("that brings %s is refused, and nothing is ended", (_what, bring) => {
    const first: Line = { id: 1, ended: 0 }
    return withPool(
      (exchange) => ({
        max: 2,
        create: () => {
          if (exchange.lines.length === 0) {
            exchange.lines.push(first)
            return first
          }
          return bring(first) as Line
        },
      }),
      function* ({ exchange, pool }) {
        const line = yield* pool.acquire()
        const error = yield* raised(pool.acquire())
        expect((error as Error).message).toContain("a connection that the pool does not have yet")
        expect(exchange.ended).toEqual([])
        expect(pool.statistics()).toMatchObject({ lent: 1, created: 1 })
        pool.release(line)
      },
    )
  })
})

describe("a tasklet that is killed while its connection is made", () => {
  it("kills a generator function where it waits: its clean-up runs, its signal is aborted", () => {
    const log: string[] = []
    return withPool(
      (exchange) => ({
        max: 1,
        create: function* (signal) {
          signal.addEventListener("abort", () => log.push("aborted"))
          try {
            yield* sleep(log.length === 0 ? 100 : 0)
            return exchange.make()
          } finally {
            log.push("finally")
          }
        },
      }),
      function* ({ clock, exchange, pool }) {
        const victim = tasklet(() => pool.with(() => {}))
        yield* sleep(50)
        victim.kill()
        expect(log).toEqual(["aborted", "finally"])
        expect(yield* pool.with(({ id }) => id)).toBe(1)
        expect(clock.now()).toBe(50)
        expect(log).toEqual(["aborted", "finally", "finally"])
        checkBalance(pool, exchange)
      },
    )
  })

  it("takes an operation back", () => {
    const log: string[] = []
    return withPool(
      (exchange) => ({ max: 1, create: () => (log.length > 0 ? exchange.make() : action<Line>(() => () => void log.push("taken back"))) }),
      function* ({ pool }) {
        const error = yield* raised(timeout(10, pool.acquire()))
        expect(error).toBeInstanceOf(TimeoutError)
        expect(log).toEqual(["taken back"])
        expect(yield* pool.with(({ id }) => id)).toBe(1)
      },
    )
  })

  it.each(["kill", "kill pending", "throw", "time-out"])("ends a promised one when it comes, late (%s)", (how) => {
    const asked: Deferred<void>[] = []
    return withPool(
      (exchange, scheduler) => ({
        max: 1,
        create: async () => {
          const answer = new Deferred<void>(scheduler)
          asked.push(answer)
          await answer.wait()
          return exchange.make()
        },
      }),
      function* ({ exchange, pool }) {
        const victim = tasklet(() => raised(how === "time-out" ? timeout(5, pool.acquire()) : pool.acquire()))
        yield* schedule()
        if (how === "throw") victim.throw(new Error("sting"))
        else if (how === "time-out") yield* victim
        else victim.kill({ pending: how !== "kill" })
        yield* schedule()
        expect(pool.statistics()).toEqual({ size: 0, idle: 0, lent: 0, waiting: 0, created: 0, destroyed: 0 })
        const next = tasklet(() => pool.with(({ id }) => id))
        yield* schedule()
        asked[0]?.resolve()
        yield* sleep(1)
        expect(pool.statistics()).toMatchObject({ created: 1, destroyed: 1 })
        expect(exchange.ended).toEqual([1])
        asked[1]?.resolve()
        expect(yield* next).toBe(2)
        checkBalance(pool, exchange)
      },
    )
  })

  it("is not told of a promise that is rejected late, and neither is anybody else", () => {
    let reject: (error: Error) => void = () => {}
    return withPool(
      () => ({
        max: 1,
        create: () =>
          new Promise<Line>((_resolve, refuse) => {
            reject = refuse
          }),
      }),
      function* ({ pool, reports }) {
        const victim = tasklet(() => pool.acquire())
        yield* schedule()
        victim.kill()
        reject(new Error("too late"))
        yield* sleep(1)
        expect(reports).toEqual([])
        expect(pool.statistics()).toMatchObject({ created: 0, waiting: 0 })
      },
    )
  })

  const handing: readonly (readonly [string, (ready: Operation<Line>, exchange: Exchange) => Create])[] = [
    ["an operation", (ready) => () => ready],
    ["a generator function", (ready) => function* () { return yield* ready }],
    ["a promise", (ready) => async () => await ready],
  ]

  it.each(handing)("at any turn after it was handed over loses none (%s)", async (_form, create) => {
    for (let turns = 0; turns < 8; turns++) {
      await withPool(
        (exchange, scheduler) => {
          const gate = new Deferred<void>(scheduler)
          gates.push(gate)
          const ready = action<Line>((resolve) => {
            let open = true
            void gate.wait().then(() => {
              if (open) resolve(exchange.make())
            })
            return () => {
              open = false
            }
          })
          return { max: 1, create: create(ready, exchange) }
        },
        function* ({ pool }) {
          const victim = tasklet(() => pool.with(() => channel().receive()))
          yield* schedule()
          gates.at(-1)?.resolve()
          for (let turn = 0; turn < turns; turn++) yield* (turn % 2 === 0 ? sleep(0) : schedule())
          victim.kill()
          expect(yield* pool.with(() => "served")).toBe("served")
        },
      )
    }
  })
  const gates: Deferred<void>[] = []

  it("by its own create is killed, and the connection is not lost", () => {
    const victims: { kill(): void }[] = []
    return withPool(
      (exchange) => ({
        max: 1,
        create: () => {
          victims.shift()?.kill()
          return exchange.make()
        },
      }),
      function* ({ exchange, pool }) {
        const victim = tasklet(() => pool.with(() => channel().receive()))
        victims.push(victim)
        yield* raised(victim.join())
        expect(victim.alive).toBe(false)
        expect(pool.statistics()).toMatchObject({ lent: 0, created: 1 })
        checkBalance(pool, exchange)
        expect(yield* pool.with(() => "served")).toBe("served")
      },
    )
  })

  it("by its own create after a wait loses none", () => {
    const victims: { kill(): void }[] = []
    return withPool(
      (exchange) => ({
        max: 1,
        create: function* () {
          yield* schedule()
          victims.shift()?.kill()
          return exchange.make()
        },
      }),
      function* ({ exchange, pool }) {
        const victim = tasklet(() => pool.with(() => channel().receive()))
        victims.push(victim)
        yield* raised(victim.join())
        yield* schedule()
        checkBalance(pool, exchange)
        expect(pool.statistics()).toMatchObject({ size: 0, destroyed: 1 })
        expect(yield* pool.with(() => "served")).toBe("served")
      },
    )
  })

  it.each([false, true])("by its own create, in a select, loses none (after a wait: %s)", (waits) => {
    const victims: { kill(): void }[] = []
    return withPool(
      (exchange) => ({
        max: 1,
        create: function* () {
          if (waits) yield* schedule()
          victims.shift()?.kill()
          return exchange.make()
        },
      }),
      function* ({ exchange, pool }) {
        const victim = tasklet(() => select({ line: pool.acquire(), never: channel().receive() }))
        victims.push(victim)
        yield* raised(victim.join())
        yield* schedule()
        checkBalance(pool, exchange)
        expect(pool.statistics()).toMatchObject({ lent: 0, created: 1 })
        expect(yield* pool.with(() => "served")).toBe("served")
      },
    )
  })

  it.each(["create", "validate"])("by another case that its %s makes ready loses none", (where) => {
    let ring = (): void => {}
    return withPool(
      (exchange) => ({
        max: 1,
        create: () => {
          if (where === "create") ring()
          return exchange.make()
        },
        validate: () => ring(),
      }),
      function* ({ exchange, pool }) {
        const bell = channel<string>()
        if (where === "validate") yield* pool.with(() => {})
        ring = () => void bell.trySend("ring")
        const early = yield* select({ bell: bell.receive(), line: pool.acquire() })
        const held = early.key === "line" ? early.value : yield* pool.acquire()
        const waiting = tasklet(() => select({ bell: bell.receive(), line: pool.acquire() }))
        yield* schedule()
        pool.discard(held)
        const late = yield* waiting
        if (late.key === "line") pool.release(late.value)
        yield* sleep(1)
        expect(pool.statistics()).toMatchObject({ lent: 0, waiting: 0 })
        checkBalance(pool, exchange)
      },
    )
  })
})

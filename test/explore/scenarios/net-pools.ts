/** Pools of connections: whoever is killed, crashes or gives up, none is lost, lent twice or too many. */
import { call, channel, type Operation, type Outcome, race, type Routine, schedule, select, sleep, type Tasklet, tasklet, TimeoutError, timeout } from "@vivarium/core"
import { ConnectionError, type ConnectionPool } from "@vivarium/net"
import type { Fault } from "@vivarium/testkit"
import type { NamedScenario } from "../named-scenario.ts"
import { cameAbout, ended, Expected } from "./core-outcomes.ts"
import { closed, type Line, use, watchedPool } from "./net-exchange.ts"

/** Says what came of it: also of a crash at any switch, once it has begun. */
function* working(body: () => Operation<unknown>): Routine<string> {
  try {
    yield* schedule()
    yield* body()
    return "done"
  } catch (error) {
    if (error instanceof Expected) return "expected"
    if (error instanceof TimeoutError) return "timeout"
    if (error instanceof ConnectionError) return error.code
    throw error
  }
}

function begun(name: string, body: () => Operation<unknown>): Tasklet {
  const one = tasklet({ name }, working, body)
  one.run()
  return one
}

function workers(count: number, body: (me: number) => Operation<unknown>): Tasklet[] {
  return Array.from({ length: count }, (_, me) => begun(`worker ${me + 1}`, () => body(me + 1)))
}

/** Kills and crashes that may come at any switch. */
function trouble(fault: Fault, tasklets: readonly Tasklet[]): void {
  for (const [at, one] of tasklets.entries()) {
    if (at % 2 === 0) fault.kill(one)
    else fault.crash(one, new Expected("crashed"))
  }
}

function* aTurn(): Routine {
  yield* schedule()
}

/** Uses a line for a turn. */
function using(pool: ConnectionPool<Line>, body: () => Routine<unknown> = aTurn): Operation<Outcome<Routine>> {
  return pool.with((line) => use(line, body))
}

/** Takes a line by an operation that brings one, uses it, and gives it back; thrown away if that is cut short. */
function borrowing(pool: ConnectionPool<Line>, operation: Operation<Line>): Operation<void> {
  return call(function* (): Routine {
    const line = yield* operation
    let good = false
    try {
      yield* use(line, aTurn)
      good = true
    } finally {
      if (good) pool.release(line)
      else pool.discard(line)
    }
  })
}

/** Waits until nobody has a line or waits for one: a loser of a time-out that is killed may take its turn later. */
function* atRest(pool: ConnectionPool<Line>): Routine {
  yield* cameAbout(() => {
    const { lent, waiting } = pool.statistics()
    return lent === 0 && waiting === 0
  })
}

export const poolScenarios: readonly NamedScenario[] = [
  {
    name: "with(), by workers that are killed and crash",
    *scenario({ check, fault }) {
      const watched = watchedPool(check, () => ({ max: 2 }))
      const all = workers(4, () => using(watched.pool))
      trouble(fault, all)
      yield* ended(all)
      yield* atRest(watched.pool)
      yield* closed(watched, check)
    },
  },
  {
    name: "with() and acquire() in time-outs, selects and races, whose tasklets are killed and crash",
    *scenario({ check, fault }) {
      const watched = watchedPool(check, () => ({ max: 1 }))
      const { pool } = watched
      const chosen = call(function* (): Routine<Line> {
        return (yield* select({ never: channel<never>().receive(), line: pool.acquire() })).value
      })
      const ways = [pool.acquire(), timeout(60_000, pool.acquire()), chosen, race([timeout(60_000, pool.acquire()), channel<never>().receive()])]
      const all = workers(5, (me) => (me === 5 ? timeout(60_000, using(pool)) : borrowing(pool, ways[me - 1] as Operation<Line>)))
      trouble(fault, all)
      yield* ended(all)
      yield* atRest(pool)
      yield* using(pool)
      yield* closed(watched, check)
    },
  },
  {
    name: "two pools in one select: one line is taken, and none is lost",
    *scenario({ check, fault }) {
      const [left, right] = [watchedPool(check, () => ({ max: 1 })), watchedPool(check, () => ({ max: 1 }))]
      const all = workers(3, () =>
        call(function* (): Routine {
          const { key, value } = yield* select({ left: left.pool.acquire(), right: right.pool.acquire() })
          const { pool } = key === "left" ? left : right
          try {
            yield* use(value, aTurn)
          } finally {
            pool.release(value)
          }
        }),
      )
      trouble(fault, all)
      yield* ended(all)
      yield* atRest(left.pool)
      yield* atRest(right.pool)
      yield* closed(left, check)
      yield* closed(right, check)
    },
  },
  {
    name: "lines that are made slowly, and for nobody in the end",
    *scenario({ check, fault }) {
      const watched = watchedPool(check, (exchange) => ({
        max: 2,
        *create() {
          yield* schedule()
          yield* sleep(5)
          return exchange.make()
        },
      }))
      const all = workers(4, (me) => (me === 4 ? timeout(5, using(watched.pool)) : using(watched.pool)))
      trouble(fault, all)
      yield* ended(all)
      yield* atRest(watched.pool)
      yield* closed(watched, check)
    },
  },
  {
    name: "lines that an operation hands over, to one who is killed just then",
    *scenario({ check, fault }) {
      const post = channel<Line>()
      const watched = watchedPool(check, () => ({ max: 2, create: () => post.receive() }))
      const { exchange, pool } = watched
      const maker = tasklet({ name: "maker" }, function* (): Routine {
        for (;;) {
          while (post.balance >= 0) yield* sleep(1)
          post.trySend(exchange.make())
        }
      })
      const all = workers(3, (me) => (me === 3 ? borrowing(pool, timeout(60_000, pool.acquire())) : using(pool)))
      trouble(fault, all)
      yield* ended(all)
      maker.kill()
      yield* atRest(pool)
      yield* closed(watched, check)
    },
  },
  {
    name: "some lines cannot be made: who asked is told, the others are served",
    *scenario({ check, fault }) {
      let failed = 0
      const watched = watchedPool(check, (exchange) => ({
        max: 1,
        *create() {
          yield* schedule()
          if (!fault("no route")) return exchange.make()
          failed++
          throw new Expected("no route")
        },
      }))
      const all = workers(3, () => using(watched.pool))
      const outcomes = yield* ended(all)
      check("each failure is told to one", outcomes.filter((one) => one === "expected").length === failed && outcomes.filter((one) => one === "done").length === 3 - failed)
      yield* closed(watched, check)
    },
  },
  {
    name: "lines at rest are checked, slowly; some are no good, and some ends are slow or fail",
    *scenario({ check, fault }) {
      const watched = watchedPool(check, (exchange) => ({
        max: 2,
        *validate() {
          yield* schedule()
          if (fault("the check fails")) throw new Expected("broken")
          return !fault("stale")
        },
        *destroy(line) {
          yield* sleep(10)
          exchange.end(line)
          if (fault("cannot quit")) throw new Expected("cannot quit")
        },
      }))
      const { pool } = watched
      yield* ended(workers(2, () => using(pool)))
      const all = workers(3, () => using(pool))
      trouble(fault, all)
      yield* ended(all)
      yield* atRest(pool)
      yield* closed(watched, check)
    },
  },
  {
    name: "workers are served in the order in which they came, whoever of them gives up",
    *scenario({ check, fault }) {
      const watched = watchedPool(check, () => ({ max: 1 }))
      const came: number[] = []
      const served: number[] = []
      const all = workers(5, (me) =>
        call(function* (): Routine {
          came.push(me)
          yield* using(watched.pool, function* () {
            served.push(me)
            yield* schedule()
          })
        }),
      )
      fault.kill(all[1] as Tasklet)
      fault.crash(all[2] as Tasklet, new Expected("crashed"))
      yield* ended(all)
      check("in the order in which they came", served.join() === came.filter((me) => served.includes(me)).join())
      check("all who did not give up", [1, 4, 5].every((me) => served.includes(me)))
      yield* closed(watched, check)
    },
  },
  {
    name: "workers wait for a line as long as they are told, and a line that comes back just then goes to one of them",
    *scenario({ check, fault }) {
      const watched = watchedPool(check, () => ({ max: 1, acquireMs: 10 }))
      const { pool } = watched
      const all = workers(4, () => using(pool, () => call(sleep, 10) as never as Routine))
      fault.lateTimers()
      const outcomes = yield* ended(all)
      check("one was served, at least; the others were, or gave up", outcomes.includes("done") && outcomes.every((one) => one === "done" || one === "timeout"))
      yield* atRest(pool)
      yield* closed(watched, check)
    },
  },
  {
    name: "lines rest and grow old while they are wanted again",
    *scenario({ check, fault }) {
      const watched = watchedPool(check, () => ({ max: 2, idleMs: 10, maxAgeMs: 25 }))
      const { pool } = watched
      const all = workers(3, (me) =>
        call(function* (): Routine {
          for (let round = 0; round < 3; round++) {
            yield* using(pool)
            yield* sleep(5 * me)
          }
        }),
      )
      fault.lateTimers({ times: 2 })
      fault.kill(all[0] as Tasklet)
      yield* ended(all)
      yield* sleep(26)
      yield* schedule()
      check("none rests for too long", pool.statistics().size === 0)
      yield* closed(watched, check)
    },
  },
  {
    name: "a pool is closed by several, some of whom are killed, while lines are made, lent, waited for and at rest",
    *scenario({ check, fault }) {
      const watched = watchedPool(check, (exchange) => ({
        max: 2,
        *create() {
          yield* schedule()
          return exchange.make()
        },
        *destroy(line) {
          yield* schedule()
          exchange.end(line)
        },
      }))
      const { pool } = watched
      const all = workers(4, (me) => (me === 3 ? borrowing(pool, timeout(60_000, pool.acquire())) : using(pool)))
      const closers = [1, 2].map((me) => begun(`closer ${me}`, () => pool.close()))
      // Whoever waits by a time-out is spared: told and killed at once, he would leave an error that nobody catches.
      trouble(fault, [...all.filter((_, at) => at !== 2), ...closers])
      const outcomes = yield* ended(all)
      check("served or told", outcomes.every((one) => ["done", "connection_closed", "expected", "killed"].includes(one)))
      yield* closed(watched, check)
      yield* ended(closers)
    },
  },
]

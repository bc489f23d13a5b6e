/** A pool of connections against a model of it: commands and schedules that fast-check chooses, on virtual time. */
import { channel, type Operation, race, type Routine, schedule, select, sleep, type Tasklet, tasklet, TimeoutError, timeout } from "@vivarium/core"
import { ConnectionPool } from "@vivarium/net"
import { scheduled } from "@vivarium/testkit/fast-check"
import fc from "fast-check"
import { describe, expect, it } from "vitest"

const MOST = 8

const config = fc.record({
  max: fc.integer({ min: 1, max: 3 }),
  idleMs: fc.constantFrom(5, 20, Infinity),
  maxAgeMs: fc.constantFrom(15, Infinity),
  /** Whether to get a connection may fail. An error of a case whose select is killed just then is nobody's: then only those who wait plainly are disturbed. */
  fails: fc.boolean(),
  acquireMs: fc.constantFrom(0, 8),
  createMs: fc.constantFrom(0, 3),
  validateMs: fc.constantFrom(undefined, 0, 2),
  destroyMs: fc.constantFrom(0, 4),
})
type Config = typeof config extends fc.Arbitrary<infer C> ? C : never

const ways = ["acquire", "timeout", "select", "race", "with"] as const
const command = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant("borrow" as const), who: fc.nat(MOST - 1), way: fc.constantFrom(...ways), holdMs: fc.constantFrom(0, 1, 6), end: fc.constantFrom("return", "raise", "discard") }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("disturb" as const), who: fc.nat(MOST - 1), kill: fc.boolean(), pending: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("fail" as const), times: fc.integer({ min: 1, max: 2 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("spoil" as const), which: fc.nat(MOST) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("give way" as const), turns: fc.nat(4) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.integer({ min: 1, max: 12 }) }) },
)
type Command = typeof command extends fc.Arbitrary<infer C> ? C : never

class Expected extends Error {}

/** What the model knows of a connection. */
interface Known {
  readonly id: number
  readonly bornAt: number
  state: "at rest" | "lent" | "gone"
  /** When it was given back. */
  restsSince: number
  spoilt: boolean
  /** It was asked for, and found to be spoilt. */
  isRefused: boolean
  user: Tasklet | null
}

/** The model: what each connection must be doing, as seen by the service and by those who borrow. */
class Model {
  readonly all: Known[] = []
  private readonly config: Config
  private readonly now: () => number
  /** How many of the next ones cannot be made. */
  failures = 0
  ending = 0

  constructor(given: Config, now: () => number) {
    this.config = given
    this.now = now
  }

  /** One that is made, and that nobody has used yet. */
  make(): Known {
    const one: Known = { id: this.all.length + 1, bornAt: this.now(), state: "at rest", restsSince: this.now(), spoilt: false, isRefused: false, user: null }
    this.all.push(one)
    return one
  }

  lent(one: Known, user: Tasklet): void {
    if (one.user !== null) throw new Error(`${one.id} is lent to two`)
    if (one.state === "gone") throw new Error(`${one.id} is lent, but gone`)
    if (one.isRefused) throw new Error(`${one.id} is lent, but was found to be spoilt`)
    one.state = "lent"
    one.user = user
  }

  returned(one: Known): void {
    one.user = null
    one.state = "at rest"
    one.restsSince = this.now()
  }

  gone(one: Known): void {
    if (one.state === "gone") throw new Error(`${one.id} is ended twice`)
    if (one.user !== null) throw new Error(`${one.id} is ended in use`)
    one.state = "gone"
  }

  /** Connections that the service sees. */
  get open(): number {
    return this.all.filter(({ state }) => state !== "gone").length + this.ending
  }

  /** Those that should have left by now, where nobody has been busy with anything else. */
  overdue(): readonly Known[] {
    const { idleMs, maxAgeMs } = this.config
    return this.all.filter(({ bornAt, restsSince, state }) => state === "at rest" && this.now() > Math.min(restsSince + idleMs, bornAt + maxAgeMs))
  }
}

function poolOf(given: Config, model: Model): ConnectionPool<Known> {
  const { createMs, destroyMs, idleMs, max, maxAgeMs, validateMs } = given
  const waiting = function* (ms: number): Routine {
    if (ms > 0) yield* sleep(ms)
  }
  const pool = new ConnectionPool<Known>({
    acquireMs: given.fails ? given.acquireMs : Infinity,
    idleMs,
    max,
    maxAgeMs,
    *create() {
      yield* waiting(createMs)
      if (model.failures > 0) {
        model.failures--
        throw new Expected("no route")
      }
      return model.make()
    },
    *destroy(one) {
      model.ending++
      model.gone(one)
      yield* waiting(destroyMs)
      model.ending--
      if (one.id % 3 === 0) throw new Expected("cannot quit")
    },
    ...(validateMs !== undefined && {
      *validate(one: Known) {
        yield* waiting(validateMs)
        one.isRefused = one.spoilt
        if (one.isRefused && one.id % 2 === 0) throw new Expected("broken")
        return !one.isRefused
      },
    }),
  })
  return pool
}

/** Borrows a connection and gives it back, by one of the ways there are. */
function* worker(pool: ConnectionPool<Known>, model: Model, one: Extract<Command, { do: "borrow" }>, me: () => Tasklet): Routine {
  try {
    // Once begun, it can be thrown into.
    yield* schedule()
    if (one.way === "with") yield* pool.with((known) => using(model, known, one, me()))
    else {
      const known = yield* acquired(pool, one.way)
      let good = false
      try {
        yield* using(model, known, one, me())
        good = true
      } finally {
        if (good) pool.release(known)
        else pool.discard(known)
      }
    }
  } catch (error) {
    if (!(error instanceof Expected) && !(error instanceof TimeoutError)) throw error
  }
}

function* acquired(pool: ConnectionPool<Known>, way: (typeof ways)[number]): Routine<Known> {
  const operation: Operation<Known> = pool.acquire()
  if (way === "timeout") return yield* timeout(10, operation)
  if (way === "race") return yield* race([channel<never>().receive(), operation])
  if (way === "select") return (yield* select({ never: channel<never>().receive(), one: operation })).value
  return yield* operation
}

function* using(model: Model, known: Known, { end, holdMs }: Extract<Command, { do: "borrow" }>, me: Tasklet): Routine {
  model.lent(known, me)
  let good = false
  try {
    if (holdMs === 0) yield* schedule()
    else yield* sleep(holdMs)
    if (end !== "return") throw new Expected(end)
    good = true
  } finally {
    known.user = null
    if (good) model.returned(known)
  }
}

const property = scheduled({ maxChoices: 60 }, config, fc.array(command, { minLength: 5, maxLength: 60, size: "max" }), function* ({ check, clock }, given: Config, commands: readonly Command[]) {
  const model = new Model(given, () => clock.now())
  const pool = poolOf(given, model)
  const workers = new Map<number, Tasklet>()
  const spared = new Set<Tasklet | undefined>([undefined])

  check("never more than max", () => model.open <= given.max)
  check("the figures agree", () => {
    const { created, destroyed, idle, lent, size, waiting } = pool.statistics()
    return size === idle + lent && size === created - destroyed && size <= given.max && created === model.all.length && waiting <= MOST
  })
  check("all that are lent are known to be", () => model.all.filter(({ user }) => user !== null).length <= pool.statistics().lent)

  function* execute(one: Command): Routine {
    if (one.do === "borrow") {
      if (workers.get(one.who)?.alive === true) return
      const made: Tasklet = tasklet({ name: `worker ${one.who}` }, worker, pool, model, one, () => made)
      workers.set(one.who, made)
      if (given.fails && one.way !== "acquire" && one.way !== "with") spared.add(made)
      made.run()
    } else if (one.do === "disturb") {
      const victim = workers.get(one.who)
      if (spared.has(victim) || victim?.alive !== true) return
      if (one.kill) victim.kill({ pending: one.pending })
      // One error at a time: the first would be lost.
      else if (victim.blocked) victim.throw(new Expected("disturbed"), { pending: one.pending })
    } else if (one.do === "fail") model.failures = given.fails ? one.times : 0
    else if (one.do === "spoil") {
      const rested = model.all.filter(({ state }) => state === "at rest")
      const spoilt = rested[one.which % Math.max(rested.length, 1)]
      if (spoilt !== undefined) spoilt.spoilt = true
    } else if (one.do === "wait") yield* sleep(one.ms)
    else for (let turn = 0; turn < one.turns; turn++) yield* schedule()
  }

  for (const one of commands) yield* execute(one)
  model.failures = 0
  // Everybody comes to an end, and all connections are back.
  while ([...workers.values()].some(({ alive }) => alive)) yield* sleep(1)
  yield* sleep(30)
  check("nobody has one, or waits for one", pool.statistics().lent === 0 && pool.statistics().waiting === 0)
  check("none has rested for too long", model.overdue().length === 0)
  check("those at rest are those that should be", pool.statistics().idle === model.all.filter(({ state }) => state === "at rest").length)
  // All places are there.
  const again: Known[] = []
  for (let place = 0; place < given.max; place++) {
    again.push(yield* pool.acquire())
    // A spoilt one may still be on its way to its end.
    yield* sleep(10)
  }
  check("as many as may be", new Set(again).size === given.max)
  for (const one of again) pool.release(one)
  yield* pool.close()
  check("all are ended", model.open === 0 && model.all.every(({ state }) => state === "gone"))
  const { created, destroyed, size } = pool.statistics()
  check("all were counted", size === 0 && created === model.all.length && destroyed === created)
})

describe("a pool of connections, whatever is asked of it in whatever order", () => {
  it("keeps to its limits, loses none, and counts right", async () => {
    const { counterexample, errorInstance, numRuns } = await fc.check(property, { numRuns: 500, seed: 1 })
    if (counterexample !== null) throw new Error(JSON.stringify(counterexample), { cause: errorInstance })
    expect(numRuns).toBe(500)
  })
})

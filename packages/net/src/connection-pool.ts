/**
 * Pools of connections to services: made when needed, lent to one tasklet each, checked, and thrown away when old or in doubt.
 *
 * Invariants:
 * 1. Who holds one of the `max` permits holds a connection, or is making one; those at rest are never more than the permits that nobody holds.
 * 2. A connection is in exactly one place: being made, lent, at rest, or being destroyed.
 */
import { type Body, call, InvalidArgumentError, type Operation, type Outcome, type Routine, type RunLoop, select, Semaphore, sleep, type StarredBody, type Tasklet, TaskletError, TimeoutError } from "@vivarium/core"
import { cancelTimer, checkCount, checkOptions, currentScheduler, isThenable, realm, startTimer, type Timer } from "@vivarium/core/lowlevel"
import { ConnectionError } from "./errors.ts"
import { outcomeOf } from "./handle.ts"
import { ACQUIRE_MS, IDLE_MS, POOLED } from "./limits.ts"
import { readTimeout } from "./options.ts"

/** Options of `new ConnectionPool()`. Each function may be plain, async or a generator function. */
export interface ConnectionPoolOptions<C> {
  /** Makes a connection; the signal is aborted if nobody waits for it any more. */
  readonly create: (signal: AbortSignal) => Generator<never, C, unknown> | Routine<C> | Operation<C> | PromiseLike<C> | C
  /** Whether a connection that was at rest can still be used. One that cannot, or for which this raises, is destroyed. */
  readonly validate?: (connection: C) => unknown
  /** Ends a connection; runs in a tasklet of its own. */
  readonly destroy?: (connection: C) => unknown
  /** How many connections there may be. Default 10. */
  readonly max?: number
  /** How long to wait while all are lent; then TimeoutError. Default 30,000; Infinity for as long as it takes. */
  readonly acquireMs?: number
  /** How long a connection may be at rest. Default 60,000; Infinity keeps it. */
  readonly idleMs?: number
  /** How old a connection may become. Default Infinity. */
  readonly maxAgeMs?: number
  /** Whether a connection can be used again after `with` has ended by this error. Default: never. */
  readonly keep?: (error: unknown) => boolean
  /** Names it in errors. Default "pool". */
  readonly name?: string
}

/** What a pool counts. */
export interface ConnectionPoolStatistics {
  /** Connections there are: lent or at rest. */
  readonly size: number
  /** Connections at rest. */
  readonly idle: number
  /** Connections that are lent. */
  readonly lent: number
  /** Tasklets that wait for one, those for which one is being made not counted. */
  readonly waiting: number
  /** Connections made so far. */
  readonly created: number
  /** Connections ended so far. */
  readonly destroyed: number
}

interface Resting<C> {
  readonly connection: C
  readonly since: number
}

const KNOWN = ["create", "validate", "destroy", "max", "acquireMs", "idleMs", "maxAgeMs", "keep", "name"]

/**
 * A bounded pool of connections to a service, through whatever client library speaks to it. Tasklets that find all lent wait, first come, first served. The
 * one that rested last is lent first. In `with`, a connection whose body returned is given back; one whose body was killed, or raised an error, is thrown
 * away, since its answer may still be under way: `keep` names the errors after which it is as good as before. The pool of the Concurrence framework, with
 * a life-cycle.
 *
 * @example
 * ```ts
 * import { main } from "@vivarium/core"
 * import { connect, ConnectionPool, listen } from "@vivarium/net"
 *
 * await main(function* () {
 *   const server = yield* listen({ port: 0 }, function* (connection) {
 *     yield* connection.lines().each((line) => connection.write(`${line}!\n`))
 *   })
 *   const pool = new ConnectionPool({
 *     create: () => connect({ port: server.port }),
 *     destroy: (connection) => connection.close(),
 *     max: 2,
 *   })
 *   for (const word of ["hello", "again"]) {
 *     const answer = yield* pool.with(function* (connection) {
 *       yield* connection.write(`${word}\n`)
 *       return yield* connection.readLine()
 *     })
 *     console.log(answer, pool.statistics().created)
 *   }
 *   yield* pool.close()
 *   yield* server.close()
 * })
 * // prints: hello! 1
 * // prints: again! 1
 * ```
 */
export class ConnectionPool<C> {
  private readonly loop: RunLoop
  private readonly options: ConnectionPoolOptions<C>
  private readonly name: string
  private readonly max: number
  private readonly acquireMs: number
  private readonly idleMs: number
  private readonly maxAgeMs: number
  private readonly permits: Semaphore
  private readonly born = new Map<C, number>()
  private readonly lent = new Set<C>()
  /** Those at rest, the one that rests longest first. */
  private readonly resting: Resting<C>[] = []
  private readonly ending = new Set<Tasklet>()
  private timer: Timer | null = null
  private created = 0
  private destroyed = 0
  private over = false

  /** The scheduler is the current tasklet's, or the default one. */
  constructor(options: ConnectionPoolOptions<C>) {
    checkOptions("options", options, KNOWN, "new ConnectionPool({ create: () => connect({ port }), destroy: (connection) => connection.close(), max: 10 })")
    for (const name of ["create", "validate", "destroy", "keep"] as const) {
      const given = options[name]
      if (typeof given !== "function" && (name === "create" || given !== undefined)) throw new InvalidArgumentError(name, given, "a function")
    }
    const { max = POOLED, name = "pool" } = options
    checkCount("max", max, 1)
    this.loop = currentScheduler()
    this.options = options
    this.name = name
    this.max = max
    this.acquireMs = readTimeout("acquireMs", options.acquireMs, ACQUIRE_MS)
    this.idleMs = readTimeout("idleMs", options.idleMs, IDLE_MS)
    this.maxAgeMs = readTimeout("maxAgeMs", options.maxAgeMs, Infinity)
    this.permits = new Semaphore(max, this.loop)
  }

  /** Borrows a connection: one at rest that is still good, else a new one; waits while `max` are lent. Give it back by `release` or `discard`. */
  acquire(): Operation<C> {
    return call(acquiring as Body<never> as Body, this) as Operation<C>
  }

  /** Gives a connection back. */
  release(connection: C): void {
    this.takeBack(connection, "release()")
    if (this.over || this.tooOld(connection)) this.end(connection)
    else {
      this.resting.push({ connection, since: this.loop.clock.now() })
      this.watch()
    }
    this.permits.release()
  }

  /** Gives a connection back that is broken or in doubt: it is destroyed. */
  discard(connection: C): void {
    this.takeBack(connection, "discard()")
    this.end(connection)
    this.permits.release()
  }

  /** Runs a body with a connection. */
  with<T>(body: StarredBody<[connection: C], T>): Operation<Outcome<T>> {
    if (typeof body !== "function") throw new InvalidArgumentError("body", body, "a function, best a generator function", "right: pool.with(function* (connection) { … })")
    return call(lending as Body<never> as Body, this, body) as Operation<Outcome<T>>
  }

  /** Lends no more, ends the connections at rest at once and those that are lent when they come back, and waits for that. */
  close(): Operation<void> {
    return call(closing as Body<never> as Body, this) as Operation<void>
  }

  /** What it counts now. */
  statistics(): ConnectionPoolStatistics {
    const { created, destroyed, lent, permits, resting } = this
    return { size: lent.size + resting.length, idle: resting.length, lent: lent.size, waiting: permits.statistics().waiting, created, destroyed }
  }

  /** `await using pool = …` closes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** @internal */
  checkOpen(): void {
    if (this.over) throw new ConnectionError("connection_closed", this.name, `${this.name} is closed: it lends no connections any more.`)
  }

  /** @internal */
  get line(): Semaphore {
    return this.permits
  }

  /** @internal Waits for a permit. */
  *turn(): Routine {
    const { acquireMs, name, permits } = this
    if (acquireMs === Infinity || permits.statistics().available > 0) return yield* permits.acquire()
    const first = yield* select({ turn: permits.acquire(), late: sleep(acquireMs) })
    if (first.key === "late") throw new TimeoutError(acquireMs, `a connection of ${name}, all ${this.max} of which are lent,`)
  }

  /** @internal The one that has rested least, lent already. */
  takeResting(): C | undefined {
    const rested = this.resting.pop()
    if (rested === undefined) return undefined
    this.lent.add(rested.connection)
    return rested.connection
  }

  /** @internal Whether a connection that was at rest can still be used. */
  *isGood(connection: C): Routine<boolean> {
    if (this.tooOld(connection)) return false
    if (this.options.validate === undefined) return true
    try {
      return (yield* outcomeOf(this.options.validate(connection))) !== false
    } catch {
      // Whatever it says: it cannot be used.
      return false
    }
  }

  /**
   * @internal Makes a connection; if nobody waits for it in the end, it is ended when it comes. The signal is the making's own: the connection outlives
   * the tasklet that had it made.
   */
  *make(): Routine<C> {
    const controller = new AbortController()
    const making = this.options.create(controller.signal)
    let made = false
    try {
      const connection = (yield* outcomeOf(making)) as C
      made = true
      this.adopt(connection)
      return connection
    } finally {
      if (!made) {
        if (isThenable(making) && !("unpark" in making)) making.then((late) => this.endLate(late as C), ignore)
        controller.abort()
      }
    }
  }

  /** @internal It was borrowed, and is to be ended without having been used. */
  drop(connection: C): void {
    this.lent.delete(connection)
    this.end(connection)
  }

  /** @internal Lends no more; says who has still to end. */
  shut(): Set<Tasklet> {
    this.over = true
    for (const { connection } of this.resting.splice(0)) this.end(connection)
    this.watch()
    return this.ending
  }

  /** @internal */
  get capacity(): number {
    return this.max
  }

  /** @internal Whether a connection is as good as before after its body has raised this. */
  keeps(error: unknown): boolean {
    return this.options.keep?.(error) === true
  }

  private adopt(connection: C): void {
    this.created++
    this.born.set(connection, this.loop.clock.now())
    this.lent.add(connection)
  }

  private endLate(connection: C): void {
    this.created++
    this.loop.ingress.accept({ enter: () => this.end(connection) })
  }

  private takeBack(connection: C, what: string): void {
    if (this.lent.delete(connection)) return
    throw new TaskletError("not_held", `${what} of a connection that ${this.name} has not lent. Give each back once, by release() or discard(), or use with(body).`)
  }

  private tooOld(connection: C): boolean {
    return this.maxAgeMs !== Infinity && this.loop.clock.now() - (this.born.get(connection) ?? 0) >= this.maxAgeMs
  }

  /** Ends a connection in a tasklet of its own. */
  private end(connection: C): void {
    this.born.delete(connection)
    this.destroyed++
    const { destroy } = this.options
    if (destroy === undefined) return
    const tasklet = this.loop.create(destroying as Body<never> as Body, this.ending, () => destroy(connection))
    this.ending.add(tasklet)
    this.loop.launch(tasklet)
  }

  /** Sees to it that somebody looks when the one that rests longest has rested long enough. */
  private watch(): void {
    const first = this.resting[0]
    if (first === undefined) {
      if (this.timer !== null) cancelTimer(this.loop, this.timer)
      this.timer = null
    } else if (this.idleMs !== Infinity && this.timer === null) this.timer = startTimer(this.loop, first.since + this.idleMs, { enter: () => this.look() })
  }

  private look(): void {
    this.timer = null
    const now = this.loop.clock.now()
    for (let first = this.resting[0]; first !== undefined && first.since + this.idleMs <= now; first = this.resting[0]) {
      this.resting.shift()
      this.end(first.connection)
    }
    this.watch()
  }
}

function* acquiring<C>(pool: ConnectionPool<C>): Routine<C> {
  pool.checkOpen()
  const { line } = pool
  yield* pool.turn()
  let lent = false
  try {
    pool.checkOpen()
    for (let rested = pool.takeResting(); rested !== undefined; rested = pool.takeResting()) {
      let good = false
      try {
        good = yield* pool.isGood(rested)
      } finally {
        if (!good) pool.drop(rested)
      }
      if (good) {
        lent = true
        return rested
      }
    }
    const made = yield* pool.make()
    lent = true
    return made
  } finally {
    if (!lent) line.release()
  }
}

function* lending<C>(pool: ConnectionPool<C>, body: Body<[C]>): Routine<unknown> {
  const connection = yield* pool.acquire()
  let good = false
  try {
    const outcome = yield* outcomeOf(body(connection))
    good = true
    return outcome
  } catch (error) {
    good = pool.keeps(error)
    throw error
  } finally {
    if (good) pool.release(connection)
    else pool.discard(connection)
  }
}

function* destroying(ending: Set<Tasklet>, destroy: () => unknown): Routine {
  try {
    yield* outcomeOf(destroy())
  } finally {
    ending.delete(realm.current as Tasklet)
  }
}

function* closing<C>(pool: ConnectionPool<C>): Routine {
  const ending = pool.shut()
  // Whoever waits for a connection is told; whoever has one is waited for.
  for (let held = 0; held < pool.capacity; held++) yield* pool.line.acquire()
  for (let held = 0; held < pool.capacity; held++) pool.line.release()
  for (const tasklet of [...ending]) yield* tasklet
}

function ignore(): void {}

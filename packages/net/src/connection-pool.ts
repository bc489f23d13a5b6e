/** Pools of connections to services: made when needed, lent to one tasklet each, checked, and thrown away when old or in doubt. */
import { type Body, InvalidArgumentError, type Operation, type Outcome, type Routine, type RunLoop, type StarredBody } from "@vivarium/core"
import { checkCount, checkOptions, currentScheduler, OwnedCall } from "@vivarium/core/lowlevel"
import { isBeingKilled, outcomeOf } from "./handle.ts"
import { ACQUIRE_MS, IDLE_MS, POOLED } from "./limits.ts"
import { readTimeout } from "./options.ts"
import { type ConnectionPoolStatistics, Stock } from "./pool-stock.ts"
import { resourceCall } from "./resource-call.ts"

/** Options of `new ConnectionPool()`. Each function may be plain, async or a generator function. */
export interface ConnectionPoolOptions<C> {
  /**
   * Makes a connection. If nobody waits for it any more, the signal is aborted, and a generator function or an operation is killed where it waits; one that
   * comes all the same is ended.
   */
  readonly create: (signal: AbortSignal) => Generator<never, C, unknown> | Routine<C> | Operation<C> | PromiseLike<C> | C
  /** Whether a connection that was at rest can still be used. One that cannot, or for which this raises, is destroyed. */
  readonly validate?: (connection: C) => unknown
  /**
   * Ends a connection; runs in a tasklet of its own, and what it raises is one report. Its place is free when this is done, and after five seconds at the
   * latest.
   */
  readonly destroy?: (connection: C) => unknown
  /** How many connections there may be, those counted that are being made or ended. Default 10. */
  readonly max?: number
  /** How long to wait while there are `max`; then TimeoutError. Default 30,000; Infinity for as long as it takes. */
  readonly acquireMs?: number
  /** How long a connection may be at rest. Default 60,000; Infinity keeps it. */
  readonly idleMs?: number
  /** How old a connection may become, unless it is lent. Default Infinity. */
  readonly maxAgeMs?: number
  /** Whether a connection can be used again after `with` has ended by this error. Default: never. */
  readonly keep?: (error: unknown) => boolean
  /** Names it in errors. Default "pool". */
  readonly name?: string
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
  private readonly stock: Stock<C>
  private readonly keep: (error: unknown) => boolean
  private readonly acquiring: Operation<C>

  /** The scheduler is the current tasklet's, or the default one. */
  constructor(options: ConnectionPoolOptions<C>) {
    checkOptions("options", options, KNOWN, "new ConnectionPool({ create: () => connect({ port }), destroy: (connection) => connection.close(), max: 10 })")
    for (const name of ["create", "validate", "destroy", "keep"] as const) {
      const given = options[name]
      if (typeof given !== "function" && (name === "create" || given !== undefined)) throw new InvalidArgumentError(name, given, "a function")
    }
    const { create, destroy = nothing, keep = never, max = POOLED, name = "pool", validate } = options
    checkCount("max", max, 1)
    this.loop = currentScheduler()
    this.keep = keep
    this.stock = new Stock(this.loop, {
      create,
      destroy,
      validate,
      max,
      name,
      acquireMs: readTimeout("acquireMs", options.acquireMs, ACQUIRE_MS),
      idleMs: readTimeout("idleMs", options.idleMs, IDLE_MS),
      maxAgeMs: readTimeout("maxAgeMs", options.maxAgeMs, Infinity),
    })
    const { stock } = this
    this.acquiring = resourceCall(this.loop, `a connection of ${name}`, () => stock.borrow(), (connection: C) => stock.release(connection))
  }

  /**
   * Borrows a connection: one at rest that is still good, else a new one; waits while there are `max`. Give it back by `release` or `discard`. Under a
   * time-out or in a select, one that has come and that the killed tasklet never saw is given back by itself.
   */
  acquire(): Operation<C> {
    return this.acquiring
  }

  /** Gives a connection back. */
  release(connection: C): void {
    this.stock.release(connection)
  }

  /** Gives a connection back that is broken or in doubt: it is destroyed. */
  discard(connection: C): void {
    this.stock.discard(connection)
  }

  /** Runs a body with a connection. */
  with<T>(body: StarredBody<[connection: C], T>): Operation<Outcome<T>> {
    if (typeof body !== "function") throw new InvalidArgumentError("body", body, "a function, best a generator function", "right: pool.with(function* (connection) { … })")
    return new OwnedCall<Outcome<T>>(this.loop, lending as Body<never> as Body, [this.stock, this.keep, body])
  }

  /**
   * Lends no more: those who wait get ConnectionError `connection_closed`, the connections at rest are ended at once, and those that are lent when they come
   * back. Waits for all that.
   */
  close(): Operation<void> {
    const { stock } = this
    return new OwnedCall<void>(this.loop, () => stock.close(), [])
  }

  /** What it counts now. */
  statistics(): ConnectionPoolStatistics {
    return this.stock.statistics()
  }

  /** `await using pool = …` closes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}

function* lending<C>(stock: Stock<C>, keep: (error: unknown) => boolean, body: Body<[C]>): Routine<unknown> {
  const connection = yield* stock.borrow()
  let good = false
  try {
    const outcome = yield* outcomeOf(body(connection))
    good = !isBeingKilled()
    return outcome
  } catch (error) {
    good = keep(error) === true
    throw error
  } finally {
    if (good) stock.release(connection)
    else stock.discard(connection)
  }
}

function nothing(): void {}

function never(): boolean {
  return false
}

/** Pools: resources that are lent out and come back. */
import { type SignalOption, withSignal } from "./abort.ts"
import { type Body, checkBody, type Outcome, type StarredBody } from "./body.ts"
import { call, OwnedCall } from "./call.ts"
import { Channel } from "./channel.ts"
import { InvalidArgumentError, TaskletError } from "./errors.ts"
import type { Operation } from "./operation.ts"
import { currentScheduler, type Suspend } from "./realm.ts"
import { Receive } from "./receive.ts"
import type { RunLoop } from "./run-loop.ts"
import type { Tasklet } from "./tasklet.ts"

/** What a pool counts. */
export interface PoolStatistics {
  /** Resources in all. */
  readonly size: number
  /** Resources in stock. */
  readonly available: number
  /** Tasklets that wait for one. */
  readonly waiting: number
}

/** Receiving from the pool's channel, but for a resource on its way to a tasklet that is killed: it is given back. */
class Borrow<R> extends Receive<R> {
  private readonly lend: (resource: R) => void
  private readonly giveBack: (resource: R) => void

  constructor(stock: Channel<R>, lend: (resource: R) => void, giveBack: (resource: R) => void) {
    super(stock)
    this.lend = lend
    this.giveBack = giveBack
  }

  protected override perform(tasklet: Tasklet): IteratorResult<Suspend, R> {
    const result = super.perform(tasklet)
    if (result.done === true) this.lend(result.value)
    return result
  }

  override take(): R {
    const resource = super.take()
    this.lend(resource)
    return resource
  }

  override undo(outcome: unknown, failed: boolean): void {
    if (!failed) this.giveBack(outcome as R)
  }

  override describe(): string {
    return "a resource of a pool"
  }
}

/**
 * A fixed set of resources, lent to one tasklet each: the database pool of the Stackless article, built on a channel's balance.
 * The stock is a buffered channel, so borrowers wait in it first come, first served, and `-balance` of them wait.
 *
 * @example
 * ```ts
 * import { Pool, run, schedule, tasklet } from "@vivarium/core"
 *
 * const connections = new Pool(["one", "two"])
 * for (const query of ["a", "b", "c"]) {
 *   tasklet(function* () {
 *     yield* connections.with(function* (connection) {
 *       console.log(`${query} on ${connection}`)
 *       yield* schedule()
 *     })
 *   })
 * }
 * run()
 * // prints: a on one
 * // prints: b on two
 * // prints: c on one
 * ```
 */
export class Pool<R> {
  private readonly stock: Channel<R>
  private readonly resources: ReadonlySet<R>
  private readonly lent = new Set<R>()
  private readonly borrowing: Operation<R>

  /** The scheduler is the current tasklet's, or the default one, unless given. */
  constructor(resources: Iterable<R>, scheduler: RunLoop = currentScheduler()) {
    if (resources === null || resources === undefined || typeof resources[Symbol.iterator] !== "function") {
      throw new InvalidArgumentError("resources", resources, "an iterable of resources", "right: new Pool([connectionA, connectionB])")
    }
    const all = [...resources]
    this.resources = new Set(all)
    if (all.length === 0 || this.resources.size < all.length) throw new InvalidArgumentError("resources", all, "one or more distinct resources")
    this.stock = new Channel<R>({ capacity: all.length, name: "pool" }, scheduler)
    for (const resource of all) this.stock.trySend(resource)
    this.borrowing = new Borrow(
      this.stock,
      (resource) => this.lent.add(resource),
      (resource) => this.release(resource),
    )
    scheduler.made?.(this)
  }

  /** Borrows a resource; waits for one if need be. */
  acquire(options?: SignalOption): Operation<R> {
    return options === undefined ? this.borrowing : withSignal(this.borrowing, options)
  }

  /** Gives a resource back: to the first waiter, who is appended, or to stock. */
  release(resource: R): void {
    if (!this.resources.has(resource)) throw new InvalidArgumentError("resource", resource, "a resource of this pool")
    if (!this.lent.delete(resource)) throw new TaskletError("not_held", "release() of a resource that is not lent. Release once per acquire(), or use with(body).")
    if (this.stock.balance < 0) this.lent.add(resource)
    this.stock.trySend(resource)
  }

  /** Runs a body with a resource, and gives it back however the body ends. */
  with<T>(body: StarredBody<[resource: R], T>): Operation<Outcome<T>> {
    checkBody(body)
    return new OwnedCall<Outcome<T>>(this.stock.scheduler, lending as Body<never> as Body, [this, body])
  }

  /** What it counts now. */
  statistics(): PoolStatistics {
    return { size: this.resources.size, available: this.stock.length, waiting: Math.max(0, -this.stock.balance) }
  }
}

function* lending<R>(pool: Pool<R>, body: Body<[R]>): Generator<Suspend, unknown, unknown> {
  const resource = yield* pool.acquire()
  try {
    return yield* call(body, resource)
  } finally {
    pool.release(resource)
  }
}

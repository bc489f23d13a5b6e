/** Mutexes: one holder at a time. */
import { type SignalOption, withSignal } from "./abort.ts"
import { type Body, checkBody, type Outcome, type StarredBody } from "./body.ts"
import { OwnedCall } from "./call.ts"
import { NotInTaskletError, TaskletError } from "./errors.ts"
import { wake } from "./offer.ts"
import { isHidden } from "./outside.ts"
import type { Operation } from "./operation.ts"
import { QueuedOffer } from "./queued-offer.ts"
import { currentScheduler, realm } from "./realm.ts"
import type { RunLoop } from "./run-loop.ts"
import { holding } from "./semaphore.ts"
import type { Tasklet } from "./tasklet.ts"
import { taskletOfNode, WaitQueue } from "./wait-queue.ts"

/** What a mutex tells of itself. */
export interface MutexStatistics {
  /** Who holds it, if anybody. */
  readonly holder: Tasklet | undefined
  /** Tasklets that wait for it. */
  readonly waiting: number
}

class Lock extends QueuedOffer<void> {
  private readonly mutex: Mutex

  constructor(mutex: Mutex) {
    super(mutex.waiting, mutex.scheduler)
    this.mutex = mutex
  }

  ready(): boolean {
    this.mutex.checkHolder()
    return this.mutex.holder === undefined
  }

  take(): void {
    if (realm.current === null) throw new NotInTaskletError(this.describe())
    this.mutex.holder = realm.current
  }

  /** The lock goes to the next waiter. */
  override undo(): void {
    this.mutex.passOn()
  }

  override get awaited(): readonly Tasklet[] {
    const { holder } = this.mutex
    return holder === undefined ? [] : [holder]
  }

  describe(): string {
    return `a mutex that ${this.mutex.holder?.name ?? "nobody"} holds`
  }
}

/**
 * A lock that one tasklet holds at a time. It is needed only where a section that must not be interleaved waits: everything
 * between two waits is atomic anyway. Not re-entrant: locking it twice is an error at once, not a deadlock. Waiters are served
 * first come, first served. Only the holder may release it.
 *
 * @example
 * ```ts
 * import { Mutex, run, schedule, tasklet } from "@vivarium/core"
 *
 * const honeycomb = new Mutex()
 * let honey = 0
 * for (let bee = 0; bee < 2; bee++) {
 *   tasklet(function* () {
 *     yield* honeycomb.with(function* () {
 *       const before = honey
 *       yield* schedule()
 *       honey = before + 1
 *     })
 *   })
 * }
 * run()
 * console.log(honey)
 * // prints: 2
 * ```
 */
export class Mutex {
  /** @internal */
  readonly scheduler: RunLoop
  /** @internal */
  readonly waiting: WaitQueue = new WaitQueue()
  /** @internal */
  holder: Tasklet | undefined = undefined
  private readonly locking: Operation<void>

  /** The scheduler is the current tasklet's, or the default one, unless given. */
  constructor(scheduler: RunLoop = currentScheduler()) {
    this.scheduler = scheduler
    this.locking = new Lock(this)
    scheduler.made?.(this)
  }

  /** Takes the lock; waits for it if need be. TaskletError `held` if the tasklet holds it already. */
  acquire(options?: SignalOption): Operation<void> {
    return options === undefined ? this.locking : withSignal(this.locking, options)
  }

  /** Takes the lock if nobody holds it, and says whether it did. NotInTaskletError in plain code. */
  tryAcquire(): boolean {
    if (realm.current === null) throw new NotInTaskletError("tryAcquire() of a mutex")
    if (this.holder !== undefined) return false
    this.holder = realm.current
    return true
  }

  /** Gives the lock to the first waiter, who is appended, or frees it. */
  release(): void {
    if (this.holder === undefined || this.holder !== realm.current) {
      const who = this.holder === undefined ? "nobody holds it" : `${this.holder.name} holds it`
      throw new TaskletError("not_held", `release() of a mutex by a tasklet that does not hold it: ${who}. Use with(body).`)
    }
    this.passOn()
  }

  /** Runs a body while holding the lock, and releases it however the body ends. */
  with<R>(body: StarredBody<[], R>): Operation<Outcome<R>> {
    checkBody(body)
    return new OwnedCall<Outcome<R>>(this.scheduler, holding as Body<never> as Body, [this, body])
  }

  /** Who holds it, and how many wait. */
  statistics(): MutexStatistics {
    return { holder: this.holder, waiting: this.waiting.countTasklets() }
  }

  /** @internal */
  checkHolder(): void {
    if (isHidden(realm.current)) {
      throw new NotInTaskletError("a mutex acquired by `await`: nobody could release it there; it")
    }
    if (this.holder !== undefined && this.holder === realm.current) {
      throw new TaskletError("held", `${this.holder.name} holds this mutex already; it is not re-entrant. Lock it once, outside.`)
    }
  }

  /** @internal */
  passOn(): void {
    const node = this.waiting.shift()
    this.holder = node === null ? undefined : taskletOfNode(node)
    if (node !== null) wake(node, undefined)
  }
}

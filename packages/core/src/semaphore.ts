/** Semaphores: so many at a time. */
import { type SignalOption, withSignal } from "./abort.ts"
import { type Body, checkBody, type Outcome, type StarredBody } from "./body.ts"
import { call, OwnedCall } from "./call.ts"
import { checkCount } from "./checks.ts"
import { TaskletError } from "./errors.ts"
import { wake } from "./offer.ts"
import type { Operation } from "./operation.ts"
import { QueuedOffer } from "./queued-offer.ts"
import { currentScheduler, realm, type Suspend } from "./realm.ts"
import type { RunLoop } from "./run-loop.ts"
import type { Tasklet } from "./tasklet.ts"
import { taskletOfNode, WaitQueue } from "./wait-queue.ts"

/** What a semaphore counts. */
export interface SemaphoreStatistics {
  /** Permits there are in all. */
  readonly permits: number
  /** Permits that nobody holds. */
  readonly available: number
  /** Tasklets that wait for one. */
  readonly waiting: number
}

class Acquire extends QueuedOffer<void> {
  private readonly semaphore: Semaphore

  constructor(semaphore: Semaphore, waiting: WaitQueue) {
    super(waiting, semaphore.scheduler)
    this.semaphore = semaphore
  }

  ready(): boolean {
    return this.semaphore.available > 0
  }

  take(): void {
    this.semaphore.take()
  }

  /** The permit goes to the next waiter. */
  override undo(): void {
    this.semaphore.release()
  }

  /** One that has several permits needs only one of those who hold them. */
  override get awaited(): readonly Tasklet[] {
    const { takers } = this.semaphore
    return takers.length === 1 && this.semaphore.statistics().permits === 1 ? takers : []
  }

  describe(): string {
    const holders = [...new Set(this.semaphore.takers)].map(({ name }) => name)
    return `a permit of a semaphore${holders.length === 0 ? "" : ` that ${holders.join(", ")} ${holders.length === 1 ? "holds" : "hold"}`}`
  }
}

/**
 * A number of permits: at most so many tasklets hold one at a time. Waiters are served first come, first served; a released
 * permit goes straight to the first of them, and nobody barges in. A permit on its way to a tasklet that is killed goes on to
 * the next.
 *
 * @example
 * ```ts
 * import { run, schedule, Semaphore, tasklet } from "@vivarium/core"
 *
 * const landing = new Semaphore(1)
 * for (const bee of ["Maya", "Willy"]) {
 *   tasklet(function* () {
 *     yield* landing.with(function* () {
 *       console.log(`${bee} lands`)
 *       yield* schedule()
 *       console.log(`${bee} leaves`)
 *     })
 *   })
 * }
 * run()
 * // prints: Maya lands
 * // prints: Maya leaves
 * // prints: Willy lands
 * // prints: Willy leaves
 * ```
 */
export class Semaphore {
  /** @internal */
  readonly scheduler: RunLoop
  private readonly permits: number
  private readonly waiting = new WaitQueue()
  private readonly acquiring: Operation<void>
  private free: number
  /** @internal Who holds permits, as far as that is known: noted while a tool watches, for its reports. */
  readonly takers: Tasklet[] = []

  /** The scheduler is the current tasklet's, or the default one, unless given. */
  constructor(permits: number, scheduler: RunLoop = currentScheduler()) {
    checkCount("permits", permits, 1)
    this.scheduler = scheduler
    this.acquiring = new Acquire(this, this.waiting)
    this.permits = permits
    this.free = permits
    scheduler.made?.(this)
  }

  /** Takes a permit; waits for one if need be. */
  acquire(options?: SignalOption): Operation<void> {
    return options === undefined ? this.acquiring : withSignal(this.acquiring, options)
  }

  /** Takes a permit if that needs no waiting, and says whether it did. */
  tryAcquire(): boolean {
    if (this.free === 0) return false
    this.take()
    return true
  }

  /** Gives a permit back: to the first waiter, who is appended, or to stock. */
  release(): void {
    if (this.free === this.permits) {
      throw new TaskletError("not_held", "release() without a permit: all are in stock. Release once per acquire(), or use with(body).")
    }
    const node = this.waiting.shift()
    if (this.takers.length > 0) this.forgetTaker()
    if (node === null) this.free++
    else {
      this.noteTaker(taskletOfNode(node))
      wake(node, undefined)
    }
  }

  /** Runs a body while holding a permit, and releases it however the body ends. */
  with<R>(body: StarredBody<[], R>): Operation<Outcome<R>> {
    checkBody(body)
    return new OwnedCall<Outcome<R>>(this.scheduler, holding as Body<never> as Body, [this, body])
  }

  /** What it counts now. */
  statistics(): SemaphoreStatistics {
    return { permits: this.permits, available: this.free, waiting: this.waiting.countTasklets() }
  }

  /** @internal */
  get available(): number {
    return this.free
  }

  /** @internal */
  take(): void {
    this.free--
    this.noteTaker(realm.current)
  }

  private noteTaker(tasklet: Tasklet | null): void {
    if (this.scheduler.hooks !== null && tasklet !== null) this.takers.push(tasklet)
  }

  /** Anybody may release: then the permit of the first is taken to be meant. */
  private forgetTaker(): void {
    const own = this.takers.indexOf(realm.current as Tasklet)
    void this.takers.splice(Math.max(own, 0), 1)
  }
}

/** @internal Runs a body between acquire and release. */
export function* holding(lock: { acquire(): Operation<void>; release(): void }, body: Body): Generator<Suspend, unknown, unknown> {
  yield* lock.acquire()
  try {
    return yield* call(body)
  } finally {
    lock.release()
  }
}

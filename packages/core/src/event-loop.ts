/**
 * A scheduler on the host's event loop: drains, alarms, `main()` and its end.
 *
 * Invariants:
 * 1. A drain runs in a macrotask of its own, and at most one is armed. Tasklets never run inside a microtask.
 * 2. The scheduler drains itself while it is the default one, or a `main()` runs, or an operation is awaited from outside,
 *    unless a bounded or failed `run()` has suspended that.
 * 3. An uncaught error is decided in the macrotask after the drain: whoever joins before then has it.
 */
import { DeadlockError, type WaitingTasklet } from "./errors.ts"
import { host } from "./host.ts"
import { throwInto } from "./kill.ts"
import { realm } from "./realm.ts"
import type { Scheduler } from "./scheduler.ts"
import { BLOCKED, PAUSED } from "./state.ts"
import type { Tasklet } from "./tasklet.ts"

/** One `main()` that has not ended. */
interface MainRun {
  readonly tasklet: Tasklet
  readonly closedWorld: boolean
  readonly reject: (error: unknown) => void
}

/** Options of `main()`. */
export interface MainOptions {
  /**
   * Says that nothing outside can wake anybody, but for promises, actions and timers that tasklets wait for: a deadlock is
   * then raised at once, instead of when the host has nothing left to do.
   */
  readonly closedWorld?: boolean
  /** The tasklet's name; "main" by default. */
  readonly name?: string
}

/** @internal */
export class EventLoop {
  private readonly scheduler: Scheduler
  private readonly mains = new Set<MainRun>()
  private armed = false
  private suspended = false
  /** How many operations are awaited from outside. */
  awaited = 0
  private stopListening: (() => void) | null = null

  constructor(scheduler: Scheduler) {
    this.scheduler = scheduler
  }

  private get selfDraining(): boolean {
    return !this.suspended && (realm.defaultScheduler === this.scheduler || this.mains.size > 0 || this.awaited > 0)
  }

  /** Arms a drain, if there may be something to do. */
  wake(): void {
    if (this.armed || this.scheduler.depth > 0 || !this.selfDraining) return
    this.armed = true
    host.macrotask(this.drain)
  }

  /** Lets the scheduler drain itself again, or not. */
  suspend(suspended: boolean): void {
    this.suspended = suspended
    if (suspended) this.scheduler.clock.setAlarm(this, Infinity, this.drain)
    else this.rest()
  }

  private readonly drain = (): void => {
    this.armed = false
    const { scheduler } = this
    if (scheduler.depth > 0 || !this.selfDraining) return
    const uncaught = scheduler.drain()
    if (uncaught.length > 0) host.macrotask(() => scheduler.decide(uncaught))
    this.rest()
  }

  /** What comes after a drain: another one, an alarm, a jump in virtual time, or the discovery of a deadlock. */
  private rest(): void {
    const { scheduler } = this
    if (scheduler.depth > 0 || !this.selfDraining) return
    if (scheduler.hasWork()) {
      this.wake()
      return
    }
    const at = scheduler.timers.first?.at ?? Infinity
    if (scheduler.clock.advance !== undefined) this.restVirtually(at)
    else if (at <= scheduler.clock.now()) this.wake()
    else {
      scheduler.clock.setAlarm(this, at, this.drain)
      if (at === Infinity && scheduler.external === 0) this.afterTurn(() => this.failMains((one) => one.closedWorld))
    }
  }

  private restVirtually(at: number): void {
    const { clock, external } = this.scheduler
    if (this.mains.size === 0 && this.awaited === 0) clock.setAlarm(this, at, this.drain)
    else if (at < Infinity) {
      this.afterTurn(() => {
        clock.setAlarm(this, at, this.drain)
        clock.advance?.(Math.max(0, at - clock.now()))
      })
    } else if (external === 0) this.afterTurn(() => this.failMains(() => true))
  }

  /** Calls back after the microtasks and one turn of the host, if nothing has come in meanwhile. */
  private afterTurn(callback: () => void): void {
    const { switches } = this.scheduler
    if (this.mains.size === 0 && this.awaited === 0) return
    host.macrotask(() => {
      const { scheduler } = this
      if (!this.armed && scheduler.depth === 0 && !scheduler.hasWork() && scheduler.switches === switches) callback()
    })
  }

  /** Runs a tasklet as `main()` does. */
  main(tasklet: Tasklet, options: MainOptions): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const one: MainRun = { tasklet, closedWorld: options.closedWorld === true, reject }
      this.mains.add(one)
      this.stopListening ??= host.onIdle(this.hostIdle)
      const end = (): void => {
        this.mains.delete(one)
        if (this.mains.size > 0) return
        this.stopListening?.()
        this.stopListening = null
      }
      this.scheduler.performOutside(tasklet.join()).then(
        (value) => {
          end()
          resolve(value)
        },
        (error: unknown) => {
          end()
          reject(error as Error)
        },
      )
      this.suspend(false)
      this.wake()
    })
  }

  private readonly hostIdle = (): void => {
    if (!this.scheduler.hasWork()) this.failMains(() => true)
  }

  private failMains(which: (one: MainRun) => boolean): void {
    for (const one of [...this.mains].filter(which)) {
      const { tasklet } = one
      if (tasklet.state !== BLOCKED && tasklet.state !== PAUSED) continue
      const error = deadlock(this.scheduler, tasklet)
      if (tasklet.hasAsyncBody) one.reject(error)
      else throwInto(tasklet, error, true)
    }
    this.wake()
  }
}

function deadlock(scheduler: Scheduler, main: Tasklet): DeadlockError {
  const { blocked } = scheduler.statistics()
  const known = scheduler.watching ? scheduler.tasklets().filter((one) => one.blocked || one.paused) : [main]
  const waiting = known.map((one): WaitingTasklet => {
    return { id: one.id, name: one.name, waitingFor: one.waitingFor ?? "nothing", createdAt: one.details?.createdAt }
  })
  const hint = scheduler.watching ? "" : " new Scheduler({ debug: true }) lists them all."
  return new DeadlockError(`nothing can wake ${main.name}, which waits for ${main.waitingFor}`, blocked, waiting, hint)
}

/**
 * Waiting for the outside: the part that `until` and `action` share.
 *
 * Invariants:
 * 1. `cleanup` runs exactly once: when the wait is settled and taken in, or taken back, whichever comes first.
 * 2. A wait that settles while it is being started finishes at once; a later one goes through the ingress and is appended.
 * 3. Whatever settles after that is counted, never raised.
 */
import { inGuard } from "./callback.ts"
import { wake, wakeWithError, trapped } from "./offer.ts"
import { misuse, Operation, type OperationKind, STARTED } from "./operation.ts"
import { finished, realm, SUSPEND, type Suspend } from "./realm.ts"
import { BLOCKED, MARKED, RUNNING, TRAPS } from "./state.ts"
import type { Tasklet } from "./tasklet.ts"

/** @internal One performance of an external operation. */
export class ExternalWait {
  readonly tasklet: Tasklet
  settled = false
  closed = false
  failed = false
  value: unknown = undefined
  cleanup: (() => void) | null = null
  /** While the executor runs, settling it must not go through the ingress. */
  starting = true

  constructor(tasklet: Tasklet) {
    this.tasklet = tasklet
    tasklet.scheduler.external++
  }

  settle(value: unknown, failed: boolean): void {
    const { scheduler } = this.tasklet
    if (this.settled || this.closed) {
      if (failed) scheduler.lateRejections++
      return
    }
    this.settled = true
    this.value = value
    this.failed = failed
    if (!this.starting) scheduler.ingress.accept(this)
  }

  /** Takes the settled wait in: its tasklet is appended. */
  enter(): void {
    if (this.closed) {
      if (this.failed) this.tasklet.scheduler.lateRejections++
      return
    }
    try {
      this.close()
    } catch (error) {
      this.failed = true
      this.value = error
    }
    // The clean-up may have killed it.
    if (this.tasklet.value !== this) return
    if (this.failed) wakeWithError(this.tasklet, this.value)
    else wake(this.tasklet, this.value)
  }

  close(): void {
    if (this.closed) return
    this.closed = true
    this.tasklet.scheduler.external--
    const { cleanup } = this
    this.cleanup = null
    if (cleanup !== null) inGuard(cleanup)
  }
}

/** @internal */
export abstract class External<T> extends Operation<T> {
  get kind(): OperationKind {
    return STARTED
  }

  /** Starts it, and says how to clean up. */
  protected abstract begin(wait: ExternalWait): (() => void) | null

  next(value?: unknown): IteratorResult<Suspend, T> {
    const tasklet = realm.current
    if (tasklet === null || tasklet.state !== RUNNING) return misuse(this)
    if (tasklet.op === this) {
      tasklet.op = null
      return finished(value as T)
    }
    if ((tasklet.flags & TRAPS) !== 0) throw trapped(tasklet, this)
    const wait = new ExternalWait(tasklet)
    try {
      wait.cleanup = inGuard(() => this.begin(wait))
    } catch (error) {
      wait.settled = true
      wait.close()
      throw error
    }
    wait.starting = false
    if (wait.settled || (tasklet.state as number) === MARKED) {
      wait.close()
      if (!wait.settled) return SUSPEND
      if (wait.failed) throw wait.value
      return finished(wait.value as T)
    }
    tasklet.op = this
    tasklet.state = BLOCKED
    tasklet.value = wait
    return SUSPEND
  }

  unpark(tasklet: Tasklet): void {
    try {
      ;(tasklet.value as ExternalWait).close()
    } catch (error) {
      tasklet.scheduler.uncaughtError(error, tasklet)
    }
  }
}

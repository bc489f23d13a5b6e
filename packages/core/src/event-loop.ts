/**
 * A run loop on the host's event loop: drains, alarms and rests.
 *
 * Invariants:
 * 1. A drain runs in a macrotask of its own, and at most one is armed. Tasklets never run inside a microtask.
 * 2. The loop drains itself while it is the default one, or a `main()` runs, or an operation is awaited from outside,
 *    unless a bounded or failed `run()` has suspended that.
 * 3. An uncaught error is decided in the macrotask after the drain: whoever joins before then has it.
 */
import { host } from "./host.ts"
import { realm } from "./realm.ts"
import type { RunLoop } from "./run-loop.ts"
import type { UncaughtError } from "./uncaught.ts"

/** @internal Who keeps a loop draining, beside those who await operations: the `main()` runs. */
export interface Keeper {
  readonly busy: boolean
  /** Nothing is runnable, no timer is set, and no promise or action is waited for. */
  rested(virtual: boolean): void
}

/** @internal */
export class EventLoop {
  private readonly loop: RunLoop
  private armed = false
  /** What to do after a turn of the host, if one is awaited. */
  private turn: (() => void) | null = null
  private suspended = false
  /** Set where somebody else runs the loop, and gives the host its turns: then it never drains itself. */
  driven = false
  /** How many operations are awaited from outside. */
  awaited = 0
  keeper: Keeper | null = null

  constructor(loop: RunLoop) {
    this.loop = loop
  }

  /** Whether somebody outside waits for what tasklets do. */
  private get kept(): boolean {
    return this.awaited > 0 || this.keeper?.busy === true
  }

  private get selfDraining(): boolean {
    return !this.suspended && !this.driven && (realm.defaultScheduler === this.loop || this.kept)
  }

  /** Arms a drain, if there may be something to do. */
  wake(): void {
    if (this.armed || this.loop.depth > 0 || !this.selfDraining) return
    // A test may have made the host refuse.
    host.macrotask(this.drain)
    this.armed = true
  }

  /** Lets the loop drain itself again, or not. */
  suspend(suspended: boolean): void {
    this.suspended = suspended
    this.rest()
  }

  private readonly drain = (): void => {
    this.armed = false
    const { loop } = this
    if (loop.depth > 0 || !this.selfDraining) return
    const uncaught = loop.drain()
    if (uncaught.length > 0) this.decideLater(uncaught)
    this.rest()
  }

  /** Decides after the microtasks; if they have joined somebody, after the drain that performs those joins. */
  private decideLater(uncaught: readonly UncaughtError[]): void {
    const decide = (): void => this.loop.errors.decide(uncaught)
    host.macrotask(() => {
      if (this.armed) host.macrotask(decide)
      else decide()
    })
  }

  /** What comes after a drain: another one, an alarm, a jump in virtual time, or the news that the world has come to rest. */
  rest(): void {
    const { loop } = this
    if (loop.depth > 0) return
    if (!this.selfDraining) {
      if (loop.timers !== null) loop.clock.setAlarm(this, Infinity, this.drain)
      return
    }
    if (loop.hasWork()) {
      this.wake()
      return
    }
    const { clock, timers } = loop
    const at = timers?.first?.at ?? Infinity
    const virtual = clock.advance !== undefined
    if (!virtual && at <= clock.now()) this.wake()
    else {
      if (timers !== null) clock.setAlarm(this, at, this.drain)
      if (!this.kept) return
      if (at === Infinity && loop.external === 0) this.afterTurn(() => this.keeper?.rested(virtual))
      else if (at < Infinity && virtual) this.afterTurn(() => clock.advance?.(Math.max(0, at - clock.now())))
    }
  }

  /** Calls back after the microtasks and one turn of the host, if nothing has come in meanwhile. The last callback given counts. */
  private afterTurn(callback: () => void): void {
    const { switches } = this.loop
    if (this.turn === null) {
      host.macrotask(() => {
        const { turn } = this
        this.turn = null
        turn?.()
      })
    }
    this.turn = () => {
      const { loop } = this
      if (!this.armed && loop.depth === 0 && !loop.hasWork() && loop.switches === switches) callback()
    }
  }
}

/** Clocks: the only source of time. Times are milliseconds from an origin of the clock's own, and never go back. */
import { checkDuration } from "./checks.ts"
import { host } from "./host.ts"

/** What a scheduler needs of a clock. */
export interface Clock {
  /** Only a virtual clock has this: it moves time. `main()` then jumps to the next timer instead of waiting. */
  advance?(ms: number): void
  /** Milliseconds now. */
  now(): number
  /** Calls `wake` at the given time or soon after; a new alarm of the same owner replaces the old one. Infinity clears it. */
  setAlarm(owner: object, at: number, wake: () => void): void
}

/** The longest delay that host timers take. */
const LONGEST_MS = 2_147_483_647

/** The host's monotonic clock, with one host timer per scheduler. */
export class HostClock implements Clock {
  private readonly alarms = new Map<object, { at: number; readonly cancel: () => void }>()

  /** Milliseconds since the host started, with fractions. */
  now(): number {
    return host.now()
  }

  /** Arms the host timer; delays beyond 2^31-1 ms are split, since the scheduler looks at the time again when woken. */
  setAlarm(owner: object, at: number, wake: () => void): void {
    const { alarms } = this
    const armed = alarms.get(owner)
    if (armed !== undefined) {
      if (armed.at === at) return
      armed.cancel()
      alarms.delete(owner)
    }
    if (at === Infinity) return
    const delay = Math.min(LONGEST_MS, Math.max(1, Math.ceil(at - host.now())))
    const cancel = host.after(delay, () => {
      alarms.delete(owner)
      wake()
    })
    alarms.set(owner, { at, cancel })
  }
}

/**
 * A clock that moves only when told: for tests and simulations. `main()` on such a clock jumps to the next timer as soon as
 * nothing is runnable and the host has had a turn: a promise that takes longer than that is overtaken by time.
 *
 * @example
 * ```ts
 * import { Scheduler } from "@vivarium/core"
 * import { VirtualClock } from "@vivarium/core/lowlevel"
 *
 * const clock = new VirtualClock()
 * const scheduler = new Scheduler({ clock })
 * scheduler.tasklet(function* () {
 *   yield* scheduler.sleep(3_600_000)
 *   console.log(`awake at ${clock.now()}`)
 * })
 * scheduler.run()
 * clock.advance(3_600_000)
 * scheduler.run()
 * // prints: awake at 3600000
 * ```
 */
export class VirtualClock implements Clock {
  private time: number
  private readonly alarms = new Map<object, { readonly at: number; readonly wake: () => void; readonly round: number }>()
  /** Counts the calls of `advance`. */
  private round = 0
  private advancing = false

  constructor(startAt = 0) {
    checkDuration("startAt", startAt, "new VirtualClock(0)")
    this.time = startAt
  }

  /** Milliseconds now. */
  now(): number {
    return this.time
  }

  /** Remembers when somebody wants to be woken. */
  setAlarm(owner: object, at: number, wake: () => void): void {
    if (at === Infinity) this.alarms.delete(owner)
    else this.alarms.set(owner, { at, wake, round: this.advancing && at <= this.time ? this.round : 0 })
  }

  /**
   * Moves time forward, stopping at every alarm on the way; the schedulers that drain themselves run there. An alarm that is set
   * there for the time it already is belongs to the next call, so that `sleep(0)` gives way to the host.
   */
  advance(ms: number): void {
    checkDuration("ms", ms, "clock.advance(250)")
    const target = this.time + ms
    const outer = this.advancing
    this.advancing = true
    if (!outer) this.round++
    for (;;) {
      let next: object | null = null
      let at = target
      for (const [owner, alarm] of this.alarms) {
        if (alarm.round === this.round) continue
        if (alarm.at < at || (alarm.at === at && next === null)) {
          next = owner
          at = alarm.at
        }
      }
      if (next === null) break
      const alarm = this.alarms.get(next) as { readonly wake: () => void }
      this.alarms.delete(next)
      this.time = Math.max(this.time, at)
      alarm.wake()
    }
    this.time = target
    this.advancing = outer
  }
}

/** Faults: what may go wrong in a scenario. Whether it does is a choice like any other, so faults shrink and replay. */
import type { Ref } from "@vivarium/actors"
import type { Tasklet } from "@vivarium/core"

/** A class of actors. */
export type FaultClass = abstract new (...args: never) => object

/**
 * Whom a fault may hit: a process by its reference, by its name, or by its class, which stands for each of its processes that lives then, also one that was restarted. What
 * does not exist at a switch cannot be hit there.
 */
export type FaultTarget = Ref<never> | Ref<unknown> | string | FaultClass

/** Options of a fault. */
export interface FaultOptions {
  /** How often it may happen in one run. Default 1. */
  readonly times?: number
  /** How reports call it. Default: what it does, and to whom. */
  readonly name?: string
}

/**
 * Asks whether something goes wrong here, and declares what may go wrong at any switch from now on. In the shipped order nothing does, and each fault costs one delay. What
 * goes wrong is what can go wrong in reality: nothing that the packages promise is broken by it.
 *
 * @example
 * ```ts
 * import { Actor } from "@vivarium/actors"
 * import { explore } from "@vivarium/testkit"
 *
 * class Bee extends Actor {
 *   fly() {
 *     return "flown"
 *   }
 * }
 * const outcomes = new Set<string>()
 * await explore(function* ({ fault, system }) {
 *   const maya = yield* system.start(Bee)
 *   fault.kill(Bee)
 *   try {
 *     outcomes.add(fault("rain") ? "rain" : yield* maya.call.fly())
 *   } catch {
 *     outcomes.add("dead")
 *   }
 * }, { strategy: "delayBounded", bound: 1 })
 * console.log([...outcomes].sort())
 * // prints: [ 'dead', 'flown', 'rain' ]
 * ```
 */
export interface Fault {
  /** Says whether a fault happens here. Product code asks by `fault` of `@vivarium/testkit/fault`. */
  (name: string): boolean
  /** A brutal kill of a process, as by the exit reason `kill`, or the kill of a tasklet. */
  kill(target: FaultTarget | Tasklet<unknown>, options?: FaultOptions): void
  /** An error raised where a process or tasklet waits. Default: an Error that says so. */
  crash(target: FaultTarget | Tasklet<unknown>, error?: unknown, options?: FaultOptions): void
  /** For two switches the mailbox of a process is full, whatever stands in it: what comes is dealt with by its policy. One without a bound never is, and one that drops the oldest only with something in it. */
  fullMailbox(target: FaultTarget, options?: FaultOptions): void
  /** A process or tasklet is so slow that it does not run until nothing else can, or for 100 switches. */
  slow(target: FaultTarget | Tasklet<unknown>, options?: FaultOptions): void
  /** When time jumps to the next timer, it jumps on to the one after that, so that both are due. */
  lateTimers(options?: FaultOptions): void
  /** Time moves on by so many milliseconds although there is something to run. */
  clockJump(ms: number, options?: FaultOptions): void
  /** The beginning of a process fails, as if its `init` had raised. */
  init(target: FaultTarget, error?: unknown, options?: FaultOptions): void
  /** The end of a process fails: its `terminate` raises, or of a raw process the last of its `finally` blocks. */
  cleanUp(target: FaultTarget, error?: unknown, options?: FaultOptions): void
}

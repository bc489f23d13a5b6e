/** What `init` may return: `ignore`, or `stop(reason)`. */
import { brand } from "./brand.ts"
import { checkReason, ExitReason } from "./exit-reason.ts"

export class Ignore {
  readonly kind = "ignore"
}

brand(Ignore, "Ignore")

/** Returned by `init`: the actor chooses not to start. `start` fails with the code `ignore`, and no report is made. */
export const ignore: Ignore = Object.freeze(new Ignore())

/** What `stop(reason)` makes: returned by `init`, and by a state machine. */
export class Stop {
  readonly kind = "stop"
  /** Why. */
  readonly reason: ExitReason
  /** The data of a state machine, if it changes. */
  readonly data: readonly [unknown] | null

  /** @internal */
  constructor(reason: ExitReason, data: readonly [unknown] | null) {
    this.reason = reason
    this.data = data
  }
}

brand(Stop, "Stop")

/**
 * Returned by `init`: the actor cannot start, and `start` fails with that reason. Returned by a state machine: it ends. To end an actor
 * from a method, call `this.stop(reason)`.
 *
 * @example
 * ```ts
 * import { Actor, ExitReason, StartError, stop, System } from "@vivarium/actors"
 *
 * class Picky extends Actor {
 *   init() {
 *     return stop(ExitReason.custom("no flowers"))
 *   }
 * }
 * await using system = new System({ log: false })
 * try {
 *   await system.start(Picky)
 * } catch (error) {
 *   if (error instanceof StartError) console.log(error.code, error.reason)
 * }
 * // prints: init_failed { kind: 'custom', value: 'no flowers' }
 * ```
 */
export function stop(reason: ExitReason = ExitReason.normal, ...data: [data?: unknown]): Stop {
  checkReason("reason", reason)
  return new Stop(reason, data.length === 0 ? null : [data[0]])
}

/** The scheduler that `tasklet`, `run` and `main` use where no tasklet is current. */
import { realm } from "./realm.ts"
import { Scheduler } from "./scheduler.ts"

/**
 * The default scheduler, made on first use: for tools that watch it, and for its statistics.
 *
 * @example
 * ```ts
 * import { run, tasklet } from "@vivarium/core"
 * import { defaultScheduler } from "@vivarium/core/lowlevel"
 *
 * tasklet(function* () {})
 * run()
 * console.log(defaultScheduler().statistics().ended)
 * // prints: 1
 * ```
 */
export function defaultScheduler(): Scheduler {
  realm.defaultScheduler ??= new Scheduler()
  return realm.defaultScheduler as Scheduler
}

/** Giving way: to the end of the run queue, or out of it. */
import { checkSwitch } from "./offer.ts"
import { misuse, Operation, type OperationKind, STARTED } from "./operation.ts"
import { finished, realm, SUSPEND, type Suspend } from "./realm.ts"
import { PAUSED, RUNNING } from "./state.ts"

class Schedule extends Operation<void> {
  get kind(): OperationKind {
    return STARTED
  }

  next(): IteratorResult<Suspend, void> {
    const tasklet = realm.current
    if (tasklet === null || tasklet.state !== RUNNING) return misuse(this)
    if (tasklet.op === this) {
      tasklet.op = null
      return finished(undefined)
    }
    checkSwitch(tasklet, this)
    tasklet.op = this
    tasklet.scheduler.queue.push(tasklet)
    return SUSPEND
  }

  unpark(): void {}

  describe(): string {
    return "schedule()"
  }
}

class ScheduleRemove extends Operation<unknown> {
  get kind(): OperationKind {
    return STARTED
  }

  next(value?: unknown): IteratorResult<Suspend, unknown> {
    const tasklet = realm.current
    if (tasklet === null || tasklet.state !== RUNNING) return misuse(this)
    if (tasklet.op === this) {
      tasklet.op = null
      return finished(value)
    }
    checkSwitch(tasklet, this)
    tasklet.op = this
    tasklet.state = PAUSED
    return SUSPEND
  }

  unpark(): void {}

  describe(): string {
    return "scheduleRemove()"
  }
}

const SCHEDULE: Operation<void> = /* @__PURE__ */ new Schedule()
/** @internal The same, of a loop that looks again and does nothing else: so whoever explores knows that it need not go round before others have run. */
export const POLL: Operation<void> = /* @__PURE__ */ new Schedule()
/** @internal */
export const SCHEDULE_REMOVE: Operation<unknown> = (realm.scheduleRemove ??= new ScheduleRemove())

/**
 * Gives way to all other runnable tasklets: the caller moves to the end of the run queue. It does not give way to I/O;
 * `sleep(0)` does. Stackless: `schedule()`.
 *
 * @example
 * ```ts
 * import { run, schedule, tasklet } from "@vivarium/core"
 *
 * for (const name of ["a", "b"]) {
 *   tasklet(function* () {
 *     console.log(name, 1)
 *     yield* schedule()
 *     console.log(name, 2)
 *   })
 * }
 * run()
 * // prints: a 1
 * // prints: b 1
 * // prints: a 2
 * // prints: b 2
 * ```
 */
export function schedule(): Operation<void> {
  return SCHEDULE
}

/**
 * Leaves the run queue: the tasklet is paused until somebody calls its `insert(value)`, whose value it gives, or its `run()`.
 * The primitive for custom blocking. Stackless: `schedule_remove()`.
 *
 * @example
 * ```ts
 * import { run, scheduleRemove, tasklet } from "@vivarium/core"
 *
 * const sleeper = tasklet(function* () {
 *   console.log(yield* scheduleRemove<string>())
 * })
 * run()
 * sleeper.insert("good morning")
 * run()
 * // prints: good morning
 * ```
 */
export function scheduleRemove<T = void>(): Operation<T> {
  return SCHEDULE_REMOVE as Operation<T>
}

/** How tasklets end: with a value, killed, or with an error. */
import { wakeJoiners } from "./join.ts"
import { DEAD, FAILED, KILLED } from "./state.ts"
import type { Tasklet } from "./tasklet.ts"
import { toError } from "./uncaught.ts"

/** @internal A tasklet has come to its end; `unwound` if a kill brought it there. */
export function end(tasklet: Tasklet, value: unknown, unwound: boolean): void {
  if (unwound || (tasklet.flags & KILLED) !== 0) tasklet.flags |= KILLED
  else tasklet.value = value
  bury(tasklet)
  if (tasklet.details !== null) wakeJoiners(tasklet)
}

/** @internal A tasklet has ended with an error: whoever waits for it gets it, else its group, else it is uncaught. */
export function fail(tasklet: Tasklet, error: unknown): void {
  tasklet.value = toError(error, tasklet)
  tasklet.flags |= FAILED
  bury(tasklet)
  const { details } = tasklet
  if (details?.joiners != null && details.joiners.size > 0) wakeJoiners(tasklet)
  else if (details?.collected !== true && details?.group?.failedMember(tasklet) !== true) tasklet.scheduler.uncaught(tasklet)
}

function bury(tasklet: Tasklet): void {
  const { scheduler } = tasklet
  tasklet.state = DEAD
  tasklet.generator = null
  tasklet.op = null
  scheduler.endedCount++
  if (scheduler.registry !== null) {
    scheduler.registry.delete(tasklet)
    scheduler.hooks?.ended?.(tasklet)
  }
  tasklet.details?.group?.endedMember(tasklet)
}

/** @internal A tasklet's frames were dropped by `bind()`: to those who have joined it, that is a kill. */
export function forget(tasklet: Tasklet): void {
  tasklet.flags |= KILLED
  bury(tasklet)
  if (tasklet.details !== null) wakeJoiners(tasklet)
}

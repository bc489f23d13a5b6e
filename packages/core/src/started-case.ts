/** Started operations as cases: each runs in a tasklet of its own, which the choice joins. */
import { type Body, perform } from "./body.ts"
import { Join } from "./join.ts"
import { resumeFlat, START_WEIGHT } from "./kill.ts"
import type { Operation } from "./operation.ts"
import { createFor } from "./start.ts"
import type { Tasklet } from "./tasklet.ts"

/** @internal */
export interface Child {
  readonly tasklet: Tasklet
  readonly join: Join<unknown>
}

/** @internal Begins a started operation: it runs at once, up to its first wait. */
export function beginStarted(parent: Tasklet, operation: Operation<unknown>): Child {
  const tasklet = createFor(parent, parent.scheduler, perform as Body<never> as Body, operation)
  const details = tasklet.detail()
  details.name = `${operation.describe()} in a select of ${parent.name}`
  details.collected = true
  parent.scheduler.begun(tasklet)
  resumeFlat(tasklet, START_WEIGHT)
  details.collected = false
  return { tasklet, join: new Join(tasklet, operation) }
}

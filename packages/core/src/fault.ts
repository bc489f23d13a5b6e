/** Faults: what makes the next resume of a tasklet raise, and how its wait is taken back before. */
import type { Operation } from "./operation.ts"
import { realm } from "./realm.ts"
import { BLOCKED, CALLBACK, FAULT, MARKED, PAUSED, READY, UNSTARTED } from "./state.ts"
import type { Tasklet } from "./tasklet.ts"

/** @internal What stands in `tasklet.value`, with FAULT, when the tasklet is to be killed. */
export const KILL: object = realm.kill

/** @internal Whether a kill or a throw is pending. */
export function isFaulty(tasklet: Tasklet): boolean {
  return (tasklet.flags & FAULT) !== 0 && tasklet.op === null
}

/** @internal Takes the tasklet out of wherever it stands and makes its next resume raise. */
export function fault(tasklet: Tasklet, error: unknown): void {
  const marked = takeBack(tasklet)
  tasklet.flags |= FAULT
  tasklet.value = marked ? KILL : error
}

/**
 * Takes back a wait, or undoes an outcome that the tasklet has not been given yet. That may call clean-ups, which cannot resume
 * the tasklet; says whether one of them has killed it.
 */
function takeBack(tasklet: Tasklet): boolean {
  const { op: operation, state } = tasklet
  if (state === READY) tasklet.scheduler.queue.remove(tasklet)
  tasklet.state = CALLBACK
  if (state === BLOCKED) (operation as Operation<unknown>).unpark(tasklet)
  else if (operation !== null && (tasklet.flags & UNSTARTED) === 0) {
    const { value } = tasklet
    tasklet.op = null
    operation.undo(value, (tasklet.flags & FAULT) !== 0)
  }
  const marked = (tasklet.state as number) === MARKED
  tasklet.op = null
  tasklet.flags &= ~FAULT
  if ((tasklet.flags & UNSTARTED) === 0) tasklet.value = undefined
  tasklet.state = PAUSED
  return marked
}

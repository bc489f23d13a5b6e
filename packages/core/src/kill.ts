/**
 * Kill, throw and run: plain calls that act on one tasklet alone.
 *
 * Invariants:
 * 1. A wait is taken back, or its outcome undone, before the tasklet is resumed with a fault.
 * 2. Whoever called is current again afterwards, and no bystander has moved.
 */
import { KILL, resume, stepWatched } from "./drive.ts"
import { SwitchTrapError, TaskletError } from "./errors.ts"
import { mirrorTrap } from "./offer.ts"
import { realm } from "./realm.ts"
import { BLOCKED, CALLBACK, DEAD, FAULT, KILLED, MARKED, NEW, PAUSED, READY, UNSTARTED } from "./state.ts"
import type { Tasklet } from "./tasklet.ts"

/** How deep run, kill and throw may nest: each level stands on the JavaScript stack. */
const MAX_NESTING = 1000

/** @internal */
export function killTasklet(tasklet: Tasklet, pending: boolean): void {
  if (tasklet.state === DEAD || tasklet.state === NEW) return
  if (tasklet.executing) {
    tasklet.state = MARKED
    return
  }
  if (tasklet.hasAsyncBody) {
    tasklet.flags |= KILLED
    tasklet.details?.controller?.abort()
    return
  }
  if (pending) {
    if (tasklet.value === KILL && (tasklet.flags & FAULT) !== 0) return
    fault(tasklet, KILL)
    tasklet.scheduler.append(tasklet)
    return
  }
  checkNested(tasklet, "kill()")
  fault(tasklet, KILL)
  resumeFlat(tasklet)
}

/** @internal */
export function throwInto(tasklet: Tasklet, error: unknown, pending: boolean): void {
  if (tasklet.state === DEAD || tasklet.state === NEW) throw tasklet.refuse("throw()")
  if (tasklet.executing) throw tasklet.refuse("throw()", "executing", "throw the error there with the throw statement")
  if (tasklet.hasAsyncBody) {
    const details = tasklet.detail()
    details.controller ??= new AbortController()
    details.controller.abort(error)
    return
  }
  if (tasklet.value === KILL && (tasklet.flags & FAULT) !== 0) return
  if (!pending) checkNested(tasklet, "throw()")
  fault(tasklet, error)
  if (pending) tasklet.scheduler.append(tasklet)
  else resumeFlat(tasklet)
}

/** @internal */
export function resumeTasklet(tasklet: Tasklet): void {
  if (tasklet.state !== READY && tasklet.state !== PAUSED) throw tasklet.refuse("run()")
  checkNested(tasklet, "run()")
  if (tasklet.state === READY) tasklet.scheduler.queue.remove(tasklet)
  resumeFlat(tasklet)
}

/** Takes the tasklet out of wherever it stands and makes its next resume raise. */
function fault(tasklet: Tasklet, error: unknown): void {
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
  if (state === BLOCKED) operation?.unpark(tasklet)
  else if (operation !== null && (tasklet.flags & UNSTARTED) === 0) {
    const { value } = tasklet
    tasklet.op = null
    if (value !== KILL) operation.undo(value, (tasklet.flags & FAULT) !== 0)
  }
  const marked = (tasklet.state as number) === MARKED
  tasklet.op = null
  tasklet.flags &= ~FAULT
  if ((tasklet.flags & UNSTARTED) === 0) tasklet.value = undefined
  tasklet.state = PAUSED
  return marked
}

/** @internal Raises if nothing may be resumed inside the current slice: because of the switch trap, or the depth. */
export function checkNested(tasklet: Tasklet, what: string, cure = "Use { pending: true } or insert()"): void {
  if (tasklet.scheduler.switchTrap !== 0) throw new SwitchTrapError(`${what} of ${tasklet.name}`)
  if (realm.nesting >= MAX_NESTING) {
    throw new TaskletError("nesting", `${what} of ${tasklet.name} would be nested ${realm.nesting} deep. ${cure}.`)
  }
}

/** @internal What the start of a group's body or a started case takes of the JavaScript stack, in plain kills. */
export const START_WEIGHT = 3

/** @internal Resumes a tasklet that is in no list, inside the caller's slice. */
export function resumeFlat(tasklet: Tasklet, weight = 1): void {
  const caller = realm.current
  realm.nesting += weight
  try {
    tasklet.scheduler.countSwitch()
    if (tasklet.scheduler.hooks === null) resume(tasklet)
    else stepWatched(tasklet)
  } finally {
    realm.nesting -= weight
    realm.current = caller
    mirrorTrap(caller)
  }
  if (caller === null) tasklet.scheduler.raiseUncaught()
}

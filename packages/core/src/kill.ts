/**
 * Kill, throw and run: plain calls that act on one tasklet alone.
 *
 * Invariants:
 * 1. A wait is taken back, or its outcome undone, before the tasklet is resumed with a fault.
 * 2. Whoever called is current again afterwards, and no bystander has moved.
 */
import { resume, stepWatched } from "./drive.ts"
import { SwitchTrapError, TaskletError } from "./errors.ts"
import { fault, isFaulty, KILL } from "./fault.ts"
import { mirrorTrap } from "./offer.ts"
import { realm } from "./realm.ts"
import { DEAD, KILLED, MARKED, NEW, PAUSED, READY } from "./state.ts"
import type { Tasklet } from "./tasklet.ts"

/** @internal How deep run, kill and throw may nest: each level stands on the JavaScript stack. */
export const MAX_NESTING = 1000

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
    if (!isFaulty(tasklet) || tasklet.value !== KILL) fault(tasklet, KILL)
    if (tasklet.state === PAUSED) tasklet.scheduler.append(tasklet)
    return
  }
  checkNested(tasklet, "kill()")
  const errorsBefore = tasklet.scheduler.errors.length
  fault(tasklet, KILL)
  resumeFlat(tasklet, 1, errorsBefore)
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
  if (!pending) checkNested(tasklet, "throw()")
  const errorsBefore = tasklet.scheduler.errors.length
  if (isFaulty(tasklet)) {
    if (tasklet.value === KILL) return
    // The error that waited for the tasklet's turn will not be raised there any more.
    tasklet.scheduler.uncaughtError(tasklet.value, tasklet)
  }
  fault(tasklet, error)
  if (pending) tasklet.scheduler.append(tasklet)
  else resumeFlat(tasklet, 1, errorsBefore)
}

/** @internal */
export function resumeTasklet(tasklet: Tasklet): void {
  if (tasklet.state !== READY && tasklet.state !== PAUSED) throw tasklet.refuse("run()")
  checkNested(tasklet, "run()")
  if (tasklet.state === READY) tasklet.scheduler.queue.remove(tasklet)
  resumeFlat(tasklet)
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

/**
 * @internal Resumes a tasklet that is in no list, inside the caller's slice. Errors that this leaves uncaught are the caller's
 * loop's to raise, at the caller's next switch; in plain code the first of them is raised here.
 */
export function resumeFlat(tasklet: Tasklet, weight = 1, errorsBefore: number = tasklet.scheduler.errors.length): void {
  const caller = realm.current
  const { scheduler } = tasklet
  realm.nesting += weight
  try {
    scheduler.countSwitch()
    if (scheduler.hooks === null) resume(tasklet)
    else stepWatched(tasklet)
  } finally {
    realm.nesting -= weight
    realm.current = caller
    mirrorTrap(caller)
  }
  if (caller === null) {
    if (scheduler.depth === 0) scheduler.events.rest()
    scheduler.raiseUncaught(errorsBefore)
  } else if (caller.scheduler !== scheduler && scheduler.errors.length > errorsBefore) {
    caller.scheduler.adoptUncaught(scheduler.errors.takeSince(errorsBefore))
  }
}

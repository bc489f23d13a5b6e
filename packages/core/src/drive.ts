/**
 * The driver: resumes one tasklet until it waits or ends.
 *
 * The fast path is a single `generator.next(value)` that comes back with the suspend marker. Everything else (starting a
 * body, faults, kills, frames of `call`, the end, misuse) goes through `proceed`, a trampoline over the frames: neither
 * deep calls nor deep unwinding touch the JavaScript stack.
 *
 * Invariants:
 * 1. `tasklet.generator` is the innermost frame; `details.frames` holds the suspended callers, outermost first.
 * 2. Being killed is a state of a frame: `details.unwinding` lists the depths of the frames that are being unwound, so
 *    that a `call` made in a `finally` returns normally and the unwinding then goes on.
 * 3. A wait is taken back before the generator's `return` or `throw` is called.
 */
import { beginIn } from "./async-context.ts"
import { tell } from "./callback.ts"
import { adapt, type Frame, isGenerator, nextOf } from "./body.ts"
import type { Call } from "./call.ts"
import { end, fail } from "./end.ts"
import { fault, KILL } from "./fault.ts"
import { drivenByHand, Operation, type OperationKind, STARTED, takeBackWait } from "./operation.ts"
import { finished, realm, SUSPEND, type Suspend } from "./realm.ts"
import { BLOCKED, CALLING, FAULT, MARKED, NOT_PLAIN, PAUSED, RUNNING, UNSTARTED } from "./state.ts"
import type { Tasklet } from "./tasklet.ts"
import { missingStar } from "./misuse.ts"

/** Marks that the innermost `call` has returned: its `next()` finds this in `tasklet.op`. */
class Returned extends Operation<never> {
  get kind(): OperationKind {
    return STARTED
  }
  next(): never {
    throw new Error("unreachable: the marker of a returned call is never performed")
  }
  unpark(): void {}
  describe(): string {
    return "a returned call"
  }
}
/** @internal */
export const RETURNED: Operation<never> = (realm.returned ??= new Returned())

type Result = IteratorResult<Suspend, unknown>

/** @internal Resumes a tasklet, and tells the tools. */
export function stepWatched(tasklet: Tasklet): void {
  const { scheduler } = tasklet
  tasklet.state = PAUSED
  if (tell(tasklet, () => scheduler.hooks?.switched?.(tasklet, scheduler.previous))) fault(tasklet, KILL)
  scheduler.previous = tasklet
  resume(tasklet)
  if (tasklet.state === BLOCKED) scheduler.hooks?.blocked?.(tasklet)
}

/** @internal Resumes a tasklet that is in no list; returns when it waits, yields or has ended. Never raises. */
export function resume(tasklet: Tasklet): void {
  realm.current = tasklet
  tasklet.state = RUNNING
  let result: Result | null
  let error: unknown
  try {
    if ((tasklet.flags & NOT_PLAIN) === 0) {
      const value = tasklet.value
      tasklet.value = undefined
      result = nextOf.call(tasklet.generator as Frame, value)
    } else result = startOrRaise(tasklet)
  } catch (thrown) {
    result = null
    error = thrown
  }
  if (result === SUSPEND && tasklet.state < RUNNING) return
  if (result !== null && result.done === true && tasklet.state === RUNNING && tasklet.details === null) {
    end(tasklet, result.value, false)
    return
  }
  proceed(tasklet, result, error)
}

function startOrRaise(tasklet: Tasklet): Result {
  const { flags, value } = tasklet
  tasklet.value = undefined
  tasklet.flags = flags & ~NOT_PLAIN
  if ((flags & FAULT) === 0) return enter(tasklet, value as readonly unknown[])
  if ((flags & UNSTARTED) !== 0) tasklet.generator = neverStarted()
  tasklet.op = null
  const generator = tasklet.generator as Frame
  if (value !== KILL) return generator.throw(value)
  beginUnwinding(tasklet)
  return generator.return(undefined)
}

function enter(tasklet: Tasklet, args: readonly unknown[]): Result {
  const body = tasklet.body as (...args: readonly unknown[]) => unknown
  const outcome = body(...args)
  if (isGenerator(outcome)) {
    tasklet.generator = outcome
    return nextOf.call(outcome, undefined)
  }
  return continueWith(tasklet, adapt(tasklet, outcome, true))
}

function continueWith(tasklet: Tasklet, outcome: Frame | { readonly plain: unknown }): Result {
  if ("plain" in outcome) return finished(outcome.plain) as Result
  tasklet.generator = outcome
  return nextOf.call(outcome, undefined)
}

/** A frame for a tasklet that is killed or thrown into before its body was called. */
function* neverStarted(): Frame {
  return undefined
}

/** Works on until the tasklet really waits or has ended. `result` null means that the innermost frame raised `error`. */
function proceed(tasklet: Tasklet, first: Result | null, firstError: unknown): void {
  let result = first
  let error = firstError
  let unwinding = false
  for (;;) {
    try {
      if (result === null) {
        if (hasPerformed(tasklet)) takeBackWait(tasklet)
        endFrame(tasklet)
        if (!popFrame(tasklet)) break
        result = (tasklet.generator as Frame).throw(error)
      } else if (result.done === true) {
        if (hasPerformed(tasklet)) {
          const what = tasklet.waitingFor ?? "the end of its body"
          takeBackWait(tasklet)
          error = drivenByHand(what)
          result = null
          continue
        }
        const value: unknown = result.value
        unwinding = endFrame(tasklet)
        if (!popFrame(tasklet)) break
        if (unwinding) {
          beginUnwinding(tasklet)
          result = (tasklet.generator as Frame).return(undefined)
        } else {
          tasklet.op = RETURNED
          result = nextOf.call(tasklet.generator as Frame, value)
        }
      } else if (result !== SUSPEND) {
        if (hasPerformed(tasklet)) takeBackWait(tasklet)
        result = (tasklet.generator as Frame).throw(missingStar(result.value))
      } else if (tasklet.state === CALLING) {
        result = pushFrame(tasklet)
      } else if (tasklet.state === MARKED) {
        tasklet.op = null
        tasklet.state = RUNNING
        beginUnwinding(tasklet)
        result = (tasklet.generator as Frame).return(undefined)
      } else return
    } catch (thrown) {
      result = null
      error = thrown
    }
  }
  // Outside of the try: where the JavaScript stack overflows, this raises too, and must not be tried again and again.
  if (result === null) fail(tasklet, error)
  else end(tasklet, result.value, unwinding)
}

/** Whether an operation has been performed by hand, so that the tasklet waits, or calls, while its code goes on. */
function hasPerformed(tasklet: Tasklet): boolean {
  return tasklet.state < RUNNING || tasklet.state === CALLING
}

function pushFrame(tasklet: Tasklet): Result {
  const call = tasklet.op as Call<unknown>
  tasklet.op = null
  tasklet.state = RUNNING
  const caller = tasklet.generator as Frame
  const details = tasklet.detail()
  details.frames.push(caller)
  const outcome = details.context === null ? call.invoke() : beginIn(tasklet, call, details.context)
  if (isGenerator(outcome)) {
    tasklet.generator = outcome
    return nextOf.call(outcome, undefined)
  }
  return continueWith(tasklet, adapt(tasklet, outcome, false))
}

function popFrame(tasklet: Tasklet): boolean {
  const caller = tasklet.details?.frames.pop()
  if (caller === undefined) return false
  tasklet.generator = caller
  return true
}

function depthOf(tasklet: Tasklet): number {
  return tasklet.details === null ? 0 : tasklet.details.frames.length
}

function beginUnwinding(tasklet: Tasklet): void {
  const depth = depthOf(tasklet)
  const details = tasklet.detail()
  const unwinding = (details.unwinding ??= [])
  details.controller?.abort()
  if (unwinding.at(-1) !== depth) unwinding.push(depth)
}

/** Says whether the innermost frame, which has ended, was being unwound. */
function endFrame(tasklet: Tasklet): boolean {
  const unwinding = tasklet.details?.unwinding
  if (unwinding == null || unwinding.at(-1) !== depthOf(tasklet)) return false
  unwinding.pop()
  return true
}

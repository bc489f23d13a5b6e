/**
 * The life of a process, from its birth to its end: the body of its main tasklet.
 *
 * Invariants:
 * 1. One message at a time: the loop does not take the next one while a method waits.
 * 2. However the tasklet ends, terminate runs where it is owed, and then `bury`.
 * 3. No error leaves it: each is the reason of its process's end.
 */
import { InvalidArgumentError, type Routine, schedule, select, sleep, Tasklet, until } from "@vivarium/core"
import { isGenerator, isOperation, isThenable, MARKED, RUNNING } from "@vivarium/core/lowlevel"
import { abortSignal } from "./abort.ts"
import { checkFields } from "./actor-type.ts"
import { ALIVE, BORN, BRUTAL, type Cell, EVENTS, EXITING, RAW, SIGNALLED, STARTING, STOPPING, UNBORN } from "./cell.ts"
import { bury } from "./death.ts"
import { describeValue } from "./describe.ts"
import { failed, finish, invoke } from "./dispatch.ts"
import { CALL } from "./envelope.ts"
import { ActorError, Refusal } from "./errors.ts"
import { ExitReason } from "./exit-reason.ts"
import { extrasOf, type Settling } from "./extras.ts"
import { clearIdle } from "./idle-timeout.ts"
import { Ignore, Stop } from "./init-results.ts"
import { Later } from "./later.ts"
import { machineOf } from "./machine-of.ts"
import { failReceivers } from "./mailbox.ts"
import { isOver, NEXT_ENVELOPE, nextEnvelope } from "./next-envelope.ts"
import { Process } from "./process.ts"
import type { Request } from "./request.ts"
import { constructFor } from "./self.ts"
import { timed } from "./slow-method.ts"
import { waitFor } from "./waited.ts"

/** What a process is made of: kept in `cell.actor` until it is constructed. */
export interface Birth {
  readonly what: (new () => object) & ((self: Process<never>, ...args: readonly unknown[]) => unknown)
  readonly args: readonly unknown[]
}

/** The body of the main tasklet of every process. */
export function* live(cell: Cell): Routine {
  try {
    try {
      if (cell.state === UNBORN) {
        let outcome = bear(cell)
        if (typeof outcome === "object" && outcome !== null) outcome = isGenerator(outcome) ? yield* outcome : yield* settle(cell, outcome)
        if (begins(cell, outcome)) {
          // Or it would be kept for life.
          outcome = undefined
          let left = cell.world.messageBudget
          for (;;) {
            const envelope = nextEnvelope(cell)
            if (envelope === null) {
              if (isOver(cell)) break
              yield* NEXT_ENVELOPE
              left = cell.world.messageBudget
              continue
            }
            try {
              let result = cell.world.events.watchesMethods ? timed(cell, envelope) : invoke(cell, envelope)
              if (typeof result === "object" && result !== null) result = isGenerator(result) ? yield* result : isThenable(result) ? yield* settle(cell, result) : result
              finish(cell, envelope, result)
            } catch (error) {
              // Raised again it would cost as much as the rest of the crash.
              if (!failed(cell, envelope, error)) {
                crash(cell, error)
                break
              }
            }
            if (--left === 0) {
              left = cell.world.messageBudget
              yield* schedule()
            }
          }
        }
        if (cell.state < EXITING) cell.state = EXITING
      } else cell.actor = undefined
    } catch (error) {
      crash(cell, error)
    } finally {
      if (beginEnd(cell)) yield* close(cell)
    }
  } finally {
    bury(cell)
  }
}

/** Constructs an actor and calls its `init`, or calls the body of a raw process; gives what that returned. */
function bear(cell: Cell): unknown {
  const { args, what } = cell.actor as Birth
  cell.actor = undefined
  if ((cell.flags & RAW) !== 0) {
    cell.state = ALIVE
    const self = new Process<never>(cell)
    cell.actor = self
    return what(self, ...args)
  }
  cell.state = STARTING
  const mishap = cell.world.mishaps?.init(cell, what)
  if (mishap != null) throw mishap.error
  const actor = constructFor(cell, what)
  cell.actor = actor
  if (!cell.type.fieldsChecked) checkFields(cell.type, actor)
  const init = cell.type.begin ?? (actor as { readonly init?: (...args: readonly unknown[]) => unknown }).init
  if (init === undefined) {
    if (args.length > 0) throw new InvalidArgumentError("args", args, `empty: ${cell.kind} has no init that would take them`)
    return undefined
  }
  return init.apply(actor, args as unknown[])
}

/** Judges what `init` has given; says whether the actor begins to handle messages. */
function begins(cell: Cell, given: unknown): boolean {
  if (cell.state !== STARTING) return false
  const outcome = (cell.flags & EVENTS) === 0 ? given : machineOf(cell).begin(given)
  const starting = cell.extras?.starting
  if (outcome === undefined && (cell.flags & STOPPING) === 0) {
    cell.state = ALIVE
    cell.flags |= BORN
    starting?.succeeded()
    return true
  }
  if (outcome instanceof Ignore) {
    if (starting != null) starting.verdict = ExitReason.ignore
    cell.reason = ExitReason.normal
  } else if (outcome instanceof Stop) cell.reason = outcome.reason
  else if (outcome !== undefined) {
    throw new ActorError("bad_return_value", `init() of ${cell.ref.toString()} must return nothing, ignore or stop(reason), but it returned ${describeValue(outcome)}.`)
  }
  cell.state = EXITING
  return false
}

/** Waits for an operation, a tasklet or a promise. A promise cannot be unwound: see `close`. */
function* settle(cell: Cell, outcome: unknown): Routine<unknown> {
  if (!isThenable(outcome) || isOperation(outcome) || outcome instanceof Tasklet) return yield* waitFor(outcome)
  const settling: Settling = { promise: outcome, abandoned: false }
  extrasOf(cell).settling = settling
  reportAbandoned(cell, settling, cell.current?.method ?? "")
  let value: unknown
  try {
    value = yield* until(outcome)
  } catch (error) {
    extrasOf(cell).settling = null
    throw error
  }
  extrasOf(cell).settling = null
  return value
}

/** What an async method still does when its actor has ended is told. */
function reportAbandoned(cell: Cell, settling: Settling, method: string): void {
  const { ref, world } = cell
  settling.promise.then(undefined, (error: unknown) => {
    if (settling.abandoned) world.events.emit("abandoned", { ref, method, error })
  })
}

/** An error that nobody has caught is the reason of the end. */
function crash(cell: Cell, error: unknown): void {
  if ((cell.flags & BRUTAL) !== 0) cell.world.uncaught(error)
  else {
    cell.reason = ExitReason.error(error)
    cell.flags &= ~SIGNALLED
  }
  if (cell.state < EXITING) cell.state = EXITING
}

/** The tasklet is at its end; says whether there is something to wait for, be it terminate or an async method. */
function beginEnd(cell: Cell): boolean {
  // Somebody has killed the tasklet itself, past all signals.
  if (cell.state < EXITING && (cell.flags & STOPPING) === 0) cell.reason = ExitReason.killed
  cell.state = EXITING
  if (cell.tasklet.state === MARKED) cell.tasklet.state = RUNNING
  abortSignal(cell)
  if (cell.extras?.handledBeside != null) for (const tasklet of cell.extras.handledBeside.keys()) tasklet.kill()
  if (cell.extras?.idle != null) clearIdle(cell)
  if (cell.receivers !== null) failReceivers(cell)
  if ((cell.flags & BRUTAL) !== 0) return false
  if ((cell.flags & RAW) !== 0) {
    const mishap = cell.world.mishaps?.cleanUp(cell)
    if (mishap != null) crash(cell, mishap.error)
  }
  return cell.extras?.settling != null || cell.extras?.handledBeside != null || ((cell.flags & BORN) !== 0 && typeof (cell.actor as { terminate?: unknown }).terminate === "function")
}

/** Lets an async method settle, and calls terminate. What that raises is the reason of the end. */
function* close(cell: Cell): Routine {
  try {
    const { handledBeside, settling } = extrasOf(cell)
    if (handledBeside !== null) for (const tasklet of handledBeside.keys()) yield* unwound(tasklet)
    if (settling !== null) yield* letSettle(cell, settling)
    if ((cell.flags & BORN) === 0) return
    const { terminate } = cell.actor as { readonly terminate?: (reason: ExitReason) => unknown }
    if (terminate === undefined) return
    const mishap = cell.world.mishaps?.cleanUp(cell)
    if (mishap != null) throw mishap.error
    yield* waitFor(terminate.call(cell.actor, cell.reason))
  } catch (error) {
    crash(cell, error)
  }
}

/** Waits until a tasklet that was killed has ended, `finally` blocks and all. */
function* unwound(tasklet: Tasklet): Routine {
  if (!tasklet.alive) return
  try {
    yield* tasklet.join()
  } catch {
    // It was killed. What else it may have raised has been told.
  }
}

function* letSettle(cell: Cell, settling: Settling): Routine {
  const { shutdownMs } = cell.settings
  const outcomes = settling.promise.then((value) => ({ value }), (error: unknown) => ({ error }))
  const settled = yield* select({ outcome: until(outcomes), late: shutdownMs === Infinity ? null : sleep(shutdownMs) })
  if (settled.key === "late") return
  extrasOf(cell).settling = null
  const { current } = cell
  const request = current !== null && current.kind === CALL ? (current as Request) : null
  const outcome: { readonly value: unknown } | { readonly error: unknown } = settled.value
  if ("value" in outcome) {
    if ((cell.flags & EVENTS) !== 0) machineOf(cell).settled(outcome.value)
    else if (outcome.value instanceof Refusal) request?.refused(outcome.value)
    else if (!(outcome.value instanceof Later)) request?.answer(outcome.value)
  } else if (outcome.error instanceof Refusal) request?.refused(outcome.error)
  else if (!isAbort(cell, outcome.error)) crash(cell, outcome.error)
}

/** Whether an async method has ended because it was told to. */
function isAbort(cell: Cell, error: unknown): boolean {
  if (error === cell.extras?.controller?.signal.reason || (error as Error | null)?.name === "AbortError") return true
  // It was waiting for a message, of which there will be none.
  return error instanceof ActorError && error.code === "dead_actor"
}

/** Handling one envelope: which method it reaches, and what becomes of the outcome. */
import { ActorError, Refusal } from "./errors.ts"
import { BECOME, type Cell, EVENTS, EXITING, IDLE_TIMER, STASHED, STOPPING, WATCHED } from "./cell.ts"
import { CALL, CAST, CONTINUATION, DOWN, type Envelope, EVENT, EXIT, MESSAGE, STOP, SYSTEM, TICK } from "./envelope.ts"
import { type ExitReason, isOrderly } from "./exit-reason.ts"
import type { Exit } from "./exits.ts"
import { extrasOf } from "./extras.ts"
import { clearIdle } from "./idle-timeout.ts"
import { Later, putOff } from "./later.ts"
import { machineOf } from "./machine-of.ts"
import type { Down } from "./monitor.ts"
import { messageOf, opened } from "./opened.ts"
import type { Request } from "./request.ts"
import { requestStop } from "./stopping.ts"
import { tellIn, tellOut } from "./watching.ts"

type Method = (...args: readonly unknown[]) => unknown
type Methods = Record<string, Method | undefined>

/** Runs what an envelope asks for, and gives what that returned: a result, or something to be waited for. */
export function invoke(cell: Cell, envelope: Envelope): unknown {
  cell.current = envelope
  if ((cell.flags & (WATCHED | IDLE_TIMER | EVENTS)) !== 0) {
    if ((cell.flags & IDLE_TIMER) !== 0 && envelope.kind !== CONTINUATION) clearIdle(cell)
    if ((cell.flags & EVENTS) !== 0 && isEvent(envelope)) return machineOf(cell).invoke(envelope)
    if ((cell.flags & WATCHED) !== 0) tellIn(cell, envelope)
  }
  const { kind, method, payload } = envelope
  if (kind === CALL || kind === CAST) return callMethod(cell, method, payload as readonly unknown[])
  if (kind === MESSAGE) return inform(cell, payload)
  return invokeRare(cell, envelope)
}

export function callMethod(cell: Cell, name: string, args: readonly unknown[]): unknown {
  const actor = cell.actor as Methods
  const overridden = (cell.flags & BECOME) === 0 ? undefined : overrideOf(cell, name)
  const method = overridden ?? actor[name]
  if (typeof method !== "function") throw new Refusal(new ActorError("unknown_method", `${cell.ref.toString()} has no method "${name}".`))
  switch (args.length) {
    case 0:
      return method.call(actor)
    case 1:
      return method.call(actor, args[0])
    case 2:
      return method.call(actor, args[0], args[1])
    default:
      return method.apply(actor, args as unknown[])
  }
}

function overrideOf(cell: Cell, name: string): Method | undefined {
  const override = cell.extras?.behaviours.at(-1)?.[name]
  return typeof override === "function" ? (override as Method) : undefined
}

/** A method that the system calls by itself, or undefined. */
export function hookOf(cell: Cell, name: string): Method | undefined {
  return ((cell.flags & BECOME) === 0 ? undefined : overrideOf(cell, name)) ?? (cell.actor as Methods)[name]
}

/** A plain message. */
function inform(cell: Cell, message: unknown): unknown {
  const info = hookOf(cell, "info")
  if (info !== undefined) return info.call(cell.actor, message)
  const { events, counters } = cell.world
  counters.unhandled++
  events.emit("unhandled", { ref: cell.ref, message })
  return undefined
}

function invokeRare(cell: Cell, envelope: Envelope): unknown {
  const { kind, payload } = envelope
  opened(envelope)
  switch (kind) {
    case DOWN:
      return tellDown(cell, payload as Down)
    case EXIT:
      return tellExit(cell, payload as Exit)
    case TICK:
      return inform(cell, messageOf(envelope))
    case STOP:
      requestStop(cell, payload as ExitReason)
      return undefined
    case CONTINUATION:
      return (payload as Method).call(cell.actor)
    case SYSTEM:
      answerTool(cell, envelope as Request)
      return undefined
    default:
      throw new Error(`unreachable: an envelope of kind ${kind}`)
  }
}

function tellDown(cell: Cell, down: Down): unknown {
  if (down.monitor.custom) return inform(cell, down.monitor.messageFor(down))
  const method = hookOf(cell, "down")
  return method === undefined ? inform(cell, down) : method.call(cell.actor, down.monitor, down.from, down.reason)
}

/** The exit of its parent ends an actor whatever it traps; one that nobody handles is applied, if it is no orderly end. */
function tellExit(cell: Cell, exit: Exit): unknown {
  const method = hookOf(cell, "exit")
  if (exit.from !== undefined && exit.from === cell.linkedParent) requestStop(cell, exit.reason)
  else if (method !== undefined) return method.call(cell.actor, exit.from, exit.reason)
  else if (!isOrderly(exit.reason)) requestStop(cell, exit.reason)
  return undefined
}

function answerTool(cell: Cell, request: Request): void {
  try {
    request.answer((request.payload as (cell: Cell) => unknown)(cell))
  } catch (error) {
    request.fail(error)
  }
}

/** An envelope has been handled. */
export function finish(cell: Cell, envelope: Envelope, outcome: unknown): void {
  // It has ended itself meanwhile: the reason is the answer, as it would be had it waited.
  if (cell.state >= EXITING) return
  if ((cell.flags & EVENTS) !== 0 && isEvent(envelope)) return finishEvent(cell, envelope, outcome)
  cell.current = null
  if (envelope.kind === CALL) answer(cell, envelope as Request, outcome)
  else cell.flags &= ~STASHED
}

/** Whether a state machine has a say in it. */
function isEvent({ kind }: Envelope): boolean {
  return kind <= TICK || kind === EVENT
}

function finishEvent(cell: Cell, envelope: Envelope, outcome: unknown): void {
  machineOf(cell).finish(cell.current ?? envelope, outcome)
  cell.current = null
  cell.flags &= ~STASHED
}

function answer(cell: Cell, request: Request, outcome: unknown): void {
  if ((cell.flags & STASHED) !== 0) {
    cell.flags &= ~STASHED
    return
  }
  if (typeof outcome === "object" && outcome !== null) {
    if (outcome instanceof Later) {
      // It may be that of another call; then this one has no answer but the end of its callee.
      putOff(cell, request)
      return
    }
    if (outcome instanceof Refusal) {
      request.refused(outcome)
      return
    }
  }
  const answers = cell.extras?.answers
  if (answers != null && answers.has(request)) return
  if ((cell.flags & (STOPPING | WATCHED)) !== 0) {
    if ((cell.flags & WATCHED) !== 0) tellOut(cell, request, outcome)
    if ((cell.flags & STOPPING) !== 0) {
      extrasOf(cell).lastAnswer = { request, value: outcome }
      return
    }
  }
  request.answer(outcome)
}

/** The method of an envelope has thrown: a refusal fails the call alone; says whether it was one, so that the process lives on. */
export function failed(cell: Cell, envelope: Envelope, error: unknown): boolean {
  if (!(error instanceof Refusal)) return false
  // As in `finish`.
  if (cell.state >= EXITING) return true
  cell.current = null
  cell.flags &= ~STASHED
  if ((cell.flags & EVENTS) !== 0) machineOf(cell).refused()
  if (envelope.kind === CALL) (envelope as Request).refused(error)
  else {
    cell.world.counters.refusedCasts++
    cell.world.events.emit("refusedCast", { ref: cell.ref, method: envelope.method === "" ? "info" : envelope.method, error: error.error })
  }
  return true
}


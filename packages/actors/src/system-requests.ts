/** Requests of tools to any actor: answered between two messages, also while it is suspended. Erlang: the module `sys`. */
import { InvalidArgumentError, type Operation } from "@vivarium/core"
import { OwnedCall, readFlag } from "@vivarium/core/lowlevel"
import { Answer } from "./answer.ts"
import { cycle } from "./call.ts"
import { type Cell, EXITING, RAW, SUSPENDED } from "./cell.ts"
import { currentCell } from "./current.ts"
import { SYSTEM } from "./envelope.ts"
import { ActorError, CallError } from "./errors.ts"
import { ExitReason } from "./exit-reason.ts"
import { signal } from "./mailbox.ts"
import type { ActorStatistics, Trace } from "./measurements.ts"
import type { Ref } from "./ref.ts"
import { callError, Request } from "./request.ts"
import { addEdge, pathOfWaits } from "./waits-for.ts"
import { restoreTo, snapshotOf } from "./snapshot.ts"
import { measurementsOf, watchLess } from "./watching.ts"

export function getState(ref: Ref<unknown>): Operation<unknown> {
  return ask(ref, "getState", (cell) => snapshotOf(cell.actor as object))
}

export function replaceState(ref: Ref<unknown>, change: (state: unknown) => unknown): Operation<unknown> {
  if (typeof change !== "function") throw new InvalidArgumentError("change", change, "a function of the state", "right: ref.replaceState((state) => ({ ...state, count: 0 }))")
  return ask(ref, "replaceState", (cell) => {
    const actor = cell.actor as object
    const state = change(snapshotOf(actor))
    restoreTo(actor, state)
    return state
  })
}

export function suspend(ref: Ref<unknown>): Operation<void> {
  return ask(ref, "suspend", (cell) => {
    cell.flags |= SUSPENDED
  })
}

export function resume(ref: Ref<unknown>): Operation<void> {
  return ask(ref, "resume", (cell) => {
    cell.flags &= ~SUSPENDED
  })
}

export function trace(ref: Ref<unknown>, hook: Trace): Disposable {
  if (typeof hook !== "function") throw new InvalidArgumentError("hook", hook, "a function of the event", "right: ref.trace((event) => console.log(event))")
  const cell = ref["~resolve"]()
  if (cell === null || cell.state >= EXITING) throw callError("noproc", ref.toString(), "trace", ExitReason.noproc)
  const { traces } = measurementsOf(cell)
  traces.add(hook)
  return {
    [Symbol.dispose]: () => {
      traces.delete(hook)
      watchLess(cell)
    },
  }
}

export function measure(ref: Ref<unknown>, on: boolean | undefined): Operation<ActorStatistics | undefined> {
  readFlag("on", on)
  return ask(ref, "statistics", (cell) => {
    if (on !== undefined) turn(cell, on)
    const measurements = cell.extras?.measurements
    if (measurements == null || measurements.since === null) return undefined
    return { since: measurements.since, messagesIn: measurements.messagesIn, messagesOut: measurements.messagesOut, unread: cell.size }
  })
}

function turn(cell: Cell, on: boolean): void {
  const measurements = measurementsOf(cell)
  if (on && measurements.since === null) {
    measurements.since = cell.world.now
    measurements.messagesIn = 0
    measurements.messagesOut = 0
  } else if (!on) measurements.since = null
  watchLess(cell)
}

/** Has a function run in the actor's turn, and gives what it returns. */
function ask<T>(ref: Ref<unknown>, what: string, work: (cell: Cell) => T): Operation<T> {
  return new OwnedCall<T>(ref["~loop"], function* () {
    const cell = ref["~resolve"]()
    if (cell === null || cell.state >= EXITING) throw callError("noproc", ref.toString(), what, ExitReason.noproc)
    if ((cell.flags & RAW) !== 0) throw new ActorError("no_state", `${ref.toString()} is a raw process: ${what}() asks the loop of an actor, and its loop is your own.`)
    const answer = new Answer<T>(cell.loop, `${what}() of ${ref.toString()}`)
    const sender = currentCell()
    const request = new Request(SYSTEM, sender, what, work, cell, answer as Answer<unknown>)
    if (sender !== null) {
      const path = pathOfWaits(cell, sender)
      if (path?.length === 1) {
        throw new CallError("calling_self", ref.toString(), what, ExitReason.custom("calling_self"), `${ref.toString()} asked itself for ${what}(), and can only answer when it is done. Ask from another process.`)
      }
      if (path !== null) throw cycle(request, path)
      addEdge(sender, request)
    }
    cell.world.limit(request, cell.world.callTimeoutMs)
    signal(cell, request)
    try {
      return yield* answer
    } finally {
      if (!answer.settled) request.withdraw()
    }
  } as never, [])
}

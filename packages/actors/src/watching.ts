/** Telling tools what a watched process does: a process that nobody watches never comes here. */
import { inGuard } from "@vivarium/core/lowlevel"
import { type Cell, WATCHED } from "./cell.ts"
import { CALL, type Envelope, EVENT, SYSTEM } from "./envelope.ts"
import { extrasOf } from "./extras.ts"
import { Measurements, type TraceEvent } from "./measurements.ts"

export function measurementsOf(cell: Cell): Measurements {
  cell.flags |= WATCHED
  return (extrasOf(cell).measurements ??= new Measurements())
}

/** Nothing is left to be told. */
export function watchLess(cell: Cell): void {
  const measurements = cell.extras?.measurements
  if (measurements == null || measurements.since !== null || measurements.traces.size > 0) return
  cell.flags &= ~WATCHED
}

/** An envelope is about to be handled. */
export function tellIn(cell: Cell, envelope: Envelope): void {
  if (envelope.kind === SYSTEM) return
  const measurements = measurementsOf(cell)
  if (envelope.kind !== EVENT) measurements.messagesIn++
  tell(cell, { kind: "in", method: envelope.method === "" ? undefined : envelope.method, message: envelope.payload, from: envelope.sender?.ref })
}

/** An answer is about to be given. */
export function tellOut(cell: Cell, envelope: Envelope, value: unknown): void {
  if (envelope.kind !== CALL) return
  const measurements = measurementsOf(cell)
  measurements.messagesOut++
  tell(cell, { kind: "out", method: envelope.method, value, to: envelope.sender?.ref })
}

function tell(cell: Cell, event: TraceEvent): void {
  const { traces } = measurementsOf(cell)
  for (const hook of traces) {
    try {
      if (inGuard(() => hook(event, cell.ref)) === false) traces.delete(hook)
    } catch (error) {
      traces.delete(hook)
      cell.world.uncaught(error)
    }
  }
  watchLess(cell)
}

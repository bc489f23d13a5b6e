/** Slow methods: those that keep everybody waiting. Timed only while somebody listens, for reading a clock costs half a message. */
import { isGenerator } from "@vivarium/core/lowlevel"
import type { Routine } from "@vivarium/core"
import type { Cell } from "./cell.ts"
import { invoke } from "./dispatch.ts"
import type { Envelope } from "./envelope.ts"

/** Like `invoke`, with every slice of the method timed. */
export function timed(cell: Cell, envelope: Envelope): unknown {
  const result = measure(cell, envelope, () => invoke(cell, envelope))
  return isGenerator(result) ? timedSlices(cell, envelope, result) : result
}

function* timedSlices(cell: Cell, envelope: Envelope, inner: Routine<unknown>): Routine<unknown> {
  const iterator: Iterator<unknown, unknown, unknown> = {
    next: (value) => measure(cell, envelope, () => inner.next(value)),
    throw: (error) => measure(cell, envelope, () => inner.throw(error)),
    return: (value) => measure(cell, envelope, () => inner.return(value)),
  }
  return yield* { [Symbol.iterator]: () => iterator } as Routine<unknown>
}

function measure<T>(cell: Cell, envelope: Envelope, work: () => T): T {
  const { world } = cell
  const from = world.now
  try {
    return work()
  } finally {
    const ms = world.now - from
    if (ms > world.slowMethodMs) world.events.emit("slowMethod", { ref: cell.ref, method: envelope.method === "" ? "info" : envelope.method, ms })
  }
}

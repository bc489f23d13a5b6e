/** `this.signal`: aborted when the process begins to end, for async methods and foreign code. */
import { type Cell, EXITING } from "./cell.ts"
import { describeReason } from "./describe.ts"
import { ActorError } from "./errors.ts"
import { extrasOf } from "./extras.ts"

export function signalOf(cell: Cell): AbortSignal {
  const extras = extrasOf(cell)
  if (extras.controller === null) {
    extras.controller = new AbortController()
    if (cell.state >= EXITING) abortSignal(cell)
  }
  return extras.controller.signal
}

export function abortSignal(cell: Cell): void {
  const controller = cell.extras?.controller
  if (controller == null || controller.signal.aborted) return
  controller.abort(new ActorError("dead_actor", `${cell.ref.toString()} has ended: ${describeReason(cell.reason)}`, { cause: cell.reason }))
}

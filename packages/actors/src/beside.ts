/** Re-entrant calls: handled beside the main tasklet, which waits for somebody who waits for them. */
import type { Routine, Tasklet } from "@vivarium/core"
import { realm } from "@vivarium/core/lowlevel"
import { type Cell, EXITING } from "./cell.ts"
import { callMethod } from "./dispatch.ts"
import { Refusal } from "./errors.ts"
import { ExitReason } from "./exit-reason.ts"
import { dieOfItself } from "./exits.ts"
import { Later, putOff } from "./later.ts"
import type { Request } from "./request.ts"
import { waitFor } from "./waited.ts"

/** The body of such a tasklet. An error ends the actor, as it would elsewhere. */
export function* handleBeside(cell: Cell, request: Request): Routine {
  try {
    const outcome = yield* waitFor(callMethod(cell, request.method, request.payload as readonly unknown[]))
    if (outcome instanceof Refusal) throw outcome
    if (outcome instanceof Later) putOff(cell, request)
    else if (cell.extras?.answers?.has(request) !== true) request.answer(outcome)
  } catch (error) {
    if (error instanceof Refusal) request.refused(error)
    else if (cell.state < EXITING) {
      dieOfItself(cell, ExitReason.error(error))
      // It stays among those that are handled: they fail when the actor has ended, with the reason that it then has.
      return
    } else cell.world.uncaught(error)
  }
  cell.extras?.handledBeside?.delete(realm.current as Tasklet)
}

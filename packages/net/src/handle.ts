/** Running a handler inside the tasklet that serves. */
import { type Body, call, type Routine } from "@vivarium/core"
import { isGenerator } from "@vivarium/core/lowlevel"

/** Waits for what a handler has returned, whatever kind of body it is. */
export function* outcomeOf(returned: unknown): Routine<unknown> {
  if (isGenerator(returned)) return yield* returned as Routine<unknown>
  if (typeof returned !== "object" || returned === null) return returned
  return yield* call(same as Body, returned)
}

function same(value: unknown): unknown {
  return value
}

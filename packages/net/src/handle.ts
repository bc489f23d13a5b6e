/** Running a handler inside the tasklet that serves. */
import { type Body, call, InvalidArgumentError, type Routine } from "@vivarium/core"
import { isGenerator, realm } from "@vivarium/core/lowlevel"

/** Waits for what a handler has returned, whatever kind of body it is. */
export function* outcomeOf(returned: unknown): Routine<unknown> {
  if (isGenerator(returned)) return yield* returned as Routine<unknown>
  if (typeof returned !== "object" || returned === null) return returned
  if (isAsyncGenerator(returned)) {
    throw new InvalidArgumentError("the handler", returned, "a generator function, a plain or an async one, not an async generator", "wrong: async function* (…)\n  right: function* (…), with yield* until(promise)")
  }
  return yield* call(same as Body, returned)
}

/**
 * Whether the current tasklet is being killed. Behind a `yield*` JavaScript forgets that, if the routine there waits in a `finally`: whoever runs foreign
 * code, and would go on as if it had returned, asks.
 */
export function isBeingKilled(): boolean {
  const unwinding = realm.current?.details?.unwinding
  return unwinding != null && unwinding.length > 0
}

function isAsyncGenerator(returned: object): boolean {
  return Object.prototype.toString.call(returned) === "[object AsyncGenerator]"
}

function same(value: unknown): unknown {
  return value
}

/** What a function of a user's has returned, waited for where it has to be: generators are driven, operations performed, tasklets joined. */
import { type Routine, Tasklet, until } from "@vivarium/core"
import { isGenerator, isOperation, isThenable } from "@vivarium/core/lowlevel"

/** Anything else than these and promises is given back as it is. */
export function* waitFor(outcome: unknown): Routine<unknown> {
  if (isGenerator(outcome)) return yield* outcome
  if (isOperation(outcome)) return yield* outcome
  if (outcome instanceof Tasklet) return yield* outcome.join()
  if (isThenable(outcome)) return yield* until(outcome)
  return outcome
}

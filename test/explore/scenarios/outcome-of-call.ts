/** What calls come to. */
import { CallError } from "@vivarium/actors"
import type { Operation, Routine } from "@vivarium/core"

/** In a word: `ok` and the answer, or the code of the error. */
export function* outcomeOf(call: Operation<unknown>): Routine<string> {
  try {
    return `ok ${String(yield* call)}`
  } catch (error) {
    if (error instanceof CallError) return error.code
    throw error
  }
}

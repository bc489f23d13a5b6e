import type { Operation, Routine } from "@vivarium/core"

/** Performs what it is given, and says how it went: "answered", or the error. */
export function* outcomeOf(perform: () => Operation<unknown>): Routine<string> {
  try {
    yield* perform()
    return "answered"
  } catch (error) {
    return String(error)
  }
}

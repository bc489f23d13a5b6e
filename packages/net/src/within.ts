/** Waiting for something that foreign code does, and not for ever. */
import { type Operation, type Routine, timeout, TimeoutError } from "@vivarium/core"

/** Waits for an operation; the error of one that takes too long says what it was for. */
export function* within<T>(ms: number, what: string, operation: Operation<T>): Routine<T> {
  try {
    return yield* timeout(ms, operation)
  } catch (error) {
    throw error instanceof TimeoutError ? new TimeoutError(ms, what) : error
  }
}

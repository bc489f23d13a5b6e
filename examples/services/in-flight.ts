/** Calls of libraries that know no AbortSignal. */
import { type Operation, until } from "@vivarium/core"

/**
 * A call that cannot be called back. If nobody waits for it any more (its tasklet is killed, or a time-out is over), `cut` destroys
 * the connection that it is made on: its answer may still be under way, and nobody else must take it for theirs.
 */
export function inFlight<T>(cut: () => void, start: () => Promise<T>): Operation<T> {
  return until((signal) => {
    signal.addEventListener("abort", cut, { once: true })
    return start()
  })
}

/** Reports: what a handler has let through. */
import type { RunLoop } from "@vivarium/core"

/** Told of an error that a handler has let through, and what the handler was for. */
export type OnError<S> = (error: unknown, subject: S) => void

/** Hands an error to who asked for it, else to the scheduler's report. */
export function report<S>(loop: RunLoop, onError: OnError<S> | undefined, error: unknown, subject: S, what: string): void {
  if (onError === undefined) {
    loop.onReport({ kind: "failed", what, error })
    return
  }
  try {
    onError(error, subject)
  } catch (second) {
    loop.uncaughtError(second, null)
  }
}

/** Calling the functions that an application is made of: plain, generators or async, one at a time. */
import { waitFor } from "@vivarium/actors/lowlevel"
import { type Routine, type Tasklet, until } from "@vivarium/core"
import { isOperation, isThenable } from "@vivarium/core/lowlevel"

/** One call after another on a tasklet of its own, which can be interrupted. */
export class HookRunner {
  private readonly controller = new AbortController()
  /** Whether a promise is waited for: what it brings may have to be closed again, so it is not left alone. */
  private promised = false

  /** What the functions are given, to be told that they should come to their end. */
  get signal(): AbortSignal {
    return this.controller.signal
  }

  /** Calls a function, and waits for what it gives. */
  *perform(hook: () => unknown): Routine<unknown> {
    const given = hook()
    if (!isThenable(given) || isOperation(given)) return yield* waitFor(given)
    this.promised = true
    try {
      return yield* until(given)
    } finally {
      this.promised = false
    }
  }

  /** Tells it to come to its end: a generator is unwound; a promise is waited for on, unless nobody can wait any more. */
  interrupt(tasklet: Tasklet, atOnce: boolean): void {
    this.controller.abort()
    if (atOnce || !this.promised) tasklet.kill({ pending: true })
  }
}

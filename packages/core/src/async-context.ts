/** Carrying a context of the host (such as Node's AsyncLocalStorage) with one tasklet, for those who ask for it. */
import type { Body } from "./body.ts"
import { adapt, type Frame, isGenerator } from "./body.ts"
import type { Suspend } from "./realm.ts"
import type { Tasklet } from "./tasklet.ts"

/** Runs a callback in a captured context: what `AsyncLocalStorage.snapshot()` returns fits as it is. */
export type RunInContext = <R>(callback: () => R) => R

/** @internal Makes every resume of a body happen in a context. The body runs as it would otherwise. */
export function carryContext(tasklet: Tasklet, body: Body, runInContext: RunInContext): Body {
  return (...args) => {
    const outcome = runInContext(() => body(...args))
    if (isGenerator(outcome)) return resumedIn(outcome, runInContext)
    const frame = adapt(tasklet, outcome, true)
    return "plain" in frame ? frame.plain : resumedIn(frame, runInContext)
  }
}

function* resumedIn(frame: Frame, runInContext: RunInContext): Generator<Suspend, unknown, unknown> {
  const iterator: Iterator<Suspend, unknown, unknown> = {
    next: (value) => runInContext(() => frame.next(value)),
    throw: (error) => runInContext(() => frame.throw(error)),
    return: (value) => runInContext(() => frame.return(value)),
  }
  return yield* { [Symbol.iterator]: () => iterator }
}

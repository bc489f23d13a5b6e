/** Carrying a context of the host (such as Node's AsyncLocalStorage) with one tasklet, for those who ask for it. */
import { adapt, type Body, type Frame, isGenerator } from "./body.ts"
import type { Call } from "./call.ts"
import { realm, type Suspend } from "./realm.ts"
import type { Tasklet } from "./tasklet.ts"
import type { RunInContext } from "./tasklet-options.ts"

/** @internal Makes every resume of a body happen in a context. The body runs as it would otherwise. */
export function carryContext(body: Body, runInContext: RunInContext): Body {
  return (...args) => frameIn(realm.current as Tasklet, runInContext(() => body(...args)), true, runInContext)
}

/** @internal Calls the body of a `call` in a context, and gives the frame that is resumed there, or the body's plain value. */
export function beginIn(tasklet: Tasklet, call: Call<unknown>, runInContext: RunInContext): unknown {
  return frameIn(tasklet, runInContext(() => call.invoke()), false, runInContext)
}

function frameIn(tasklet: Tasklet, outcome: unknown, root: boolean, runInContext: RunInContext): unknown {
  if (isGenerator(outcome)) return resumedIn(outcome, runInContext)
  const frame = adapt(tasklet, outcome, root)
  return "plain" in frame ? frame.plain : resumedIn(frame, runInContext)
}

function* resumedIn(frame: Frame, runInContext: RunInContext): Generator<Suspend, unknown, unknown> {
  const iterator: Iterator<Suspend, unknown, unknown> = {
    next: (value) => runInContext(() => frame.next(value)),
    throw: (error) => runInContext(() => frame.throw(error)),
    return: (value) => runInContext(() => frame.return(value)),
  }
  return yield* { [Symbol.iterator]: () => iterator }
}

/** The promise bridge. */
import { isThenable } from "./checks.ts"
import { InvalidArgumentError } from "./errors.ts"
import { External, type ExternalWait } from "./external.ts"
import type { Operation } from "./operation.ts"
import type { Suspend } from "./realm.ts"
import { ASYNC_BODY, KILLED, MARKED, RUNNING } from "./state.ts"
import type { Tasklet } from "./tasklet.ts"

/** What `until` accepts: a promise, or a function that starts one and is told by the signal when to stop. */
export type Awaitable<T> = PromiseLike<T> | ((signal: AbortSignal) => PromiseLike<T>)

class Until<T> extends External<T> {
  declare readonly source: Awaitable<T>

  constructor(source: Awaitable<T>) {
    super()
    this.source = source
  }

  protected begin(wait: ExternalWait): (() => void) | null {
    const { source } = this
    if (typeof source !== "function") {
      follow(source, wait)
      return null
    }
    const controller = new AbortController()
    const promise: unknown = source(controller.signal)
    if (!isThenable(promise)) throw new InvalidArgumentError("the result of until()'s function", promise, "a promise", "right: until((signal) => fetch(url, { signal }))")
    follow(promise as PromiseLike<T>, wait)
    return () => {
      if (!wait.settled) controller.abort()
    }
  }

  describe(): string {
    return "a promise"
  }
}

function follow<T>(promise: PromiseLike<T>, wait: ExternalWait): void {
  promise.then(
    (value) => wait.settle(value, false),
    (error: unknown) => wait.settle(error, true),
  )
}

/**
 * Waits for a promise: blocks this tasklet only. Given a function, it is called with an AbortSignal each time the operation
 * is performed; the signal is aborted if the tasklet is killed or thrown into, or the operation loses a race or time-out. A
 * rejection that comes too late for anybody to see is counted in `statistics()`.
 *
 * @example
 * ```ts
 * import { main, until } from "@vivarium/core"
 *
 * await main(function* () {
 *   console.log(yield* until(Promise.resolve("from a promise")))
 * })
 * // prints: from a promise
 * ```
 */
export function until<T>(source: Awaitable<T>): Operation<T> {
  if (typeof source !== "function" && !isThenable(source)) {
    throw new InvalidArgumentError("source", source, "a promise or a function (signal) => promise", "right: yield* until(fetch(url))")
  }
  return new Until(source)
}

/** @internal Drives the promise of an async body: a kill aborts the signal, and the tasklet ends when the promise settles. */
export function* awaitBody(tasklet: Tasklet, promise: PromiseLike<unknown>): Generator<Suspend, unknown, unknown> {
  tasklet.flags |= ASYNC_BODY
  if (tasklet.state === MARKED) {
    // It has killed itself before its first await: it has been told, and can go on until it settles.
    tasklet.state = RUNNING
    tasklet.flags |= KILLED
    tasklet.details?.controller?.abort()
  }
  try {
    return yield* new Until(promise)
  } catch (error) {
    const controller = tasklet.details?.controller
    const told = (tasklet.flags & KILLED) !== 0 && (error === controller?.signal.reason || (error as Error | null)?.name === "AbortError")
    if (told) return undefined
    throw error
  } finally {
    tasklet.flags &= ~ASYNC_BODY
  }
}

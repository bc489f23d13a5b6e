/** Operations of your own, made of callbacks. */
import { InvalidArgumentError } from "./errors.ts"
import { External, type ExternalWait } from "./external.ts"
import type { Operation } from "./operation.ts"

/** What `action` runs: it arranges for `resolve` or `reject` to be called, and returns how to clean up, if it must. */
export type Executor<T> = (resolve: (value: T) => void, reject: (error: unknown) => void) => (() => void) | void

class Action<T> extends External<T> {
  declare readonly executor: Executor<T>

  constructor(executor: Executor<T>) {
    super()
    this.executor = executor
  }

  protected begin(wait: ExternalWait): (() => void) | null {
    const cleanup = this.executor(
      (value) => wait.settle(value, false),
      (error) => wait.settle(error, true),
    )
    if (cleanup !== undefined && typeof cleanup !== "function") {
      throw new InvalidArgumentError("the executor's result", cleanup, "a clean-up function or nothing", "An async executor cannot be cleaned up: use until().")
    }
    return cleanup ?? null
  }

  describe(): string {
    return `action(${this.executor.name})`
  }
}

/**
 * Makes an operation of callbacks. The executor runs each time the operation is performed; the first `resolve` or `reject`
 * counts. The clean-up runs exactly once, when it has settled or is taken back. Resolving during the executor finishes at
 * once; later, the tasklet is appended to the run queue. Nobody can wait inside the executor.
 *
 * @example
 * ```ts
 * import { action, run, tasklet } from "@vivarium/core"
 *
 * let ring = (_visitor: string): void => {}
 * const doorbell = action<string>((resolve) => {
 *   ring = resolve
 *   return () => console.log("bell unhooked")
 * })
 * tasklet(function* () {
 *   console.log(`${yield* doorbell} is at the door`)
 * })
 * run()
 * ring("Maya")
 * run()
 * // prints: bell unhooked
 * // prints: Maya is at the door
 * ```
 */
export function action<T = void>(executor: Executor<T>): Operation<T> {
  if (typeof executor !== "function") throw new InvalidArgumentError("executor", executor, "a function (resolve, reject) => cleanup")
  return new Action(executor)
}

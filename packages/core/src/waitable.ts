/** What the combinators accept: operations, and tasklets, which stand for their join. */
import { isThenable } from "./checks.ts"
import { InvalidArgumentError } from "./errors.ts"
import { isOperation, type Operation } from "./operation.ts"
import type { Tasklet } from "./tasklet.ts"

/** Something that can be waited for: an operation, or a tasklet (which means joining it). */
export type Waitable<T = unknown> = Operation<T> | Tasklet<T>

/** The value that waiting for it gives. */
export type Waited<W> = W extends Operation<infer T> ? T : W extends Tasklet<infer T> ? T : never

/** @internal Recognises tasklets of any copy of this package. */
export function isTasklet(value: unknown): value is Tasklet {
  return typeof value === "object" && value !== null && "resumeRunning" in value
}

/** @internal The operation meant; refuses anything else, naming the argument. */
export function toOperation(name: string, value: unknown): Operation<unknown> {
  if (isOperation(value)) return value
  if (isTasklet(value)) return value.join()
  const routine = typeof (value as { next?: unknown } | null | undefined)?.next === "function"
  const cure = isThenable(value)
    ? "right: until(promise)"
    : routine
      ? "right: call(routine, …args): pass the generator function, not what it returned"
      : "right: channel.receive(), sleep(1000), a tasklet, …"
  throw new InvalidArgumentError(name, value, "an operation or a tasklet", cure)
}

/** `await` on an operation: a hidden tasklet performs it. */
import type { Body } from "./body.ts"
import { Join } from "./join.ts"
import { MAX_NESTING, resumeFlat } from "./kill.ts"
import type { Operation } from "./operation.ts"
import { realm, type Suspend } from "./realm.ts"
import type { RunLoop } from "./run-loop.ts"
import type { Tasklet } from "./tasklet.ts"

/** @internal */
export function awaitOutside<T>(scheduler: RunLoop, operation: Operation<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const { events } = scheduler
    events.awaited++
    const settle = (): void => {
      events.awaited--
    }
    const tasklet = scheduler.create(performing as Body<never> as Body, operation, resolve, reject, settle)
    scheduler.begun(tasklet)
    // A join begins at once: its target is then known to be joined, before it can end.
    if (operation instanceof Join && mayResumeNow(scheduler)) resumeFlat(tasklet)
    else scheduler.append(tasklet)
  })
}

/** @internal Whether a tasklet only performs an operation for somebody outside: no report lists it. */
export function isHidden(tasklet: Tasklet | null): boolean {
  return (tasklet?.body as unknown) === performing
}

function* performing<T>(
  operation: Operation<T>,
  resolve: (value: T) => void,
  reject: (error: unknown) => void,
  settle: () => void,
): Generator<Suspend, void, unknown> {
  try {
    resolve(yield* operation)
  } catch (error) {
    reject(error)
  } finally {
    settle()
  }
}

function mayResumeNow(scheduler: RunLoop): boolean {
  return scheduler.switchTrap === 0 && realm.nesting < MAX_NESTING
}

/** `await` on an operation: a hidden tasklet performs it. */
import type { Body } from "./body.ts"
import type { EventLoop } from "./event-loop.ts"
import type { Operation } from "./operation.ts"
import type { Suspend } from "./realm.ts"
import type { Scheduler } from "./scheduler.ts"

/** @internal */
export function awaitOutside<T>(scheduler: Scheduler, events: EventLoop, operation: Operation<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    events.awaited++
    const settle = (): void => {
      events.awaited--
    }
    scheduler.spawn(performing as Body<never>, [operation, resolve, reject, settle])
  })
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

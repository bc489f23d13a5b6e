/** The night in the meadow: flowers wait for bees that never come, and `main` finds that out. */
import { type Channel, DeadlockError, type Scheduler, type Tasklet } from "@vivarium/core"

/** Waits for flowers that never close; gives the report on those who wait for ever. */
export async function waitForFlowers<T>(
  scheduler: Scheduler,
  flowers: readonly { readonly visitors: Channel<T>; readonly tasklet: Tasklet<void> }[],
  moth: T,
): Promise<DeadlockError> {
  // Nobody watched by day, since that costs time and memory. A tool that is attached now lists the tasklets that can run, so
  // each flower gets a last visitor first, and takes its place in the run queue.
  for (const { visitors } of flowers) {
    visitors.preference = "none"
    visitors.trySend(moth)
  }
  const tool = scheduler.instrument({})
  try {
    return await scheduler.main({ closedWorld: true, name: "night" }, function* () {
      for (const { tasklet } of flowers) yield* tasklet
      throw new Error("a flower has closed")
    })
  } catch (error) {
    if (error instanceof DeadlockError) return error
    throw error
  } finally {
    tool[Symbol.dispose]()
  }
}

/** How tasklets have ended, in words, for checks that compare. */
import { type Operation, type Routine, run, schedule, type Tasklet, TaskletError, TimeoutError } from "@vivarium/core"

/** An error that a scenario raises on purpose: whoever catches it must not catch anything else. */
export class Expected extends Error {}

/** What an error is, in a word. */
export function nameOf(error: unknown): string {
  if (error instanceof TaskletError && error.code === "killed") return "killed"
  if (error instanceof TimeoutError) return "timeout"
  if (error instanceof Expected) return `error ${error.message}`
  throw error
}

/** Waits for something, and says what came of it. */
export function* outcomeOf(one: Tasklet | Operation<unknown>): Routine<string> {
  try {
    return String(yield* one as Operation<unknown>)
  } catch (error) {
    return nameOf(error)
  }
}

/** Waits for the end of each, however it ends. */
export function* ended(tasklets: readonly Tasklet[]): Routine<string[]> {
  const outcomes: string[] = []
  for (const one of tasklets) outcomes.push(yield* outcomeOf(one))
  return outcomes
}

/** Gives way until something has come about: by how many turns depends on the schedule. */
export function* cameAbout(condition: () => boolean): Routine {
  while (!condition()) yield* schedule()
}

/** Runs everybody else until nobody can, inside of the caller's slice; gives the errors that nobody has caught. */
export function runOthers(): string[] {
  const uncaught: string[] = []
  for (;;) {
    try {
      run()
      return uncaught
    } catch (error) {
      if (!(error instanceof Expected)) throw error
      uncaught.push(error.message)
    }
  }
}

/** Whether two lists hold the same, in whatever order. */
export function sameItems(some: readonly unknown[], others: readonly unknown[]): boolean {
  return [...some].map(String).sort().join() === [...others].map(String).sort().join()
}

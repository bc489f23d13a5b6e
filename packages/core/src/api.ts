/** The default scheduler's face: `tasklet`, `run`, `main` and their kin. */
import type { Body, Outcome, StarredBody } from "./body.ts"
import { type MainOptions, runMain } from "./main.ts"
import { defaultScheduler } from "./default-scheduler.ts"
import { realm } from "./realm.ts"
import type { RunLimits } from "./run-limits.ts"
import type { RunLoop } from "./run-loop.ts"
import { createWith } from "./start.ts"
import type { Tasklet } from "./tasklet.ts"
import type { TaskletOptions } from "./tasklet-options.ts"

/**
 * Creates a tasklet and appends it to the run queue of the current tasklet's scheduler, or of the default one. The body is a
 * generator function; of a plain one, what it returns is driven (a routine), performed (an operation), joined (a tasklet) or waited
 * for (a promise). The default scheduler runs it by itself, in a macrotask, unless `run()` does so first.
 *
 * @example
 * ```ts
 * import { run, tasklet } from "@vivarium/core"
 *
 * tasklet(function* (name: string) {
 *   console.log(`hello, ${name}`)
 * }, "meadow")
 * run()
 * // prints: hello, meadow
 * ```
 */
export function tasklet<A extends readonly unknown[], R>(body: StarredBody<A, R>, ...args: A): Tasklet<Outcome<R>>
export function tasklet<A extends readonly unknown[], R>(options: TaskletOptions, body: StarredBody<A, R>, ...args: A): Tasklet<Outcome<R>>
export function tasklet(first: unknown, ...rest: unknown[]): Tasklet<never> {
  const scheduler = current()
  const created = typeof first === "function" ? scheduler.create(first as Body, ...rest) : createWith(scheduler, first, rest)
  scheduler.launch(created)
  return created as Tasklet<never>
}

/**
 * Runs the default scheduler (inside a tasklet: its own) until no tasklet is runnable; never waits. Tasklets may still wait
 * when it returns. Limits: `switches`, `ms`. An uncaught error of a tasklet is raised here, and the next `run()` goes on.
 *
 * @example
 * ```ts
 * import { run, tasklet } from "@vivarium/core"
 *
 * tasklet(function* () {
 *   throw new Error("stung")
 * })
 * try {
 *   run()
 * } catch (error) {
 *   console.log((error as Error).message)
 * }
 * // prints: stung
 * ```
 */
export function run(limits?: RunLimits): void {
  current().run(limits)
}

/**
 * Runs a body as a tasklet of the default scheduler on the host's event loop; the promise settles when it has ended, with its
 * result, its error, or DeadlockError when nothing can ever wake what it waits for.
 *
 * @example
 * ```ts
 * import { main, sleep } from "@vivarium/core"
 *
 * const nectar = await main(function* (drops: number) {
 *   yield* sleep(1)
 *   return drops * 2
 * }, 21)
 * console.log(nectar)
 * // prints: 42
 * ```
 */
export function main<A extends readonly unknown[], R>(body: StarredBody<A, R>, ...args: A): Promise<Outcome<R>>
export function main<A extends readonly unknown[], R>(options: MainOptions, body: StarredBody<A, R>, ...args: A): Promise<Outcome<R>>
export function main(first: unknown, ...rest: unknown[]): Promise<never> {
  return runMain(current(), first, rest) as Promise<never>
}

/**
 * The tasklet whose code is running, or undefined in plain code.
 *
 * @example
 * ```ts
 * import { currentTasklet, run, tasklet } from "@vivarium/core"
 *
 * tasklet({ name: "Maya" }, function* () {
 *   console.log(currentTasklet()?.name)
 * })
 * run()
 * console.log(currentTasklet())
 * // prints: Maya
 * // prints: undefined
 * ```
 */
export function currentTasklet(): Tasklet | undefined {
  return realm.current ?? undefined
}

/**
 * The tasklet in which an error was uncaught first, if any: errors travel as the original object, and this tells whose they are.
 *
 * @example
 * ```ts
 * import { run, tasklet, taskletOf } from "@vivarium/core"
 *
 * tasklet({ name: "Willy" }, function* () {
 *   throw new Error("lost")
 * })
 * try {
 *   run()
 * } catch (error) {
 *   console.log(taskletOf(error)?.name)
 * }
 * // prints: Willy
 * ```
 */
export function taskletOf(error: unknown): Tasklet | undefined {
  return typeof error === "object" && error !== null ? realm.owners.get(error) : undefined
}

/** Of the current tasklet, else the default one. */
function current(): RunLoop {
  return realm.current?.scheduler ?? defaultScheduler()
}

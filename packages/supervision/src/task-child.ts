/** Tasks as children: a function that is run once, in a process of its own. */
import type { Process } from "@vivarium/actors"
import type { Body } from "@vivarium/core"
import { type Place, wrong } from "./check.ts"
import type { LifeOptions } from "./child-spec.ts"

/** The options of `child(Task, …)`. */
export interface TaskChild extends LifeOptions {
  /** The function, and its arguments. */
  readonly args: readonly [work: Body<never>, ...args: unknown[]]
  /** For tools. Default: the id. */
  readonly label?: string
}

/** The body of its process. */
export function taskBody([work, ...args]: readonly unknown[], place: Place): (self: Process) => unknown {
  if (typeof work !== "function") throw wrong({ ...place, example: "child(Task, { args: [function* () { … }] })" }, "args.0", work, "the function that the task runs")
  const task = (): unknown => (work as (...args: unknown[]) => unknown)(...args)
  if (work.name !== "") Object.defineProperty(task, "name", { value: work.name })
  return task
}

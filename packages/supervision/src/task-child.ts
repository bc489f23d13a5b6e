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

/** Whether it is the class `Task`, be it that of another copy of the package. */
export function isTask(what: unknown): boolean {
  const prototype: unknown = typeof what === "function" ? what.prototype : undefined
  return typeof prototype === "object" && prototype !== null && Object.getOwnPropertyDescriptor(prototype, "~kind")?.value === "Task"
}

/** The body of its process. The arguments behind the function are those of the child: so a supervisor can add to them. */
export function taskBody([work]: readonly unknown[], place: Place): (self: Process, ...args: unknown[]) => unknown {
  if (typeof work !== "function") throw wrong({ ...place, example: "child(Task, { args: [function* () { … }] })" }, "args.0", work, "the function that the task runs")
  const task = (_self: Process, ...args: unknown[]): unknown => (work as (...args: unknown[]) => unknown)(...args)
  if (work.name !== "") Object.defineProperty(task, "name", { value: work.name })
  return task
}

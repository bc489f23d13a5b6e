/** The options of tasks. */
import { InvalidArgumentError } from "@vivarium/core"
import { checkCount, checkDuration, checkOptions } from "@vivarium/core/lowlevel"
import { TASK_TIMEOUT_MS } from "./limits.ts"
import type { Self } from "./self.ts"
import type { System } from "./system.ts"
import type { ShutdownWay } from "./task-wait.ts"

/** Options of `Task.async()`. */
export interface TaskOptions {
  /** Whether the end of one is a signal to the other. Default true. With false the owner is told by a Down if it does not wait. Elixir: `async_nolink`. */
  readonly link?: boolean | undefined
  /** Whose task it is: in an async method only `this` knows. Default: the current process's. */
  readonly from?: Self | undefined
  /** For plain code: the system in which it runs, owned by nobody and linked to nobody. */
  readonly system?: System | undefined
  /** A free text for tools. */
  readonly label?: string | undefined
}

/** Options of waiting for a task. */
export interface TaskTimeout {
  /** How long to wait, in milliseconds; Infinity for ever. Default 5,000. */
  readonly timeoutMs?: number | undefined
}

/** Options of `Task.yieldMany()`. */
export interface YieldManyOptions extends TaskTimeout {
  /** How many of them to wait for. Default: all. */
  readonly limit?: number | undefined
  /** What happens to those that have not ended when the time is up: `nothing`, or they are let go (`ignore`), or killed (`kill`). Default `nothing`. */
  readonly onTimeout?: "nothing" | "ignore" | "kill" | undefined
}

/** Options of `Task.shutdown()`: how long the task is given until it is killed, 5,000 ms by default, or that it is killed at once. */
export type ShutdownOptions = { readonly timeoutMs?: number | undefined; readonly brutal?: false | undefined } | { readonly brutal: true }

const POLICIES = ["nothing", "ignore", "kill"]

export function readTimeout(timeoutMs: unknown, normally: number, example: string): number {
  if (timeoutMs === undefined) return normally
  if (timeoutMs === Infinity) return Infinity
  checkDuration("timeoutMs", timeoutMs, example)
  return timeoutMs
}

export function readTaskTimeout(options: TaskTimeout, call: string): number {
  const example = `Task.${call}, { timeoutMs: 1000 })`
  checkOptions("options", options, ["timeoutMs"], example)
  return readTimeout(options.timeoutMs, TASK_TIMEOUT_MS, example)
}

export function readYieldMany(options: YieldManyOptions): { readonly timeoutMs: number; readonly limit: number; readonly onTimeout: "nothing" | "ignore" | "kill" } {
  const example = 'Task.yieldMany(tasks, { timeoutMs: 1000, onTimeout: "kill" })'
  checkOptions("options", options, ["timeoutMs", "limit", "onTimeout"], example)
  const { limit = Infinity, onTimeout = "nothing", timeoutMs } = options
  if (limit !== Infinity) checkCount("limit", limit, 1)
  if (!POLICIES.includes(onTimeout)) throw new InvalidArgumentError("onTimeout", onTimeout, `one of ${POLICIES.join(", ")}`, `right: ${example}`)
  return { limit, onTimeout, timeoutMs: readTimeout(timeoutMs, TASK_TIMEOUT_MS, example) }
}

export function readShutdown(options: ShutdownOptions): ShutdownWay {
  const example = "Task.shutdown(task, { timeoutMs: 1000 }), or { brutal: true }"
  checkOptions("options", options, ["timeoutMs", "brutal"], example)
  const { brutal, timeoutMs } = options as { readonly brutal?: unknown; readonly timeoutMs?: unknown }
  if (brutal !== undefined && typeof brutal !== "boolean") throw new InvalidArgumentError("brutal", brutal, "true or false")
  if (brutal !== true) return { brutal: false, timeoutMs: readTimeout(timeoutMs, TASK_TIMEOUT_MS, example) }
  if (timeoutMs !== undefined) throw new InvalidArgumentError("timeoutMs", timeoutMs, "left out where brutal is true: nothing is waited for")
  return { brutal: true }
}

/** The settings of a stream, read from its options. */
import { InvalidArgumentError } from "@vivarium/core"
import { checkCount, checkOptions, readFlag } from "@vivarium/core/lowlevel"
import { STREAM_CONCURRENCY, TASK_TIMEOUT_MS } from "./limits.ts"
import type { Self } from "./self.ts"
import type { System } from "./system.ts"
import { readTimeout } from "./task-options.ts"

/** Options of `Task.stream()`. */
export interface StreamOptions {
  /** How many tasks run at the same time. Default 8, on every machine. */
  readonly maxConcurrency?: number | undefined
  /** Whether the elements come in the order of the items, or as they are done. Default true. */
  readonly ordered?: boolean | undefined
  /** How long one task may take, in milliseconds; Infinity for ever. Default 5,000. */
  readonly timeoutMs?: number | undefined
  /** What happens to one that takes longer: `exit` ends the stream with TaskError, `kill` ends that task alone, whose element is an exit with the reason `timeout`. Default `exit`. */
  readonly onTimeout?: "exit" | "kill" | undefined
  /** Whether a task that crashes ends its owner, unless that one traps exits. Default true; with false each crash is an element and no more. */
  readonly link?: boolean | undefined
  /** Whose tasks they are: in an async method only `this` knows. Default: the current process's. */
  readonly from?: Self | undefined
  /** For plain code: the system in which they run, owned by nobody. */
  readonly system?: System | undefined
}

/** What is made of them. */
export interface StreamSettings {
  readonly maxConcurrency: number
  readonly ordered: boolean
  readonly timeoutMs: number
  readonly onTimeout: "exit" | "kill"
}

const KNOWN = ["maxConcurrency", "ordered", "timeoutMs", "onTimeout", "link", "from", "system"]
const EXAMPLE = "Task.stream(urls, load, { maxConcurrency: 4 })"

export function readStreamSettings(options: StreamOptions): StreamSettings {
  checkOptions("options", options, KNOWN, EXAMPLE)
  const { maxConcurrency = STREAM_CONCURRENCY, onTimeout = "exit", ordered, timeoutMs } = options
  checkCount("maxConcurrency", maxConcurrency, 1)
  if (onTimeout !== "exit" && onTimeout !== "kill") throw new InvalidArgumentError("onTimeout", onTimeout, '"exit" or "kill"', `right: Task.stream(urls, load, { onTimeout: "kill" })`)
  return {
    maxConcurrency,
    onTimeout,
    ordered: ordered === undefined || readFlag("ordered", ordered),
    timeoutMs: readTimeout(timeoutMs, TASK_TIMEOUT_MS, "Task.stream(urls, load, { timeoutMs: 1000 })"),
  }
}

/** The options of one tasklet, and their check. */
import { checkBody } from "./body.ts"
import { checkOptions } from "./checks.ts"
import { InvalidArgumentError } from "./errors.ts"
import { isOperation } from "./operation.ts"

/** Runs a callback in a captured context: what `AsyncLocalStorage.snapshot()` returns fits as it is. */
export type RunInContext = <R>(callback: () => R) => R

/** Options of one tasklet. */
export interface TaskletOptions {
  /** Shown in reports; by default the body's name. */
  readonly name?: string
  /** Carries a context of the host: pass `AsyncLocalStorage.snapshot()`. Costs about ten times a switch. */
  readonly context?: RunInContext
}

/** @internal Refuses what is neither options nor a body, and says what was probably meant. */
export function readTaskletOptions(options: unknown, body: unknown, known: readonly string[] = ["name", "context"]): TaskletOptions {
  const looksLikeBody = typeof options !== "object" || options === null || "next" in options || "then" in options || isOperation(options)
  if (looksLikeBody) checkBody(options)
  checkOptions("options", options, known, "tasklet({ name: \"Maya\" }, body)")
  checkBody(body)
  const { context, name } = options as TaskletOptions
  if (name !== undefined && typeof name !== "string") throw new InvalidArgumentError("name", name, "a string")
  if (context !== undefined && typeof context !== "function") {
    throw new InvalidArgumentError("context", context, "a function that runs a callback", "right: { context: AsyncLocalStorage.snapshot() }")
  }
  return options as TaskletOptions
}

/** What can go wrong with an application. */
import { ExitReason, type SchemaIssue, StartError } from "@vivarium/actors"
import { describeError, describeValue } from "@vivarium/actors/lowlevel"
import { InvalidArgumentError, VivariumError, type VivariumErrorOptions } from "@vivarium/core"
import { SpecError } from "./errors.ts"
import { ExitCode } from "./exit-codes.ts"
import { failedChild, isStartError, reasonOf } from "./failed-to-start.ts"

/**
 * An application was not started, or cannot do what was asked. Codes: `failed_start` and `bad_configuration` (see `step`, `reason` and `cause`),
 * `stopped` (it was told to stop before its start was done), `not_running`, `already_started`, `calling_self` (one of its processes waits for its end).
 */
export class ApplicationError extends VivariumError {
  /** Which application. */
  readonly application: string
  /** What has failed: `config`, `start`, `top` or `phase "warm"`. Undefined with the codes that are about no step. */
  readonly step: string | undefined
  /** Why, as an exit reason: of a tree, with the child that failed, down to the first failure. */
  readonly reason: ExitReason
  /** What the schema of the configuration has found. */
  readonly issues: readonly SchemaIssue[]

  constructor(
    code: string,
    message: string,
    options: VivariumErrorOptions & { readonly application: string; readonly step?: string | undefined; readonly reason?: ExitReason; readonly issues?: readonly SchemaIssue[] },
  ) {
    super(code, message, options)
    this.application = options.application
    this.step = options.step
    this.reason = options.reason ?? ExitReason.error(this)
    this.issues = options.issues ?? []
  }

  /** @internal */
  override get "~kind"(): string {
    return "ApplicationError"
  }
}

/** A step of the start has raised something. */
export function stepFailed(application: string, step: string, error: unknown): ApplicationError {
  const code = isMisconfigured(step, error) ? "bad_configuration" : "failed_start"
  const what = step === "top" ? "its tree" : step === "start" ? "its start" : step === "config" ? "the check of its configuration" : step
  return new ApplicationError(code, `application "${application}" was not started, for ${what} failed: ${inWords(error)}.`, { application, step, reason: reasonOf(error), cause: error })
}

/** Of a tree, which child has failed, and in whom, rather than what came of that. */
function inWords(error: unknown): string {
  const children: string[] = []
  let first = error
  let below = isStartError(error) ? failedChild(error.reason) : undefined
  for (; below !== undefined; below = failedChild(below.reason)) {
    children.unshift(describeValue(below.id))
    first = below.reason.kind === "error" ? below.reason.error : below.cause
  }
  return children.length === 0 ? describeError(first) : `child ${children.join(" of ")} was not started: ${describeError(first)}`
}

/** The configuration is not what its schema wants. The values are not shown: they may be secrets. */
export function configRefused(application: string, issues: readonly SchemaIssue[]): ApplicationError {
  const found = issues.map(({ message, path = [] }) => `\n  ${path.length === 0 ? "the configuration" : path.map(keyOf).join(".")}: ${message}`)
  return new ApplicationError("bad_configuration", `application "${application}" was not started, for its configuration is wrong:${found.join("")}`, { application, step: "config", issues })
}

/** With which code a failed start ends the program. */
export function codeOfFailure(error: ApplicationError): ExitCode {
  return error.code === "bad_configuration" ? ExitCode.badConfiguration : ExitCode.failed
}

/** Whether a tree was declared in a way that cannot work, be it deep inside. What other code raises of this kind is a failure like others. */
function isMisconfigured(step: string, error: unknown): boolean {
  if (step === "config") return true
  if (step !== "top") return false
  let first = error
  while (first instanceof StartError && first.cause !== undefined) first = first.cause
  return first instanceof SpecError || (first === error && first instanceof InvalidArgumentError)
}

function keyOf(part: PropertyKey | { readonly key: PropertyKey }): string {
  return String(typeof part === "object" ? part.key : part)
}

/** How applications end, and with which exit code. */
import { describeReason, ExitReason } from "@vivarium/actors"
import { describeError } from "@vivarium/actors/lowlevel"
import type { ApplicationError } from "./application-error.ts"
import { codeOfFailure } from "./application-error.ts"
import { codeOfEnd, ExitCode } from "./exit-codes.ts"

/** How an application has ended. */
export interface ApplicationOutcome {
  /** For the program around it. */
  readonly code: ExitCode
  /** Why: the reason with which the tree has ended, or why it was not started. */
  readonly reason: ExitReason
  /** In words. */
  readonly why: string
  /** The signal that has shut it down, if one has. */
  readonly signal: string | undefined
  /** Why it was not started, if it was not: an ApplicationError; of wrong options, the SpecError. */
  readonly error: unknown
  /** What `prepStop` and `stop` have raised: that is printed at once, the shutdown goes on, and the code is 1 unless there is something worse. */
  readonly failures: readonly unknown[]
}

/** What is known at the end. */
interface End {
  readonly name: string
  /** With which reason the tree has ended, if it had started. */
  readonly treeEnded: ExitReason | undefined
  readonly failure: ApplicationError | undefined
  /** Why what was left was killed, if it was. */
  readonly late: string | null
  readonly signal: string | undefined
  /** Whether it was told to stop. */
  readonly asked: boolean
  readonly failures: readonly HookFailure[]
}

/** What a function that is called during the shutdown has raised. */
export interface HookFailure {
  /** Its name. */
  readonly hook: string
  readonly error: unknown
}

/**
 * Being late comes first: then not all was done that had to be. Then why it was not started, or how its tree has ended, and what its functions have failed at.
 * A start that was stopped on demand is no failure.
 */
export function outcomeOf({ asked, failure, failures, late, name, signal, treeEnded }: End): ApplicationOutcome {
  const reason = treeEnded ?? failure?.reason ?? ExitReason.shutdown
  const rest = { reason, signal, error: failure, failures: failures.map(({ error }) => error) }
  if (late !== null) return { ...rest, code: ExitCode.deadline, why: `application "${name}" was killed: ${late}.` }
  if (failure !== undefined && failure.code !== "stopped") return { ...rest, code: codeOfFailure(failure), why: failure.message }
  const code = codeOfEnd(reason)
  if (code !== ExitCode.orderly) return { ...rest, code, why: `application "${name}" has ended, for its tree has: ${describeReason(reason)}.` }
  if (failures.length > 0) return { ...rest, code: ExitCode.failed, why: `application "${name}" has ended, but ${failures.map(inWords).join(", and ")}.` }
  const because = signal ?? (asked ? "it was told to stop" : `its tree has ended by itself with ${describeReason(reason)}`)
  return { ...rest, code, why: `application "${name}" has ended in order: ${because}.` }
}

/** The end of one that could not even begin. */
export function refused(error: unknown): ApplicationOutcome {
  const why = error instanceof Error ? error.message : String(error)
  return { code: ExitCode.badConfiguration, reason: ExitReason.error(error), why, signal: undefined, error, failures: [] }
}

/** The end of one that was stopped before anybody started it. */
export function neverStarted(name: string): ApplicationOutcome {
  return { code: ExitCode.orderly, reason: ExitReason.shutdown, why: `application "${name}" was stopped before it was started.`, signal: undefined, error: undefined, failures: [] }
}

/** A failure of a function, as it is printed. */
export function inWords({ error, hook }: HookFailure): string {
  return `${hook} failed: ${describeError(error)}`
}

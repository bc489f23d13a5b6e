/** What an exploration has found. */
import type { Failure, FailureKind } from "./failure.ts"
import type { Step } from "./trace.ts"

/** What is known of a failing run. */
export interface Finding {
  readonly failure: Failure
  /** The shrunk schedule, as a code for `replay()`. */
  readonly code: string
  /** The shrunk schedule, as numbers. */
  readonly schedule: readonly number[]
  readonly steps: readonly Step[]
  /** How it was found. */
  readonly found: string
}

/** A scenario fails under some schedule. The message is the whole report; the fields are its parts. */
export class ExplorationError extends Error {
  override readonly name: string = "ExplorationError"
  /** What kind of failure it is. */
  readonly kind: FailureKind
  /** What broke, in a sentence. */
  readonly failure: string
  /** The shrunk schedule, for `replay(scenario, code)`. */
  readonly code: string
  /** The shrunk schedule as numbers: 0 is the shipped order. */
  readonly schedule: readonly number[]
  /** All slices of the failing run. */
  readonly steps: readonly Step[]

  /** @internal */
  constructor(finding: Finding) {
    const { failure } = finding
    super(reportOf(finding), failure.error === undefined ? undefined : { cause: failure.error })
    this.kind = failure.kind
    this.failure = failure.text
    this.code = finding.code
    this.schedule = finding.schedule
    this.steps = finding.steps
  }
}

function reportOf({ code, failure, found, steps }: Finding): string {
  const last = steps.slice(-10).map(({ at, did, number, tasklet, then }) => `  ${number} | ${at} ms | ${tasklet} | ${[...did, then].join(", ")}`)
  return [failure.text, found, `replay(scenario, "${code}")`, ...last].join("\n")
}

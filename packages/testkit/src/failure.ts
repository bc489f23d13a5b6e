/** What a run has failed with. */
import { inWords } from "./describe.ts"

/** The kinds of failures: what was raised, a check that does not hold, no way on, no end, and something that is left at the end. */
export type FailureKind = "error" | "check" | "deadlock" | "livelock" | "left"

/** A run's failure. It is a finding, no error of ours. */
export class Failure {
  readonly kind: FailureKind
  /** What broke, in a sentence. */
  readonly text: string
  /** What was raised, if something was. */
  readonly error: unknown
  private readonly detail: string

  constructor(kind: FailureKind, text: string, detail: string = text, error?: unknown) {
    this.kind = kind
    this.text = text
    this.error = error
    this.detail = detail
  }

  /** An error that nobody has caught. */
  static ofError(error: unknown): Failure {
    const text = inWords(() => (error instanceof Error ? `${error.name}: ${error.message}` : `thrown: ${String(error)}`))
    const hint = error instanceof TypeError && text.includes("is not iterable") ? ". yield* waits for operations; for a promise that is yield* until(promise)" : ""
    return new Failure("error", text + hint, text, error)
  }

  /** The same for failures that a user would take for the same: numbers in it may differ. */
  get key(): string {
    return `${this.kind}: ${this.detail.replaceAll(/\d+/g, "#")}`
  }
}

/** Ends a run, from wherever it is raised. */
export class Found extends Error {
  readonly failure: Failure

  constructor(failure: Failure) {
    super(failure.text)
    this.failure = failure
  }
}

/** What an exploration has found. */
import { diagramOf } from "./diagram.ts"
import { type Written, writeDiagram } from "./diagram-file.ts"
import type { Failure, FailureKind } from "./failure.ts"
import { type FoundBy, reportOf } from "./report.ts"
import type { ReportedChoice } from "./report-choices.ts"
import type { ReportSettings } from "./report-options.ts"
import type { RunSettings } from "./run.ts"
import type { Step, Trace } from "./trace.ts"
import type { Wait } from "./waits.ts"

/** What is known of a failing run. */
export interface Finding {
  readonly failure: Failure
  /** The shrunk schedule, as a code for `replay()`. */
  readonly code: string
  /** The shrunk schedule, as numbers. */
  readonly schedule: readonly number[]
  readonly trace: Trace
  /** Null of one that was replayed. */
  readonly found: FoundBy | null
  readonly report: ReportSettings
  readonly settings: RunSettings & { readonly trapped: boolean }
}

/**
 * A scenario fails under some schedule. The message is the whole report; the fields are its parts. `cause` is what was raised, if something was. The fields are getters: who
 * prints an error prints what it owns, and all is in the message already.
 */
export class ExplorationError extends Error {
  override readonly name: string = "ExplorationError"
  readonly #finding: Finding
  readonly #diagram: string
  readonly #written: Written | null

  /** @internal */
  constructor(finding: Finding) {
    const { code, failure, report, trace } = finding
    const diagram = diagramOf(trace.happenings, failure.text)
    const written = report.diagramDirectory === null ? null : writeDiagram(report.diagramDirectory, code, diagram)
    super(reportOf(finding, written), failure.error === undefined ? undefined : { cause: failure.error })
    this.#finding = finding
    this.#diagram = diagram
    this.#written = written
  }

  /** What kind of failure it is. */
  get kind(): FailureKind {
    return this.#finding.failure.kind
  }

  /** What broke, in a sentence. */
  get failure(): string {
    return this.#finding.failure.text
  }

  /** How it was found; undefined if it was replayed. */
  get found(): FoundBy | undefined {
    return this.#finding.found ?? undefined
  }

  /** The shrunk schedule, for `replay(scenario, code)`. */
  get code(): string {
    return this.#finding.code
  }

  /** The shrunk schedule as numbers: 0 is the shipped order. */
  get schedule(): readonly number[] {
    return this.#finding.schedule
  }

  /** The choices that are not the shipped order, in words. */
  get choices(): readonly ReportedChoice[] {
    return this.#finding.trace.choices
  }

  /** All slices of the failing run. */
  get steps(): readonly Step[] {
    return this.#finding.trace.steps
  }

  /** All who had not ended at its end, and what they wait for. */
  get waits(): readonly Wait[] {
    return this.#finding.trace.waits.waits
  }

  /** Those of them who wait for each other: each for the next, and the last for the first. */
  get circles(): readonly (readonly string[])[] {
    return this.#finding.trace.waits.circles
  }

  /** The run as a Mermaid sequence diagram. */
  get diagram(): string {
    return this.#diagram
  }

  /** Where the diagram was written, if it was. */
  get diagramFile(): string | undefined {
    return this.#written !== null && "file" in this.#written ? this.#written.file : undefined
  }
}

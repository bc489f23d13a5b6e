/** Reports: what a supervisor tells of its children, as data. One event, one report, in the order in which things happened. */
import type { ExitReason, Ref } from "@vivarium/actors"
import type { ChildId, ChildSpec, Restart, Shutdown } from "./child-spec.ts"
import { FailedToStart } from "./failed-to-start.ts"

/**
 * What has happened. `child_started` (for the first time, or by `restartChild`), `child_restarted` (after it had failed), `child_stopped` (as it was told),
 * `child_terminated` (it has ended by itself), `start_error` (it could not be started), `shutdown_error` (it did not end as it was told), `shutdown` (the supervisor
 * gives up, or stops by itself), `warning` (the tree is declared in a way that will surprise). Erlang: errorContext.
 */
export type ReportContext = "child_started" | "child_restarted" | "child_stopped" | "child_terminated" | "start_error" | "shutdown_error" | "shutdown" | "warning"

/** Which child a report is about. Erlang: the offender. */
export interface Offender {
  /** In its supervisor. */
  readonly id: ChildId
  /** Its process: the one that has ended, if it has. */
  readonly ref: Ref<unknown> | undefined
  /** What runs, by name. */
  readonly what: string
  /** See `ChildSpec`. */
  readonly kind: "worker" | "supervisor"
  /** See `ChildSpec`. */
  readonly restart: Restart
  /** See `ChildSpec`. */
  readonly shutdownMs: Shutdown
  /** See `ChildSpec`. */
  readonly significant: boolean
}

/** What a report is made of. */
export interface ReportParts {
  readonly supervisor: Ref<unknown>
  readonly context: ReportContext
  readonly reason: ExitReason
  readonly offender: Offender | undefined
  readonly at: number
  readonly restarts: number
  readonly attempt: number
  readonly delayMs: number | undefined
  readonly failure: ExitReason | undefined
  readonly note: string | undefined
}

/** One report of a supervisor, on `system.events` as `supervisor`. Formatted by `formatReport`. */
export class SupervisorReport implements ReportParts {
  /** Who reports. */
  readonly supervisor: Ref<unknown>
  /** What has happened. */
  readonly context: ReportContext
  /** Why; `normal` where nothing went wrong. */
  readonly reason: ExitReason
  /** The child, if it is about one. */
  readonly offender: Offender | undefined
  /** When, on the clock of the scheduler, in milliseconds. */
  readonly at: number
  /** How many restarts count in the window of the supervisor. */
  readonly restarts: number
  /** How often in a row the child has been restarted with a delay; 0 without back-off. */
  readonly attempt: number
  /** After how many milliseconds it is restarted, if that is not at once. */
  readonly delayMs: number | undefined
  /** Where a supervisor gives up: the last failure of a child. */
  readonly failure: ExitReason | undefined
  /** More, in words. */
  readonly note: string | undefined

  /** @internal */
  constructor(parts: ReportParts) {
    this.supervisor = parts.supervisor
    this.context = parts.context
    this.reason = parts.reason
    this.offender = parts.offender
    this.at = parts.at
    this.restarts = parts.restarts
    this.attempt = parts.attempt
    this.delayMs = parts.delayMs
    this.failure = parts.failure
    this.note = parts.note
  }

  /** How bad it is. */
  get level(): "info" | "warning" | "error" {
    if (this.context === "warning") return "warning"
    const orderly = this.context === "child_started" || this.context === "child_restarted" || this.context === "child_stopped"
    return orderly || (this.context === "shutdown" && this.reason.kind === "shutdown" && this.reason.detail === undefined) ? "info" : "error"
  }

  /** What led to the reason, the nearest first: the errors of starts that failed, and the causes of errors. */
  get causes(): readonly unknown[] {
    return [...causesOf(this.failure ?? this.reason)]
  }
}

function* causesOf(reason: ExitReason): Generator<unknown, void, undefined> {
  const seen = new Set<unknown>()
  let cause: unknown = reason.kind === "error" ? reason.error : reason.kind === "shutdown" && reason.detail instanceof FailedToStart ? reason.detail.cause : undefined
  for (; cause !== undefined && cause !== null && !seen.has(cause); cause = (cause as { readonly cause?: unknown }).cause) {
    seen.add(cause)
    yield cause
  }
}

export function offenderOf({ id, kind, restart, shutdownMs, significant, what }: ChildSpec<unknown>, ref: Ref<unknown> | undefined): Offender {
  const name = typeof what === "function" ? what.name : "supervisor"
  return { id, ref, what: name === "" ? "process" : name, kind, restart, shutdownMs, significant }
}

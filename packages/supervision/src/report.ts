/** Reports: what a supervisor tells of its children, as data. One event, one report, in the order in which things happened. */
import { describeReason, type ExitReason, isOrderly, type Ref } from "@vivarium/actors"
import { brand, describeValue } from "@vivarium/actors/lowlevel"
import type { ChildId, ChildSpec, Restart, Shutdown } from "./child-spec.ts"
import { failedChild } from "./failed-to-start.ts"
import { REPORT_CAUSES } from "./limits.ts"
import { inWords } from "./printable.ts"
import { whatRuns } from "./what-runs.ts"

/**
 * What has happened. `child_started` (for the first time, or by `restartChild`), `child_restarted` (after it had ended, or one that it shares its fate with),
 * `child_ignored` (it was to be started, but has chosen not to), `child_stopped` (as it was told), `child_terminated` (it has ended by itself), `start_error` (it
 * could not be started), `shutdown_error` (it did not end as it was told), `shutdown` (the supervisor gives up, or stops by itself), `warning` (the tree is declared in
 * a way that will surprise). Erlang: errorContext.
 */
export type ReportContext =
  | "child_started"
  | "child_restarted"
  | "child_ignored"
  | "child_stopped"
  | "child_terminated"
  | "start_error"
  | "shutdown_error"
  | "shutdown"
  | "warning"

/** Which child a report is about. Erlang: the offender. */
export interface Offender {
  /** In its supervisor. */
  readonly id: ChildId
  /** Its process: the one that has ended, if it has; where it could not be started, the last one that ran. */
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

/**
 * One report of a supervisor, on `system.events` as `supervisor`: one event, one report, told at once and in order. It is data, nothing of it is text yet:
 * `formatReport` makes that, and JSON.stringify gives a form in which errors are words. Erlang: the supervisor and progress reports.
 *
 * @example
 * ```ts
 * import { Actor, System } from "@vivarium/actors"
 * import { child, supervisor } from "@vivarium/supervision"
 *
 * class Bee extends Actor {
 *   fly() {
 *     throw new Error("stung")
 *   }
 * }
 * await using system = new System({ log: false })
 * system.events.on("supervisor", ({ level, context, offender }) => console.log(level, context, offender?.id))
 * const hive = await system.start(supervisor({ children: [child(Bee, { id: "maya" })] }))
 * await hive.child("maya", Bee)?.call.fly().then(undefined, () => {})
 * await hive.terminateChild("maya")
 * // prints: info child_started maya
 * // prints: error child_terminated maya
 * // prints: info child_restarted maya
 * // prints: info child_stopped maya
 * ```
 */
export class SupervisorReport {
  /** Who reports. */
  readonly supervisor: Ref<unknown>
  /** What has happened. */
  readonly context: ReportContext
  /** Why; `normal` where nothing went wrong. Of a `shutdown`, with what the supervisor ends. */
  readonly reason: ExitReason
  /** The child: of a `shutdown`, the one whose end has led to it. */
  readonly offender: Offender | undefined
  /** When, on the clock of the scheduler, in milliseconds. */
  readonly at: number
  /** How many restarts count in the window of the supervisor, this one included if it is a `child_restarted`; one of a child that backs off does not count. */
  readonly restarts: number
  /** How many are allowed; with one more the supervisor gives up. */
  readonly maxRestarts: number
  /** How far back restarts count, in milliseconds. */
  readonly withinMs: number
  /** Which delayed restart in a row it is, the next one or the one that was just made; 0 without back-off. */
  readonly attempt: number
  /** After how many milliseconds it is started again; undefined if at once, or never. */
  readonly delayMs: number | undefined
  /** Of a `shutdown`: how the child has ended, or why it could not be started, so that the supervisor gives up or stops; undefined if that was orderly, and meant to stop it. */
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
    this.maxRestarts = parts.maxRestarts
    this.withinMs = parts.withinMs
    this.attempt = parts.attempt
    this.delayMs = parts.delayMs
    this.failure = parts.failure
    this.note = parts.note
  }

  /**
   * How bad it is: `info` is in order, a `warning` may surprise, and an `error` is a failure, be it of a child or of the supervisor. That a permanent child has ended is
   * one however it has ended, for it never should.
   */
  get level(): ReportLevel {
    return levelOf(this.context, this.reason, this.offender?.restart, this.failure)
  }

  /** What led to the reason, or to the failure: the error itself, then its cause, and so on. They can be anything, and are 100 at most. */
  get causes(): readonly unknown[] {
    return causesOf(this)
  }

  /** For JSON: references, reasons, causes and symbols in words, Infinity as `infinity`. */
  toJSON(): Readonly<Record<string, unknown>> {
    const { at, attempt, context, delayMs, failure, level, maxRestarts, note, offender, reason, restarts, supervisor, withinMs } = this
    return {
      level,
      context,
      supervisor: inWords(() => supervisor),
      offender: offender && { ...offender, id: idInJson(offender.id), ref: offender.ref && inWords(() => offender.ref) },
      reason: inWords(() => describeReason(reason)),
      failure: failure && inWords(() => describeReason(failure)),
      causes: this.causes.map((cause) => inWords(() => describeValue(cause))),
      at,
      restarts,
      maxRestarts: numberInJson(maxRestarts),
      withinMs: numberInJson(withinMs),
      attempt,
      delayMs,
      note,
    }
  }
}

brand(SupervisorReport, "SupervisorReport")

/** What a report is made of. */
export type ReportParts = Omit<SupervisorReport, "level" | "causes" | "toJSON">

/** How bad an event is. */
export type ReportLevel = "info" | "warning" | "error"

/** The level of an event, known before its report is made. */
export function levelOf(context: ReportContext, reason: ExitReason, restart: Restart | undefined, failure: ExitReason | undefined): ReportLevel {
  switch (context) {
    case "warning":
      return "warning"
    case "start_error":
    case "shutdown_error":
      return "error"
    case "child_terminated":
      return restart === "permanent" || !isOrderly(reason) ? "error" : "info"
    case "shutdown":
      return failure === undefined ? "info" : "error"
    default:
      return "info"
  }
}

/** The errors behind a report, the nearest first. One that raises when it is looked at, and one that comes again, is the last. */
export function causesOf({ failure, reason }: Pick<ReportParts, "failure" | "reason">): readonly unknown[] {
  const causes: unknown[] = []
  try {
    let cause = firstCause(failure ?? reason)
    while (cause !== undefined && cause !== null && causes.length < REPORT_CAUSES && !causes.includes(cause)) {
      causes.push(cause)
      cause = (cause as { readonly cause?: unknown }).cause
    }
  } catch {
    // What is known so far is told.
  }
  return causes
}

function firstCause(reason: ExitReason): unknown {
  if (reason.kind === "error") return reason.error
  return failedChild(reason)?.cause
}

/** Symbols are no JSON. */
export function idInJson<T>(id: T): T | string {
  return typeof id === "symbol" ? String(id) : id
}

/** Nor is Infinity. */
export function numberInJson(number: number): number | "infinity" {
  return number === Infinity ? "infinity" : number
}

export function offenderOf({ id, kind, restart, shutdownMs, significant, what }: ChildSpec<unknown>, ref: Ref<unknown> | undefined): Offender {
  return { id, ref, what: whatRuns(what), kind, restart, shutdownMs, significant }
}

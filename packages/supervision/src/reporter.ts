/** Where a supervisor's reports go: to those who listen, and to the console what nobody else tells. */
import { ExitReason, isOrderly } from "@vivarium/actors"
import type { Child } from "./child.ts"
import type { ChildId } from "./child-spec.ts"
import { formatInBrief, formatReport } from "./format-report.ts"
import { failedChild } from "./failed-to-start.ts"
import { restartsInWords } from "./printable.ts"
import { levelOf, offenderOf, type ReportContext, SupervisorReport } from "./report.ts"
import type { Stopping } from "./stopping.ts"
import type { Supervision } from "./supervision.ts"

declare module "@vivarium/actors" {
  interface SystemEventMap {
    /** A supervisor has done something: see `SupervisorReport`. */
    supervisor: [report: SupervisorReport]
  }
}

/** What else is known of an event. */
interface More {
  readonly delayMs?: number | undefined
  readonly note?: string | undefined
  readonly failure?: ExitReason | undefined
}

export class Reporter {
  private readonly supervision: Supervision

  constructor(supervision: Supervision) {
    this.supervision = supervision
  }

  /** Tells one event. Nothing is made of it if nobody wants to know. */
  tell(context: ReportContext, reason: ExitReason, child: Child, delayMs?: number): void {
    const { events, log } = this.supervision.world
    const printed = log !== null && isPrinted(context, reason, child, undefined)
    if (printed || events.hears("supervisor")) this.make(context, reason, child, { delayMs }, printed)
  }

  /** A child that was told to end has ended: maybe in another way than it should. */
  stopped(child: Child, { abandoned, late, target: { reason } }: Stopping): void {
    if (endedAsTold(child, reason)) return this.tell("child_stopped", reason, child)
    const async = abandoned ? "; its async code may still run, and the system's event abandoned tells of it" : ""
    const note = late && reason.kind === "killed" ? `it did not end within ${String(child.spec.shutdownMs)} ms, so it was killed${async}` : undefined
    this.tellMore("shutdown_error", reason, child, { note })
  }

  /** Too many restarts, or attempts. */
  gaveUp(child: Child, reason: ExitReason, end: ExitReason): void {
    const { maxRestarts, withinMs } = this.supervision.settings
    const { backoff, id } = child.spec
    const limit = backoff === undefined ? `more than ${restartsInWords(maxRestarts)} within ${withinMs} ms` : `${restartsInWords(backoff.maxAttempts)} in a row did not help`
    this.tellMore("shutdown", end, child, { failure: reason, note: `gives up: ${limit}; the last one to fail was child ${nameOf(id)}` })
  }

  /** A significant child, or the last one of all, has ended: the supervisor stops as it was meant to, though maybe for a failure. */
  stopsBySignificant(child: Child, reason: ExitReason, end: ExitReason): void {
    const who = this.supervision.settings.autoShutdown === "any_significant" ? "a significant child has ended; it" : "all significant children have ended; the last one"
    this.tellMore("shutdown", end, child, { failure: isOrderly(reason) ? undefined : reason, note: `${who} was ${nameOf(child.spec.id)}` })
  }

  /** A child has been declared: maybe in a way that will surprise. */
  declared(child: Child): void {
    if (child.spec.kind !== "supervisor" || child.spec.restart !== "transient") return
    const note = "a transient supervisor that gives up is not restarted, for shutdown is orderly: declare it permanent, or mark it significant and let autoShutdown decide"
    this.tellMore("warning", ExitReason.normal, child, { note })
  }

  private tellMore(context: ReportContext, reason: ExitReason, child: Child, more: More): void {
    const { events, log } = this.supervision.world
    const printed = log !== null && isPrinted(context, reason, child, more.failure)
    if (printed || events.hears("supervisor")) this.make(context, reason, child, more, printed)
  }

  private make(context: ReportContext, reason: ExitReason, child: Child, { delayMs, failure, note }: More, printed: boolean): void {
    const { cell, settings, window, world } = this.supervision
    const report = new SupervisorReport({
      supervisor: cell.ref,
      context,
      reason,
      offender: offenderOf(child.spec, child.cell?.ref ?? child.last?.ref),
      at: world.now,
      restarts: window.count(world.now),
      maxRestarts: settings.maxRestarts,
      withinMs: settings.withinMs,
      attempt: child.attempts,
      delayMs,
      failure,
      note,
    })
    world.events.emit("supervisor", report)
    if (printed) this.print(report, child)
  }

  /** A log that fails is no reason for a supervisor to fail. */
  private print(report: SupervisorReport, { spec }: Child): void {
    const { world } = this.supervision
    try {
      // Where a process has crashed, its crash report has the stack; a start function has failed without one.
      const ofStart = report.context === "start_error"
      world.log?.(ofStart && isTold(report, spec) ? formatInBrief(report) : formatReport(report, { stack: ofStart && spec.start !== undefined }))
    } catch (error) {
      world.uncaught(error)
    }
  }
}

/** What nothing else would tell: all that is not in order, except for crashes, which the process that has crashed prints itself. */
function isPrinted(context: ReportContext, reason: ExitReason, { spec }: Child, failure: ExitReason | undefined): boolean {
  if (context === "child_terminated" && !isOrderly(reason)) return false
  return levelOf(context, reason, spec.restart, failure) !== "info"
}

/** Whether a start that has failed is on the console already: a crash report has told of it, or the supervisor that was to be started has. */
function isTold({ reason }: SupervisorReport, { start }: Child["spec"]): boolean {
  return failedChild(reason) !== undefined || (start === undefined && (reason.kind === "error" || reason.kind === "custom"))
}

/** OTP's rule: killed if it was to be killed, else shutdown; or orderly unless it should never end. */
function endedAsTold({ spec }: Child, reason: ExitReason): boolean {
  if (spec.shutdownMs === "brutal_kill" ? reason.kind === "killed" : reason.kind === "shutdown" && reason.detail === undefined) return true
  return isOrderly(reason) && spec.restart !== "permanent"
}

function nameOf(id: ChildId): string {
  return typeof id === "string" ? `"${id}"` : String(id)
}

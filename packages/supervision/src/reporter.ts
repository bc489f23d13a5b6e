/** Where a supervisor's reports go: to those who listen, and to the console what nobody else tells. */
import { ExitReason, isOrderly } from "@vivarium/actors"
import type { Cell } from "@vivarium/actors/lowlevel"
import type { Child } from "./child.ts"
import type { ChildId } from "./child-spec.ts"
import { formatReport } from "./format-report.ts"
import { levelOf, offenderOf, type ReportContext, SupervisorReport } from "./report.ts"
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
  stopped(child: Child, cell: Cell): void {
    this.tell(endedAsTold(child, cell.reason) ? "child_stopped" : "shutdown_error", cell.reason, child)
  }

  /** Too many restarts, or attempts. */
  gaveUp(child: Child, reason: ExitReason, end: ExitReason): void {
    const { maxRestarts, withinMs } = this.supervision.settings
    const { backoff, id } = child.spec
    const limit = backoff === undefined ? `more than ${times(maxRestarts)} within ${withinMs} ms` : `${times(backoff.maxAttempts)} in a row did not help`
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
      world.log?.(formatReport(report, { stack: report.context === "start_error" && spec.start !== undefined }))
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

/** OTP's rule: killed if it was to be killed, else shutdown; or orderly unless it should never end. */
function endedAsTold({ spec }: Child, reason: ExitReason): boolean {
  if (spec.shutdownMs === "brutal_kill" ? reason.kind === "killed" : reason.kind === "shutdown" && reason.detail === undefined) return true
  return isOrderly(reason) && spec.restart !== "permanent"
}

function nameOf(id: ChildId): string {
  return typeof id === "string" ? `"${id}"` : String(id)
}

function times(count: number): string {
  return count === 1 ? "1 restart" : `${count} restarts`
}

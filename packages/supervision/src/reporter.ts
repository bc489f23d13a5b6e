/** Where a supervisor's reports go: to those who listen, and to the console what nobody else tells. */
import { ExitReason, isOrderly } from "@vivarium/actors"
import type { Cell } from "@vivarium/actors/lowlevel"
import type { Child } from "./child.ts"
import { formatReport } from "./format-report.ts"
import { offenderOf, type ReportContext, SupervisorReport } from "./report.ts"
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
  readonly note?: string
  readonly failure?: ExitReason
}

export class Reporter {
  private readonly supervision: Supervision

  constructor(supervision: Supervision) {
    this.supervision = supervision
  }

  /** Tells one event. */
  tell(context: ReportContext, reason: ExitReason, child: Child | undefined, delayMs?: number): void {
    const { events, log } = this.supervision.world
    const printed = log !== null && isPrinted(context, reason, child)
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
    const limit = backoff === undefined ? `more than ${maxRestarts} restarts within ${withinMs} ms` : `${backoff.maxAttempts} restarts in a row have failed`
    this.make("shutdown", end, child, { failure: reason, note: `gives up: ${limit}; the last one to fail was child "${String(id)}"` }, this.supervision.world.log !== null)
  }

  /** A child has been declared: maybe in a way that will surprise. */
  declared(child: Child): void {
    if (child.spec.kind === "supervisor" && child.spec.restart === "transient") {
      this.warn(child, "a transient supervisor that gives up is not restarted, for shutdown is orderly: declare it permanent, or mark it significant and let autoShutdown decide")
    }
  }

  /** Something that is allowed, but will surprise. */
  private warn(child: Child, note: string): void {
    this.make("warning", ExitReason.normal, child, { note }, this.supervision.world.log !== null)
  }

  private make(context: ReportContext, reason: ExitReason, child: Child | undefined, { delayMs, failure, note }: More, printed: boolean): void {
    const { cell, window, world } = this.supervision
    const report = new SupervisorReport({
      supervisor: cell.ref,
      context,
      reason,
      offender: child === undefined ? undefined : offenderOf(child.spec, child.cell?.ref ?? child.last?.ref),
      at: world.now,
      restarts: window.count(world.now),
      attempt: child?.attempts ?? 0,
      delayMs,
      failure,
      note,
    })
    if (printed) world.log?.(formatReport(report))
    world.events.emit("supervisor", report)
  }
}

/** Crashes are printed by the process that has crashed; here what nothing else would tell. */
function isPrinted(context: ReportContext, reason: ExitReason, child: Child | undefined): boolean {
  if (context === "child_terminated") return isOrderly(reason) && child?.spec.restart === "permanent"
  return context === "start_error" || context === "shutdown_error"
}

/** OTP's rule: killed if it was to be killed; else shutdown, or orderly unless it should never end. */
function endedAsTold({ spec }: Child, reason: ExitReason): boolean {
  if (spec.shutdownMs === "brutal_kill") return reason.kind === "killed"
  if (reason.kind === "shutdown" && reason.detail === undefined) return true
  return isOrderly(reason) && spec.restart !== "permanent"
}

/** Reports in words. */
import { describeReason } from "@vivarium/actors/lowlevel"
import type { SupervisorReport } from "./report.ts"

export function formatReport(report: SupervisorReport): string {
  return `${report.supervisor.toString()}: ${report.context} ${String(report.offender?.id)} ${describeReason(report.reason)} ${report.note ?? ""}`
}

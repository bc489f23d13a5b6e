/** Reports: what a scheduler tells about slow slices, leaks, and errors of those who work on their own. */
import { host } from "./host.ts"
import type { SlowSlice } from "./instrument.ts"

/** A tasklet that was collected while it waited: nobody could ever have woken it, and its `finally` blocks did not run. */
export interface Leak {
  readonly id: number
  readonly name: string
  /** Where it was created. */
  readonly createdAt: string | undefined
}

/** An error that ended one piece of work and nothing else: the handler of a connection, say. */
export interface Failure {
  /** What has failed, in words. */
  readonly what: string
  readonly error: unknown
}

/**
 * What a scheduler reports: a slow slice, (in debug mode) a tasklet that was collected while it waited, or the failure of a piece of work that
 * a package above answers for.
 */
export type Report = ({ readonly kind: "slow_slice" } & SlowSlice) | ({ readonly kind: "leak" } & Leak) | ({ readonly kind: "failed" } & Failure)

/**
 * @internal The default: a warning on the console, where the tasklet is known. One of many slices that took too long together is
 * counted and told to tools, but on a busy machine it is mostly the machine; a slow tasklet is known from its second slow slice on.
 */
export function warnOf(report: Report): void {
  if (report.kind === "slow_slice" && report.slices > 1) return
  host.warn(`vivarium: ${describeReport(report)}`)
}

function describeReport(report: Report): string {
  if (report.kind === "failed") return `${report.what}: ${(report.error as Error | null)?.stack ?? String(report.error)}`
  if (report.kind === "leak") {
    const place = report.createdAt === undefined ? "" : `, created ${report.createdAt},`
    return `${report.name} (#${report.id})${place} was collected while it waited: nobody could have woken it, and its finally blocks did not run.`
  }
  const which = report.slices === 1 ? report.tasklet.name : `one of ${report.slices} slices, the last being ${report.tasklet.name}'s`
  return `a slice took ${Math.round(report.ms)} ms without giving way: ${which}. Let it yield* schedule() now and then.`
}

/** What a run loop has counted. */
import type { RunLoop } from "./run-loop.ts"
import type { SchedulerStatistics } from "./scheduler-options.ts"

/** @internal */
export function statisticsOf(loop: RunLoop): Omit<SchedulerStatistics, "leaks"> {
  const { droppedValues, endedCount: ended, external, lateRejections, slowSlices, started: created, switches } = loop
  const complete = loop.registry !== null && loop.registry.complete
  const known = complete ? loop.registry?.list().filter((one) => one.blocked || one.paused).length : undefined
  const blocked = known ?? Math.max(0, created - ended - loop.runCount)
  const runnable = loop.queue.length
  const timers = loop.timers === null ? 0 : loop.timers.size
  const ingress = loop.ingress.length
  return { created, ended, switches, runnable, blocked, timers, external, ingress, droppedValues, lateRejections, slowSlices }
}

/**
 * A chronicle of what supervisors report, checked against what the guide says of reports:
 *
 * 1. A child that runs is not started, and one that does not run does not end.
 * 2. A restart is that of a child which has ended, by another process than before.
 * 3. A supervisor that gives up has more restarts than are allowed; one that restarts has not, and had not given up.
 * 4. A child that backs off is not started before its delay is over, unless by hand.
 * 5. A supervisor that was not killed leaves no child behind.
 */
import { isOrderly, type Ref } from "@vivarium/actors"
import type { SupervisorReport } from "@vivarium/supervision"
import type { World } from "@vivarium/testkit"

/** What is known of a child: it runs, it must be started again, or it need not be there. */
type Known = "runs" | "down" | "away"

/** What of a world is looked at. */
export type Observed = Pick<World, "check" | "system">

interface Record {
  readonly children: Map<unknown, Known>
  readonly last: Map<unknown, Ref<unknown>>
  /** When children failed that must be restarted, those that back off left out. */
  readonly failures: number[]
  /** When the delays are over of those that back off. */
  readonly due: Map<unknown, number>
  gaveUp: boolean
}

/** Listens to the system of a scenario. */
export function chronicle(world: Observed): void {
  const records = new Map<Ref<unknown>, Record>()
  const { system } = world
  system.events.on("supervisor", (report) => {
    let record = records.get(report.supervisor)
    if (record === undefined) records.set(report.supervisor, (record = { children: new Map(), last: new Map(), failures: [], due: new Map(), gaveUp: false }))
    judge(world, record, report)
  })
  system.events.on("ended", ({ reason, ref }) => {
    if (reason.kind === "killed") return
    const left = [...(records.get(ref)?.children ?? [])].filter(([, known]) => known === "runs")
    world.check("a supervisor that has stopped leaves no child behind", left.length === 0)
  })
}

function judge({ check }: Observed, record: Record, report: SupervisorReport): void {
  const { attempt, at, context, delayMs, offender, maxRestarts, reason, restarts, withinMs } = report
  if (offender === undefined || context === "warning") return
  const { children, due, failures, last } = record
  const key = offender.id
  const known = children.get(key) ?? "away"
  if (context === "child_restarted") check("not before its delay is over", at >= (due.get(key) ?? 0))
  if (delayMs === undefined) due.delete(key)
  else due.set(key, at + delayMs)
  switch (context) {
    case "child_started":
    case "child_restarted":
      check(`${context} of one that does not run`, known !== "runs")
      check("who has given up starts nobody", !record.gaveUp)
      check("another process than before", offender.ref !== undefined && last.get(key) !== offender.ref)
      if (context === "child_restarted") check("no more restarts than allowed", failures.filter((one) => at - one <= withinMs).length <= maxRestarts && restarts <= maxRestarts)
      last.set(key, offender.ref as Ref<unknown>)
      children.set(key, "runs")
      break
    case "child_terminated":
      check("child_terminated of one that runs", known === "runs")
      children.set(key, offender.restart === "permanent" || (offender.restart === "transient" && !isOrderly(reason)) ? "down" : "away")
      if (children.get(key) === "down" && attempt === 0 && delayMs === undefined) failures.push(at)
      break
    case "child_stopped":
    case "shutdown_error":
      // One whose first start is cancelled was never there.
      check(`${context} of one that was there`, known !== "away" || !children.has(key))
      children.set(key, "away")
      break
    case "child_ignored":
      check("child_ignored of one that does not run", known !== "runs")
      children.set(key, "away")
      break
    case "start_error":
      check("start_error of one that does not run", known !== "runs")
      // It may be tried again, or not: who has asked for it knows.
      children.set(key, "down")
      break
    case "shutdown":
      check("it shuts down by itself once", !record.gaveUp)
      record.gaveUp = true
      if (reason.kind === "shutdown" && reason.detail === "gave_up") check("it gives up when there are too many", restarts > maxRestarts || attempt > 0)
      children.set(key, "away")
      break
  }
}

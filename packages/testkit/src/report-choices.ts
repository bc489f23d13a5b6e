/** The choices of a run that are not the default, in words. */
import type { Tasklet } from "@vivarium/core"
import { taskletOfNode } from "@vivarium/core/lowlevel"
import type { ChoiceKind } from "./choice.ts"
import { count, describeTasklet, describeWaitingFor } from "./describe.ts"
import type { Run } from "./run.ts"

/** A choice off the shipped order: what a failure needs, beside the program. */
export interface ReportedChoice {
  readonly kind: ChoiceKind
  /** The number of the step that began with it, or in which it was made. */
  readonly step: number
  /** What was chosen, and instead of what. */
  readonly text: string
}

/** How many tasklets are named one by one. */
const MOST_NAMED = 4

/** What a choice that has just been made comes to; nothing has moved yet. */
export function describeChoice(kind: ChoiceKind, among: number, index: number, run: Run, what: string): string {
  switch (kind) {
    case "tasklet":
      return `${describeTasklet(run.runnable(index))} ran instead of ${named([...run.eachRunnable()].slice(0, index))} (${count(index, "delay")})`
    case "timers":
      return `${nextTimer(run)} fired before ${named([...run.eachRunnable()])} could run`
    case "due":
      return `${nextTimer(run)}, due at the same time, fired only after ${named([...run.eachRunnable()])} could run`
    case "case": {
      const { current } = run.scheduler
      return `a select${current === undefined ? "" : ` of ${describeTasklet(current)}`} took ready case ${index + 1} of ${among} instead of the first`
    }
    case "fault":
      return `fault: ${what} happened${among === 2 ? "" : ` (${index} of ${among - 1})`}`
  }
}

function nextTimer({ scheduler }: Run): string {
  const timer = scheduler.timers?.first
  if (timer === undefined) return "a timer"
  if ("enter" in timer.node) return `a timer (due at ${timer.at} ms)`
  const tasklet = taskletOfNode(timer.node)
  return `the timer of ${describeTasklet(tasklet)} (${describeWaitingFor(tasklet)})`
}

function named(tasklets: readonly Tasklet[]): string {
  const names = tasklets.slice(0, MOST_NAMED).map(describeTasklet)
  const more = tasklets.length - names.length
  if (more > 0) return `${names.join(", ")} and ${more} more`
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`
}

/** What is left when a scenario has ended and its system was stopped: each is a leak. */
import type { System } from "@vivarium/actors"
import type { Scheduler } from "@vivarium/core"
import { count, describeTasklet, describeWait } from "./describe.ts"
import type { Run } from "./run.ts"

/** How many are named of each kind. */
const MOST_NAMED = 5

/** In words, one for each kind. Tasklets are named in a run that is traced; else only those are known that can run. */
export function whatIsLeft({ scheduler, world }: Run): string[] {
  return [...leftOn(scheduler), ...world.systems().flatMap(leftIn)]
}

/** The tasklets and timers of a scheduler, but for the tasklet that asks. */
export function leftOn(scheduler: Scheduler): string[] {
  const left: string[] = []
  const { blocked, runnable, timers } = scheduler.statistics()
  if (blocked + runnable > 0) {
    const listed = scheduler.tasklets().filter((one) => one.alive && one !== scheduler.current)
    left.push(counted(blocked + runnable, "tasklet", listed.map((one) => `${describeTasklet(one)} ${describeWait(one)}`)))
  }
  if (timers > 0) {
    const first = scheduler.timers?.first
    left.push(count(timers, "timer") + (first === undefined ? "" : ` (${timers === 1 ? "" : "the first "}due in ${first.at - scheduler.clock.now()} ms)`))
  }
  return left
}

/** The processes and names of a system. */
export function leftIn({ name, names, processes }: System): string[] {
  const left: string[] = []
  if (processes.length > 0) left.push(counted(processes.length, "process", processes.map(String), ` of ${name}`))
  if (names.length > 0) left.push(counted(names.length, "name", names.map((one) => JSON.stringify(one)), ` of ${name}`))
  return left
}

function counted(number: number, noun: string, named: readonly string[], of = ""): string {
  const shown = named.slice(0, MOST_NAMED).join(", ")
  return `${count(number, noun)}${of}${shown === "" ? "" : ` (${shown}${named.length > MOST_NAMED ? ", …" : ""})`}`
}

/** What is left when a scenario has ended and its system was stopped: each is a leak. */
import { describeTasklet } from "./describe.ts"
import type { Run } from "./run.ts"

/** In words, one for each kind. */
export function whatIsLeft({ scheduler, world }: Run): string[] {
  const left: string[] = []
  const { blocked, runnable, timers } = scheduler.statistics()
  if (blocked + runnable > 0) {
    const listed = scheduler.tasklets().map((one) => `${describeTasklet(one)} waits for ${one.waitingFor ?? "its turn"}`)
    left.push(`${count(blocked + runnable, "tasklet")}${listed.length === 0 ? "" : ` (${listed.join(", ")})`}`)
  }
  if (timers > 0) left.push(count(timers, "timer"))
  for (const system of world.systems()) {
    const { processes } = system
    if (processes.length > 0) left.push(`${count(processes.length, "process")} of ${system.name} (${processes.map(String).join(", ")})`)
    if (system.names.length > 0) left.push(`${count(system.names.length, "name")} of ${system.name} (${system.names.join(", ")})`)
  }
  return left
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : noun.endsWith("s") ? "es" : "s"}`
}

/** Tasklets and what they wait for, in words. */
import type { Scheduler, Tasklet } from "@vivarium/core"

/** Its name, with its number where the name alone might be another's. */
export function describeTasklet(tasklet: Tasklet): string {
  const { id, name } = tasklet
  return name === `tasklet ${id}` || /#\d+$/.test(name) ? name : `${name} (#${id})`
}

/** Who waits for what: all that are listed, which are all while somebody watches; else the given one. */
export function describeWaits(scheduler: Scheduler, main: Tasklet): string {
  const waiting = scheduler.tasklets().filter((one) => one.blocked || one.paused)
  const all = waiting.length === 0 ? [main] : waiting
  return all.map((one) => `${describeTasklet(one)} waits for ${one.waitingFor ?? "nothing"}`).join(", ")
}

/** The next tasklet where `pick` chooses, for exploration and replay. Hand-overs are never subject to it: they are part of the slice before. */
import { realm } from "./realm.ts"
import type { RunLoop } from "./run-loop.ts"
import type { Tasklet } from "./tasklet.ts"

/** @internal Takes the next tasklet out of the run queue, or returns null; `onSlice` has its say before. */
export function pickNext(loop: RunLoop, onSlice: ((ran: Tasklet | null) => void) | null, timersMade: number): Tasklet | null {
  const { queue } = loop
  const ran = realm.current
  realm.current = null
  onSlice?.(ran)
  if (queue.length === 0 || queue.handed !== null) return queue.shift()
  if (loop.dueTimer(timersMade) !== null && loop.choose("timers", 2) === 1) loop.takeIn(timersMade)
  const tasklet = queue.at(queue.length === 1 ? 0 : loop.choose("tasklet", queue.length))
  queue.remove(tasklet)
  return tasklet
}

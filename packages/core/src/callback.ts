/** Foreign code that the library calls while a tasklet is current: it may do anything but wait. */
import { realm } from "./realm.ts"
import { CALLBACK, DEAD, MARKED, RUNNING } from "./state.ts"
import type { Tasklet } from "./tasklet.ts"

/** @internal Runs a callback; performing or `run()` inside raises, and a kill of the tasklet is marked. */
export function inGuard<T>(callback: () => T): T {
  const tasklet = realm.current
  // A tasklet that has just ended is still current while its joiners are woken: nothing of it is left to be marked.
  if (tasklet === null || tasklet.state === DEAD) {
    realm.callbacks++
    try {
      return callback()
    } finally {
      realm.callbacks--
    }
  }
  const before = tasklet.state
  tasklet.state = CALLBACK
  realm.callbacks++
  try {
    return callback()
  } finally {
    realm.callbacks--
    if (tasklet.state === CALLBACK) tasklet.state = before
    else tasklet.state = MARKED
  }
}

/**
 * @internal Tells tools of a tasklet. Meanwhile it counts as executing: it cannot be resumed, moved or thrown into, and a kill is
 * marked. Says whether it was killed, if that is left to the caller to carry out.
 */
export function tell(tasklet: Tasklet, hook: () => void): boolean {
  const before = tasklet.state
  if (before >= RUNNING) {
    inGuard(hook)
    return false
  }
  tasklet.state = CALLBACK
  inGuard(hook)
  const killed = (tasklet.state as number) === MARKED
  tasklet.state = before
  return killed
}

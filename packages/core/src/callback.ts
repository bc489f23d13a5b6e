/** Foreign code that the library calls while a tasklet is current: it may do anything but wait. */
import { realm } from "./realm.ts"
import { CALLBACK, MARKED } from "./state.ts"
import type { Tasklet } from "./tasklet.ts"

/** @internal Runs a callback; performing or `run()` inside raises, and a kill of the tasklet is marked. */
export function inGuard<T>(callback: () => T): T {
  const tasklet = realm.current
  // Between two turns the last tasklet is still current, though it waits or has ended: a kill of it needs no mark.
  if (tasklet === null || !tasklet.executing) {
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
 * @internal Tells tools of a tasklet that has not ended. Meanwhile it counts as executing: it cannot be resumed, moved or thrown into, and a kill is
 * marked. Says whether it was killed, if that is left to the caller to carry out.
 */
export function tell(tasklet: Tasklet, hook: () => void): boolean {
  if (tasklet.executing) {
    hook()
    return false
  }
  const before = tasklet.state
  tasklet.state = CALLBACK
  hook()
  const killed = (tasklet.state as number) === MARKED
  tasklet.state = before
  return killed
}

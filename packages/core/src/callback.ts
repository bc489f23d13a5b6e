/** Foreign code that the library calls while a tasklet is current: it may do anything but wait. */
import { realm } from "./realm.ts"
import { CALLBACK, MARKED } from "./state.ts"

/** @internal Runs a callback; performing or `run()` inside raises, and a kill of the tasklet is marked. */
export function inGuard<T>(callback: () => T): T {
  const tasklet = realm.current
  if (tasklet === null) {
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

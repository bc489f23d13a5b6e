import { type Routine, run, tasklet } from "@vivarium/core"
import type { TimedBody } from "../workload.ts"

/** How many are created before they run: the rivals keep 1,000 alive too, so that none of them measures a huge heap. */
const batch = 1_000

export const spawn: TimedBody = {
  measures: "time",
  run(size) {
    const finished = { count: 0 }
    for (let created = 0; created < size; ) {
      const end = Math.min(created + batch, size)
      for (; created < end; created++) tasklet(returnAtOnce, finished)
      run()
    }
    return finished.count
  },
  expected: (size) => size,
}

// It has no `yield` on purpose: a body that returns in its first slice is what is measured.
function* returnAtOnce(finished: { count: number }): Routine {
  finished.count++
}

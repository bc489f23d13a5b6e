import { call, type Routine, run, schedule, tasklet } from "@vivarium/core"
import type { TimedBody } from "../workload.ts"

export const deep: TimedBody = {
  measures: "time",
  run(size) {
    const result = { depth: -1, switched: 0 }
    tasklet(descend, size, result)
    tasklet(bystander, result)
    run()
    return result.switched === 1 ? result.depth : -1
  },
  expected: (size) => size,
}

function* descend(size: number, result: { depth: number }): Routine {
  result.depth = yield* call(level, size)
}

function* level(remaining: number): Routine<number> {
  if (remaining === 0) {
    yield* schedule()
    return 0
  }
  return 1 + (yield* call(level, remaining - 1))
}

// Somebody to switch to at the bottom, so that the wait there is a real one.
function* bystander(result: { switched: number }): Routine {
  result.switched++
}

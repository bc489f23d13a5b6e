import { Actor, System } from "@vivarium/actors"
import { run, type Routine, tasklet } from "@vivarium/core"
import { child, dynamicSupervisor, type DynamicSupervisorRef } from "@vivarium/supervision"
import type { TimedBody } from "../../workload.ts"

class Session extends Actor {}

export const dynamic: TimedBody = {
  measures: "time",
  run(size) {
    const system = new System({ log: false })
    tasklet(function* () {
      yield* startAndStop(yield* system.start(dynamicSupervisor()), size)
    })
    run()
    // The supervisor itself is none of them.
    return system.statistics().ended
  },
  expected: (size) => size,
}

function* startAndStop(supervisor: DynamicSupervisorRef, size: number): Routine {
  const spec = child(Session)
  for (let round = 0; round < size; round++) yield* supervisor.terminateChild(yield* supervisor.startChild(spec))
}

import { Actor, ExitReason, type Stop, stop, System } from "@vivarium/actors"
import { run } from "@vivarium/core"
import type { TimedBody } from "../../workload.ts"

/** How many are created before they run: see the row `spawn`. */
const batch = 1_000

/** Ends as soon as it is born. */
class Mayfly extends Actor {
  init(): Stop {
    return stop(ExitReason.normal)
  }
}

export const spawnActors: TimedBody = {
  measures: "time",
  run(size) {
    const system = new System()
    for (let created = 0; created < size; ) {
      const end = Math.min(created + batch, size)
      for (; created < end; created++) system.spawn(Mayfly)
      run()
    }
    return system.statistics().ended
  },
  expected: (size) => size,
}

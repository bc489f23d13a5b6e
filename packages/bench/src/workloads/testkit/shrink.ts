import { explore, type ExplorationError } from "@vivarium/testkit"
import type { TimedBody } from "../../workload.ts"
import { busyHive } from "./beehive.ts"

/** Comes to the number of failures that were shrunk to at most 12 choices, of those found with more than 200. */
export const shrink: TimedBody = {
  measures: "time",
  async run(size) {
    let shrunk = 0
    for (let seed = 1; seed <= size; seed++) {
      const error: ExplorationError = await explore(busyHive, { seed, shrinkMs: 60_000, diagramDirectory: false, progress: false }).then(
        () => Promise.reject(new Error("the failure was not found")),
        (reason: ExplorationError) => reason,
      )
      const before = Number(/with (\d+) choices off the shipped order/.exec(error.message)?.[1])
      if (before > 200 && error.schedule.filter((index) => index !== 0).length <= 12) shrunk++
    }
    return shrunk
  },
  expected: (size) => size,
}

import { explore } from "@vivarium/testkit"
import type { StagedBody, TimedBody } from "../../workload.ts"
import { beehive } from "./beehive.ts"

export const schedules: TimedBody = {
  measures: "time",
  run: async (size) => (await explore(beehive, { schedules: size, progress: false })).schedules,
  expected: (size) => size,
}

/** Comes to 1 if all schedules within the bound were run, or as many as were asked for. */
const bounded = (bound: number): StagedBody => ({
  measures: "stage",
  prepare: (size) => async () => {
    const { exhausted, schedules: run } = await explore(beehive, { strategy: "delayBounded", bound, schedules: size, progress: false })
    return exhausted || run === size ? 1 : 0
  },
  operations: () => 1,
  expected: () => 1,
})

export const boundTwo: StagedBody = bounded(2)
export const boundThree: StagedBody = bounded(3)

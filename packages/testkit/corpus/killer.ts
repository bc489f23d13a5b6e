/** Who ends somebody at some turn, or does not: wherever it hurts most, as a fault. */
import { type Routine, schedule, type Tasklet, TaskletError } from "@vivarium/core"
import type { World } from "../src/scenario.ts"

/** Says before each of its turns whether its victim is killed now. */
export function* killSometime({ fault }: World, victim: { kill(): void } | undefined, turns = 4): Routine {
  for (let turn = 1; turn <= turns; turn++) {
    if (fault(`killed in turn ${turn}`)) return victim?.kill()
    yield* schedule()
  }
}

/** Waits for the end of tasklets, some of which may have been killed. */
export function* ended(tasklets: readonly Tasklet[]): Routine {
  for (const tasklet of tasklets) {
    try {
      yield* tasklet
    } catch (error) {
      if (!(error instanceof TaskletError && error.code === "killed")) throw error
    }
  }
}

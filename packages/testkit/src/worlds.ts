/** The worlds that run, by their schedulers: so what is not given one finds that of the tasklet that calls. */
import type { Scheduler } from "@vivarium/core"
import type { OwnWorld } from "./world.ts"

export const worlds: Map<Scheduler, OwnWorld> = new Map()

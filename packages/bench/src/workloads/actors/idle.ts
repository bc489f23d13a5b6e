import { Actor, type Ref, System } from "@vivarium/actors"
import { run } from "@vivarium/core"
import type { MemoryBody } from "../../workload.ts"

class Sleeper extends Actor {
  wake(): boolean {
    return true
  }
}

/** The references are held, as any program would. */
export const idleActors: MemoryBody = {
  measures: "memory",
  hold(size) {
    const system = new System()
    const sleepers = Array.from({ length: size }, () => system.spawn(Sleeper))
    run()
    return sleepers
  },
  count: (held) => (held as Ref<Sleeper>[]).filter((sleeper) => sleeper.alive).length,
}

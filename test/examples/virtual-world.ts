import { System } from "@vivarium/actors"
import { type Routine, Scheduler } from "@vivarium/core"
import { VirtualClock } from "@vivarium/core/lowlevel"

/** A system whose time jumps to whatever comes next. Crashes are not printed. */
export interface VirtualWorld {
  readonly system: System
  readonly now: () => number
}

/** Plays a scene in a world of its own, which must leave nothing behind. */
export async function inVirtualWorld(scene: (world: VirtualWorld) => Routine): Promise<void> {
  const scheduler = new Scheduler({ clock: new VirtualClock() })
  const system = new System({ scheduler, log: false })
  try {
    await scheduler.main(scene, { system, now: () => scheduler.clock.now() })
  } finally {
    await system.stop()
  }
}

/**
 * Orphans: children whose supervisor was killed, so that it could not stop them.
 *
 * Each is sent the exit signal that a link would bring, and killed when its own time is up. Whoever restarts the supervisor, or stops it,
 * waits until they are gone: so there are never two of one child, and names are free again.
 */
import { type Cell, DEAD, sendExit } from "@vivarium/actors/lowlevel"
import type { Routine, Tasklet } from "@vivarium/core"
import type { Child } from "./child.ts"
import { ended } from "./stopping.ts"

const ending = new WeakMap<Cell, Tasklet>()

/** The supervisor has ended, and these are left. */
export function leaveOrphans(supervisor: Cell, children: readonly Child[]): void {
  const { loop, reason, world } = supervisor
  const begin = world.now
  const left = children.map(({ cell, spec }) => ({ cell: cell as Cell, shutdownMs: spec.shutdownMs }))
  const patience = (one: (typeof left)[number]): number => (typeof one.shutdownMs === "number" ? one.shutdownMs : one.shutdownMs === "infinity" ? Infinity : 0)
  left.sort((a, b) => patience(a) - patience(b))
  for (const { cell } of left) sendExit(cell, supervisor, reason, true)
  const tasklet = loop.create(function* (): Routine {
    for (const one of left) {
      if (one.cell.state !== DEAD) yield* ended(one.cell, supervisor, Math.max(0, begin + patience(one) - world.now))
      yield* orphansGone(one.cell)
    }
  } as never)
  ending.set(supervisor, tasklet)
  loop.launch(tasklet)
}

/** Waits until all that a supervisor has left behind is gone. */
export function* orphansGone(cell: Cell): Routine {
  const tasklet = ending.get(cell)
  if (tasklet?.alive === true) yield* tasklet.join()
}

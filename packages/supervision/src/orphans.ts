/**
 * Orphans: children whose supervisor was killed, so that it could not stop them.
 *
 * Each is sent the exit signal that a link would bring, and killed when its own time is up. Whoever restarts the supervisor, or stops it,
 * waits until they are gone: so there are never two of one child, and names are free again.
 */
import type { Cell } from "@vivarium/actors/lowlevel"
import type { Routine, Tasklet } from "@vivarium/core"
import type { Child } from "./child.ts"
import { Stopping } from "./stopping.ts"

const ending = new WeakMap<Cell, Tasklet>()

/** The supervisor has ended. These children are left, and of those that are dead already, what they have left themselves. */
export function leaveOrphans(supervisor: Cell, children: readonly Child[], dead: readonly Cell[]): void {
  const { loop, reason } = supervisor
  const stopping = children.map(({ cell, spec }) => new Stopping(cell as Cell, supervisor, spec.shutdownMs, reason))
  const tasklet = loop.create(function* (): Routine {
    for (const one of stopping) {
      yield* one
      one.over()
      yield* orphansGone(one.target)
    }
    for (const cell of dead) yield* orphansGone(cell)
  } as never)
  ending.set(supervisor, tasklet)
  loop.launch(tasklet)
}

/** Whether a process has left something behind that has not gone yet. */
export function hasOrphans(cell: Cell): boolean {
  return ending.get(cell)?.alive === true
}

/** Waits until all that a supervisor has left behind is gone. */
export function* orphansGone(cell: Cell): Routine {
  const tasklet = ending.get(cell)
  if (tasklet?.alive === true) yield* tasklet.join()
}

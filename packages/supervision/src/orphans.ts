/**
 * Orphans: children whose supervisor was killed, so that it could not stop them.
 *
 * Each is sent the exit signal that a link would bring, and killed when its own time is up. Whoever restarts the supervisor, or stops it,
 * waits until they are gone: so there are never two of one child, and names are free again. An orphan that calls who waits for it in this way is told so,
 * as it would be if it called who stops it: the dead supervisor stands between the two, as if it waited itself.
 */
import { addEdge, beginWait, type Cell, edgeTo, removeEdge } from "@vivarium/actors/lowlevel"
import type { Routine, Tasklet } from "@vivarium/core"
import type { Shutdown } from "./child-spec.ts"
import { Stopping } from "./stopping.ts"

/** What a supervisor leaves behind, and how long it is given. */
export interface Orphan {
  readonly cell: Cell
  readonly shutdownMs: Shutdown
}

const ending = new WeakMap<Cell, Tasklet>()

/** The supervisor has ended. These children are left, and of those that are dead already, what they have left themselves. */
export function leaveOrphans(supervisor: Cell, orphans: readonly Orphan[], dead: readonly Cell[]): void {
  const { loop, reason } = supervisor
  const stopping = orphans.map(({ cell, shutdownMs }) => new Stopping(cell, supervisor, shutdownMs, reason))
  for (const cell of [...stopping.map(({ target }) => target), ...dead]) addEdge(supervisor, edgeTo(cell))
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

/** Waits until all that a supervisor has left behind is gone; says for which process, if for one. */
export function* orphansGone(cell: Cell, waiter?: Cell): Routine {
  const tasklet = ending.get(cell)
  if (tasklet?.alive !== true) return
  if (waiter === undefined) {
    yield* tasklet.join()
    return
  }
  const edge = beginWait(waiter, cell)
  try {
    yield* tasklet.join()
  } finally {
    removeEdge(waiter, edge)
  }
}

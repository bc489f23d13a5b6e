/** Stopping children: one after another, or all at once; each in its own way and within its own time. */
import { ExitReason } from "@vivarium/actors"
import { type Cell, DEAD, EndOf, sendExit } from "@vivarium/actors/lowlevel"
import { type Routine, select, sleep } from "@vivarium/core"
import type { Child } from "./child.ts"
import type { Shutdown } from "./child-spec.ts"
import { orphansGone } from "./orphans.ts"

/** Asks a process to end, kills it if it takes too long, and waits until it has, with all that was below it. Gives the reason. */
export function* end(cell: Cell, from: Cell, shutdownMs: Shutdown): Routine<ExitReason> {
  askToEnd(cell, from, shutdownMs)
  yield* ended(cell, from, patience(shutdownMs))
  yield* orphansGone(cell)
  return cell.reason
}

/** The same for many at once: each has its own time from now on. */
export function* endAll(children: readonly Child[], from: Cell, onEnd: (child: Child, cell: Cell) => void): Routine {
  const { world } = from
  const begin = world.now
  const patient = children.map((child) => ({ child, cell: child.cell as Cell, patience: patience(child.spec.shutdownMs) })).sort((a, b) => a.patience - b.patience)
  for (const { cell, child } of patient) askToEnd(cell, from, child.spec.shutdownMs)
  for (const { cell, child, patience } of patient) {
    if (cell.state !== DEAD) yield* ended(cell, from, patience === Infinity ? Infinity : Math.max(0, begin + patience - world.now))
    yield* orphansGone(cell)
    onEnd(child, cell)
  }
}

function patience(shutdownMs: Shutdown): number {
  if (shutdownMs === "infinity") return Infinity
  return shutdownMs === "brutal_kill" ? 0 : shutdownMs
}

function askToEnd(cell: Cell, from: Cell, shutdownMs: Shutdown): void {
  if (cell.state !== DEAD) sendExit(cell, from, shutdownMs === "brutal_kill" ? ExitReason.kill : ExitReason.shutdown, false)
}

/** Waits for the end of a process, and kills it when the time is up. */
export function* ended(cell: Cell, from: Cell | null, patienceMs: number): Routine {
  const end = new EndOf(cell)
  if (patienceMs !== Infinity) {
    const outcome = yield* select({ end, late: sleep(patienceMs) }, { priority: true })
    if (outcome.key === "end") return
    sendExit(cell, from, ExitReason.kill, false)
  }
  yield* end
}

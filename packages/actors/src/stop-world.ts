/** Stopping a system: in reverse order of start, each in its time, all within the deadline. */
import { type Routine, select, sleep } from "@vivarium/core"
import { POLL } from "@vivarium/core/lowlevel"
import { type Cell, DEAD, EXITING, STOPPING, TRAPS_EXIT } from "./cell.ts"
import { EndOf } from "./end-of.ts"
import { ExitReason } from "./exit-reason.ts"
import { sendExit } from "./exits.ts"
import { currentCell } from "./current.ts"
import { askToStop } from "./stop.ts"
import { ActorError } from "./errors.ts"
import type { World } from "./world.ts"

export function* stopWorld(world: World, deadlineMs: number, forget: () => void): Routine {
  if (currentCell()?.world === world) {
    throw new ActorError("calling_self", `a process of the system "${world.name}" waits for the end of its own system. Stop it from outside, or from a tasklet of its own.`)
  }
  world.stopping = true
  const deadline = world.now + deadlineMs
  for (let cell = lastTopLevel(world); cell !== null; cell = lastTopLevel(world)) yield* end(world, cell, deadline)
  for (let cell = world.youngest; cell !== null; cell = world.youngest) yield* end(world, cell, deadline)
  for (const timer of world.looseTimers) timer.stop()
  forget()
}

/** The youngest of those that nobody inside has started. */
function lastTopLevel(world: World): Cell | null {
  let cell = world.youngest
  while (cell !== null && cell.parent !== null) cell = cell.older
  return cell
}

/**
 * What is unread is handled first, as long as the actor gets on with it. One that waits in a method is sent the exit signal, which interrupts it;
 * one that traps exits is left to finish.
 */
function* interrupt(world: World, cell: Cell, until: number): Routine {
  while (cell.state < EXITING && cell.tasklet.scheduled && !cell.tasklet.blocked && world.now < until) yield* POLL
  if (cell.state < EXITING && (cell.flags & (TRAPS_EXIT | STOPPING)) === 0) sendExit(cell, null, ExitReason.shutdown, false)
}

function* end(world: World, cell: Cell, deadline: number): Routine {
  const patience = Math.max(0, Math.min(cell.settings.shutdownMs, deadline - world.now))
  if (patience > 0) {
    askToStop(cell, null, ExitReason.shutdown)
    yield* interrupt(world, cell, world.now + patience)
    const ended = new EndOf(cell)
    if (patience === Infinity) yield* ended
    else yield* select({ ended, late: sleep(patience) }, { priority: true })
  }
  if ((cell.state as number) === DEAD) return
  world.events.emit("stopOverdue", { ref: cell.ref, afterMs: patience })
  sendExit(cell, null, ExitReason.kill, false)
  yield* new EndOf(cell)
}

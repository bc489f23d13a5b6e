/** Cancelling a start that takes long: what has been started is stopped again in reverse order, and the start fails. */
import { ExitReason } from "@vivarium/actors"
import { ALIVE, type Cell, sendExit } from "@vivarium/actors/lowlevel"
import type { Routine } from "@vivarium/core"
import { insideOf } from "./inside.ts"
import { Stopping } from "./stopping.ts"

/**
 * Cancels the start of a supervisor: none of its children is started any more, here and below. The one whose `init` is running is told to shut down, and given
 * its time for that; it is its supervisor that then stops the others.
 */
export function cancelStart(supervisor: Cell): void {
  if (supervisor.state >= ALIVE) return
  const inside = insideOf(supervisor)
  // Without children yet: there is nothing to stop in order.
  if (inside == null) return sendExit(supervisor, null, ExitReason.kill, false)
  inside.cancelled = true
  for (const { cell, spec } of inside.children) {
    if (cell === null || cell.state >= ALIVE) continue
    if (spec.kind === "supervisor") return cancelStart(cell)
    const { loop } = supervisor
    const stopping = new Stopping(cell, supervisor, spec.shutdownMs)
    loop.launch(
      loop.create(function* (): Routine {
        yield* stopping
        stopping.over()
      } as never),
    )
    return
  }
}

/** Stopping processes: each in its own way, and within its own time. */
import { ExitReason } from "@vivarium/actors"
import { type Cell, DEAD, EndOf, sendExit } from "@vivarium/actors/lowlevel"
import { cancelTimer, startTimer, type Timer } from "@vivarium/core/lowlevel"
import type { Shutdown } from "./child-spec.ts"

/** The end of a process that has been told to end: an operation. It is killed when its time is up. */
export class Stopping extends EndOf {
  readonly target: Cell
  private readonly from: Cell
  private readonly timer: Timer | null

  /** Tells it. From a supervisor that has ended itself comes what a link would bring. */
  constructor(target: Cell, from: Cell, shutdownMs: Shutdown, signal: ExitReason = ExitReason.shutdown) {
    super(target)
    this.target = target
    this.from = from
    this.timer = null
    if (target.state === DEAD) return
    if (shutdownMs === "brutal_kill") this.enter()
    else sendExit(target, from, signal, signal !== ExitReason.shutdown)
    if (typeof shutdownMs === "number") this.timer = startTimer(target.loop, target.world.now + shutdownMs, this)
  }

  /** Its time is up. */
  enter(): void {
    sendExit(this.target, this.from, ExitReason.kill, false)
  }

  /** It has ended. */
  over(): void {
    if (this.timer !== null) cancelTimer(this.target.loop, this.timer)
  }
}

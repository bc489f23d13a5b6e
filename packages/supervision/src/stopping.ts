/** Stopping processes: each in its own way, and within its own time. */
import { ExitReason } from "@vivarium/actors"
import { type Cell, DEAD, EndOf, sendExit } from "@vivarium/actors/lowlevel"
import { cancelTimer, startTimer, type Timer } from "@vivarium/core/lowlevel"
import type { Shutdown } from "./child-spec.ts"

/** The end of a process that has been told to end: an operation. It is killed when its time is up. */
export class Stopping extends EndOf {
  readonly target: Cell
  /** Whether its time was up, so that it was killed. */
  late = false
  /** Whether it was waiting for a promise then: what that is about may go on. */
  abandoned = false
  private readonly from: Cell
  private readonly timer: Timer | null

  /** Tells it. From a supervisor that has ended itself comes what a link would bring. */
  constructor(target: Cell, from: Cell, shutdownMs: Shutdown, signal: ExitReason = ExitReason.shutdown) {
    super(target)
    this.target = target
    this.from = from
    this.timer = null
    if (target.state === DEAD) return
    if (shutdownMs === "brutal_kill") this.kill()
    else sendExit(target, from, signal, signal !== ExitReason.shutdown)
    if (typeof shutdownMs === "number") this.timer = startTimer(target.loop, target.world.now + shutdownMs, this)
  }

  /** Its time is up. */
  enter(): void {
    this.late = this.target.state !== DEAD
    this.abandoned = this.late && this.target.extras?.settling != null
    this.kill()
  }

  private kill(): void {
    sendExit(this.target, this.from, ExitReason.kill, false)
  }

  /** It has ended. */
  over(): void {
    if (this.timer !== null) cancelTimer(this.target.loop, this.timer)
  }
}

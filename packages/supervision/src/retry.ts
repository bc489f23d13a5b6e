/** Retries: a child waits for its next start. What comes when it is time goes through the supervisor's own mailbox. */
import type { Cell } from "@vivarium/actors/lowlevel"
import type { Routine } from "@vivarium/core"
import { cancelTimer, startTimer, type Timer } from "@vivarium/core/lowlevel"
import type { Child } from "./child.ts"
import { News } from "./news.ts"
import type { Supervision } from "./supervision.ts"

/** A child that could not be started, or waits out its delay. */
export class Retry extends News {
  readonly child: Child
  /** When it is tried, on the clock of the scheduler; undefined if as soon as its turn comes. */
  readonly at: number | undefined
  private readonly supervisor: Cell
  private readonly timer: Timer | null

  private constructor(supervisor: Cell, child: Child, at: number | undefined) {
    super()
    this.supervisor = supervisor
    this.child = child
    this.at = at
    this.timer = at === undefined ? null : startTimer(supervisor.loop, at, this)
    child.retry = this
  }

  /** Tries again when all that is in the mailbox has been handled. It counts as another restart. */
  static now(supervisor: Cell, child: Child): void {
    new Retry(supervisor, child, undefined).enter()
  }

  /** Tries when a delay is over, which has been counted already. */
  static after(supervisor: Cell, child: Child, delayMs: number): Retry {
    return new Retry(supervisor, child, supervisor.world.now + delayMs)
  }

  /** It is time. */
  enter(): void {
    this.tell(this.supervisor, this.supervisor)
  }

  handle(supervision: Supervision): Routine {
    return supervision.retry(this)
  }

  /** Whether it waits out a delay. */
  get delayed(): boolean {
    return this.at !== undefined
  }

  /** Whether it still holds: it has not been taken back. */
  get holds(): boolean {
    return this.child.retry === this
  }

  /** Takes it back. */
  cancel(): void {
    if (this.timer !== null) cancelTimer(this.supervisor.loop, this.timer)
    if (this.holds) this.child.retry = null
  }
}

/** Idle time-outs: a message once nothing has come for a while. Any message at all cancels it. */
import { cancelTimer, type Entry, startTimer, type Timer } from "@vivarium/core/lowlevel"
import { type Cell, IDLE, IDLE_TIMER } from "./cell.ts"
import { Envelope, TICK } from "./envelope.ts"
import { extrasOf } from "./extras.ts"
import { signal, withdraw } from "./mailbox.ts"
import type { Tick } from "./opened.ts"

export class IdleTimeout implements Entry, Tick {
  readonly content: unknown
  private unread: Envelope | null = null
  private readonly cell: Cell
  private readonly ms: number
  private timer: Timer | null = null

  constructor(cell: Cell, ms: number, content: unknown) {
    this.cell = cell
    this.ms = ms
    this.content = content
  }

  /** The actor has nothing to do from now on, however long the method took that has set it. */
  arm(): void {
    this.timer ??= startTimer(this.cell.loop, this.cell.world.now + this.ms, this)
  }

  /** While something is being handled it waits until the actor is idle again, unless that was a message, which cancels it. */
  enter(): void {
    const { cell } = this
    this.timer = null
    if (cell.first !== null || (cell.flags & IDLE) === 0) return
    this.unread = new Envelope(TICK, null, "", this)
    signal(cell, this.unread)
  }

  read(): void {
    this.unread = null
  }

  stop(): void {
    if (this.timer !== null) cancelTimer(this.cell.loop, this.timer)
    if (this.unread?.list != null) withdraw(this.cell, this.unread)
  }
}

export function startIdle(cell: Cell, ms: number, message: unknown): void {
  cell.flags |= IDLE_TIMER
  extrasOf(cell).idle = new IdleTimeout(cell, ms, message)
  if ((cell.flags & IDLE) !== 0) armIdle(cell)
}

/** The actor begins to wait for its next message. */
export function armIdle(cell: Cell): void {
  cell.extras?.idle?.arm()
}

/** Nothing happens if none is set. */
export function clearIdle(cell: Cell): void {
  const idle = cell.extras?.idle
  cell.flags &= ~IDLE_TIMER
  if (idle == null) return
  idle.stop()
  if (cell.extras !== null) cell.extras.idle = null
}

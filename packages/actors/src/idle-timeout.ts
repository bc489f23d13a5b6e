/** Idle time-outs: a message once nothing has come for a while. Any message at all cancels it. */
import { cancelTimer, type Entry, startTimer, type Timer } from "@vivarium/core/lowlevel"
import { type Cell, IDLE, IDLE_TIMER } from "./cell.ts"
import { Envelope, TICK } from "./envelope.ts"
import { extrasOf } from "./extras.ts"
import { signal, takeOut } from "./mailbox.ts"
import type { Tick } from "./opened.ts"

export class IdleTimeout implements Entry, Tick {
  readonly content: unknown
  unread: Envelope | null = null
  private readonly cell: Cell
  private readonly ms: number
  private timer: Timer

  constructor(cell: Cell, ms: number, content: unknown) {
    this.cell = cell
    this.ms = ms
    this.content = content
    this.timer = this.start()
  }

  /** It counts from when the actor has nothing to do: while a method runs it begins anew. */
  enter(): void {
    const { cell } = this
    if (cell.first !== null) return
    if ((cell.flags & IDLE) === 0) {
      this.timer = this.start()
      return
    }
    this.unread = new Envelope(TICK, null, "", this)
    signal(cell, this.unread)
  }

  stop(): void {
    cancelTimer(this.cell.loop, this.timer)
    if (this.unread?.list != null) takeOut(this.cell, this.unread)
  }

  private start(): Timer {
    return startTimer(this.cell.loop, this.cell.world.now + this.ms, this)
  }
}

export function startIdle(cell: Cell, ms: number, message: unknown): void {
  cell.flags |= IDLE_TIMER
  extrasOf(cell).idle = new IdleTimeout(cell, ms, message)
}

/** Nothing happens if none is set. */
export function clearIdle(cell: Cell): void {
  const idle = cell.extras?.idle
  cell.flags &= ~IDLE_TIMER
  if (idle == null) return
  idle.stop()
  if (cell.extras !== null) cell.extras.idle = null
}

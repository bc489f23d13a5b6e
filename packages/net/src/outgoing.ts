/**
 * What waits to be written: pieces in line, each handed over slice by slice as the peer takes them.
 *
 * Invariants:
 * 1. Pieces are sent in the order in which they came, and none begins before the one before it is whole.
 * 2. A piece that nobody waits for any more is left out if none of it has been handed over; else the rest follows, so that the stream stays whole.
 */
import { type RunLoop, type Tasklet, TimeoutError } from "@vivarium/core"
import { type Entry, wake, wakeWithError } from "@vivarium/core/lowlevel"
import { Deadline } from "./deadlines.ts"
import { SLICE_BYTES } from "./limits.ts"
import type { Link } from "./link.ts"

export class Piece extends Deadline {
  readonly outgoing: Outgoing
  readonly data: Uint8Array
  readonly timeoutMs: number
  /** Who waits for it; null for nobody. */
  tasklet: Tasklet | null
  /** How much of it has been handed over. */
  sent = 0

  constructor(outgoing: Outgoing, tasklet: Tasklet, data: Uint8Array, timeoutMs: number) {
    super()
    this.outgoing = outgoing
    this.tasklet = tasklet
    this.data = data
    this.timeoutMs = timeoutMs
  }

  expire(): void {
    this.outgoing.expired(this)
  }
}

/** The line of one connection or body; made when it is first needed. */
export class Outgoing implements Entry {
  /** Whether the link has no room, until it tells of a drain. */
  blocked = false
  /** What was raised last since the peer took nothing. */
  late: TimeoutError | null = null
  private readonly loop: RunLoop
  private readonly link: Pick<Link, "write">
  private readonly outside: boolean
  private readonly line: Piece[] = []
  private entering = false
  /** Who waits until all has been handed over. */
  private onEmpty: (() => void)[] = []

  constructor(loop: RunLoop, link: Pick<Link, "write">, outside: boolean) {
    this.loop = loop
    this.link = link
    this.outside = outside
  }

  /** Whether something can be written past it, at once. */
  get open(): boolean {
    return !this.blocked && this.idle
  }

  /** Whether nothing is in line. */
  get idle(): boolean {
    return this.line.length === 0
  }

  /** Puts data in line for a tasklet that waits for it. */
  park(tasklet: Tasklet, data: Uint8Array, timeoutMs: number): void {
    const piece = new Piece(this, tasklet, data, timeoutMs)
    tasklet.value = piece
    this.hold(1)
    this.line.push(piece)
    this.renew(piece)
    if (this.line.length === 1) this.pump()
  }

  /** The tasklet does not wait any more. */
  forget(piece: Piece): void {
    if (piece.tasklet === null) return
    piece.tasklet = null
    piece.end()
    this.hold(-1)
    if (piece.sent === 0) this.line.splice(this.line.indexOf(piece), 1)
    this.emptied()
  }

  /** There is room again. */
  drained(): void {
    this.blocked = false
    if (this.entering || this.line.length === 0) return
    this.entering = true
    this.loop.ingress.accept(this)
  }

  enter(): void {
    this.entering = false
    this.pump()
  }

  /** Calls back when all that is in line has been handed over, or never will be. */
  whenEmpty(callback: () => void): void {
    if (this.line.length === 0) callback()
    else this.onEmpty.push(callback)
  }

  /** Nothing can be sent any more. */
  fail(error: Error): void {
    this.blocked = true
    for (const piece of this.line.splice(0)) this.settle(piece, error)
    this.emptied()
  }

  private pump(): void {
    const { line } = this
    const moves = line.length > 0 && !this.blocked
    for (let piece = line[0]; piece !== undefined && !this.blocked; piece = line[0]) {
      const slice = piece.data.length <= SLICE_BYTES ? piece.data : piece.data.subarray(piece.sent, piece.sent + SLICE_BYTES)
      piece.sent += slice.length
      try {
        this.blocked = !this.link.write(slice)
      } catch (error) {
        // A body that is longer than its reply has said.
        for (const refused of line.splice(0)) this.settle(refused, error as Error)
        break
      }
      if (piece.sent < piece.data.length) continue
      line.shift()
      this.settle(piece, null)
    }
    if (moves) for (const piece of line) this.renew(piece)
    this.emptied()
  }

  private settle(piece: Piece, error: Error | null): void {
    const { tasklet } = piece
    if (tasklet === null) return
    piece.tasklet = null
    piece.end()
    this.hold(-1)
    if (error === null) wake(tasklet, undefined)
    else wakeWithError(tasklet, error)
  }

  /** The peer has taken something, of whoever's, or the wait begins: its time begins anew. */
  private renew(piece: Piece): void {
    piece.end()
    if (piece.tasklet !== null) piece.begin(this.loop, piece.timeoutMs)
  }

  /** The peer has taken nothing for too long. */
  expired(piece: Piece): void {
    const { tasklet, timeoutMs } = piece
    if (tasklet === null) return
    const what = tasklet.op?.describe() ?? "write()"
    this.forget(piece)
    this.late = new TimeoutError(timeoutMs, what)
    wakeWithError(tasklet, this.late)
  }

  private emptied(): void {
    if (this.line.length > 0) return
    for (const callback of this.onEmpty.splice(0)) callback()
  }

  private hold(change: number): void {
    if (this.outside) this.loop.external += change
  }
}

/** Casts and sends that wait for room: what `ref.with({ wait: true })` gives. */
import type { RunLoop, Tasklet } from "@vivarium/core"
import { Offer, taskletOfNode, wake, type WaitNode } from "@vivarium/core/lowlevel"
import { type Cell, EXITING } from "./cell.ts"
import { currentCell } from "./current.ts"
import { Envelope, type LostBecause, MESSAGE } from "./envelope.ts"
import { CallError, MailboxFullError } from "./errors.ts"
import { ExitReason } from "./exit-reason.ts"
import { accept, hasRoom, isAwaited, waitForRoom, withdraw } from "./mailbox.ts"
import { refusedBySchema } from "./protocol.ts"
import type { Ref } from "./ref.ts"
import { addEdge, circleInWords, type Edge, pathOfWaits, removeEdge } from "./waits-for.ts"

/** An envelope whose sender waits until it is let in. */
class Waiting extends Envelope implements Edge {
  readonly node: WaitNode
  readonly target: Cell
  readonly waiter: Cell | null
  nextEdge: Edge | null = null
  previousEdge: Edge | null = null

  constructor(kind: number, sender: Cell | null, method: string, payload: unknown, node: WaitNode, target: Cell) {
    super(kind, sender, method, payload)
    this.node = node
    this.target = target
    // In async code only the sender is known, and only if it was named.
    this.waiter = (taskletOfNode(node).owner as Cell | null) ?? sender
    if (this.waiter !== null) addEdge(this.waiter, this)
  }

  override admitted(): void {
    // A guard that was shown it may have ended the wait.
    if (this.end()) wake(this.node, true)
  }

  override lost(cell: Cell, why: LostBecause): void {
    super.lost(cell, why)
    // Once it is in the mailbox nobody waits for it any more.
    if (this.end()) wake(this.node, false)
  }

  private waits = true

  end(): boolean {
    if (!this.waits) return false
    this.waits = false
    if (this.waiter !== null) removeEdge(this.waiter, this)
    return true
  }
}

/** True once the message is in the mailbox; false, and a dead letter, if the receiver has ended. */
export class Post extends Offer<boolean> {
  private readonly ref: Ref<unknown>
  private readonly messageKind: number
  private readonly sender: Cell | null
  private readonly method: string
  private readonly payload: unknown

  constructor(ref: Ref<unknown>, kind: number, sender: Cell | null, method: string, payload: unknown) {
    super()
    this.ref = ref
    this.messageKind = kind
    this.sender = sender
    this.method = method
    this.payload = payload
  }

  override get owner(): RunLoop | null {
    return this.ref["~loop"]
  }

  ready(): boolean {
    const cell = this.ref["~resolve"]()
    if (cell === null || cell.state >= EXITING || hasRoom(cell) || cell.settings.overflow !== "suspend" || this.refused(cell)) return true
    if (this.messageKind === MESSAGE && cell.receivers !== null && isAwaited(cell, this.envelope())) return true
    this.checkWaiting(cell, currentCell() ?? this.sender)
    return false
  }

  /** Raises if the wait could never end. */
  private checkWaiting(cell: Cell, waiter: Cell | null): void {
    if (waiter === null) return
    if (waiter === cell) {
      throw new MailboxFullError(cell.ref.toString(), this.method, cell.settings.capacity, ": waiting for room in one's own mailbox would never end")
    }
    const path = pathOfWaits(cell, waiter)
    if (path === null) return
    throw new CallError("call_cycle", cell.ref.toString(), this.method, ExitReason.custom("call_cycle"), `waiting for room would never end, for ${circleInWords(path)}.`)
  }

  take(): boolean {
    const cell = this.ref["~resolve"]()
    const envelope = this.envelope()
    if (cell === null) this.ref["~lost"](envelope)
    else if (this.refused(cell)) envelope.lost(cell, "schema")
    else return accept(cell, envelope)
    return false
  }

  park(node: WaitNode): void {
    const cell = this.ref["~resolve"]() as Cell
    const waiting = new Waiting(this.messageKind, this.sender, this.method, this.payload, node, cell)
    node.value = waiting
    cell.world.watch?.sent(cell, waiting)
    waitForRoom(cell, waiting)
  }

  unpark(node: WaitNode): void {
    const waiting = node.value as Waiting
    if (waiting.list !== null) withdraw(waiting.target, waiting)
    waiting.end()
  }

  override get awaited(): readonly Tasklet[] {
    const cell = this.ref["~resolve"]()
    return cell === null ? [] : [cell.tasklet]
  }

  describe(): string {
    return `room in the mailbox of ${this.ref.toString()}`
  }

  private envelope(): Envelope {
    return new Envelope(this.messageKind, this.sender, this.method, this.payload)
  }

  private refused(cell: Cell): boolean {
    return cell.settings.validate && refusedBySchema(cell, this.messageKind === MESSAGE ? "info" : this.method, this.payload) !== null
  }
}

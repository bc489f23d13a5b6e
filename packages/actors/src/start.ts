/** Waiting for `init`: until the actor handles messages, or has ended because it will not. */
import type { RunLoop, Tasklet } from "@vivarium/core"
import { cancelTimer, Offer, startTimer, type Timer, wake, type WaitNode } from "@vivarium/core/lowlevel"
import { type Cell, DEAD } from "./cell.ts"
import { ExitReason } from "./exit-reason.ts"
import { sendExit, unlinkCells } from "./exits.ts"
import { addEdge, type Edge, edgeTo, removeEdge } from "./waits-for.ts"

/** Passes once it is decided; `reason` then says why not, or is null. */
export class Starting extends Offer<void> {
  readonly cell: Cell
  readonly timeoutMs: number
  reason: ExitReason | null = null
  /** What init asked for, if that is not how it ends. */
  verdict: ExitReason | null = null
  /** Whether an exit signal has ended it before its init was done. */
  signalled = false
  /** Whether it was killed because it took too long. */
  late = false
  private done = false
  private node: WaitNode | null = null
  private readonly parent: Cell | null
  private readonly caller: Cell | null
  private readonly edge: Edge
  private readonly timer: Timer | null

  constructor(cell: Cell, parent: Cell | null, caller: Cell | null, timeoutMs: number) {
    super()
    this.cell = cell
    this.timeoutMs = timeoutMs
    this.parent = parent
    this.caller = caller
    this.edge = edgeTo(cell)
    if (caller !== null) addEdge(caller, this.edge)
    this.timer = timeoutMs === Infinity ? null : startTimer(cell.loop, cell.world.now + timeoutMs, this)
  }

  override get owner(): RunLoop {
    return this.cell.loop
  }

  /** Nobody waits any more. */
  over(): void {
    if (this.caller !== null) removeEdge(this.caller, this.edge)
    if (this.timer !== null) cancelTimer(this.cell.loop, this.timer)
  }

  /** Its time is up. */
  enter(): void {
    if (this.done) return
    this.late = true
    if (this.parent !== null) unlinkCells(this.parent, this.cell)
    if (this.cell.state !== DEAD) sendExit(this.cell, null, ExitReason.kill, false)
  }

  /** Its `init` has succeeded. */
  succeeded(): void {
    this.settle()
  }

  /** It has ended, and everybody was told. */
  ended(reason: ExitReason): void {
    if (!this.done) this.reason = this.verdict ?? reason
    this.settle()
  }

  ready(): boolean {
    return this.done
  }

  take(): void {}

  park(node: WaitNode): void {
    this.node = node
  }

  unpark(): void {
    this.node = null
  }

  override get awaited(): readonly Tasklet[] {
    return [this.cell.tasklet]
  }

  describe(): string {
    return `the start of ${this.cell.ref.toString()}`
  }

  private settle(): void {
    this.done = true
    const { node } = this
    this.node = null
    if (node !== null) wake(node, undefined)
  }
}

/** Waiting for `init`: until the actor handles messages, or has ended because it will not. */
import type { RunLoop } from "@vivarium/core"
import { Offer, wake, type WaitNode } from "@vivarium/core/lowlevel"
import type { Cell } from "./cell.ts"
import type { ExitReason } from "./exit-reason.ts"

/** Passes once it is decided; `reason` then says why not, or is null. */
export class Starting extends Offer<void> {
  reason: ExitReason | null = null
  /** What init asked for, if that is not how it ends. */
  verdict: ExitReason | null = null
  /** Whether an exit signal has ended it before its init was done. */
  signalled = false
  private done = false
  private node: WaitNode | null = null
  private readonly cell: Cell

  constructor(cell: Cell) {
    super()
    this.cell = cell
  }

  override get owner(): RunLoop {
    return this.cell.loop
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

/** Waiting for the end of a process, without being one. */
import type { RunLoop, Tasklet } from "@vivarium/core"
import { Offer, wake, type WaitNode } from "@vivarium/core/lowlevel"
import { type Cell, DEAD } from "./cell.ts"
import type { ExitReason } from "./exit-reason.ts"
import { addWatcher, type Watcher } from "./extras.ts"

class Waiter implements Watcher {
  private readonly node: WaitNode

  constructor(node: WaitNode) {
    this.node = node
  }

  fire(reason: ExitReason): void {
    wake(this.node, reason)
  }
}

/** Passes with the reason once the process has ended. */
export class EndOf extends Offer<ExitReason> {
  private readonly cell: Cell

  constructor(cell: Cell) {
    super()
    this.cell = cell
  }

  override get owner(): RunLoop {
    return this.cell.loop
  }

  ready(): boolean {
    return this.cell.state === DEAD
  }

  take(): ExitReason {
    return this.cell.reason
  }

  park(node: WaitNode): void {
    const waiter = new Waiter(node)
    node.value = waiter
    addWatcher(this.cell, waiter)
  }

  unpark(node: WaitNode): void {
    this.cell.extras?.watchers?.delete(node.value as Waiter)
  }

  override get awaited(): readonly Tasklet[] {
    return [this.cell.tasklet]
  }

  describe(): string {
    return `the end of ${this.cell.ref.toString()}`
  }
}

/** The news that a child has ended by itself. */
import type { ExitReason } from "@vivarium/actors"
import type { Cell } from "@vivarium/actors/lowlevel"
import type { Routine } from "@vivarium/core"
import type { Child } from "./child.ts"
import { News } from "./news.ts"
import type { Supervision } from "./supervision.ts"

export class ChildEnd extends News {
  readonly child: Child
  readonly cell: Cell
  readonly reason: ExitReason

  constructor(child: Child, cell: Cell, reason: ExitReason) {
    super()
    this.child = child
    this.cell = cell
    this.reason = reason
  }

  handle(supervision: Supervision): Routine | undefined {
    return supervision.heal(this.child, this.cell, this.reason)
  }
}

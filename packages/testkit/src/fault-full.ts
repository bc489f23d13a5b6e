/** Full mailboxes: for two switches a mailbox takes no more than stands in it. */
import { admit, type Cell, EXITING, type ProcessSettings } from "@vivarium/actors/lowlevel"
import { FULL_FOR } from "./limits.ts"

interface Full {
  readonly cell: Cell
  readonly settings: ProcessSettings
  /** The number of the slice after which it has room again. */
  readonly until: number
}

export class FullMailboxes {
  private full: Full[] = []

  /** Whether that can happen to it now. */
  canFill(cell: Cell): boolean {
    const { capacity, overflow } = cell.settings
    if (cell.state >= EXITING || capacity === Infinity || cell.size >= capacity || this.full.some((one) => one.cell === cell)) return false
    return overflow !== "dropOldest" || cell.size > 0
  }

  fill(cell: Cell, slices: number): void {
    this.full.push({ cell, settings: cell.settings, until: slices + FULL_FOR })
    set(cell, { ...cell.settings, capacity: cell.size })
  }

  /** A slice has ended. */
  sliced(slices: number): void {
    if (this.full.length === 0) return
    const over = this.full.filter(({ until }) => slices >= until)
    this.full = this.full.filter(({ until }) => slices < until)
    over.forEach(makeRoom)
  }

  /** Nothing can run: there is room again for whoever waits for it. */
  release(): void {
    const over = this.full
    this.full = []
    over.forEach(makeRoom)
  }
}

function makeRoom({ cell, settings }: Full): void {
  set(cell, settings)
  if (cell.state < EXITING) admit(cell)
}

function set(cell: Cell, settings: ProcessSettings): void {
  ;(cell as { settings: ProcessSettings }).settings = settings
}

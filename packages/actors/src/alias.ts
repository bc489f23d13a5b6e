/**
 * Aliases: addresses that their process can turn off. What is sent to one that is off vanishes, counted, before the mailbox: so late answers
 * never turn up. Erlang: `alias/1`.
 */
import type { Cell } from "./cell.ts"
import { Envelope, MESSAGE } from "./envelope.ts"
import { extrasOf } from "./extras.ts"
import { accept } from "./mailbox.ts"
import { currentCell } from "./current.ts"

/** How long the alias of a monitor is active: see `MonitorOptions`. */
export type AliasKind = "explicit_unalias" | "demonitor" | "reply_demonitor"

/** An address of a process that can be turned off. */
export class Alias {
  private readonly cell: Cell
  private readonly once: boolean
  private readonly onFirst: (() => void) | null
  private readonly staysAfterDown: boolean

  /** @internal */
  constructor(cell: Cell, once: boolean, onFirst: (() => void) | null, staysAfterDown: boolean) {
    this.cell = cell
    this.once = once
    this.onFirst = onFirst
    this.staysAfterDown = staysAfterDown
    const extras = extrasOf(cell)
    ;(extras.aliases ??= new Set()).add(this)
  }

  /** Sends to the process; false, and a dead letter, if the alias is off or the mailbox takes no more. */
  send(message: unknown): boolean {
    const envelope = new Envelope(MESSAGE, currentCell(), "", message)
    if (this.cell.extras?.aliases?.has(this) !== true) {
      envelope.lost(this.cell, "dead")
      return false
    }
    if (this.once) {
      this.unalias()
      this.onFirst?.()
    }
    return accept(this.cell, envelope)
  }

  /** Turns it off; says whether it was on. */
  unalias(): boolean {
    return this.cell.extras?.aliases?.delete(this) === true
  }

  /** @internal */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return `Alias of ${this.cell.ref.toString()}`
  }

  /** @internal */
  demonitored(): void {
    if (!this.staysAfterDown) this.unalias()
  }
}

/** News: what a supervisor is told by itself or its children, as signals of the system; its `info` carries them out. */
import { type Cell, Envelope, signal, TICK } from "@vivarium/actors/lowlevel"
import type { Routine } from "@vivarium/core"
import type { Supervision } from "./supervision.ts"

export abstract class News {
  /** What to do about it, in the supervisor's turn. */
  abstract handle(supervision: Supervision): Routine | undefined

  /** Puts it behind all that has come so far. It takes no room, and no policy of the mailbox drops it. */
  tell(supervisor: Cell, from: Cell): void {
    signal(supervisor, new Envelope(TICK, from, "", this))
  }

  /** The message in the envelope is the news itself. */
  get content(): this {
    return this
  }

  /** It has been taken out of the mailbox. */
  read(): void {}
}

/**
 * News: what the system tells a process by a message, be it of groups, registries or event managers. It is a signal, so it is not counted and no
 * policy drops it: who missed that somebody has left would take him for a member for ever.
 */
import type { Cell } from "./cell.ts"
import { currentCell } from "./current.ts"
import { Envelope, TICK } from "./envelope.ts"
import { signal } from "./mailbox.ts"
import type { Tick } from "./opened.ts"

class News implements Tick {
  readonly content: unknown
  private readonly isWanted: (() => boolean) | undefined

  constructor(content: unknown, isWanted: (() => boolean) | undefined) {
    this.content = content
    this.isWanted = isWanted
  }

  get stale(): boolean {
    return this.isWanted?.() === false
  }

  read(): void {}
}

/** Tells a process; nothing happens if it is about to end. `isWanted` says whether it still is, once it has come. */
export function tellNews(cell: Cell, content: unknown, isWanted?: () => boolean): void {
  signal(cell, new Envelope(TICK, currentCell(), "", new News(content, isWanted)))
}

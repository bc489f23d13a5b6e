/** Dead letters: what could not be delivered, counted, and the last ones kept to look at. */
import type { Envelope, LostBecause } from "./envelope.ts"
import type { SystemEvents } from "./events.ts"
import { DEAD_LETTERS_KEPT } from "./limits.ts"
import type { Ref } from "./ref.ts"

/** One message that nobody will handle. */
export interface DeadLetter {
  /** For whom it was: a reference, or a name that nobody holds. */
  readonly to: Ref<unknown> | string
  /** From whom, if it was a process. */
  readonly from: Ref<unknown> | undefined
  /** The method, if it was a cast or a call. */
  readonly method: string | undefined
  /** The message, or the list of arguments. */
  readonly message: unknown
  /** Why: the receiver was `dead`, `full` or `dropped` it, a `schema` refused it, it has no method for it (`unhandled`), or it ended with it `unread`. */
  readonly because: LostBecause
}

export class DeadLetters {
  private readonly kept: DeadLetter[] = []
  private next = 0
  private telling = false
  private readonly events: SystemEvents
  private readonly count: () => void

  constructor(events: SystemEvents, count: () => void) {
    this.events = events
    this.count = count
  }

  add(to: Ref<unknown> | string, envelope: Envelope, because: LostBecause): void {
    this.put({
      to,
      from: envelope.sender?.ref,
      method: envelope.method === "" ? undefined : envelope.method,
      message: envelope.payload,
      because,
    })
  }

  /** What is lost while listeners are told is kept and counted, but not told: one who sends each on, to somebody who takes no more, would be told for ever. */
  put(letter: DeadLetter): void {
    this.count()
    this.kept[this.next] = letter
    this.next = (this.next + 1) % DEAD_LETTERS_KEPT
    if (this.telling) return
    this.telling = true
    this.events.emit("deadLetter", letter)
    this.telling = false
  }

  /** The last ones, the oldest first. */
  list(): readonly DeadLetter[] {
    return [...this.kept.slice(this.next), ...this.kept.slice(0, this.next)]
  }
}


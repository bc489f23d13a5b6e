/** What people send: one line at a time, which can be shown to others; or what is wrong with it, which is no reason to end. */
import { type Operation, type Routine, select, TimeoutError } from "@vivarium/core"
import { type Connection, LimitError } from "@vivarium/net"

export type Utterance =
  | { readonly kind: "line"; readonly text: string }
  /** It cannot be shown; the next one may be. */
  | { readonly kind: "refused"; readonly why: string }
  /** There is no next one. */
  | { readonly kind: "over"; readonly why: string }

export interface Patience {
  readonly timeoutMs: number
  readonly maxBytes: number
  /** Happens when there is nobody any more to hear for. */
  readonly gone: Operation<unknown> | null
  /** Happens when the chat closes. */
  readonly closing: Operation<void>
}

/** Control characters, line ends of other kinds, letters that turn the direction of a line, and what was no UTF-8. */
const UNSPEAKABLE = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069\ufffd]/u
const NEWLINE = 10
/** Who sends so much without an end will not end. */
const MOST_SKIPPED = 1_000_000

/** Waits for the next line. It must come whole within the time: dripping letters is no way to stay. */
export function* nextUtterance(connection: Connection, { closing, gone, maxBytes, timeoutMs }: Patience): Routine<Utterance> {
  try {
    const first = yield* select({ gone, closing, line: connection.readLine({ timeoutMs, maxBytes }) }, { priority: true })
    if (first.key === "closing") return { kind: "over", why: "The chat closes." }
    if (first.key === "gone" || first.value === undefined) return { kind: "over", why: "" }
    const text = first.value.trim()
    return UNSPEAKABLE.test(text) ? { kind: "refused", why: "That line has characters that cannot be shown." } : { kind: "line", text }
  } catch (error) {
    if (error instanceof TimeoutError) return { kind: "over", why: `Nothing came from you for ${timeoutMs / 1000} seconds.` }
    if (error instanceof LimitError) return yield* skipLine(connection, timeoutMs, maxBytes)
    throw error
  }
}

/** Drops a line that is too long, as it comes. */
function* skipLine(connection: Connection, timeoutMs: number, maxBytes: number): Routine<Utterance> {
  for (let skipped = 0; skipped < MOST_SKIPPED; ) {
    const there = yield* connection.peek(undefined, { timeoutMs })
    if (there === undefined) return { kind: "over", why: "" }
    const end = there.indexOf(NEWLINE)
    const count = end < 0 ? there.length : end + 1
    yield* connection.readBytes(count)
    if (end >= 0) return { kind: "refused", why: `A line has at most ${maxBytes} bytes.` }
    skipped += count
  }
  return { kind: "over", why: "That line has no end." }
}

/** What an envelope says to its receiver, and what happens when it is opened. */
import { DOWN, type Envelope, TICK } from "./envelope.ts"
import type { Down } from "./monitor.ts"

/** What stands in the envelope of a timer. */
export interface Tick {
  readonly content: unknown
  /** It has been read, or will never be. */
  read(): void
  /** Whether it was taken back after it had come. */
  readonly stale?: boolean
}

/** The message, as a receive sees it. Changes nothing. */
export function messageOf(envelope: Envelope): unknown {
  const { kind, payload } = envelope
  if (kind === DOWN) return (payload as Down).monitor.messageFor(payload as Down)
  if (kind === TICK) return (payload as Tick).content
  return payload
}

/** The envelope has been taken to be handled: it cannot be flushed any more, and the next tick may come. */
export function opened(envelope: Envelope): void {
  const { kind, payload } = envelope
  if (kind === DOWN) (payload as Down).monitor.envelope = null
  else if (kind === TICK) (payload as Tick).read()
}

/** Whether nobody wants it any more: taken back while a receive had it, it goes nowhere if that receive does not take it. */
export function isStale({ kind, payload }: Envelope): boolean {
  if (kind === DOWN) return (payload as Down).monitor.flushed
  return kind === TICK && (payload as Tick).stale === true
}

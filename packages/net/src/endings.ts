/** How connections are flushed, ended and closed: routines. */
import { Deferred, type Routine, select, sleep, TimeoutError } from "@vivarium/core"
import type { Connection } from "./connection.ts"
import { ConnectionError } from "./errors.ts"
import { IDLE_MS, LINGER_MS } from "./limits.ts"

/** Waits until the system has taken everything. */
export function* flushing(connection: Connection, timeoutMs: number): Routine {
  yield* handedOver(connection, timeoutMs)
  const { link } = connection
  if (connection.isClosed || link.writableLength === 0) return
  yield* before(connection, timeoutMs, "flush()", (done) => (link.writableEnded === true ? link.end(done) : link.write("", done)))
}

/** Sends the end of the stream. */
export function* ending(connection: Connection, timeoutMs: number): Routine {
  connection.beginEnd()
  yield* handedOver(connection, timeoutMs)
  if (!connection.isClosed) yield* before(connection, timeoutMs, "end()", (done) => connection.link.end(done))
}

/** Sends everything and the end, and waits for the peer's; destroys it in any case. */
export function* closing(connection: Connection): Routine {
  if (connection.isClosed) return
  try {
    connection.beginEnd()
    connection.discard(() => connection.closedError())
    const { idleMs, link } = connection
    if (connection.outgoing?.open === false) yield* handedOver(connection, Math.min(idleMs, IDLE_MS))
    // The peer has ended and all is with the system, so the close of the socket is the end in order, and nothing is left to wait for. TLS has a word of
    // its own to say before.
    if (connection.ended && link.writableLength === 0 && link.resetAndDestroy !== undefined && link.encrypted !== true) return
    // Node ends a socket by itself once its peer has ended, and to end it again makes an error that nobody sees: half of what a short connection costs.
    if (link.writableEnded !== true) link.end()
    const patience = link.writableLength > 0 ? Math.max(LINGER_MS, Math.min(idleMs, IDLE_MS)) : LINGER_MS
    yield* select({ closed: connection.closed, late: sleep(patience) })
  } catch (error) {
    // A peer that takes nothing, or has gone, is no reason not to close.
    if (!(error instanceof TimeoutError) && !(error instanceof ConnectionError)) throw error
  } finally {
    connection.destroy()
  }
}

/** Waits until what others have written is with the link. */
function* handedOver(connection: Connection, timeoutMs: number): Routine {
  const { outgoing } = connection
  if (outgoing?.idle === false) {
    yield* before(connection, timeoutMs, "write()", (done) => outgoing.whenEmpty(done))
    if (connection.isClosed) throw connection.failure ?? connection.closedError()
  }
  if (connection.isBroken) throw connection.failure
}

/** What the link calls when it is done, or will never be. */
type Told = (error?: (Error & { readonly code?: string }) | null) => void

/** Waits for what the link tells, not longer than for the close of the connection, and not for ever. */
function* before(connection: Connection, timeoutMs: number, what: string, ask: (done: Told) => unknown): Routine {
  let outcome: Error | null | undefined
  const told = new Deferred(connection.loop)
  ask((error) => {
    // That it has ended before is no error.
    outcome = error == null || error.code === "ERR_STREAM_ALREADY_FINISHED" ? null : (connection.failure ?? connection.brokenError(error))
    connection.loop.ingress.accept({ enter: () => void told.resolve() })
  })
  const late = timeoutMs === Infinity ? null : sleep(timeoutMs)
  const first = yield* select({ told: told.wait(), closed: connection.closed, late })
  if (first.key === "late") throw new TimeoutError(timeoutMs, `${what} to ${connection.peer}`)
  // It may have been told just before the close.
  if (outcome === undefined) outcome = connection.failure ?? connection.closedError()
  if (outcome !== null) throw outcome
}

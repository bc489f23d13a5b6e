/** One error class per reason, each with a stable `code`; see `VivariumError` of the core for how they are recognised. */
import { InvalidArgumentError, VivariumError, type VivariumErrorOptions } from "@vivarium/core"

/**
 * Something is wrong with a connection, or with what its peer does. Codes: `connection_reset` (the peer or the network broke it off),
 * `connection_closed` (it was closed before), `connect_failed` (it could not be made), `listen_failed` (the address cannot be listened on),
 * `unexpected_end` (the peer ended in the middle of what was asked for; `partial` is what came), `unwritable` (a stream that takes nothing).
 * The system's error is in `cause`.
 *
 * @example
 * ```ts
 * import { main } from "@vivarium/core"
 * import { ConnectionError, pair } from "@vivarium/net"
 *
 * await main(function* () {
 *   const [left, right] = pair()
 *   right.reset()
 *   try {
 *     yield* left.readLine()
 *   } catch (error) {
 *     if (error instanceof ConnectionError) console.log(error.code)
 *   }
 * })
 * // prints: connection_reset
 * ```
 */
export class ConnectionError extends VivariumError {
  /** Who is at the other end, as reports show it. */
  readonly peer: string
  /** What had come, when the peer ended in the middle. */
  readonly partial: Uint8Array | undefined

  constructor(code: string, peer: string, message: string, options: VivariumErrorOptions & { readonly partial?: Uint8Array } = {}) {
    super(code, message, options)
    this.peer = peer
    this.partial = options.partial
  }

  /** @internal */
  override get "~kind"(): string {
    return "ConnectionError"
  }
}

/** More has come than is allowed. Codes: `line_too_long`, `message_too_large` (asked for by `readBytes`), `body_too_large`. For HTTP the status 413, if nobody catches it. */
export class LimitError extends VivariumError {
  /** The limit, in bytes. */
  readonly maxBytes: number

  constructor(code: string, message: string, maxBytes: number) {
    super(code, message)
    this.maxBytes = maxBytes
  }

  /** @internal */
  override get "~kind"(): string {
    return "LimitError"
  }
}

/**
 * A body is not what it was read as. Codes: `not_json` (for a request the status 400, if nobody catches it), `already_read` (it was read whole
 * before: keep what that gave).
 */
export class BodyError extends VivariumError {
  /** @internal */
  override get "~kind"(): string {
    return "BodyError"
  }
}

/**
 * Thrown by a handler of HTTP requests, it is the answer: its status, and its text as the body. Such an answer is meant, so it is no report.
 *
 * @example
 * ```ts
 * import { main } from "@vivarium/core"
 * import { fetchHttp, HttpError, serveHttp } from "@vivarium/net"
 *
 * await main(function* () {
 *   const server = yield* serveHttp({ port: 0 }, function* () {
 *     throw new HttpError(404, "no such flower")
 *   })
 *   const response = yield* fetchHttp(server.url)
 *   console.log(response.status, yield* response.text())
 *   yield* server.close()
 * })
 * // prints: 404 no such flower
 * ```
 */
export class HttpError extends VivariumError {
  /** The status of the answer, from 400 to 599. */
  readonly status: number

  constructor(status: number, message: string, options: VivariumErrorOptions = {}) {
    super("http_error", message, options)
    if (!Number.isInteger(status) || status < 400 || status > 599) throw new InvalidArgumentError("status", status, "an integer from 400 to 599", 'right: new HttpError(404, "no such flower")')
    this.status = status
  }

  /** @internal */
  override get "~kind"(): string {
    return "HttpError"
  }
}

/** Clients: a connection that we make ourselves. */
import { action, type Operation, type Routine, TimeoutError } from "@vivarium/core"
import { checkOptions, currentScheduler, readFlag } from "@vivarium/core/lowlevel"
import { connect as connectSocket, isIP, type Socket } from "node:net"
import { type ConnectionOptions as TlsOptions, connect as connectTls } from "node:tls"
import { checkAddress } from "./binding.ts"
import type { Connection } from "./connection.ts"
import { Limit } from "./deadlines.ts"
import { ConnectionError } from "./errors.ts"
import { hostAndPort } from "./host-and-port.ts"
import { CONNECT_MS } from "./limits.ts"
import { checkTls, readTimeout } from "./options.ts"
import { readLimits } from "./reader-limits.ts"
import { resourceCall } from "./resource-call.ts"
import { connectionOf } from "./socket-link.ts"
import type { ClientTls } from "./tls.ts"

/** Options of `connect`. */
export interface ConnectOptions {
  /** The server's port. */
  readonly port?: number
  /** The server's name or address. Default "127.0.0.1". */
  readonly host?: string
  /** The path of a Unix socket, instead of a port. */
  readonly path?: string
  /** Speaks TLS: `true`, or what `tls.connect` takes. The name checked in the certificate is the host's. */
  readonly tls?: ClientTls
  /** How long it may take, TLS and name included. Default 10,000; Infinity for no limit. */
  readonly timeoutMs?: number
  /** How long a read or a write may wait, if it does not say itself. Default 60,000; Infinity for no limit. */
  readonly idleMs?: number
  /** How long a line may be. Default 65,536. */
  readonly maxLineBytes?: number
  /** How many unread bytes are kept before the peer is told to stop. Default 65,536. */
  readonly highWaterBytes?: number
  /** Whether the connection can be written to after the peer has ended. Default false. */
  readonly halfOpen?: boolean
}

const KNOWN = ["port", "host", "path", "tls", "timeoutMs", "idleMs", "maxLineBytes", "highWaterBytes", "halfOpen"]

/**
 * Connects to a server. Raises ConnectionError `connect_failed` if that is not possible, and TimeoutError if it takes too long; the socket is given up then, and
 * also if the tasklet is killed meanwhile. The connection belongs to nobody: close it, or hold it by `using`.
 *
 * @example
 * ```ts
 * import { main } from "@vivarium/core"
 * import { connect, ConnectionError } from "@vivarium/net"
 *
 * await main(function* () {
 *   try {
 *     using connection = yield* connect({ port: 1, timeoutMs: 1000 })
 *     yield* connection.write("hello\n")
 *   } catch (error) {
 *     console.log((error as ConnectionError).code)
 *   }
 * })
 * // prints: connect_failed
 * ```
 */
export function connect(options: ConnectOptions): Operation<Connection> {
  checkOptions("options", options, KNOWN, 'connect({ host: "127.0.0.1", port: 7000 })')
  checkAddress(options, 1)
  if (options.tls !== true) checkTls(options.tls, "true, or an object as for tls.connect")
  const timeoutMs = readTimeout("timeoutMs", options.timeoutMs, CONNECT_MS)
  const limits = readLimits(options)
  const halfOpen = readFlag("halfOpen", options.halfOpen)
  const connecting = function* (): Routine<Connection> {
    const loop = currentScheduler()
    const where = options.path ?? hostAndPort(options.host ?? "127.0.0.1", options.port)
    const failure = (cause: Error & { readonly code?: string }): ConnectionError =>
      new ConnectionError("connect_failed", where, `cannot connect to ${where}: ${cause.code ?? cause.message}.`, { cause })
    let socket: Socket
    try {
      socket = makeSocket(options, halfOpen)
    } catch (cause) {
      // A key or a certificate that is none.
      throw failure(cause as Error)
    }
    const connected = action<Connection>((resolve, reject) => {
      const failed = (cause: Error): void => reject(failure(cause))
      const limit = new Limit(() => reject(new TimeoutError(timeoutMs, `connect() to ${where}`)))
      socket.once("error", failed)
      socket.once(options.tls === undefined ? "connect" : "secureConnect", () => {
        socket.off("error", failed)
        resolve(connectionOf(loop, socket, limits, halfOpen))
      })
      limit.begin(loop, timeoutMs)
      return () => limit.end()
    })
    let wanted = false
    try {
      const connection = yield* connected
      wanted = true
      return connection
    } finally {
      // Also one that has been made, if it came too late for who waited.
      if (!wanted) socket.destroy()
    }
  }
  return resourceCall(null, "connect()", connecting, (connection) => connection.destroy())
}

function makeSocket(options: ConnectOptions, allowHalfOpen: boolean): Socket {
  const { host = "127.0.0.1", path, port, tls } = options
  const where = path === undefined ? { host, port: port as number } : { path }
  if (tls === undefined) return connectSocket({ ...where, allowHalfOpen, noDelay: true })
  const servername = isIP(host) === 0 ? { servername: host } : {}
  const settings: TlsOptions & { readonly allowHalfOpen: boolean } = { ...where, allowHalfOpen, ...servername, ...(tls === true ? {} : tls) }
  const socket = connectTls(settings)
  return socket.setNoDelay(true)
}

/** Servers of connections: a tasklet for each. */
import type { Body, Operation, Routine, StarredBody } from "@vivarium/core"
import { checkCount, checkOptions, currentScheduler, readFlag } from "@vivarium/core/lowlevel"
import { createServer, type Server as NodeServer } from "node:net"
import { createServer as createTlsServer } from "node:tls"
import { type Address, binding, checkAddress, listenError } from "./binding.ts"
import type { Connection } from "./connection.ts"
import { CONNECT_MS, CONNECTIONS } from "./limits.ts"
import { checkHandler, checkOnError, checkServerTls } from "./options.ts"
import { readLimits } from "./reader-limits.ts"
import type { OnError } from "./report.ts"
import { resourceCall } from "./resource-call.ts"
import { Server, type ServerSettings } from "./server.ts"
import type { ServerTls } from "./tls.ts"

/** Options of `listen`. */
export interface ListenOptions extends Address {
  /** Speaks TLS: what `tls.createServer` takes, `key` and `cert` at least. */
  readonly tls?: ServerTls
  /** How many connections may be open; more are closed at once. Default 20,000. */
  readonly maxConnections?: number
  /** How long a read or a write may wait, if it does not say itself. Default 60,000; Infinity for no limit. */
  readonly idleMs?: number
  /** How long a line may be. Default 65,536. */
  readonly maxLineBytes?: number
  /** How many unread bytes are kept before the peer is told to stop. Default 65,536. */
  readonly highWaterBytes?: number
  /** Whether a connection can be written to after its peer has ended. Default false. */
  readonly halfOpen?: boolean
  /** Told of errors that handlers let through, instead of the scheduler's report. */
  readonly onError?: OnError<Connection>
}

const KNOWN = ["port", "host", "path", "backlog", "tls", "maxConnections", "idleMs", "maxLineBytes", "highWaterBytes", "halfOpen", "onError"]

/**
 * Listens for connections, and runs the handler for each in a tasklet of its own, with the connection and the server. A handler that returns closes its connection in order; one that raises
 * breaks it off, and its error is one report that names the peer; to kill its tasklet destroys the connection. Nothing of that touches another
 * connection or the server. Waits until the address is taken; raises ConnectionError `listen_failed` if it cannot be. Of the family of gevent's
 * StreamServer and Go's `for { go handle(accept()) }`.
 *
 * @example
 * ```ts
 * import { main } from "@vivarium/core"
 * import { connect, listen } from "@vivarium/net"
 *
 * await main(function* () {
 *   const server = yield* listen({ port: 0 }, function* (connection) {
 *     for (;;) {
 *       const line = yield* connection.readLine()
 *       if (line === undefined) return
 *       yield* connection.write(`you said: ${line}\n`)
 *     }
 *   })
 *   const client = yield* connect({ port: server.port })
 *   yield* client.write("hello\n")
 *   console.log(yield* client.readLine())
 *   yield* client.close()
 *   yield* server.close()
 * })
 * // prints: you said: hello
 * ```
 */
export function listen<R>(options: ListenOptions, handler: StarredBody<[connection: Connection, server: Server], R>): Operation<Server> {
  checkOptions("options", options, KNOWN, "listen({ port: 7000 }, function* (connection) { … })")
  checkAddress(options)
  checkHandler(handler, "listen({ port: 7000 }, function* (connection) { … })")
  const settings: ServerSettings = {
    limits: readLimits(options),
    halfOpen: readFlag("halfOpen", options.halfOpen),
    onError: options.onError,
    handler: handler as Body<never> as Body<[Connection, Server]>,
  }
  const { maxConnections = CONNECTIONS } = options
  checkCount("maxConnections", maxConnections, 1)
  checkServerTls(options.tls)
  checkOnError(options.onError)
  return resourceCall(null, "listen()", () => starting(options, maxConnections, settings), (server) => server.destroy())
}

function* starting(options: ListenOptions, maxConnections: number, settings: ServerSettings): Routine<Server> {
  const sockets = { allowHalfOpen: settings.halfOpen, noDelay: true }
  const { tls } = options
  let node: NodeServer
  try {
    node = tls === undefined ? createServer(sockets) : createTlsServer({ handshakeTimeout: CONNECT_MS, ...tls, ...sockets })
  } catch (cause) {
    // A key or a certificate that is none.
    throw listenError(options, cause as Error)
  }
  node.maxConnections = maxConnections
  const server = new Server(currentScheduler(), node, tls === undefined ? "connection" : "secureConnection", settings)
  yield* binding(node, options, () => server.destroy())
  server.started()
  return server
}

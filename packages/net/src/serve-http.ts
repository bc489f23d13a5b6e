/** Serving HTTP: a tasklet for each request. */
import { type Body, InvalidArgumentError, type Operation, type Routine, type Suspend } from "@vivarium/core"
import { checkCount, checkOptions, currentScheduler, readFlag } from "@vivarium/core/lowlevel"
import { createServer, type Server as NodeHttpServer, type ServerOptions } from "node:http"
import { createServer as createSecureServer } from "node:https"
import { type Address, binding, checkAddress, listenError } from "./binding.ts"
import type { HttpRequest } from "./http-request.ts"
import { HttpServer, type HttpSettings } from "./http-server.ts"
import { BODY_BYTES, CONNECTIONS, HEADER_BYTES, HEADER_MS, REQUEST_MS } from "./limits.ts"
import { checkHandler, checkOnError, checkServerTls, readSize, readTimeout } from "./options.ts"
import { readLimits } from "./reader-limits.ts"
import type { OnError } from "./report.ts"
import { resourceCall } from "./resource-call.ts"
import type { Reply } from "./reply.ts"
import type { ServerTls } from "./tls.ts"

/** Options of `serveHttp`. */
export interface ServeHttpOptions extends Address {
  /** Speaks HTTPS: what `https.createServer` takes, `key` and `cert` at least. */
  readonly tls?: ServerTls
  /** One tasklet for each connection, which answers its requests one after another. Default false: a tasklet for each request. */
  readonly inOrder?: boolean
  /** How long the head of a request may take; then 408. Default 10,000. */
  readonly headerMs?: number
  /** How long a whole request may take to come in; then 408. Default 300,000. */
  readonly requestMs?: number
  /** How long a connection may wait for its next request, a read for more of the body, and a write for the client. Default 60,000. */
  readonly idleMs?: number
  /** How large the head of a request may be; then 431. Default 16,384. */
  readonly maxHeaderBytes?: number
  /** How large a body may be that is read whole; then 413. Default 10,485,760. */
  readonly maxBodyBytes?: number
  /** How many connections may be open; then 503. Default 20,000. */
  readonly maxConnections?: number
  /** Told of errors that handlers let through, instead of the scheduler's report. */
  readonly onError?: OnError<HttpRequest>
}

const KNOWN = ["port", "host", "path", "backlog", "tls", "inOrder", "headerMs", "requestMs", "idleMs", "maxHeaderBytes", "maxBodyBytes", "maxConnections", "onError"]

/** What answers a request. */
export type Answer = Reply | Response

/** Answers requests: a generator function whose waits all have their star, a plain function or an async one. */
export type HttpHandler = (request: HttpRequest, server: HttpServer) => Generator<Suspend, Answer, unknown> | Operation<Answer> | PromiseLike<Answer> | Answer

/** How often Node looks for requests that take too long, at most and at least. */
const SLOWEST_CHECK_MS = 1000
const QUICKEST_CHECK_MS = 20

/**
 * Serves HTTP by Node's own server: the handler is run for each request, with the server, in a tasklet of its own, which ends when the answer is sent. It returns a reply or
 * a web-standard Response. An HttpError that it raises is the answer; any other error is answered by 500 and is one report (after the head was sent, the
 * connection is destroyed); to kill its tasklet destroys the connection. Pipelined requests are answered in order. Waits until the address is taken;
 * raises ConnectionError `listen_failed` if it cannot be.
 *
 * @example
 * ```ts
 * import { main } from "@vivarium/core"
 * import { fetchHttp, reply, serveHttp } from "@vivarium/net"
 *
 * await main(function* () {
 *   const server = yield* serveHttp({ port: 0 }, function* (request) {
 *     return reply(200, `${request.method} ${request.path}: ${yield* request.text()}`)
 *   })
 *   const response = yield* fetchHttp(`${server.url}/flowers`, { method: "POST", body: "a rose" })
 *   console.log(response.status, yield* response.text())
 *   yield* server.close()
 * })
 * // prints: 200 POST /flowers: a rose
 * ```
 */
export function serveHttp(options: ServeHttpOptions, handler: HttpHandler): Operation<HttpServer> {
  checkOptions("options", options, KNOWN, "serveHttp({ port: 8080 }, function* (request) { … })")
  checkAddress(options)
  checkHandler(handler, 'serveHttp({ port: 8080 }, function* (request) { return reply(200, "hello") })')
  const { maxConnections = CONNECTIONS, tls } = options
  checkCount("maxConnections", maxConnections, 1)
  checkServerTls(tls)
  checkOnError(options.onError)
  const settings: HttpSettings = {
    limits: readLimits(options),
    maxBodyBytes: readSize("maxBodyBytes", options.maxBodyBytes, BODY_BYTES),
    maxConnections,
    inOrder: readFlag("inOrder", options.inOrder),
    secure: tls !== undefined,
    onError: options.onError,
    handler: handler as Body<[HttpRequest, HttpServer]>,
  }
  const requestMs = readTimeout("requestMs", options.requestMs, REQUEST_MS)
  const headerMs = Math.min(readTimeout("headerMs", options.headerMs, HEADER_MS), requestMs)
  if (headerMs === 0) throw new InvalidArgumentError("headerMs", options.headerMs, "more than 0, or Infinity for no limit")
  const maxHeaderSize = readSize("maxHeaderBytes", options.maxHeaderBytes, HEADER_BYTES)
  const node: ServerOptions = {
    maxHeaderSize,
    headersTimeout: forNode(headerMs),
    requestTimeout: forNode(requestMs),
    keepAliveTimeout: forNode(settings.limits.idleMs),
    connectionsCheckingInterval: Math.max(QUICKEST_CHECK_MS, Math.min(SLOWEST_CHECK_MS, Math.ceil(headerMs / 4))),
  }
  return resourceCall(null, "serveHttp()", () => starting(options, node, settings), (server) => server.destroy())
}

function* starting(options: ServeHttpOptions, given: ServerOptions, settings: HttpSettings): Routine<HttpServer> {
  const { tls } = options
  let node: NodeHttpServer
  try {
    node = tls === undefined ? createServer(given) : createSecureServer({ handshakeTimeout: given.headersTimeout, ...tls, ...given })
  } catch (cause) {
    // A key or a certificate that is none.
    throw listenError(options, cause as Error)
  }
  const server = new HttpServer(currentScheduler(), node, settings)
  yield* binding(node, options, () => server.destroy())
  server.started()
  return server
}

/** To Node, 0 is no limit. */
function forNode(ms: number): number {
  return ms === Infinity ? 0 : Math.max(1, Math.ceil(ms))
}

/** Asking servers over HTTP: undici speaks the protocol and keeps the connections. */
import { action, call, InvalidArgumentError, type Operation, type Routine, type RunLoop, TimeoutError, timeout } from "@vivarium/core"
import { checkCount, checkOptions, currentScheduler } from "@vivarium/core/lowlevel"
import { Readable } from "node:stream"
import { Agent, type Dispatcher, interceptors } from "undici"
import { ConnectionError } from "./errors.ts"
import { HttpResponse, ResponseBody } from "./http-response.ts"
import { BODY_BYTES, CONNECT_MS, FETCH_CONNECTIONS, FETCH_MS, HIGH_WATER_BYTES, IDLE_MS, LINE_BYTES } from "./limits.ts"
import { readSize, readTimeout } from "./options.ts"
import { Reader } from "./reader.ts"
import { readableOf } from "./streams.ts"
import type { ClientTls } from "./tls.ts"

/** Options of `fetchHttp`. */
export interface FetchOptions {
  /** The method. Default "GET", or "POST" where there is a body. */
  readonly method?: string
  /** The headers to send. */
  readonly headers?: Readonly<Record<string, string>> | Headers
  /** What to send: text, bytes, form fields, or a stream of ours, of Node or of the web. */
  readonly body?: string | Uint8Array | URLSearchParams | Reader | Readable | ReadableStream | AsyncIterable<Uint8Array>
  /** What to send as JSON, instead of a body. */
  readonly json?: unknown
  /** How long the head of the response may take, connection and redirections included. Default 30,000. */
  readonly timeoutMs?: number
  /** How long a read of the body may wait. Default 60,000. */
  readonly idleMs?: number
  /** How large a body may be that is read whole. Default 10,485,760. */
  readonly maxBodyBytes?: number
  /** How many redirections are followed. Default 20; 0 gives the first response. */
  readonly maxRedirects?: number
  /** Ends it when aborted, until the head of the response is there. */
  readonly signal?: AbortSignal
}

/** Options of `new HttpClient()`. */
export interface HttpClientOptions {
  /** Connections to one server at a time; more requests wait. Default 128. */
  readonly maxConnections?: number
  /** How long a connection may take. Default 10,000. */
  readonly connectMs?: number
  /** How long an unused connection is kept. Default 4,000. */
  readonly keepAliveMs?: number
  /** What to trust and to show for `https:`. */
  readonly tls?: Exclude<ClientTls, true>
}

const KNOWN = ["method", "headers", "body", "json", "timeoutMs", "idleMs", "maxBodyBytes", "maxRedirects", "signal"]
const MOST_REDIRECTS = 20

/**
 * Connections to servers of HTTP, kept and bounded; `fetchHttp` has one of its own.
 *
 * @example
 * ```ts
 * import { main } from "@vivarium/core"
 * import { HttpClient, reply, serveHttp } from "@vivarium/net"
 *
 * await main(function* () {
 *   const server = yield* serveHttp({ port: 0 }, () => reply(200, "hello"))
 *   const client = new HttpClient({ maxConnections: 4 })
 *   console.log(yield* (yield* client.fetch(server.url)).text())
 *   yield* client.close()
 *   yield* server.close()
 * })
 * // prints: hello
 * ```
 */
export class HttpClient {
  private readonly agent: Agent
  private readonly following: Dispatcher

  constructor(options: HttpClientOptions = {}) {
    checkOptions("options", options, ["maxConnections", "connectMs", "keepAliveMs", "tls"], "new HttpClient({ maxConnections: 16 })")
    const { maxConnections = FETCH_CONNECTIONS, tls } = options
    checkCount("maxConnections", maxConnections, 1)
    const connectMs = readTimeout("connectMs", options.connectMs, CONNECT_MS)
    const keepAliveMs = readTimeout("keepAliveMs", options.keepAliveMs, 4000)
    this.agent = new Agent({
      connections: maxConnections,
      connect: { ...tls, timeout: connectMs === Infinity ? 0 : connectMs },
      keepAliveTimeout: Math.max(1, Math.min(keepAliveMs, 2_147_483_647)),
      // The scheduler's clock keeps these times.
      headersTimeout: 0,
      bodyTimeout: 0,
    })
    this.following = this.agent.compose(tellWhere, interceptors.redirect())
  }

  /** Asks a server: see `fetchHttp`. */
  fetch(url: string | URL, options: FetchOptions = {}): Operation<HttpResponse> {
    checkOptions("options", options, KNOWN, 'fetchHttp(url, { method: "POST", body })')
    const target = readUrl(url)
    const given = readRequest(options)
    const timeoutMs = readTimeout("timeoutMs", options.timeoutMs, FETCH_MS)
    const maxRedirects = options.maxRedirects ?? MOST_REDIRECTS
    checkCount("maxRedirects", maxRedirects, 0)
    const limits = { idleMs: readTimeout("idleMs", options.idleMs, IDLE_MS), maxLineBytes: LINE_BYTES, highWaterBytes: HIGH_WATER_BYTES }
    const maxBodyBytes = readSize("maxBodyBytes", options.maxBodyBytes, BODY_BYTES)
    const dispatcher = maxRedirects === 0 ? this.agent : this.following
    const exchange = (loop: RunLoop): Operation<HttpResponse> =>
      action((resolve, reject) => {
        const handler = new Exchange(target, (status, where, headers, controller) => {
          const length = headers["content-length"] === undefined ? undefined : Number(headers["content-length"])
          const body = new ResponseBody(loop, limits, target.host, controller, length, maxBodyBytes)
          resolve(new HttpResponse(status, where, headers, body))
          return body
        }, reject)
        const { signal } = options
        const aborted = (): void => {
          reject(signal?.reason)
          handler.cancel()
        }
        if (signal?.aborted === true) {
          reject(signal.reason)
          return
        }
        signal?.addEventListener("abort", aborted, { once: true })
        const sent = { origin: target.origin, path: target.pathname + target.search, ...given, maxRedirections: maxRedirects, exchange: handler }
        dispatcher.dispatch(sent as Told, handler)
        return () => {
          signal?.removeEventListener("abort", aborted)
          handler.cancel()
        }
      })
    return call(fetching, exchange, timeoutMs, target.href)
  }

  /** Closes the connections, when those who use them are done. */
  close(): Operation<void> {
    return call(() => this.agent.close())
  }
}

function* fetching(exchange: (loop: RunLoop) => Operation<HttpResponse>, timeoutMs: number, url: string): Routine<HttpResponse> {
  const operation = exchange(currentScheduler())
  if (timeoutMs === Infinity) return yield* operation
  try {
    return yield* timeout(timeoutMs, operation)
  } catch (error) {
    throw error instanceof TimeoutError ? new TimeoutError(timeoutMs, `fetchHttp(${url})`) : error
  }
}

type Told = Dispatcher.DispatchOptions & { readonly exchange?: Exchange }

/** Stands below the one that follows redirections, and so sees where each request goes. */
function tellWhere(dispatch: Dispatcher["dispatch"]): Dispatcher["dispatch"] {
  return (options: Told, handler) => {
    options.exchange?.visit(new URL(options.path, options.origin ?? undefined).href)
    return dispatch(options, handler)
  }
}

type Begin = (status: number, url: string, headers: Readonly<Record<string, string | string[] | undefined>>, controller: Dispatcher.DispatchController) => ResponseBody

/** What undici tells of one request. */
class Exchange implements Dispatcher.DispatchHandler {
  private readonly url: URL
  private readonly begin: Begin
  private readonly reject: (error: unknown) => void
  private controller: Dispatcher.DispatchController | null = null
  private where: string
  private body: ResponseBody | null = null
  private cancelled = false

  constructor(url: URL, begin: Begin, reject: (error: unknown) => void) {
    this.url = url
    this.where = url.href
    this.begin = begin
    this.reject = reject
  }

  /** Nobody waits for the head any more; a body that has begun is its reader's. */
  cancel(): void {
    if (this.body !== null) return
    this.cancelled = true
    this.controller?.abort(new Error("the request was given up"))
  }

  /** A request is about to be sent: the first one, or one that follows a redirection. */
  visit(url: string): void {
    this.where = url
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller
    if (this.cancelled) controller.abort(new Error("the request was given up"))
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: Readonly<Record<string, string | string[] | undefined>>): void {
    if (status < 200 || this.cancelled) return
    this.body = this.begin(status, this.where, headers, controller)
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.body?.onData(chunk)
  }

  onResponseEnd(): void {
    this.body?.onEnd()
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    const raised = this.explain(error)
    if (this.body === null) this.reject(raised)
    else this.body.onError(raised)
  }

  private explain(cause: Error & { readonly code?: string }): Error {
    const { host } = this.url
    const code = cause.code ?? cause.message
    const refused = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|ERR_TLS|ERR_SSL)/.test(code)
    if (refused) return new ConnectionError("connect_failed", host, `cannot connect to ${host}: ${code}.`, { cause })
    return new ConnectionError("connection_reset", host, `the connection with ${host} broke off: ${code}.`, { cause })
  }
}

interface Sent {
  readonly method: string
  readonly headers: Record<string, string>
  readonly body: string | Uint8Array | Readable | null
}

function readRequest(options: FetchOptions): Sent {
  const { body, headers, json, method } = options
  if (body !== undefined && json !== undefined) throw new InvalidArgumentError("json", json, "left out where there is a body")
  const given: Record<string, string> = {}
  const pairs = headers instanceof Headers ? [...headers] : Object.entries(headers ?? {})
  for (const [name, value] of pairs) given[name.toLowerCase()] = value
  const sent = json === undefined ? body : JSON.stringify(json)
  if (json !== undefined) given["content-type"] ??= "application/json"
  if (body instanceof URLSearchParams) given["content-type"] ??= "application/x-www-form-urlencoded;charset=UTF-8"
  else if (typeof body === "string") given["content-type"] ??= "text/plain;charset=UTF-8"
  const used = method ?? (sent === undefined ? "GET" : "POST")
  if (typeof used !== "string" || used === "") throw new InvalidArgumentError("method", method, "the name of a method, such as POST")
  if (sent === undefined) return { method: used, headers: given, body: null }
  if (typeof sent === "string" || sent instanceof Uint8Array) return { method: used, headers: given, body: sent }
  return { method: used, headers: given, body: sent instanceof URLSearchParams ? sent.toString() : readableOf(sent) }
}

function readUrl(url: string | URL): URL {
  const text = String(url)
  if (!URL.canParse(text)) throw new InvalidArgumentError("url", text, "an absolute address", 'right: fetchHttp("http://127.0.0.1:8080/flowers")')
  const parsed = new URL(text)
  if (parsed.protocol !== "http:" && parsed.protocol !== "https:") throw new InvalidArgumentError("url", text, "an address with http: or https:")
  return parsed
}

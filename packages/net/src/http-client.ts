/** Asking servers over HTTP: undici speaks the protocol and keeps the connections. */
import { action, call, InvalidArgumentError, type Operation, type Routine, TimeoutError } from "@vivarium/core"
import { checkCount, checkOptions, currentScheduler } from "@vivarium/core/lowlevel"
import type { Readable } from "node:stream"
import { Agent, type Dispatcher, interceptors } from "undici"
import { Limit } from "./deadlines.ts"
import { Exchange, type Plan } from "./exchange.ts"
import type { HttpResponse } from "./http-response.ts"
import { BODY_BYTES, CONNECT_MS, FETCH_CONNECTIONS, FETCH_MS } from "./limits.ts"
import { readSize, readTimeout } from "./options.ts"
import { Reader } from "./reader.ts"
import { readLimits } from "./reader-limits.ts"
import { resourceCall } from "./resource-call.ts"
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
  private ending: Promise<void> | null = null

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
    const limits = readLimits(options)
    const maxBodyBytes = readSize("maxBodyBytes", options.maxBodyBytes, BODY_BYTES)
    const dispatcher = maxRedirects === 0 ? this.agent : this.following
    const { signal } = options
    const plan = { target, limits, maxBodyBytes, signal, timeoutMs, bodiless: given.method === "HEAD" }
    const sent = { origin: target.origin, path: target.pathname + target.search, ...given, maxRedirections: maxRedirects }
    const dispatch = (exchange: Exchange): void => void dispatcher.dispatch({ ...sent, exchange } as Told, exchange)
    return resourceCall(null, `fetchHttp(${target.href})`, () => fetching(plan, dispatch), (response) => response[Symbol.dispose]())
  }

  /** Closes the connections, when those who use them are done. Called again, it waits for the same end. */
  close(): Operation<void> {
    return call(() => (this.ending ??= this.agent.close()))
  }
}

function* fetching(plan: Plan, dispatch: (exchange: Exchange) => void): Routine<HttpResponse> {
  const { signal, target, timeoutMs } = plan
  const loop = currentScheduler()
  const exchange = new Exchange(loop, plan)
  const asking = action<HttpResponse>((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(signal.reason)
      return
    }
    const aborted = (): void => reject(signal?.reason)
    signal?.addEventListener("abort", aborted, { once: true })
    exchange.begin(resolve, reject)
    dispatch(exchange)
    const limit = new Limit(() => reject(new TimeoutError(timeoutMs, `fetchHttp(${target.href})`)))
    limit.begin(loop, timeoutMs)
    return () => {
      limit.end()
      signal?.removeEventListener("abort", aborted)
    }
  })
  let response: HttpResponse | null = null
  try {
    response = yield* asking
    return response
  } finally {
    // Killed, it may be gone between the coming of the response and its own turn.
    if (response === null) exchange.giveUp()
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

interface Sent {
  readonly method: string
  readonly headers: Record<string, string>
  readonly body: string | Uint8Array | Readable | null
}

function readRequest(options: FetchOptions): Sent {
  const { body, json, method } = options
  if (body !== undefined && json !== undefined) throw new InvalidArgumentError("json", json, "left out where there is a body")
  const sent = json === undefined ? body : (JSON.stringify(json) as string | undefined)
  if (json !== undefined && sent === undefined) throw new InvalidArgumentError("json", json, "something that JSON can say")
  const headers = readHeaders(options.headers)
  if (json !== undefined) headers["content-type"] ??= "application/json"
  else if (body instanceof URLSearchParams) headers["content-type"] ??= "application/x-www-form-urlencoded;charset=UTF-8"
  else if (typeof body === "string") headers["content-type"] ??= "text/plain;charset=UTF-8"
  const used = method ?? (sent === undefined ? "GET" : "POST")
  if (typeof used !== "string" || !TOKEN.test(used)) throw new InvalidArgumentError("method", method, "the name of a method, such as POST")
  return { method: used.toUpperCase(), headers, body: sent === undefined ? null : readBody(sent) }
}

const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/

function readHeaders(headers: FetchOptions["headers"] = {}): Record<string, string> {
  if (typeof headers !== "object" || headers === null || Array.isArray(headers)) throw new InvalidArgumentError("headers", headers, 'an object of headers, such as { accept: "text/html" }')
  const given: Record<string, string> = {}
  // Headers of whatever make.
  for (const [name, value] of Symbol.iterator in headers ? (headers as Headers) : Object.entries(headers)) {
    if (!TOKEN.test(name)) throw new InvalidArgumentError("headers", name, "an object of headers, whose names are such as x-name")
    // What a line of HTTP cannot hold would be another line of it.
    if (typeof value !== "string" || /[^\t\u0020-\u007E\u0080-\u00FF]/.test(value)) throw new InvalidArgumentError(`headers["${name}"]`, value, "a text without control characters, of Latin-1")
    given[name.toLowerCase()] = value
  }
  return given
}

function readBody(body: NonNullable<FetchOptions["body"]>): string | Uint8Array | Readable {
  if (typeof body === "string" || body instanceof Uint8Array) return body
  if (body instanceof URLSearchParams) return body.toString()
  const streams = typeof body === "object" && body !== null && (body instanceof Reader || Symbol.asyncIterator in body || "getReader" in body)
  if (!streams) throw new InvalidArgumentError("body", body, "a text, bytes, form fields or a stream", "right: fetchHttp(url, { json: value }) for JSON")
  return readableOf(body)
}

function readUrl(url: string | URL): URL {
  const text = String(url)
  const parsed = URL.canParse(text) ? new URL(text) : null
  if (parsed !== null && (parsed.protocol === "http:" || parsed.protocol === "https:")) return parsed
  throw new InvalidArgumentError("url", typeof url === "object" && url !== null ? text : url, "an absolute address with http: or https:", 'right: fetchHttp("http://127.0.0.1:8080/flowers")')
}

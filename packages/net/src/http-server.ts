/**
 * A server of HTTP: a tasklet for each request, or, in order, for each connection.
 *
 * Invariants:
 * 1. Node's own server speaks the protocol and keeps the times of heads and of whole requests; what it refuses is answered with the right status.
 * 2. `track` of a socket counts its requests that are not answered yet; a socket without any is idle.
 */
import type { Body, Routine, RunLoop, Tasklet } from "@vivarium/core"
import { cancelTimer, realm, startTimer } from "@vivarium/core/lowlevel"
import { type IncomingMessage, type Server as NodeHttpServer, type ServerResponse, STATUS_CODES } from "node:http"
import type { Socket } from "node:net"
import { HttpError } from "./errors.ts"
import { HttpRequest } from "./http-request.ts"
import { RequestLine } from "./request-line.ts"
import { LINGER_MS, PIPELINED } from "./limits.ts"
import type { ReaderLimits } from "./reader.ts"
import { type OnError, report } from "./report.ts"
import { answer, sendWhole } from "./respond.ts"
import { ServerBase } from "./server-base.ts"

/** What a server of HTTP counts. */
export interface HttpServerStatistics {
  /** Connections that are open. */
  readonly connections: number
  /** Requests that have come. */
  readonly requests: number
  /** Requests that are being answered. */
  readonly active: number
  /** Connections that were refused with 503, since `maxConnections` were open. */
  readonly rejected: number
  /** Requests that were refused for what the client did: no HTTP (400), too slow (408), too large (413, 431). */
  readonly refused: number
  /** Requests whose client went away before the end. */
  readonly aborted: number
  /** Handlers that have raised an error. */
  readonly failed: number
}

export interface HttpSettings {
  readonly limits: ReaderLimits
  readonly maxBodyBytes: number
  readonly maxConnections: number
  readonly inOrder: boolean
  readonly secure: boolean
  readonly onError: OnError<HttpRequest> | undefined
  readonly handler: Body<[HttpRequest]>
}

/** What is known of a connection. */
class Track {
  readonly peer: string
  active = 0
  paused = false
  line: RequestLine | null = null
  /** The answer to the request that came last. */
  response: ServerResponse | null = null

  constructor(socket: Socket) {
    const { remoteAddress, remotePort } = socket
    this.peer = remoteAddress === undefined ? "a local peer" : `${remoteAddress.includes(":") ? `[${remoteAddress}]` : remoteAddress}:${remotePort}`
  }
}

const TRACK = Symbol("vivarium.track")
type Tracked = Socket & { [TRACK]?: Track }

const EXPECTS = Symbol("vivarium.expects")
type Expecting = IncomingMessage & { [EXPECTS]?: boolean }

/** A server of HTTP, as `serveHttp` makes it. */
export class HttpServer extends ServerBase {
  /** @internal */
  readonly limits: ReaderLimits
  /** @internal */
  readonly maxBodyBytes: number
  private readonly settings: HttpSettings
  private readonly sockets = new Set<Tracked>()
  private requests = 0
  private active = 0
  private rejected = 0
  private refused = 0
  private aborted = 0
  private failed = 0

  /** @internal */
  constructor(loop: RunLoop, node: NodeHttpServer, settings: HttpSettings) {
    super(loop, node)
    this.settings = settings
    this.limits = settings.limits
    this.maxBodyBytes = settings.maxBodyBytes
    this.guard(node, settings.secure ? "secureConnection" : "connection")
    node.on("request", (raw, response) => this.accept(raw, response))
    node.on("checkContinue", (raw: Expecting, response) => {
      raw[EXPECTS] = true
      this.accept(raw, response)
    })
    node.on("clientError", (error: Error & { readonly code?: string }, socket) => this.refuse(error, socket as Tracked))
    node.on("error", (error) => report(loop, undefined, error, undefined, `the HTTP server on ${this.authority}`))
  }

  /** Its address, as a client on this machine may ask it: `http://127.0.0.1:8080`. */
  get url(): string {
    return `${this.settings.secure ? "https" : "http"}://${this.authority}`
  }

  /** @internal */
  get authority(): string {
    const host = this.host === "0.0.0.0" || this.host === "::" ? "127.0.0.1" : this.host
    return `${host.includes(":") ? `[${host}]` : host}:${this.port}`
  }

  /** What it counts now. */
  statistics(): HttpServerStatistics {
    const { aborted, active, failed, refused, rejected, requests, sockets } = this
    return { connections: sockets.size, requests, active, rejected, refused, aborted, failed }
  }

  /** Stands before Node's own listener, which takes every connection: one too many is told so. */
  private guard(node: NodeHttpServer, accepting: string): void {
    const [serve] = node.listeners(accepting) as ((this: NodeHttpServer, socket: Socket) => void)[]
    node.removeAllListeners(accepting)
    const left = (socket: Tracked): void => void this.sockets.delete(socket)
    function onClose(this: Tracked): void {
      left(this)
    }
    node.on(accepting, (socket: Tracked) => {
      if (this.sockets.size >= this.settings.maxConnections || this.isClosing) {
        this.rejected++
        socket.on("error", ignore)
        socket.end(plainAnswer(503))
        socket.destroySoon()
        return
      }
      socket[TRACK] = new Track(socket)
      this.sockets.add(socket)
      socket.on("close", onClose)
      serve?.call(node, socket)
    })
  }

  private accept(raw: IncomingMessage, response: ServerResponse): void {
    const socket = raw.socket as Tracked
    const track = (socket[TRACK] ??= new Track(socket))
    const request = new HttpRequest(this, raw, response, track.peer)
    this.requests++
    this.active++
    track.response = response
    if (++track.active >= PIPELINED && !track.paused) {
      track.paused = true
      socket.pause()
    }
    if (this.settings.inOrder) this.queue(track, request)
    else this.loop.ingress.accept(request)
  }

  private queue(track: Track, request: HttpRequest): void {
    if (track.line === null) {
      const line = new RequestLine(this.loop)
      track.line = line
      request.raw.socket.once("close", () => this.loop.ingress.accept({ enter: () => line.close() }))
      this.loop.ingress.accept({ enter: () => this.employ(this.loop.create(serveInOrder as Body<never> as Body, this, line)) })
    }
    const { line } = track
    this.loop.ingress.accept({ enter: () => line.push(request) })
  }

  /** @internal */
  begin(request: HttpRequest): void {
    this.employ(this.loop.create(serveOne as Body<never> as Body, this, request))
  }

  /** @internal */
  handle(request: HttpRequest): unknown {
    return this.settings.handler(request)
  }

  /** @internal The client waits to be told that it may send the body. */
  continues(request: HttpRequest): void {
    const raw = request.raw as Expecting
    if (raw[EXPECTS] !== true) return
    raw[EXPECTS] = false
    request.response.writeContinue()
  }

  /** @internal The head is about to be written. */
  beforeHead(request: HttpRequest): void {
    const { raw, response } = request
    if (this.isClosing) response.shouldKeepAlive = false
    if (raw.complete) return
    // What is still to come of the request is nobody's: the connection cannot be used again, but its client must get the answer.
    response.shouldKeepAlive = false
    this.linger(request)
  }

  /** @internal There is an answer, but the client has gone. */
  answerLost(): void {
    this.aborted++
  }

  /** @internal The handler, or what it has answered with, has raised an error. */
  requestFailed(error: unknown, request: HttpRequest): void {
    const { fault, response } = request
    const status = statusOf(error, fault)
    if (status === 0 || response.destroyed) this.aborted++
    else if (error === fault) this.refused++
    else if (!(error instanceof HttpError)) {
      this.failed++
      report(this.loop, this.settings.onError, error, request, `the handler of ${request.method} ${request.path} from ${request.peer} has failed`)
    }
    if (response.headersSent || response.destroyed || status === 0) response.destroy()
    else sendWhole(this, request, status, undefined, error instanceof HttpError ? error.message : (STATUS_CODES[status] as string))
  }

  /** @internal The request has its answer, or will never have it. */
  left(request: HttpRequest): void {
    const { raw, response } = request
    this.active--
    if (!response.writableEnded) response.destroy()
    const socket = raw.socket as Tracked
    const track = socket[TRACK] as Track
    track.active--
    if (track.paused && track.active < PIPELINED / 2) {
      track.paused = false
      socket.resume()
    }
    if (this.isClosing && track.active === 0) socket.destroySoon()
  }

  /** @internal */
  retire(tasklet: Tasklet): void {
    this.dismiss(tasklet)
  }

  protected letIdleGo(): void {
    for (const socket of this.sockets) if (socket[TRACK]?.active === 0) socket.destroy()
  }

  protected destroyAll(): void {
    for (const socket of this.sockets) socket.destroy()
  }

  /** Node has refused what a client sends. */
  private refuse(error: Error & { readonly code?: string }, socket: Tracked): void {
    if (error.code === "ECONNRESET" || !socket.writable) {
      socket.destroy()
      return
    }
    this.refused++
    const track = socket[TRACK]
    // Between the answers to other requests, this one would be taken for one of theirs.
    const free = track === undefined || track.active === 0 || (track.active === 1 && track.response?.headersSent === false)
    if (free) socket.end(plainAnswer(refusals[error.code ?? ""] ?? 400))
    socket.destroySoon()
  }

  /** After the answer, what the client still sends is dropped for a while, so that no reset overtakes the answer. */
  private linger(request: HttpRequest): void {
    const { loop } = this
    const { socket } = request.raw
    socket.destroySoon = () => {
      socket.end()
      request.discard()
      const timer = startTimer(loop, loop.clock.now() + LINGER_MS, { enter: () => void socket.destroy() })
      socket.once("close", () => cancelTimer(loop, timer))
    }
  }
}

function* serveOne(server: HttpServer, request: HttpRequest): Routine {
  const tasklet = realm.current as Tasklet
  try {
    yield* answer(server, request)
  } catch (error) {
    server.requestFailed(error, request)
  } finally {
    server.left(request)
    server.retire(tasklet)
  }
}

function* serveInOrder(server: HttpServer, line: RequestLine): Routine {
  const tasklet = realm.current as Tasklet
  try {
    for (;;) {
      const request = yield* line.next()
      if (request === undefined) return
      try {
        yield* answer(server, request)
      } catch (error) {
        server.requestFailed(error, request)
      } finally {
        server.left(request)
      }
    }
  } finally {
    line.abandon()
    server.retire(tasklet)
  }
}

/** The status for an error; 0 if there is nobody to answer. */
function statusOf(error: unknown, fault: Error | null): number {
  if (error instanceof HttpError) return error.status
  if (error !== fault || fault === null) return 500
  const code = (error as { readonly code?: string }).code
  return code === "body_too_large" ? 413 : code === "timeout" ? 408 : 0
}

/** The statuses for what Node refuses, by its codes. */
const refusals: Readonly<Record<string, number>> = { ERR_HTTP_REQUEST_TIMEOUT: 408, HPE_HEADER_OVERFLOW: 431, HPE_CHUNK_EXTENSIONS_OVERFLOW: 413 }

function plainAnswer(status: number): string {
  const text = STATUS_CODES[status] as string
  return `HTTP/1.1 ${status} ${text}\r\ncontent-type: text/plain\r\ncontent-length: ${text.length}\r\nconnection: close\r\n\r\n${text}`
}

function ignore(): void {}

/**
 * A server of HTTP: a tasklet for each request, or, in order, for each connection.
 *
 * Invariants:
 * 1. Node's own server speaks the protocol and keeps the times of heads and of whole requests; what it refuses is answered with the right status.
 * 2. The track of a socket counts its requests that are not answered yet; a socket without any is idle, though answers may still be on their way.
 * 3. At most `PIPELINED` requests of a connection are at work, unsent answers included if more wait; what comes beyond them in one chunk waits, and then
 *    the connection is not read.
 */
import type { Body, Routine, RunLoop } from "@vivarium/core"
import { SUSPEND } from "@vivarium/core/lowlevel"
import { type IncomingMessage, type Server as NodeHttpServer, type ServerResponse, STATUS_CODES } from "node:http"
import type { Socket } from "node:net"
import { BodyError, HttpError } from "./errors.ts"
import { isBeingKilled } from "./handle.ts"
import { HttpRequest } from "./http-request.ts"
import { RequestLine } from "./request-line.ts"
import { MOST_REFUSED, PIPELINED } from "./limits.ts"
import { MemberList } from "./member-list.ts"
import type { ReaderLimits } from "./reader.ts"
import { type OnError, report } from "./report.ts"
import { answer, sendWhole } from "./respond.ts"
import { ServerBase, type Worker } from "./server-base.ts"
import { SlowTakers } from "./slow-takers.ts"
import { endAfterAnswers, linger, pause, resume, type Track, type Tracked, trackOf } from "./track.ts"

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
  readonly handler: Body<[HttpRequest, HttpServer]>
}

const EXPECTS = Symbol("vivarium.expects")
type Expecting = IncomingMessage & { [EXPECTS]?: boolean }

/** A server of HTTP, as `serveHttp` makes it. */
export class HttpServer extends ServerBase {
  /** @internal */
  readonly limits: ReaderLimits
  /** @internal */
  readonly maxBodyBytes: number
  private readonly settings: HttpSettings
  private readonly tracks = new MemberList<Track>()
  private readonly slowTakers: SlowTakers
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
    this.slowTakers = new SlowTakers(loop, this.tracks, settings.limits.idleMs)
    node.maxConnections = settings.maxConnections + MOST_REFUSED
    node.on("drop", () => this.rejected++)
    // What is idle to Node may have an answer on its way: we close those ourselves.
    node.closeIdleConnections = ignore
    this.guard(node, settings.secure ? "secureConnection" : "connection")
    node.on("request", (raw, response) => this.accept(raw, response))
    node.on("checkContinue", (raw: Expecting, response) => {
      raw[EXPECTS] = true
      this.accept(raw, response)
    })
    node.on("clientError", (error: Error & { readonly code?: string }, socket) => this.refuse(error, socket as Tracked))
    node.on("error", (error) => {
      if (this.listening) report(loop, undefined, error, undefined, `the HTTP server on ${this.authority}`)
    })
  }

  /** Its address, as a client on this machine may ask it: `http://127.0.0.1:8080`. */
  get url(): string {
    return `${this.settings.secure ? "https" : "http"}://${this.authority}`
  }

  /** @internal */
  get authority(): string {
    if (typeof this.address === "string") return "localhost"
    const host = this.host === "0.0.0.0" || this.host === "::" ? "127.0.0.1" : this.host
    return `${host.includes(":") ? `[${host}]` : host}:${this.port}`
  }

  /** What it counts now. */
  statistics(): HttpServerStatistics {
    const { aborted, active, failed, refused, rejected, requests, tracks } = this
    return { connections: tracks.size, requests, active, rejected, refused, aborted, failed }
  }

  /** Stands before Node's own listener, which takes every connection: one too many is told so. */
  private guard(node: NodeHttpServer, accepting: string): void {
    const [serve] = node.listeners(accepting) as ((this: NodeHttpServer, socket: Socket) => void)[]
    node.removeAllListeners(accepting)
    const { slowTakers, tracks } = this
    const left = (socket: Tracked): void => {
      tracks.remove(trackOf(socket))
      slowTakers.watch()
      this.settle()
    }
    function onClose(this: Tracked): void {
      left(this)
    }
    node.on(accepting, (socket: Tracked) => {
      if (tracks.size >= this.settings.maxConnections || this.isClosing) {
        this.rejected++
        socket.on("error", ignore)
        this.endWithServer(socket)
        linger(this.loop, socket, plainAnswer(503))
        return
      }
      tracks.add(trackOf(socket))
      slowTakers.watch()
      socket.on("close", onClose)
      serve?.call(node, socket)
    })
  }

  private accept(raw: IncomingMessage, response: ServerResponse): void {
    const socket = raw.socket as Tracked
    if (socket.writableEnded) {
      // What follows a request that was told "connection: close" can have no answer.
      socket.destroy()
      return
    }
    const track = trackOf(socket)
    const request = new HttpRequest(this, raw, response, track.peer)
    this.requests++
    this.active++
    track.request = request
    track.queued = response.socket === null ? response : null
    if (++track.active >= PIPELINED) pause(track)
    if (this.settings.inOrder) this.queue(track, request)
    else if (track.active > PIPELINED) (track.waiting ??= []).push(request)
    else this.loop.ingress.accept(request)
  }

  private queue(track: Track, request: HttpRequest): void {
    if (track.line === null) {
      const { socket } = track
      const line = new RequestLine(this.loop, socket)
      track.line = line
      socket.once("close", () => this.loop.ingress.accept({ enter: () => line.close() }))
      this.loop.ingress.accept({ enter: () => this.employ(serveInOrder, line) })
    }
    const { line } = track
    this.loop.ingress.accept({ enter: () => line.push(request) })
  }

  /** @internal */
  begin(request: HttpRequest): void {
    if (this.over) this.drop(request)
    else this.employ(serveOne, request)
  }

  /** @internal It will have no answer: its client has gone, or its connection has been given up. */
  drop(request: HttpRequest): void {
    this.aborted++
    this.left(request)
  }

  /** @internal */
  handle(request: HttpRequest): unknown {
    return this.settings.handler(request, this)
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
    const socket = raw.socket as Tracked
    if (this.isClosing && trackOf(socket).request === request) response.shouldKeepAlive = false
    if (raw.complete) return
    // What is still to come of the request is nobody's: the connection cannot be used again, but its client must get the answer.
    response.shouldKeepAlive = false
    socket.destroySoon = () => {
      request.discard()
      linger(this.loop, socket)
    }
  }

  /** @internal There is an answer, but the client has gone, or takes nothing of it. */
  answerLost(request: HttpRequest): void {
    if (trackOf(request.raw.socket).refused === 0) this.aborted++
  }

  /** @internal The handler, or what it has answered with, has raised an error. */
  requestFailed(error: unknown, request: HttpRequest): void {
    const { fault, response } = request
    const status = statusOf(error, fault)
    if (status === 0 || response.destroyed) this.answerLost(request)
    else if (error === fault) this.refused++
    else if (!(error instanceof HttpError)) {
      this.failed++
      report(this.loop, this.settings.onError, error, request, `the handler of ${request.method} ${request.path} from ${request.peer} has failed`)
    }
    if (response.headersSent || response.destroyed || status === 0) response.destroy()
    else sendWhole(this, request, status, undefined, error instanceof HttpError || error instanceof BodyError ? error.message : (STATUS_CODES[status] as string))
  }

  /** @internal The request has its answer, or will never have it. */
  left(request: HttpRequest): void {
    const { raw, response } = request
    const socket = raw.socket as Tracked
    const track = trackOf(socket)
    this.active--
    track.active--
    if (track.active === 0) track.request = null
    if (!response.writableEnded) {
      // An answer that waits for its turn has no connection yet that it could destroy.
      if (response.socket === null && !socket.destroyed) response.once("socket", () => socket.destroy())
      else response.destroy()
    }
    if (track.waiting !== null) {
      if (response.writableFinished || response.destroyed) this.beginNext(track)
      else response.once("close", () => this.beginNext(track))
    }
    if (track.paused && track.active < PIPELINED / 2) resume(track)
    if (track.active > 0) return
    if (track.refused > 0) endAfterAnswers(track, () => linger(this.loop, socket, plainAnswer(track.refused)))
    else if (this.isClosing) endAfterAnswers(track, () => socket.destroySoon())
  }

  /** The next one of those that wait, now that one before them is answered and gone. */
  private beginNext(track: Track): void {
    const { socket, waiting } = track
    if (waiting === null) return
    if (socket.destroyed) {
      track.waiting = null
      for (const request of waiting) this.drop(request)
      return
    }
    const request = waiting.shift()
    if (waiting.length === 0) track.waiting = null
    if (request !== undefined) this.loop.ingress.accept(request)
  }

  protected override get hasConnections(): boolean {
    return this.tracks.size > 0
  }

  protected letIdleGo(): void {
    for (const track of this.tracks.toArray()) {
      const { active, queued, socket } = track
      if (active > 0) continue
      if (queued === null && socket.writableLength === 0) socket.destroy()
      else endAfterAnswers(track, () => socket.destroySoon())
    }
  }

  protected destroyAll(): void {
    for (const { socket } of this.tracks.toArray()) socket.destroy()
  }

  /** Node has refused what a client sends. */
  private refuse(error: Error & { readonly code?: string }, socket: Tracked): void {
    const track = trackOf(socket)
    if (track.refused > 0) return
    if (track.place < 0) {
      // Of TLS, whose handshake has failed: there is no way to tell the client.
      this.refused++
      socket.destroy()
      return
    }
    // An end in the middle of a request is no refusal: its client has gone.
    if (error.code === "ECONNRESET" || error.code === "HPE_INVALID_EOF_STATE" || !socket.writable) {
      socket.destroy()
      return
    }
    this.refused++
    track.refused = refusals[error.code ?? ""] ?? 400
    const { active, request } = track
    // What came after whole requests is answered after them.
    if (request?.raw.complete === true) return
    const answer = plainAnswer(track.refused)
    if (request === null) endAfterAnswers(track, () => linger(this.loop, socket, answer))
    else if (active === 1 && !request.response.headersSent) {
      linger(this.loop, socket, answer)
      request.refused(error)
    } else socket.destroySoon()
  }
}

function* serveOne(server: HttpServer, worker: Worker, request: HttpRequest): Routine {
  try {
    yield SUSPEND.value
    yield* answer(server, request)
  } catch (error) {
    server.requestFailed(error, request)
  } finally {
    server.left(request)
    server.dismiss(worker)
  }
}

function* serveInOrder(server: HttpServer, worker: Worker, line: RequestLine): Routine {
  try {
    yield SUSPEND.value
    for (;;) {
      const request = yield* line.next()
      if (request === undefined) return
      try {
        yield* answer(server, request)
        if (isBeingKilled()) return
      } catch (error) {
        server.requestFailed(error, request)
      } finally {
        server.left(request)
      }
    }
  } finally {
    line.abandon()
    server.dismiss(worker)
  }
}

/** The status for an error; 0 if there is nobody to answer. */
function statusOf(error: unknown, fault: Error | null): number {
  if (error instanceof HttpError) return error.status
  if (error !== fault || fault === null) return 500
  const code = (error as { readonly code?: string }).code
  return code === "body_too_large" ? 413 : code === "not_json" ? 400 : code === "timeout" ? 408 : 0
}

/** The statuses for what Node refuses, by its codes. */
const refusals: Readonly<Record<string, number>> = { ERR_HTTP_REQUEST_TIMEOUT: 408, HPE_HEADER_OVERFLOW: 431, HPE_CHUNK_EXTENSIONS_OVERFLOW: 413 }

function plainAnswer(status: number): string {
  const text = STATUS_CODES[status] as string
  return `HTTP/1.1 ${status} ${text}\r\ncontent-type: text/plain\r\ncontent-length: ${text.length}\r\nconnection: close\r\n\r\n${text}`
}

function ignore(): void {}

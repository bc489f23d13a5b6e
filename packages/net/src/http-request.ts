/** Requests: what comes in, read lazily. */
import { Event, type Operation } from "@vivarium/core"
import type { Entry, WaitNode } from "@vivarium/core/lowlevel"
import type { IncomingMessage, ServerResponse } from "node:http"
import type { TLSSocket } from "node:tls"
import { ConnectionError, HttpError } from "./errors.ts"
import type { HttpServer } from "./http-server.ts"
import { MessageBody, valueOf } from "./message-body.ts"
import { checkReadOptions, type ReadOptions, readSize } from "./options.ts"

/** What Node's streams of the web can do besides what the library of types tells. */
interface StreamMaker {
  from(chunks: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array>
}

/** The body of a request. */
class RequestBody extends MessageBody {
  private readonly message: IncomingMessage
  private readonly request: HttpRequest
  private readonly server: HttpServer
  readonly peer: string

  constructor(server: HttpServer, request: HttpRequest) {
    super(server.loop, server.limits)
    const { peer, raw: message } = request
    this.server = server
    this.request = request
    this.message = message
    this.peer = peer
    message.on("data", (chunk: Buffer) => this.received(chunk))
    message.on("end", () => this.endReading())
    message.on("error", (cause) => this.broken(cause))
    message.on("close", () => {
      if (!message.readableEnded) this.broken(undefined)
    })
    const { refusal } = request
    if (refusal !== null) this.broken(refusal)
    else if (message.readableEnded) this.endReading()
    else if (message.destroyed) this.broken(undefined)
  }

  /** Who waits for it wants it: now a client that waits for that, too, is told to go on. */
  override parkReader(node: WaitNode, timeoutMs: number): void {
    this.server.continues(this.request)
    super.parkReader(node, timeoutMs)
  }

  protected get outside(): boolean {
    return true
  }

  protected flow(on: boolean): void {
    if (on) this.message.resume()
    else this.message.pause()
  }

  protected get announced(): number | undefined {
    const length = Number(this.message.headers["content-length"])
    return Number.isFinite(length) ? length : undefined
  }

  protected get maxBodyBytes(): number {
    return this.server.maxBodyBytes
  }

  broken(cause: Error | undefined): void {
    if (this.isBroken) return
    this.fault = new ConnectionError("connection_reset", this.peer, `${this.peer} went away in the middle of its request.`, { cause })
    this.failReading(this.fault)
  }
}

/**
 * A request. Nothing of it is made before it is asked for; its body is read by operations, on the request's own tasklet. After an `await` or a `yield*` the
 * client may have gone: `closed` tells.
 */
export class HttpRequest implements Entry {
  /** Node's own request, for what is not here. */
  readonly raw: IncomingMessage
  /** @internal */
  readonly response: ServerResponse
  private readonly server: HttpServer
  private madeBody: RequestBody | null = null
  private madeHeaders: Headers | null = null
  private madeClosed: Event | null = null
  private controller: AbortController | null = null
  private watching = false
  /** @internal Why the rest of it is refused. */
  refusal: Error | null = null
  /** Who has sent it: an address and a port. */
  readonly peer: string

  /** @internal */
  constructor(server: HttpServer, raw: IncomingMessage, response: ServerResponse, peer: string) {
    this.server = server
    this.raw = raw
    this.response = response
    this.peer = peer
  }

  /** The method, in capitals. */
  get method(): string {
    return this.raw.method as string
  }

  /** The whole address, as the web's Request has it: by the client's `host` header, or by our own address where that is none. */
  get url(): string {
    const { target } = this
    return target.startsWith("/") ? this.origin + target : (absoluteOf(target)?.href ?? `${this.origin}/`)
  }

  /** The path, without the query, as the client has sent it: nothing is decoded. */
  get path(): string {
    const { target } = this
    if (!target.startsWith("/")) return absoluteOf(target)?.pathname ?? "/"
    const end = target.indexOf("?")
    return end < 0 ? target : target.slice(0, end)
  }

  /** What comes after the question mark. */
  get query(): URLSearchParams {
    const { target } = this
    const start = target.indexOf("?")
    return new URLSearchParams(start < 0 ? "" : target.slice(start + 1))
  }

  private get origin(): string {
    const { host } = this.raw.headers
    const secure = (this.raw.socket as TLSSocket).encrypted === true
    return `${secure ? "https" : "http"}://${host !== undefined && isHost(host) ? host : this.server.authority}`
  }

  /** What the client asks for: a path, or a whole address, as proxies do; a fragment is no part of it. */
  private get target(): string {
    const given = this.raw.url as string
    const end = given.indexOf("#")
    return end < 0 ? given : given.slice(0, end)
  }

  /** The headers, as the web has them. */
  get headers(): Headers {
    if (this.madeHeaders === null) {
      const headers = new Headers()
      const { rawHeaders } = this.raw
      for (let at = 0; at + 1 < rawHeaders.length; at += 2) headers.append(rawHeaders[at] as string, rawHeaders[at + 1] as string)
      this.madeHeaders = headers
    }
    return this.madeHeaders
  }

  /** One header, without making all of them. */
  header(name: string): string | undefined {
    return valueOf(this.raw.headers, name)
  }

  /** The client's address. */
  get remoteAddress(): string | undefined {
    return this.raw.socket.remoteAddress
  }

  /** The body, to be read piece by piece. */
  get body(): MessageBody {
    return (this.madeBody ??= new RequestBody(this.server, this))
  }

  /** The whole body as bytes; at most `maxBodyBytes` of the server, or `maxBytes`. */
  bytes(options?: ReadOptions): Operation<Buffer> {
    return this.body.bytes(options)
  }

  /** The whole body as text. */
  text(options?: ReadOptions): Operation<string> {
    return this.body.text(options)
  }

  /** The whole body as JSON; what is none is answered by 400, if nobody catches that. */
  json(options?: ReadOptions): Operation<unknown> {
    return this.body.json(options)
  }

  /** Happens when the answer is sent, or the client has gone before that. It can be a case of `select`. */
  get closed(): Operation<void> {
    if (this.madeClosed === null) {
      this.madeClosed = new Event(this.server.loop)
      if (this.response.closed) this.madeClosed.set()
      else this.watch()
    }
    return this.madeClosed.wait()
  }

  /** Aborted when the client goes away before it has its answer: for foreign code that takes a signal. */
  get signal(): AbortSignal {
    if (this.controller === null) {
      this.controller = new AbortController()
      if (this.response.closed) this.over()
      else this.watch()
    }
    return this.controller.signal
  }

  /**
   * The web's own Request of it. Its body can be read once, here or there; more than `maxBodyBytes` of the server, or `maxBytes`, is an error there, too (pass
   * Infinity for a body that is handled piece by piece). A method that the web does not allow raises HttpError 501.
   */
  toWeb(options?: Pick<ReadOptions, "maxBytes">): Request {
    if (options !== undefined) checkReadOptions(options)
    const maxBytes = readSize("maxBytes", options?.maxBytes, this.server.maxBodyBytes)
    const { headers, method, signal, url } = this
    if (method === "TRACE") throw new HttpError(501, "TRACE is not implemented")
    if (method === "GET" || method === "HEAD") return new Request(url, { method, headers, signal })
    const body = (ReadableStream as unknown as StreamMaker).from(this.body.chunks(maxBytes))
    return new Request(url, { method, headers, signal, body, duplex: "half" } as RequestInit)
  }

  /** @internal What of its body's errors is the client's doing. */
  get fault(): Error | null {
    return this.madeBody === null ? null : this.madeBody.fault
  }

  /** @internal */
  enter(): void {
    this.server.begin(this)
  }

  /** @internal What still comes of its body is dropped. */
  discard(): void {
    this.madeBody?.discard()
    this.raw.resume()
  }

  /** @internal It will have no answer. */
  abandon(): void {
    this.server.drop(this)
  }

  /** @internal What comes of it is no HTTP, or too late: it is answered already, and nobody can read on. */
  refused(cause: Error): void {
    this.refusal = cause
    this.madeBody?.broken(cause)
  }

  private watch(): void {
    if (this.watching) return
    this.watching = true
    this.response.once("close", () => this.server.loop.ingress.accept({ enter: () => this.over() }))
  }

  private over(): void {
    this.madeClosed?.set()
    if (!this.response.writableFinished) this.controller?.abort()
  }
}

/** A name or address, and a port perhaps: nothing that would make a path or a user of a part of it. */
function isHost(text: string): boolean {
  return !/[\s/\\?#@]/.test(text) && URL.canParse(`http://${text}`)
}

/** A target that is a whole address. The name and password that may stand in it are nobody's. */
function absoluteOf(target: string): URL | null {
  if (!/^https?:/i.test(target) || !URL.canParse(target)) return null
  const url = new URL(target)
  url.username = ""
  url.password = ""
  return url
}

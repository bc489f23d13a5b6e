/** One request by undici, and what it tells of it. */
import { InvalidArgumentError, type RunLoop } from "@vivarium/core"
import type { Dispatcher } from "undici"
import { ConnectionError } from "./errors.ts"
import { HttpResponse, ResponseBody } from "./http-response.ts"
import type { ReaderLimits } from "./reader.ts"

/** What was asked for, and within which limits. */
export interface Plan {
  readonly target: URL
  readonly limits: ReaderLimits
  readonly maxBodyBytes: number
  readonly signal: AbortSignal | undefined
  readonly timeoutMs: number
  /** Whether the response has no body, whatever its headers say. */
  readonly bodiless: boolean
}

type ResponseHeaders = Readonly<Record<string, string | string[] | undefined>>

/** Stands between undici and who waits for the response. */
export class Exchange implements Dispatcher.DispatchHandler {
  private readonly loop: RunLoop
  private readonly plan: Plan
  private resolve: (response: HttpResponse) => void = () => {}
  private reject: (error: unknown) => void = () => {}
  private controller: Dispatcher.DispatchController | null = null
  private where: string
  private body: ResponseBody | null = null
  private givenUp = false

  constructor(loop: RunLoop, plan: Plan) {
    this.loop = loop
    this.plan = plan
    this.where = plan.target.href
  }

  /** Somebody waits for the response. */
  begin(resolve: (response: HttpResponse) => void, reject: (error: unknown) => void): void {
    this.resolve = resolve
    this.reject = reject
  }

  /** Nobody waits any more. A connection that is in use for it is closed. */
  giveUp(): void {
    this.givenUp = true
    if (this.body === null) this.controller?.abort(new Error("the request was given up"))
    else this.body.giveUp()
  }

  /** A request is about to be sent: the first one, or one that follows a redirection. */
  visit(url: string): void {
    this.where = url
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller
    if (this.givenUp) controller.abort(new Error("the request was given up"))
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: ResponseHeaders): void {
    if (status < 200 || this.givenUp) return
    const { bodiless, limits, maxBodyBytes, target } = this.plan
    const length = bodiless || status === 204 || status === 304 || headers["content-length"] === undefined ? undefined : Number(headers["content-length"])
    this.body = new ResponseBody(this.loop, limits, target.host, controller, length, maxBodyBytes)
    this.resolve(new HttpResponse(status, this.where, headers, this.body))
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.body?.onData(chunk)
  }

  onResponseEnd(): void {
    this.body?.onEnd()
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    const raised = explain(error, this.plan.target.host)
    if (this.body === null) this.reject(raised)
    else this.body.onError(raised)
  }
}

const NOT_CONNECTED = /^(E(CONNREFUSED|NOTFOUND|AI_AGAIN|HOSTUNREACH|NETUNREACH|ADDRNOTAVAIL|TIMEDOUT|PROTO)|UND_ERR_CONNECT_TIMEOUT|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|HOSTNAME_|ERR_TLS|ERR_SSL)/
const NOT_ALLOWED = /^UND_ERR_(INVALID_ARG|NOT_SUPPORTED|REQ_CONTENT_LENGTH_MISMATCH)$/
const NOT_OPEN = /^UND_ERR_(CLOSED|DESTROYED)$/

function explain(cause: Error & { readonly code?: string }, host: string): Error {
  const code = cause.code ?? cause.message
  if (NOT_CONNECTED.test(code)) return new ConnectionError("connect_failed", host, `cannot connect to ${host}: ${code}.`, { cause })
  if (NOT_OPEN.test(code)) return new ConnectionError("connection_closed", host, `nothing can be asked of ${host}: the client is closed.`, { cause })
  if (NOT_ALLOWED.test(code)) return new InvalidArgumentError("options", undefined, `what HTTP allows (${cause.message})`)
  return new ConnectionError("connection_reset", host, `the connection with ${host} broke off: ${code.startsWith("UND_ERR") ? cause.message : code}.`, { cause })
}

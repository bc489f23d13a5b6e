/** Responses that `fetchHttp` brings. */
import type { Operation, RunLoop } from "@vivarium/core"
import type { Dispatcher } from "undici"
import { MessageBody, valueOf } from "./message-body.ts"
import type { ReadOptions } from "./options.ts"
import type { ReaderLimits } from "./reader.ts"

/** The body of a response, fed by undici. */
export class ResponseBody extends MessageBody {
  readonly peer: string
  private readonly controller: Dispatcher.DispatchController
  private readonly length: number | undefined
  private readonly most: number
  private complete = false

  constructor(loop: RunLoop, limits: ReaderLimits, peer: string, controller: Dispatcher.DispatchController, length: number | undefined, most: number) {
    super(loop, limits)
    this.peer = peer
    this.controller = controller
    this.length = length
    this.most = most
  }

  protected get outside(): boolean {
    return true
  }

  protected flow(on: boolean): void {
    if (this.complete) return
    if (on) this.controller.resume()
    else this.controller.pause()
  }

  protected get announced(): number | undefined {
    return this.length
  }

  protected get maxBodyBytes(): number {
    return this.most
  }

  onData(chunk: Buffer): void {
    this.received(chunk)
  }

  onEnd(): void {
    this.complete = true
    this.endReading()
  }

  onError(error: Error): void {
    this.complete = true
    this.failReading(error)
  }

  override giveUp(): void {
    if (!this.complete) this.controller.abort(new Error("the response was given up"))
  }
}

/** A response: its head has come, its body is read by operations. */
export class HttpResponse {
  /** The status, from 200 to 599. */
  readonly status: number
  /** The address it came from, after redirections. */
  readonly url: string
  /** The body, to be read piece by piece. */
  readonly body: MessageBody
  private readonly rawHeaders: Readonly<Record<string, string | string[] | undefined>>
  private madeHeaders: Headers | null = null

  /** @internal */
  constructor(status: number, url: string, headers: Readonly<Record<string, string | string[] | undefined>>, body: MessageBody) {
    this.status = status
    this.url = url
    this.rawHeaders = headers
    this.body = body
  }

  /** Whether the status is from 200 to 299. */
  get ok(): boolean {
    return this.status >= 200 && this.status < 300
  }

  /** The headers, as the web has them. */
  get headers(): Headers {
    if (this.madeHeaders === null) {
      const headers = new Headers()
      for (const [name, value] of Object.entries(this.rawHeaders)) for (const one of [value ?? []].flat()) headers.append(name, one)
      this.madeHeaders = headers
    }
    return this.madeHeaders
  }

  /** One header, without making all of them. */
  header(name: string): string | undefined {
    return valueOf(this.rawHeaders, name)
  }

  /** The whole body as bytes; more than `maxBytes` (10,485,760) raises LimitError `body_too_large`. */
  bytes(options?: ReadOptions): Operation<Buffer> {
    return this.body.bytes(options)
  }

  /** The whole body as text. */
  text(options?: ReadOptions): Operation<string> {
    return this.body.text(options)
  }

  /** The whole body as JSON. */
  json(options?: ReadOptions): Operation<unknown> {
    return this.body.json(options)
  }

  /** `using response = …` gives up, at the end of the block, what was not read: its connection is closed then. */
  [Symbol.dispose](): void {
    this.body.giveUp()
  }
}

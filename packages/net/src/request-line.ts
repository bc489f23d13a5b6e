/** The requests of one connection, in the order in which they came. */
import type { Operation, RunLoop } from "@vivarium/core"
import { Offer, wake, type WaitNode } from "@vivarium/core/lowlevel"
import type { Socket } from "node:net"
import type { HttpRequest } from "./http-request.ts"

export class RequestLine {
  readonly loop: RunLoop
  private readonly socket: Socket
  private readonly requests: HttpRequest[] = []
  private over = false
  /** The tasklet of the connection, while it waits. */
  private waiting: WaitNode | null = null
  private readonly operation: Next

  constructor(loop: RunLoop, socket: Socket) {
    this.loop = loop
    this.socket = socket
    this.operation = new Next(this)
  }

  /** The next request, or undefined when the connection is closed. */
  next(): Operation<HttpRequest | undefined> {
    return this.operation
  }

  push(request: HttpRequest): void {
    if (this.over) {
      request.abandon()
      return
    }
    this.requests.push(request)
    this.serve()
  }

  /** The connection is closed: nobody waits for answers any more. */
  close(): void {
    this.drop()
    this.serve()
  }

  /** Nobody will take what is left: its tasklet has ended, and so does the connection. */
  abandon(): void {
    this.drop()
    this.socket.destroy()
  }

  private drop(): void {
    this.over = true
    for (const request of this.requests.splice(0)) request.abandon()
  }

  get ready(): boolean {
    return this.requests.length > 0 || this.over
  }

  take(): HttpRequest | undefined {
    return this.requests.shift()
  }

  park(node: WaitNode): void {
    this.waiting = node
    this.loop.external++
  }

  unpark(): void {
    this.waiting = null
    this.loop.external--
  }

  private serve(): void {
    const node = this.waiting
    if (node === null || !this.ready) return
    this.unpark()
    wake(node, this.take())
  }
}

class Next extends Offer<HttpRequest | undefined> {
  private readonly line: RequestLine

  constructor(line: RequestLine) {
    super()
    this.line = line
  }

  ready(): boolean {
    return this.line.ready
  }

  take(): HttpRequest | undefined {
    return this.line.take()
  }

  park(node: WaitNode): void {
    this.line.park(node)
  }

  unpark(): void {
    this.line.unpark()
  }

  override undo(outcome: unknown): void {
    if (outcome !== undefined) (outcome as HttpRequest).abandon()
  }

  describe(): string {
    return "the next request of a connection"
  }
}

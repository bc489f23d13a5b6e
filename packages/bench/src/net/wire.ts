// One connection of the client: at most one request on its way, and nothing kept but an unfinished reply.
//
// It is as cheap as node:net lets it be, since the client has one core and the server shall be the one that is busy: all
// connections read into one buffer, which is used up before the callback returns.

import { connect, type Socket } from "node:net"
import { ReplyError, replyLength } from "./reply.ts"

export type Protocol = "http" | "tcp"

const line = `${"x".repeat(63)}\n`

const body = "Hello, world!"

function httpRequest(connection: string): string {
  return `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: ${connection}\r\n\r\n`
}

const shared = Buffer.allocUnsafeSlow(65_536)

export interface WireEvents {
  /** The reply is whole and right. */
  readonly replied: (wire: Wire) => void
  /** Both sides have closed, after `finish()` or a request that was the last. */
  readonly closed: (wire: Wire) => void
  /** An error, a wrong reply, or an end that nobody asked for. The connection is gone. */
  readonly failed: (error: Error) => void
}

export class Wire {
  /** By performance.now(), for whoever drives this connection. */
  since = 0

  readonly #events: WireEvents
  readonly #protocol: Protocol
  readonly #socket: Socket
  #pending = ""
  #waiting = false
  #last = false

  constructor(protocol: Protocol, port: number, events: WireEvents, connected: (wire: Wire) => void) {
    this.#events = events
    this.#protocol = protocol
    const onread = {
      buffer: shared,
      callback: (length: number) => {
        this.#received(shared.toString("latin1", 0, length))
        return true
      },
    }
    this.#socket = connect({ host: "127.0.0.1", port, noDelay: true, onread }, () => connected(this))
    this.#socket.on("error", (error) => this.#fail(error))
    this.#socket.on("close", () => this.#closed())
  }

  /** Sends one request; with `last` the server closes the connection after its reply (for TCP the client does). */
  send(last = false): void {
    this.#waiting = true
    this.#last = last
    this.#socket.write(this.#protocol === "tcp" ? line : httpRequest(last ? "close" : "keep-alive"), "latin1")
  }

  /** Closes; nothing more is told but `closed`. */
  finish(): void {
    this.#last = true
    this.#socket.end()
  }

  #received(chunk: string): void {
    const text = this.#pending === "" ? chunk : this.#pending + chunk
    try {
      if (!this.#waiting) throw new ReplyError("a reply that nobody asked for", text)
      const length = this.#protocol === "tcp" ? line.length : replyLength(text)
      if (length === undefined || text.length < length) {
        this.#pending = text
        return
      }
      const right = this.#protocol === "tcp" ? text === line : text.length === length && text.includes(body)
      if (!right) throw new ReplyError("a wrong reply", text)
    } catch (error) {
      this.#fail(error as Error)
      return
    }
    this.#pending = ""
    this.#waiting = false
    if (this.#last && this.#protocol === "tcp") this.#socket.end()
    this.#events.replied(this)
  }

  #closed(): void {
    if (this.#waiting || !this.#last) this.#fail(new Error("The server closed a connection that was in use."))
    else this.#events.closed(this)
  }

  #fail(error: Error): void {
    this.#socket.removeAllListeners("close")
    this.#socket.destroy()
    this.#events.failed(error)
  }
}

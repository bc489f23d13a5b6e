/** Writing a body while it is sent. */
import type { Operation, RunLoop } from "@vivarium/core"
import type { ServerResponse } from "node:http"
import { ConnectionError } from "./errors.ts"
import type { WriteOptions } from "./options.ts"
import { Outgoing } from "./outgoing.ts"
import { type Data, Write, type Writer } from "./write.ts"

/** Where the routine of a body writes. */
export class BodyWriter implements Writer {
  /** @internal */
  readonly loop: RunLoop
  /** @internal */
  readonly link: ServerResponse
  /** Who it is for, as reports show it. */
  readonly peer: string
  /** @internal */
  readonly idleMs: number
  /** @internal */
  outgoing: Outgoing | null = null

  /** @internal */
  constructor(loop: RunLoop, response: ServerResponse, peer: string, idleMs: number) {
    this.loop = loop
    this.link = response
    this.peer = peer
    this.idleMs = idleMs
  }

  /** Writes text (as UTF-8) or bytes; waits while the client takes nothing. */
  write(data: Data, options?: WriteOptions): Operation<void> {
    return new Write(this, data, options)
  }

  /** @internal */
  checkWritable(): void {
    const { destroyed, writableEnded } = this.link
    if (destroyed) throw this.closedError()
    if (writableEnded) throw new ConnectionError("connection_closed", this.peer, `nothing can be written to ${this.peer} any more: the body is complete.`)
  }

  /** @internal */
  queueOutgoing(): Outgoing {
    if (this.outgoing === null) {
      const outgoing = new Outgoing(this.loop, this.link, true)
      this.outgoing = outgoing
      this.link.on("drain", () => outgoing.drained())
      this.link.once("close", () => this.loop.ingress.accept({ enter: () => outgoing.fail(this.closedError()) }))
    }
    return this.outgoing
  }

  private closedError(): ConnectionError {
    return new ConnectionError("connection_closed", this.peer, `${this.peer} has gone: nothing can be written to it any more.`)
  }
}

/** Writing to a stream of Node. */
import { action, type Operation, type RunLoop } from "@vivarium/core"
import type { Writable } from "node:stream"
import { ConnectionError } from "./errors.ts"
import { IDLE_MS } from "./limits.ts"
import { Outgoing } from "./outgoing.ts"
import { type Data, Write, type Writer } from "./write.ts"

export class StreamWriter implements Writer {
  readonly loop: RunLoop
  readonly link: Writable
  readonly peer = "a stream"
  readonly idleMs = IDLE_MS
  readonly outgoing: Outgoing
  private failure: Error | null = null

  constructor(loop: RunLoop, stream: Writable) {
    this.loop = loop
    this.link = stream
    const outgoing = new Outgoing(loop, stream, true)
    this.outgoing = outgoing
    stream.on("drain", () => outgoing.drained())
    stream.on("error", (error) => this.fail(error))
    stream.on("close", () => this.fail(new ConnectionError("connection_closed", this.peer, "the stream is closed.")))
  }

  write(data: Data): Operation<void> {
    return new Write(this, data, undefined)
  }

  /** Ends the stream, and waits until it has taken everything. */
  end(): Operation<void> {
    return action((resolve, reject) => {
      this.link.end((error?: Error | null) => (error == null ? resolve() : reject(error)))
    })
  }

  checkWritable(): void {
    if (this.failure !== null) throw this.failure
  }

  queueOutgoing(): Outgoing {
    return this.outgoing
  }

  private fail(error: Error): void {
    this.failure ??= error
    this.loop.ingress.accept({ enter: () => this.outgoing.fail(error) })
  }
}

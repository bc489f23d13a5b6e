/** Writing to a stream of Node, as `pipe` does. */
import { action, Event, type Operation, type Routine, type RunLoop } from "@vivarium/core"
import type { Writable } from "node:stream"
import { ConnectionError } from "./errors.ts"
import { Outgoing } from "./outgoing.ts"
import { callOn } from "./owned.ts"
import type { Sink } from "./sink.ts"
import { within } from "./within.ts"
import { type Data, Write, type Writer } from "./write.ts"

/** The writer of a stream, until it lets go of it. */
export class StreamWriter implements Writer, Sink {
  readonly loop: RunLoop
  readonly link: Writable
  readonly peer = "a stream"
  readonly idleMs: number
  readonly outgoing: Outgoing
  private readonly broken: Event
  private failure: Error | null = null
  private readonly onDrain = (): void => this.outgoing.drained()
  private readonly onError = (error: Error): void => this.fail(error)
  private readonly onClose = (): void => this.fail(this.closedError())

  constructor(loop: RunLoop, stream: Writable, idleMs: number) {
    this.loop = loop
    this.link = stream
    this.idleMs = idleMs
    this.broken = new Event(loop)
    this.outgoing = new Outgoing(loop, stream, true)
    stream.on("drain", this.onDrain).on("error", this.onError).on("close", this.onClose)
  }

  get gone(): Operation<void> {
    return this.broken.wait()
  }

  write(data: Data): Operation<void> {
    return new Write(this, data, undefined)
  }

  /** Ends the stream, and waits until it has taken everything. */
  end(): Operation<void> {
    return callOn(this.loop, ending, this)
  }

  checkWritable(): void {
    const { errored, writable, writableEnded } = this.link
    if (this.failure !== null) throw this.failure
    if (errored !== null) throw errored
    if (writableEnded) throw new ConnectionError("unwritable", this.peer, "nothing can be written to the stream any more: it was ended.")
    if (!writable) throw this.closedError()
  }

  queueOutgoing(): Outgoing {
    return this.outgoing
  }

  letGo(destroy: boolean): void {
    const { link } = this
    link.off("drain", this.onDrain).off("close", this.onClose)
    if (!destroy) {
      link.off("error", this.onError)
      return
    }
    // What it still tells has been told by the error that brought us here.
    link.destroy()
  }

  private fail(error: Error): void {
    if (this.failure !== null) return
    this.failure = error
    this.loop.ingress.accept({
      enter: () => {
        this.outgoing.fail(error)
        this.broken.set()
      },
    })
  }

  private closedError(): ConnectionError {
    return new ConnectionError("connection_closed", this.peer, "the stream that is written to is closed.")
  }
}

function* ending(writer: StreamWriter): Routine {
  writer.checkWritable()
  const ended = action((resolve, reject) => {
    writer.link.end((error?: Error | null) => {
      if (error == null) resolve()
      else reject(error)
    })
  })
  yield* within(writer.idleMs, "the end of a stream", ended)
}

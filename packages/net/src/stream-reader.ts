/** Reading from a stream of Node. */
import type { RunLoop } from "@vivarium/core"
import type { Readable } from "node:stream"
import { bytesOf } from "./chunks.ts"
import { ConnectionError } from "./errors.ts"
import { Reader, type ReaderLimits } from "./reader.ts"

/** The reader of a stream; whoever has made it takes care that it is disposed of if it is not read to its end. */
export class StreamReader extends Reader implements Disposable {
  readonly peer = "a stream"
  private readonly stream: Readable

  constructor(loop: RunLoop, limits: ReaderLimits, stream: Readable) {
    super(loop, limits)
    this.stream = stream
    // Of what has been told already nothing is told again.
    if (stream.readableEnded) this.endReading()
    else if (stream.errored !== null) this.failReading(stream.errored)
    else if (stream.destroyed) this.failReading(() => this.closedError())
    else this.listen()
  }

  protected get outside(): boolean {
    return true
  }

  protected flow(on: boolean): void {
    if (on) this.stream.resume()
    else this.stream.pause()
  }

  /** Nobody will read it to its end. */
  [Symbol.dispose](): void {
    this.stream.destroy()
  }

  private listen(): void {
    const { stream } = this
    stream.on("error", (cause) => this.failReading(cause))
    stream.on("close", () => {
      if (!this.ended) this.failReading(() => this.closedError())
    })
    stream.on("end", () => this.endReading())
    stream.on("data", (chunk: unknown) => this.bring(chunk))
  }

  private bring(chunk: unknown): void {
    let bytes: Buffer
    try {
      bytes = bytesOf(chunk, this.stream.readableEncoding)
    } catch (error) {
      this.failReading(error as Error)
      this.stream.destroy()
      return
    }
    this.received(bytes)
  }

  private closedError(): ConnectionError {
    return new ConnectionError("connection_closed", this.peer, "the stream was closed before its end.")
  }
}

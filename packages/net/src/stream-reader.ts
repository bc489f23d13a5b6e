/** Reading from a stream of Node. */
import type { RunLoop } from "@vivarium/core"
import type { Readable } from "node:stream"
import { ConnectionError } from "./errors.ts"
import { Reader, type ReaderLimits } from "./reader.ts"

export class StreamReader extends Reader {
  readonly peer = "a stream"
  private readonly stream: Readable

  constructor(loop: RunLoop, limits: ReaderLimits, stream: Readable) {
    super(loop, limits)
    this.stream = stream
    stream.on("data", (chunk: Buffer | string) => this.received(typeof chunk === "string" ? Buffer.from(chunk) : chunk))
    stream.on("end", () => this.endReading())
    stream.on("error", (cause) => this.failReading(cause))
    stream.on("close", () => {
      if (!stream.readableEnded) this.failReading(new ConnectionError("connection_closed", this.peer, "the stream was closed before its end."))
    })
  }

  protected get outside(): boolean {
    return true
  }

  protected flow(on: boolean): void {
    if (on) this.stream.resume()
    else this.stream.pause()
  }

  /** Nobody will read it. */
  destroy(): void {
    this.stream.destroy()
  }
}

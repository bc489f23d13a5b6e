/** Writing to a stream of the web, as `pipe` does. */
import { Event, type Operation, type Routine, type RunLoop, until } from "@vivarium/core"
import { ConnectionError } from "./errors.ts"
import { callOn } from "./owned.ts"
import type { Sink } from "./sink.ts"
import { within } from "./within.ts"

/** The writer of a stream; it is locked until the writer lets go of it. */
export class WebWriter implements Sink {
  readonly loop: RunLoop
  readonly idleMs: number
  readonly writer: WritableStreamDefaultWriter<Uint8Array>
  private readonly broken: Event
  private failure: { readonly error: unknown } | null = null

  constructor(loop: RunLoop, stream: WritableStream, idleMs: number) {
    this.loop = loop
    this.idleMs = idleMs
    this.broken = new Event(loop)
    this.writer = stream.getWriter()
    this.writer.closed.then(
      () => this.fail(new ConnectionError("unwritable", "a stream", "nothing can be written to the stream any more: it was closed.")),
      (error: unknown) => this.fail(error),
    )
  }

  get gone(): Operation<void> {
    return this.broken.wait()
  }

  checkWritable(): void {
    if (this.failure !== null) throw this.failure.error
  }

  write(chunk: Buffer): Operation<void> {
    return callOn(this.loop, writing, this, chunk)
  }

  end(): Operation<void> {
    return callOn(this.loop, closing, this)
  }

  letGo(destroy: boolean): void {
    if (destroy) this.writer.abort(this.failure?.error).catch(ignore)
    this.writer.releaseLock()
  }

  private fail(error: unknown): void {
    if (this.failure !== null) return
    this.failure = { error }
    this.broken.set()
  }
}

function* writing(one: WebWriter, chunk: Buffer): Routine {
  const { idleMs, writer } = one
  one.checkWritable()
  yield* within(idleMs, "write() to a stream", until(writer.ready))
  // Whether it was taken is told by the next readiness, or the close.
  writer.write(chunk).catch(ignore)
}

function* closing(one: WebWriter): Routine {
  yield* within(one.idleMs, "the end of a stream", until(one.writer.close()))
}

function ignore(): void {}

/** Reading for a stream of Node: what a reader brings, as others want it. */
import type { Body, Routine, Tasklet } from "@vivarium/core"
import { Readable } from "node:stream"
import { MessageBody } from "./message-body.ts"
import type { Reader } from "./reader.ts"

/** A stream of what comes from a reader, read when it is asked for. Destroyed, it reads no more: what it was waiting for stays to be read. */
export class ReaderStream extends Readable {
  private readonly reader: Reader
  private reading: Tasklet | null = null

  constructor(reader: Reader) {
    super({ objectMode: false })
    this.reader = reader
  }

  override _read(): void {
    const { loop } = this.reader
    const reading = loop.create(readingFrom as Body<never> as Body, this.reader)
    this.reading = reading
    loop.launch(reading)
    reading.then(
      (chunk) => this.bring((chunk as Buffer | undefined) ?? null),
      (error: unknown) => {
        if (!this.destroyed) this.destroy(error as Error)
      },
    )
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const { reader, reading } = this
    reading?.kill()
    // Nobody else can make sense of the rest of a message.
    if (reader instanceof MessageBody && !reader.ended) reader.giveUp()
    done(error)
  }

  private bring(chunk: Buffer | null): void {
    this.reading = null
    this.push(chunk)
  }
}

function* readingFrom(reader: Reader): Routine<Buffer | undefined> {
  return yield* reader.read()
}

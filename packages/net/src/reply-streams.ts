/** Bodies of replies that are streams: sending them, and letting them go when nobody will read them. */
import { type Routine, until } from "@vivarium/core"
import type { Readable } from "node:stream"
import type { BodyWriter } from "./body-writer.ts"
import { SLICE_BYTES } from "./limits.ts"
import type { ReplyBody } from "./reply.ts"

type Items = AsyncIterable<string | Uint8Array>

/** How many microtasks a stream is given to show that it is whole: more than the streams of a Response made of text or bytes need. */
const PROMPT_TICKS = 24

/** A stream that is being sent. */
export interface Sending {
  /** The whole of a small body that is there at once; else null, and `write` sends it. */
  ahead(): Routine<Uint8Array | null>
  /** Writes the stream's chunks, as the client takes them. */
  write(writer: BodyWriter): Routine
  /** Nobody will read it to its end. */
  letGo(): void
}

/** Takes a stream for itself; raises if somebody else reads it. */
export function streaming(body: ReadableStream | Items): Sending {
  if ("getReader" in body) return new WebSending(body.getReader() as ChunkReader)
  return new ItemsSending(body)
}

class ItemsSending implements Sending {
  private readonly items: Items
  /** Once it has begun. */
  private iterator: AsyncIterator<string | Uint8Array> | null = null

  constructor(items: Items) {
    this.items = items
    // It may fail while the answers before this one are sent: raised when it is read, and until then nobody else listens.
    if ("destroy" in items) (items as Readable).on("error", ignore)
  }

  *ahead(): Routine<null> {
    return null
  }

  *write(writer: BodyWriter): Routine {
    const iterator = this.items[Symbol.asyncIterator]()
    this.iterator = iterator
    for (;;) {
      const item = yield* until(iterator.next())
      if (item.done === true) return
      yield* writer.write(item.value)
    }
  }

  letGo(): void {
    if (this.iterator === null || "destroy" in this.items) letGo(this.items as ReplyBody)
    else leave(this.iterator)
  }
}

type ChunkReader = ReadableStreamDefaultReader<Uint8Array>
type Chunk = Awaited<ReturnType<ChunkReader["read"]>>

/**
 * A stream of the web. Its first two chunks are asked for before the head is sent: the body of `new Response("text")` is a stream, too, and goes out with its
 * head and its length in one write then, instead of three (30 to 22 microseconds a request).
 */
class WebSending implements Sending {
  private readonly reader: ChunkReader
  /** What was asked for before it could be written. */
  private readonly early: Promise<Chunk>[] = []

  constructor(reader: ChunkReader) {
    this.reader = reader
  }

  *ahead(): Routine<Uint8Array | null> {
    this.early.push(this.reader.read(), this.reader.read())
    let known = false
    try {
      const whole = yield* until(promptly(this.early))
      known = true
      return whole
    } finally {
      if (!known) this.letGo()
    }
  }

  *write(writer: BodyWriter): Routine {
    let done = false
    try {
      for (;;) {
        const chunk = yield* until(this.early.shift() ?? this.reader.read())
        if (chunk.done) break
        yield* writer.write(chunk.value)
      }
      done = true
    } finally {
      if (!done) this.letGo()
    }
  }

  letGo(): void {
    this.reader.cancel().catch(ignore)
  }
}

/** The bytes of a stream that ends after one chunk, or without any, if that is known soon. */
async function promptly(chunks: readonly Promise<Chunk>[]): Promise<Uint8Array | null> {
  let whole: Uint8Array | null = null
  let settled = false
  Promise.all(chunks).then(([first, second]) => {
    settled = true
    if (first?.done === true) whole = new Uint8Array()
    else if (second?.done === true && first?.value instanceof Uint8Array && first.value.length <= SLICE_BYTES) whole = first.value
  }, () => {
    // Told when it is written.
    settled = true
  })
  for (let tick = 0; tick < PROMPT_TICKS && !settled; tick++) await Promise.resolve()
  return whole
}

/** Nobody will read it to its end: what stands behind a stream (a file, say) is closed. */
export function letGo(body: ReplyBody): void {
  if (typeof body !== "object" || body === null || body instanceof Uint8Array) return
  if ("getReader" in body) {
    if (!body.locked) body.cancel().catch(ignore)
  } else if ("destroy" in body) body.on("error", ignore).destroy()
  else leave(body[Symbol.asyncIterator]())
}

/** As a loop does that is left; but nobody waits, and what it raises is nobody's concern. */
function leave(iterator: AsyncIterator<unknown>): void {
  void (async () => iterator.return?.())().catch(ignore)
}

/** What becomes of a stream that is given up is nobody's concern. */
function ignore(): void {}

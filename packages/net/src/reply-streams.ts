/** Bodies of replies that are streams: sending them, and letting them go when nobody will read them. */
import { type Routine, until } from "@vivarium/core"
import type { BodyWriter } from "./body-writer.ts"
import type { ReplyBody } from "./reply.ts"

type Items = AsyncIterable<string | Uint8Array>

/** Takes a stream for itself; raises if somebody else reads it. What it gives writes the stream's chunks as the client takes them. */
export function streaming(body: ReadableStream | Items): (writer: BodyWriter) => Routine {
  if (!("getReader" in body)) return (writer) => sendItems(body, writer)
  const reader = body.getReader() as ReadableStreamDefaultReader<Uint8Array>
  return (writer) => sendChunks(reader, writer)
}

function* sendItems(items: Items, writer: BodyWriter): Routine {
  const iterator = items[Symbol.asyncIterator]()
  for (;;) {
    const item = yield* until(iterator.next())
    if (item.done === true) return
    yield* writer.write(item.value)
  }
}

function* sendChunks(reader: ReadableStreamDefaultReader<Uint8Array>, writer: BodyWriter): Routine {
  let done = false
  try {
    for (;;) {
      const chunk = yield* until(reader.read())
      if (chunk.done) break
      yield* writer.write(chunk.value)
    }
    done = true
  } finally {
    if (!done) reader.cancel().catch(ignore)
  }
}

/** Nobody will read it to its end: what stands behind a stream (a file, say) is closed. */
export function letGo(body: ReplyBody): void {
  if (typeof body !== "object" || body === null || body instanceof Uint8Array) return
  if ("getReader" in body) {
    if (!body.locked) body.cancel().catch(ignore)
  } else if ("destroy" in body) body.on("error", ignore).destroy()
  else void body[Symbol.asyncIterator]().return?.().catch(ignore)
}

/** What becomes of a stream that is given up is nobody's concern. */
function ignore(): void {}

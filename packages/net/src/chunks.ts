/** What streams bring: bytes, or text that stands for bytes. */
import { InvalidArgumentError } from "@vivarium/core"

/** A chunk as bytes. Text has the stream's encoding, or is UTF-8. */
export function bytesOf(chunk: unknown, encoding: BufferEncoding | null): Buffer {
  if (Buffer.isBuffer(chunk)) return chunk
  if (typeof chunk === "string") return Buffer.from(chunk, encoding ?? "utf8")
  if (ArrayBuffer.isView(chunk)) return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
  if (chunk instanceof ArrayBuffer) return Buffer.from(chunk)
  throw new InvalidArgumentError("a chunk of the stream", chunk, "text or bytes", "A stream of objects must be made one of bytes first.")
}

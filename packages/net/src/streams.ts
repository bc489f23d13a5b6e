/** Streams of Node and of the web, as connections and readers. */
import { InvalidArgumentError, type RunLoop } from "@vivarium/core"
import { currentScheduler } from "@vivarium/core/lowlevel"
import { Socket } from "node:net"
import { Duplex, Readable } from "node:stream"
import type { Connection } from "./connection.ts"
import { Reader, type ReaderLimits } from "./reader.ts"
import { ReaderStream } from "./reader-stream.ts"
import { readLimits } from "./reader-limits.ts"
import { attach, catchUp, peerOf } from "./socket-link.ts"
import { StreamReader } from "./stream-reader.ts"

/** What bytes can come from. */
export type Source = Reader | Readable | ReadableStream | AsyncIterable<string | Uint8Array>

/** Two streams of the web that belong together. */
export interface WebStreams {
  readonly readable: ReadableStream
  readonly writable: WritableStream
}

/** What `fromStream` makes of a stream: a connection, if it goes both ways. A condition, since of overloads the wrong one would be taken for sockets. */
export type OfStream<S> = S extends Duplex | WebStreams ? Connection : Reader & Disposable

/** What bounds the reading of streams. */
export const LIMITS: ReaderLimits = /* @__PURE__ */ readLimits({})

/**
 * Makes a connection of a stream that goes both ways, and a reader of one that only comes in: of Node or of the web. Text is taken as the bytes that it stands
 * for. From then on nobody else may read from the stream; one that is not read to its end is destroyed by `using reader = fromStream(stream)`.
 *
 * @example
 * ```ts
 * import { main } from "@vivarium/core"
 * import { fromStream } from "@vivarium/net"
 * import { Readable } from "node:stream"
 *
 * await main(function* () {
 *   const lines = fromStream(Readable.from(["one\ntw", "o\n"])).lines()
 *   yield* lines.each((line) => console.log(line))
 * })
 * // prints: one
 * // prints: two
 * ```
 */
export function fromStream<S extends Duplex | WebStreams | Exclude<Source, Reader>>(stream: S): OfStream<S>
export function fromStream(stream: unknown): Reader {
  const loop: RunLoop = currentScheduler()
  if (stream instanceof Duplex) return connectionOn(loop, stream)
  if (isPair(stream)) return connectionOn(loop, Duplex.fromWeb(stream as never))
  checkSource(stream)
  return new StreamReader(loop, LIMITS, readableOf(stream))
}

function connectionOn(loop: RunLoop, stream: Duplex): Connection {
  const peer = stream instanceof Socket && stream.remoteAddress !== undefined ? peerOf(stream) : "a stream"
  const connection = attach(loop, stream, LIMITS, peer, stream.allowHalfOpen)
  catchUp(connection, stream)
  return connection
}

/** A stream of Node that brings what the source does. */
export function readableOf(source: Source): Readable {
  if (source instanceof Readable) return source
  if (source instanceof Reader) return new ReaderStream(source)
  if ("getReader" in source) return Readable.fromWeb(source as never)
  return Readable.from(source, { objectMode: false })
}

export function checkSource(source: unknown): asserts source is Source {
  const fits = typeof source === "object" && source !== null && (source instanceof Readable || "getReader" in source || Symbol.asyncIterator in source)
  if (!fits) throw new InvalidArgumentError("source", source, "a connection, a body, or a stream that can be read")
}

function isPair(stream: unknown): stream is WebStreams {
  return typeof stream === "object" && stream !== null && "readable" in stream && "writable" in stream && typeof stream.readable === "object" && typeof stream.writable === "object"
}

/** Streams of Node and of the web: in and out. */
import { call, InvalidArgumentError, type Operation, type Routine, type RunLoop } from "@vivarium/core"
import { checkOptions, currentScheduler, readFlag } from "@vivarium/core/lowlevel"
import { Duplex, Readable, Writable } from "node:stream"
import { BodyWriter } from "./body-writer.ts"
import { Connection } from "./connection.ts"
import { HIGH_WATER_BYTES, IDLE_MS, LINE_BYTES } from "./limits.ts"
import { Reader } from "./reader.ts"
import { attach } from "./socket-link.ts"
import { StreamReader } from "./stream-reader.ts"
import { StreamWriter } from "./stream-writer.ts"

/** What bytes can come from. */
export type Source = Reader | Readable | ReadableStream | AsyncIterable<string | Uint8Array>

/** What bytes can go to. */
export type Target = Connection | BodyWriter | Writable | WritableStream

/** Two streams of the web that belong together. */
export interface WebStreams {
  readonly readable: ReadableStream
  readonly writable: WritableStream
}

/** Options of `pipe`. */
export interface PipeOptions {
  /** Whether the end of the source ends the target. Default true, as for Node's `pipe`. */
  readonly end?: boolean
}

const LIMITS = { idleMs: IDLE_MS, maxLineBytes: LINE_BYTES, highWaterBytes: HIGH_WATER_BYTES }

/**
 * Makes a connection of a stream that goes both ways, and a reader of one that only comes in: of Node or of the web.
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
export function fromStream(stream: Duplex | WebStreams): Connection
export function fromStream(stream: Readable | ReadableStream | AsyncIterable<string | Uint8Array>): Reader
export function fromStream(stream: unknown): Reader {
  const loop: RunLoop = currentScheduler()
  if (stream instanceof Duplex) return attach(loop, stream, LIMITS, "a stream", true)
  if (isPair(stream)) return attach(loop, Duplex.fromWeb(stream as never), LIMITS, "a stream", true)
  return new StreamReader(loop, LIMITS, readableOf(stream as Readable))
}

/**
 * Writes all that comes from one stream to another, as fast as it is taken, and gives how many bytes that were; then the target ends, unless `end` is false.
 * If it is killed, a source that is a stream of Node or of the web is destroyed.
 *
 * @example
 * ```ts
 * import { main, tasklet } from "@vivarium/core"
 * import { pair, pipe } from "@vivarium/net"
 * import { Readable } from "node:stream"
 *
 * await main(function* () {
 *   const [left, right] = pair()
 *   tasklet(function* () {
 *     console.log(yield* pipe(Readable.from(["nectar"]), left))
 *   })
 *   console.log(String(yield* right.readBytes(6)))
 * })
 * // prints: 6
 * // prints: nectar
 * ```
 */
export function pipe(source: Source, target: Target, options: PipeOptions = {}): Operation<number> {
  checkOptions("options", options, ["end"], "pipe(source, target, { end: false })")
  const end = options.end === undefined || readFlag("end", options.end)
  if (!(source instanceof Reader)) checkSource(source)
  if (!(target instanceof Connection) && !(target instanceof BodyWriter) && !(target instanceof Writable) && !isWebWritable(target)) {
    throw new InvalidArgumentError("target", target, "a connection or a stream that can be written to")
  }
  return call(piping, source, target, end)
}

function* piping(source: Source, target: Target, end: boolean): Routine<number> {
  const loop = currentScheduler()
  const reader = source instanceof Reader ? source : new StreamReader(loop, LIMITS, readableOf(source))
  const writer = target instanceof Connection || target instanceof BodyWriter ? target : new StreamWriter(loop, target instanceof Writable ? target : Writable.fromWeb(target as never))
  let count = 0
  try {
    const next = reader.read()
    for (;;) {
      const chunk = yield* next
      if (chunk === undefined) break
      count += chunk.length
      yield* writer.write(chunk)
    }
    if (end && "end" in writer) yield* writer.end()
    return count
  } finally {
    if (reader !== source && !reader.ended) (reader as StreamReader).destroy()
  }
}

/** A stream of Node that brings what the source does. */
export function readableOf(source: Source): Readable {
  if (source instanceof Readable) return source
  if (source instanceof Reader) return Readable.from(chunksOf(source), { objectMode: false })
  if ("getReader" in source) return Readable.fromWeb(source as never)
  return Readable.from(source, { objectMode: false })
}

async function* chunksOf(reader: Reader): AsyncGenerator<Buffer> {
  for (;;) {
    const chunk = await reader.read()
    if (chunk === undefined) return
    yield chunk
  }
}

function checkSource(source: unknown): void {
  const fits = typeof source === "object" && source !== null && (source instanceof Readable || "getReader" in source || Symbol.asyncIterator in source)
  if (!fits) throw new InvalidArgumentError("source", source, "a connection, a body, or a stream that can be read")
}

function isWebWritable(target: unknown): boolean {
  return typeof target === "object" && target !== null && "getWriter" in target
}

function isPair(stream: unknown): stream is WebStreams {
  return typeof stream === "object" && stream !== null && "readable" in stream && "writable" in stream && typeof stream.readable === "object" && typeof stream.writable === "object"
}

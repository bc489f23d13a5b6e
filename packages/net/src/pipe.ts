/** Pipes: all that comes from one stream goes to another. */
import { InvalidArgumentError, type Operation, type Routine, type RunLoop, select } from "@vivarium/core"
import { checkOptions, currentScheduler, readFlag } from "@vivarium/core/lowlevel"
import { Writable } from "node:stream"
import { BodyWriter } from "./body-writer.ts"
import { Connection } from "./connection.ts"
import { MessageBody } from "./message-body.ts"
import { readTimeout } from "./options.ts"
import { callOn } from "./owned.ts"
import { Reader } from "./reader.ts"
import type { Sink } from "./sink.ts"
import { StreamReader } from "./stream-reader.ts"
import { StreamWriter } from "./stream-writer.ts"
import { checkSource, LIMITS, readableOf, type Source } from "./streams.ts"
import { WebWriter } from "./web-writer.ts"

/** What bytes can go to. */
export type Target = Connection | BodyWriter | Writable | WritableStream

/** Options of `pipe`. */
export interface PipeOptions {
  /** Whether the end of the source ends the target. Default true, as for Node's `pipe`. */
  readonly end?: boolean
  /** How long either side may do nothing, in milliseconds; Infinity for as long as it takes. Default 60,000, or a connection's own `idleMs`. */
  readonly timeoutMs?: number
}

/**
 * Writes all that comes from one stream to another, as fast as it is taken, and gives how many bytes that were; then the target ends, unless `end` is false.
 * An error of either side is raised here, at once. If it does not come to its end, by an error or a kill, streams of Node and of the web are destroyed (but
 * not a target with `end: false`), and the rest of a body is given up; connections are left to those who have them.
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
  checkOptions("options", options, ["end", "timeoutMs"], "pipe(source, target, { end: false })")
  const end = options.end === undefined || readFlag("end", options.end)
  const timeoutMs = options.timeoutMs === undefined ? undefined : readTimeout("timeoutMs", options.timeoutMs, Infinity)
  if (!(source instanceof Reader)) checkSource(source)
  if (!(target instanceof Connection) && !(target instanceof BodyWriter) && !(target instanceof Writable) && !isWebWritable(target)) {
    throw new InvalidArgumentError("target", target, "a connection or a stream that can be written to")
  }
  const loop = source instanceof Reader ? source.loop : target instanceof Connection || target instanceof BodyWriter ? target.loop : currentScheduler()
  return callOn(loop, piping, loop, source, target, end, timeoutMs)
}

function* piping(loop: RunLoop, source: Source, target: Target, end: boolean, timeoutMs: number | undefined): Routine<number> {
  const reader = source instanceof Reader ? source : new StreamReader(loop, LIMITS, readableOf(source))
  let sink: Sink | null = null
  let state: "not begun" | "under way" | "done" = "not begun"
  try {
    sink = sinkOf(loop, target, timeoutMs)
    sink.checkWritable()
    state = "under way"
    const count = yield* copying(reader, sink, timeoutMs)
    const ending = end ? sink.end() : null
    if (ending !== null) yield* ending
    state = "done"
    return count
  } finally {
    if (state !== "done") {
      if (reader !== source) (reader as StreamReader)[Symbol.dispose]()
      else if (reader instanceof MessageBody && !reader.ended) reader.giveUp()
    }
    sink?.letGo(state === "under way" && end)
  }
}

function* copying(reader: Reader, sink: Sink, timeoutMs: number | undefined): Routine<number> {
  const { gone } = sink
  const chunk = timeoutMs === undefined ? reader.read() : reader.read({ timeoutMs })
  // A target that goes away while nothing comes would be noticed by the next write only.
  const next = select({ chunk, gone }, { priority: true })
  for (let count = 0; ; ) {
    const first = yield* next
    if (first.key === "gone") {
      sink.checkWritable()
      throw new Error("unreachable: the target has gone, but can be written to")
    }
    const bytes = first.value as Buffer | undefined
    if (bytes === undefined) return count
    count += bytes.length
    yield* sink.write(bytes)
  }
}

function sinkOf(loop: RunLoop, target: Target, timeoutMs: number | undefined): Sink {
  if (target instanceof Connection) return new ConnectionSink(target, timeoutMs)
  if (target instanceof BodyWriter) return new BodySink(target, timeoutMs)
  const idleMs = timeoutMs ?? LIMITS.idleMs
  return target instanceof Writable ? new StreamWriter(loop, target, idleMs) : new WebWriter(loop, target, idleMs)
}

class ConnectionSink implements Sink {
  private readonly connection: Connection
  private readonly options: { readonly timeoutMs?: number }

  constructor(connection: Connection, timeoutMs: number | undefined) {
    this.connection = connection
    this.options = timeoutMs === undefined ? {} : { timeoutMs }
  }

  get gone(): Operation<void> {
    return this.connection.closed
  }

  checkWritable(): void {
    this.connection.checkWritable()
  }

  write(chunk: Buffer): Operation<void> {
    return this.connection.write(chunk, this.options)
  }

  end(): Operation<void> {
    return this.connection.end(this.options)
  }

  letGo(): void {}
}

/** The server ends the body, and kills its tasklet if the client has gone. */
class BodySink implements Sink {
  readonly gone = null
  private readonly body: BodyWriter
  private readonly options: { readonly timeoutMs?: number }

  constructor(body: BodyWriter, timeoutMs: number | undefined) {
    this.body = body
    this.options = timeoutMs === undefined ? {} : { timeoutMs }
  }

  checkWritable(): void {
    this.body.checkWritable()
  }

  write(chunk: Buffer): Operation<void> {
    return this.body.write(chunk, this.options)
  }

  end(): null {
    return null
  }

  letGo(): void {}
}

function isWebWritable(target: unknown): boolean {
  return typeof target === "object" && target !== null && "getWriter" in target
}

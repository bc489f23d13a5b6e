/** The ways to read: offers on a reader's queue, so that each takes its bytes whole or not at all. */
import { InvalidArgumentError, type RunLoop } from "@vivarium/core"
import { checkCount, Offer, type WaitNode } from "@vivarium/core/lowlevel"
import { ConnectionError, LimitError } from "./errors.ts"
import { checkReadOptions, readSize, readTimeout, type ReadOptions } from "./options.ts"
import type { Reader } from "./reader.ts"

/** Who waits is woken when there is enough, and takes it when it goes on: see `Reader`. */
export abstract class ReadOperation<T> extends Offer<T> {
  declare protected readonly reader: Reader
  declare readonly timeoutMs: number

  constructor(reader: Reader, options: ReadOptions | undefined) {
    super()
    this.reader = reader
    if (options !== undefined) checkReadOptions(options)
    this.timeoutMs = options === undefined ? reader.limits.idleMs : readTimeout("timeoutMs", options.timeoutMs, reader.limits.idleMs)
  }

  override get owner(): RunLoop {
    return this.reader.loop
  }

  /** Whether the queue holds what is asked for, or it is known that it never will. */
  abstract available(): boolean

  /** Takes the bytes; undefined is the end of the stream. May raise. */
  abstract consume(): Buffer | undefined

  /** What it is, for reports. */
  protected abstract get called(): string

  ready(): boolean {
    return this.reader.free && this.available()
  }

  take(): T {
    return this.asValue(this.consume())
  }

  park(node: WaitNode): void {
    this.reader.parkReader(node, this.timeoutMs)
  }

  unpark(node: WaitNode): void {
    this.reader.unparkReader(node)
  }

  override outcome(): T {
    try {
      return this.take()
    } finally {
      this.reader.endTurn()
    }
  }

  override undo(_outcome: unknown, failed: boolean): void {
    if (!failed) this.reader.endTurn()
  }

  describe(): string {
    return `${this.called} from ${this.reader.peer}`
  }

  protected asValue(bytes: Buffer | undefined): T {
    return bytes as T
  }

  /** What an end means: undefined if nothing is left, else an error with what came. */
  protected atEnd(): undefined {
    const { queue, readFailure } = this.reader
    if (readFailure !== null) throw readFailure
    if (queue.length === 0) return undefined
    const partial = queue.take(queue.length)
    this.reader.taken()
    const { peer } = this.reader
    throw new ConnectionError("unexpected_end", peer, `${peer} ended after ${partial.length} bytes, in the middle of ${this.called}.`, { partial })
  }

  protected takeBytes(count: number): Buffer {
    const bytes = this.reader.queue.take(count)
    this.reader.taken()
    return bytes
  }
}

export class Read extends ReadOperation<Buffer | undefined> {
  declare private readonly maxBytes: number

  constructor(reader: Reader, options: ReadOptions | undefined) {
    super(reader, options)
    this.maxBytes = options === undefined ? Infinity : readSize("maxBytes", options.maxBytes, Infinity)
  }

  available(): boolean {
    return this.reader.queue.length > 0 || this.reader.isOver
  }

  consume(): Buffer | undefined {
    const { reader } = this
    if (reader.queue.length === 0) return this.atEnd()
    const bytes = reader.queue.takeChunk(this.maxBytes)
    reader.taken()
    return bytes
  }

  protected get called(): string {
    return "read()"
  }
}

export class ReadBytes extends ReadOperation<Buffer | undefined> {
  declare protected readonly count: number

  constructor(reader: Reader, count: number, options: ReadOptions | undefined) {
    super(reader, options)
    checkCount("count", count, 0)
    const maxBytes = readSize("maxBytes", options?.maxBytes, Infinity)
    if (count > maxBytes) throw new LimitError("message_too_large", `${count} bytes are asked for, but maxBytes allows ${maxBytes}.`, maxBytes)
    this.count = count
  }

  available(): boolean {
    return this.reader.queue.length >= this.count || this.reader.isOver
  }

  consume(): Buffer | undefined {
    return this.reader.queue.length >= this.count ? this.takeBytes(this.count) : this.atEnd()
  }

  protected get called(): string {
    return `readBytes(${this.count})`
  }
}

export class Peek extends ReadBytes {
  declare private readonly all: boolean

  constructor(reader: Reader, count: number | undefined, options: ReadOptions | undefined) {
    super(reader, count ?? 1, options)
    this.all = count === undefined
  }

  override consume(): Buffer | undefined {
    const { queue, readFailure } = this.reader
    if (queue.length < this.count && readFailure !== null) throw readFailure
    return queue.length === 0 && this.count > 0 ? undefined : queue.peek(this.all ? queue.length : this.count)
  }

  protected override get called(): string {
    return `peek(${this.count})`
  }
}

export class ReadUntil extends ReadOperation<Buffer | undefined> {
  declare private readonly delimiter: Uint8Array
  declare private readonly maxBytes: number

  constructor(reader: Reader, delimiter: string | Uint8Array, options: ReadOptions | undefined) {
    super(reader, options)
    const bytes = typeof delimiter === "string" ? Buffer.from(delimiter) : delimiter
    if (!(bytes instanceof Uint8Array) || bytes.length === 0) {
      throw new InvalidArgumentError("delimiter", delimiter, "a text or bytes that are not empty", String.raw`right: connection.readUntil("\r\n\r\n")`)
    }
    this.delimiter = bytes
    this.maxBytes = readSize("maxBytes", options?.maxBytes, reader.limits.maxLineBytes)
  }

  available(): boolean {
    return this.find() >= 0 || this.reader.queue.length >= this.maxBytes + this.delimiter.length || this.reader.isOver
  }

  consume(): Buffer | undefined {
    const at = this.find()
    const { queue } = this.reader
    if (at > this.maxBytes || (at < 0 && queue.length >= this.maxBytes + this.delimiter.length)) throw tooLong(this.called, this.reader.peer, this.maxBytes)
    return at >= 0 ? this.takeBytes(at + this.delimiter.length) : this.atEnd()
  }

  private find(): number {
    return search(this.reader, this.delimiter)
  }

  protected get called(): string {
    return "readUntil()"
  }
}

const NEWLINE: Uint8Array = new Uint8Array([10])
const RETURN = 13

export class ReadLine extends ReadOperation<string | undefined> {
  declare private readonly maxBytes: number

  constructor(reader: Reader, options: ReadOptions | undefined) {
    super(reader, options)
    this.maxBytes = options === undefined ? reader.limits.maxLineBytes : readSize("maxBytes", options.maxBytes, reader.limits.maxLineBytes)
  }

  available(): boolean {
    const { isOver, queue } = this.reader
    return search(this.reader, NEWLINE) >= 0 || isOver || (queue.length > this.maxBytes && !this.mayFit(queue.length, true))
  }

  consume(): Buffer | undefined {
    const { reader } = this
    const at = search(reader, NEWLINE)
    const length = at < 0 ? reader.queue.length : at
    if (length > this.maxBytes && !this.mayFit(length, at >= 0 || !reader.isOver)) throw tooLong(this.called, reader.peer, this.maxBytes)
    if (at >= 0) return this.takeBytes(at + 1)
    const { readFailure } = reader
    if (readFailure !== null) throw readFailure
    return length === 0 ? undefined : this.takeBytes(length)
  }

  /** Whether what is one too many is the return before a newline, or before one that may be still to come: that is no part of the line. */
  private mayFit(length: number, newline: boolean): boolean {
    return newline && length === this.maxBytes + 1 && this.reader.queue.peek(length)[length - 1] === RETURN
  }

  protected override asValue(bytes: Buffer | undefined): string | undefined {
    if (bytes === undefined) return undefined
    let end = bytes.length
    if (bytes[end - 1] === NEWLINE[0]) {
      end--
      if (bytes[end - 1] === RETURN) end--
    }
    return bytes.toString("utf8", 0, end)
  }

  protected get called(): string {
    return "readLine()"
  }
}

/** Looks for a pattern behind what is known to be without it. */
function search(reader: Reader, pattern: Uint8Array): number {
  const { queue } = reader
  const at = queue.indexOf(pattern, reader.scannedFor === pattern ? reader.scanned : 0)
  reader.scannedFor = pattern
  reader.scanned = at >= 0 ? at : Math.max(0, queue.length - pattern.length + 1)
  return at
}

function tooLong(called: string, peer: string, maxBytes: number): LimitError {
  return new LimitError("line_too_long", `${called} from ${peer}: ${maxBytes} bytes came without an end. Raise maxBytes (or the connection's maxLineBytes) if that is right, or close it.`, maxBytes)
}

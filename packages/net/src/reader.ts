/**
 * Reading: bytes that come in are kept in a bounded queue, and read operations take from its front.
 *
 * Invariants:
 * 1. Whoever reads takes bytes whole or not at all. A reader that is woken has its turn, and takes its bytes when it goes on: killed before, timed out or
 *    as the loser of a select it has taken nothing, so nothing is ever given back, and all stays in order.
 * 2. Readers are served first come, first served, one turn at a time. What has been searched is not searched again: `scanned` begins anew when bytes are taken.
 * 3. The source is stopped exactly while `highWaterBytes` or more are queued and nobody waits for more.
 * 4. While a reader with a time limit is in line, its node's `value` is its deadline.
 */
import { type Operation, type RunLoop, TimeoutError } from "@vivarium/core"
import { type Entry, wake, type WaitNode, WaitQueue, wakeWithError } from "@vivarium/core/lowlevel"
import { ByteQueue } from "./byte-queue.ts"
import { Deadline } from "./deadlines.ts"
import { Lines } from "./lines.ts"
import type { ReadOptions } from "./options.ts"
import { Peek, type ReadOperation, Read, ReadBytes, ReadLine, ReadUntil } from "./read-operations.ts"

/** What bounds a reader; shared by all connections of a server. */
export interface ReaderLimits {
  readonly idleMs: number
  readonly maxLineBytes: number
  readonly highWaterBytes: number
}

/** A stream of bytes that comes in: a connection, or the body of an HTTP message. */
export abstract class Reader implements Entry {
  /** @internal */
  readonly loop: RunLoop
  /** @internal */
  readonly limits: ReaderLimits
  /** @internal */
  readonly queue: ByteQueue = new ByteQueue()
  /** @internal How many bytes from the front are known to be without `scannedFor`. */
  scanned = 0
  /** @internal */
  scannedFor: Uint8Array | null = null
  /** @internal The peer has ended: what is queued is all there will be. */
  ended = false
  private reason: Error | (() => Error) | null = null
  private readonly readers = new WaitQueue()
  /** Whether somebody has been woken and has not gone on yet. */
  private turn = false
  /** The record of a wait that is over, for the next one. */
  private spare: ReadDeadline | null = null
  private stopped = false
  private discarding = false
  /** Why reads fail where nothing is broken: who has closed a connection reads no more from it. */
  private refusal: (() => Error) | null = null
  private entering = false

  /** @internal */
  constructor(loop: RunLoop, limits: ReaderLimits) {
    this.loop = loop
    this.limits = limits
  }

  /** Who sends, as reports show it. */
  abstract get peer(): string

  /** @internal Whether waking comes from outside of the loop. */
  protected abstract get outside(): boolean

  /** @internal Stops or continues the source. */
  protected abstract flow(on: boolean): void

  /** The next bytes, as they came, or undefined at the end; at most `maxBytes` of them. */
  read(options?: ReadOptions): Operation<Buffer | undefined> {
    return new Read(this, options)
  }

  /** Exactly so many bytes, or undefined at the end; an end in the middle raises ConnectionError `unexpected_end`. */
  readBytes(count: number, options?: ReadOptions): Operation<Buffer | undefined> {
    return new ReadBytes(this, count, options)
  }

  /**
   * All up to a delimiter and with it, or undefined at the end; an end before it raises ConnectionError `unexpected_end`, more than `maxBytes`
   * (65,536) before it LimitError `line_too_long`.
   */
  readUntil(delimiter: string | Uint8Array, options?: ReadOptions): Operation<Buffer | undefined> {
    return new ReadUntil(this, delimiter, options)
  }

  /**
   * A line as text (UTF-8), without its `\n` or `\r\n`, or undefined at the end. The last line needs no `\n`. More than `maxBytes` (65,536) without one
   * raise LimitError `line_too_long`.
   */
  readLine(options?: ReadOptions): Operation<string | undefined> {
    return new ReadLine(this, options)
  }

  /** The next bytes, which stay to be read: so many, or fewer before an end; without a count all that is there. Undefined at the end. */
  peek(count?: number, options?: ReadOptions): Operation<Buffer | undefined> {
    return new Peek(this, count, options)
  }

  /** All lines: `yield* connection.lines().each(function* (line) { … })`, or `for await` in async code. */
  lines(options?: ReadOptions): Lines {
    return new Lines(this, options)
  }

  /** @internal Whether a read that comes now would be the next one served. */
  get free(): boolean {
    return this.readers.size === 0 && !this.turn
  }

  /** @internal Puts a reader in line. */
  parkReader(node: WaitNode, timeoutMs: number): void {
    this.readers.push(node)
    this.hold(1)
    const limit = timeoutMs === Infinity ? undefined : (this.spare ?? new ReadDeadline(this))
    node.value = limit
    if (limit !== undefined) {
      this.spare = null
      limit.node = node
      limit.begin(this.loop, timeoutMs)
    }
    this.letFlow()
  }

  /** @internal Takes a reader out of the line; the next one may have what it waits for. */
  unparkReader(node: WaitNode): void {
    const wasFirst = this.readers.first === node
    this.leave(node)
    if (wasFirst) this.serve()
  }

  /** @internal A reader has waited too long. */
  expired(node: WaitNode): void {
    const operation = readOf(node)
    const wasFirst = this.readers.first === node
    this.leave(node)
    wakeWithError(node, this.timedOut(operation))
    if (wasFirst) this.serve()
  }

  /** @internal Bytes have been taken. */
  taken(): void {
    this.scanned = 0
    this.letFlow()
  }

  /** @internal Who had been woken has gone on, or never will. */
  endTurn(): void {
    this.turn = false
    this.serve()
  }

  /** @internal What still comes is dropped, and so is what has come; reads may be refused from now on. */
  discard(refusal?: () => Error): void {
    this.discarding = true
    this.queue.clear()
    this.taken()
    if (refusal === undefined) return
    this.refusal ??= refusal
    this.arrive()
  }

  /** Bytes have come. */
  protected received(chunk: Buffer): void {
    if (this.discarding) return
    this.queue.push(chunk)
    if (this.readers.size > 0) this.arrive()
    if (this.stopped || this.queue.length < this.limits.highWaterBytes) return
    // Who waits, and has enough by now, is served at the loop's next turn only: a socket may bring megabytes until then.
    const { first } = this.readers
    if (first !== null && !readOf(first).available()) return
    this.stopped = true
    this.flow(false)
  }

  /** The peer has ended. */
  protected endReading(): void {
    this.ended = true
    this.arrive()
  }

  /** @internal Raised once the queue does not hold what is asked for. */
  get failure(): Error | null {
    if (typeof this.reason === "function") this.reason = this.reason()
    return this.reason
  }

  /** @internal Whether there is a failure. */
  get isBroken(): boolean {
    return this.reason !== null
  }

  /** @internal Whether nothing more will come. */
  get isOver(): boolean {
    return this.ended || this.reason !== null || this.refusal !== null
  }

  /** @internal What reads raise once the queue does not hold what is asked for; null if an end is just that. */
  get readFailure(): Error | null {
    return this.refusal === null ? this.failure : this.refusal()
  }

  /** Nothing more will come, and this is why. An error that most often nobody asks for is made when somebody does, for its stack is dear. */
  protected failReading(error: Error | (() => Error)): void {
    this.reason ??= error
    this.arrive()
  }

  /** Comes in through the loop's gate, once for all that has come up to then. */
  protected arrive(): void {
    if (this.entering) return
    this.entering = true
    this.loop.ingress.accept(this)
  }

  /** @internal The loop takes in what has come. */
  enter(): void {
    this.entering = false
    this.serve()
  }

  /** Wakes the first in line, if there is what it waits for. */
  protected serve(): void {
    const node = this.readers.first
    if (this.turn || node === null) return
    if (!readOf(node).available()) {
      this.letFlow()
      return
    }
    this.leave(node)
    this.turn = true
    wake(node, undefined)
  }

  /** Takes a reader out of the line. */
  private leave(node: WaitNode): void {
    const limit = node.value as ReadDeadline | undefined
    if (limit !== undefined) {
      limit.end()
      this.spare = limit
    }
    this.readers.remove(node)
    this.hold(-1)
  }

  /** Counts those who wait for the outside: while there are some, the loop is not at rest. */
  protected hold(change: number): void {
    if (this.outside) this.loop.external += change
  }

  /** @internal The error of a read that has waited too long. */
  timedOut(operation: ReadOperation<unknown>): TimeoutError {
    return new TimeoutError(operation.timeoutMs, operation.describe())
  }

  private letFlow(): void {
    if (!this.stopped) return
    if (this.readers.size === 0 && this.queue.length > this.limits.highWaterBytes / 2) return
    this.stopped = false
    this.flow(true)
  }
}

/** When a reader in line has waited too long. */
class ReadDeadline extends Deadline {
  private readonly reader: Reader
  node: WaitNode | null = null

  constructor(reader: Reader) {
    super()
    this.reader = reader
  }

  expire(): void {
    this.reader.expired(this.node as WaitNode)
  }
}

/** The operation that a reader in line performs. */
function readOf(node: WaitNode): ReadOperation<unknown> {
  return (node as unknown as { readonly op: ReadOperation<unknown> }).op
}

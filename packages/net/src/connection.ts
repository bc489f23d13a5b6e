/** Connections: a reader and a writer on a link, and what becomes of them in the end. */
import type { Operation, RunLoop } from "@vivarium/core"
import { Offer, wake, type WaitNode, WaitQueue } from "@vivarium/core/lowlevel"
import { closing, ending, flushing } from "./endings.ts"
import { ConnectionError } from "./errors.ts"
import { hostAndPort } from "./host-and-port.ts"
import type { Link } from "./link.ts"
import { readPatience, type WriteOptions } from "./options.ts"
import { Outgoing } from "./outgoing.ts"
import { callOn } from "./owned.ts"
import { Reader, type ReaderLimits } from "./reader.ts"
import { type Data, Write, type Writer } from "./write.ts"

/** What a connection counts. */
export interface ConnectionStatistics {
  /** Bytes that have come in. */
  readonly bytesRead: number
  /** Bytes that have been written. */
  readonly bytesWritten: number
  /** Bytes that have come in and were not read yet. */
  readonly unread: number
  /** Bytes that have been written and that the system has not taken yet. */
  readonly unsent: number
}

/**
 * A stream of bytes in both directions: TCP, TLS, a Unix socket, or memory. Its waits block the tasklet only. Reads take from a bounded queue:
 * who does not read stops the peer. Writes wait while the peer takes nothing. Any number of tasklets may read and write: first come, first served, and
 * what one write sends stays together. If the peer goes away, `closed` happens, the next write raises, and reads give what had come, then the end (or
 * the error, if it was broken off).
 *
 * @example
 * ```ts
 * import { main, tasklet } from "@vivarium/core"
 * import { pair } from "@vivarium/net"
 *
 * await main(function* () {
 *   const [bee, flower] = pair()
 *   tasklet(function* () {
 *     yield* flower.write(`nectar for ${yield* flower.readLine()}\n`)
 *     yield* flower.end()
 *   })
 *   yield* bee.write("Maya\n")
 *   console.log(yield* bee.readLine())
 *   console.log(yield* bee.readLine())
 * })
 * // prints: nectar for Maya
 * // prints: undefined
 * ```
 */
export class Connection extends Reader implements Writer {
  /** @internal */
  readonly link: Link
  /** @internal */
  outgoing: Outgoing | null = null
  private peerName: string | null
  private readonly isOutside: boolean
  private readonly halfOpen: boolean
  private bytesIn = 0
  private gone = false
  private ending = false
  private watchers: WaitQueue | null = null
  /** @internal Where it stands among those of its server. */
  place = -1
  /** @internal Told when it is gone. */
  onGone: ((connection: Connection) => void) | null = null

  /** @internal Without a peer's name, the link knows the address. */
  constructor(loop: RunLoop, link: Link, limits: ReaderLimits, peer: string | null, outside: boolean, halfOpen: boolean) {
    super(loop, limits)
    this.link = link
    this.peerName = peer
    this.isOutside = outside
    this.halfOpen = halfOpen
  }

  /** Who is at the other end, as `address:port`, or what is known of it. */
  get peer(): string {
    return (this.peerName ??= hostAndPort(this.link.remoteAddress as string, this.link.remotePort))
  }

  /** The peer's address, as long as it is known. */
  get remoteAddress(): string | undefined {
    return this.link.remoteAddress
  }

  /** The peer's port. */
  get remotePort(): number | undefined {
    return this.link.remotePort
  }

  /** Our own address. */
  get localAddress(): string | undefined {
    return this.link.localAddress
  }

  /** Our own port. */
  get localPort(): number | undefined {
    return this.link.localPort
  }

  /** Bytes that have come in, read or not. */
  get bytesRead(): number {
    return this.bytesIn
  }

  /** Bytes that have been written. */
  get bytesWritten(): number {
    return this.link.bytesWritten ?? 0
  }

  /** What it counts now. */
  statistics(): ConnectionStatistics {
    return { bytesRead: this.bytesRead, bytesWritten: this.bytesWritten, unread: this.queue.length, unsent: this.link.writableLength }
  }

  /** Whether it is closed, for whatever reason. */
  get isClosed(): boolean {
    return this.gone
  }

  /** Happens when the connection is closed: by us, or since the peer has gone. It can be a case of `select`. */
  get closed(): Operation<void> {
    return new Closed(this)
  }

  /**
   * Writes text (as UTF-8) or bytes. Waits while there is no room, and while those who came before wait; much data goes out in slices. Raises
   * ConnectionError if the connection is closed, before or meanwhile, and TimeoutError if the peer takes nothing for `timeoutMs`. A write that
   * is given up before its turn sends nothing; one that has begun sends all. Bytes are not copied: leave a buffer as it is until `flush()`.
   */
  write(data: Data, options?: WriteOptions): Operation<void> {
    return new Write(this, data, options)
  }

  /** Waits until the system has taken all that was written. */
  flush(options?: WriteOptions): Operation<void> {
    return callOn(this.loop, flushing, this, readPatience(options, this.idleMs))
  }

  /** Sends all that was written, then the end (FIN): nothing can be written any more, reading goes on. */
  end(options?: WriteOptions): Operation<void> {
    return callOn(this.loop, ending, this, readPatience(options, this.idleMs))
  }

  /**
   * Closes in order: sends all that was written and the end, drops what still comes, and waits for the peer's end, at most 5,000 ms. Then, or if it is
   * killed, the connection is destroyed.
   */
  close(): Operation<void> {
    return callOn(this.loop, closing, this)
  }

  /**
   * Breaks the connection off, at once, and unsent data is lost: the peer sees a reset, or with TLS and Unix sockets, which have none, an end. Gives `closed`,
   * for who wants to wait for that.
   */
  reset(): Operation<void> {
    this.abandon(() => resetLink(this.link))
    return this.closed
  }

  /** @internal Destroys it, at once: what is unsent is lost. */
  destroy(): void {
    this.abandon(() => this.link.destroy())
  }

  /** `using connection = …` destroys it at the end of the block. */
  [Symbol.dispose](): void {
    this.destroy()
  }

  /** `await using connection = …` closes it in order. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** @internal */
  get idleMs(): number {
    return this.limits.idleMs
  }

  protected get outside(): boolean {
    return this.isOutside
  }

  protected flow(on: boolean): void {
    if (on) this.link.resume()
    else this.link.pause()
  }

  /** @internal */
  checkWritable(): void {
    if (this.isBroken) throw this.failure
    if (this.ending) throw new ConnectionError("connection_closed", this.peer, `nothing can be written to ${this.peer} any more: end() or close() was called.`)
    if (this.ended && !this.halfOpen) throw this.endedError()
    if (this.gone) throw this.closedError()
  }

  /** @internal */
  queueOutgoing(): Outgoing {
    return (this.outgoing ??= new Outgoing(this.loop, this.link, this.isOutside))
  }

  /** @internal Nothing can be written from now on. */
  beginEnd(): void {
    this.ending = true
  }

  /** @internal The link has brought bytes. */
  onData(chunk: Buffer): void {
    this.bytesIn += chunk.length
    this.received(chunk)
  }

  /** @internal The peer has ended. */
  onEnd(): void {
    this.endReading()
  }

  /** @internal There is room to write again. */
  onDrain(): void {
    this.outgoing?.drained()
  }

  /** @internal The link is broken; it will close. */
  onError(cause: Error & { readonly code?: string }): void {
    this.failReading(this.brokenError(cause))
  }

  /** @internal The link is gone. */
  onClose(): void {
    this.gone = true
    this.onGone?.(this)
    if (this.ended) this.arrive()
    else this.failReading(() => this.closedError())
  }

  /** @internal */
  closedError(): ConnectionError {
    return new ConnectionError("connection_closed", this.peer, `the connection with ${this.peer} is closed.`)
  }

  /** @internal */
  brokenError(cause: Error & { readonly code?: string }): ConnectionError {
    return new ConnectionError("connection_reset", this.peer, `the connection with ${this.peer} broke off: ${cause.code ?? cause.message}.`, { cause })
  }

  private endedError(): ConnectionError {
    return new ConnectionError("connection_closed", this.peer, `${this.peer} has ended the connection. Pass { halfOpen: true } to go on writing after that.`)
  }

  /** @internal */
  watch(node: WaitNode): void {
    this.watchers ??= new WaitQueue()
    this.watchers.push(node)
    this.hold(1)
  }

  /** @internal */
  unwatch(node: WaitNode): void {
    this.watchers?.remove(node)
    this.hold(-1)
  }

  protected override serve(): void {
    super.serve()
    const over = this.isBroken || this.gone
    if (!over && (!this.ended || this.halfOpen)) return
    if (this.outgoing?.idle === false) this.outgoing.fail(this.failure ?? (over ? this.closedError() : this.endedError()))
    if (!this.gone) return
    const { watchers } = this
    if (watchers === null) return
    for (let node = watchers.shift(); node !== null; node = watchers.shift()) {
      this.hold(-1)
      wake(node, undefined)
    }
  }

  private abandon(destroy: () => void): void {
    if (this.gone) return
    destroy()
    this.failReading(() => this.closedError())
  }
}

function resetLink(link: Link): void {
  try {
    if (link.resetAndDestroy !== undefined) link.resetAndDestroy()
  } catch {
    // Only TCP has a reset: Node refuses it to Unix sockets and TLS.
  }
  link.destroy()
}

class Closed extends Offer<void> {
  declare private readonly connection: Connection

  constructor(connection: Connection) {
    super()
    this.connection = connection
  }

  override get owner(): RunLoop {
    return this.connection.loop
  }

  ready(): boolean {
    return this.connection.isClosed
  }

  take(): void {}

  park(node: WaitNode): void {
    this.connection.watch(node)
  }

  unpark(node: WaitNode): void {
    this.connection.unwatch(node)
  }

  describe(): string {
    return `the close of the connection with ${this.connection.peer}`
  }
}

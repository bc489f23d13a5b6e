/** Two connections that are joined in memory: for tests, on virtual time and under any schedule. */
import type { RunLoop } from "@vivarium/core"
import { checkOptions, currentScheduler, type Entry, readFlag, startTimer } from "@vivarium/core/lowlevel"
import { Connection } from "./connection.ts"
import type { Link } from "./link.ts"
import { readSize } from "./options.ts"
import { readLimits } from "./reader-limits.ts"

/** Options of `pair()`. */
export interface PairOptions {
  /** Delivers what is written in chunks of this size at most, as a network may. Default: as it is written. */
  readonly chunkBytes?: number
  /** How many unread bytes a side keeps before the other one is told to wait. */
  readonly highWaterBytes?: number
  /** How long reads and writes may wait. */
  readonly idleMs?: number
  /** Whether a side can go on writing after the other one has ended. */
  readonly halfOpen?: boolean
}

/** One side: what is written comes to the other one's connection. */
class MemoryLink implements Link, Entry {
  bytesWritten = 0
  writableLength = 0
  connection: Connection | null = null
  other: MemoryLink | null = null
  private readonly loop: RunLoop
  private readonly chunkBytes: number
  private readonly highWaterBytes: number
  private readonly halfOpen: boolean
  /** Whether this side has stopped the other one. */
  private stopped = false
  /** Whether what the other side holds back will be delivered soon. */
  private resuming = false
  private pending: Buffer[] = []
  private finished: (() => void)[] | null = null
  private endDelivered = false
  private readonly whenSent: (() => void)[] = []
  private destroyed = false
  /** Whether a write has found no room, and will be told when there is some. */
  private needsDrain = false

  constructor(loop: RunLoop, chunkBytes: number, highWaterBytes: number, halfOpen: boolean) {
    this.loop = loop
    this.chunkBytes = chunkBytes
    this.highWaterBytes = highWaterBytes
    this.halfOpen = halfOpen
  }

  write(data: string | Uint8Array, written?: () => void): boolean {
    if (this.destroyed || this.finished !== null) return false
    if (this.other?.destroyed === true) {
      this.broken()
      this.leave(false)
      return false
    }
    const bytes = Buffer.from(data as Uint8Array)
    this.bytesWritten += bytes.length
    this.writableLength += bytes.length
    this.pending.push(bytes)
    if (written !== undefined) this.whenSent.push(written)
    this.deliver()
    this.needsDrain ||= this.writableLength >= this.highWaterBytes
    return !this.needsDrain
  }

  end(finished?: () => void): void {
    this.finished ??= []
    if (finished !== undefined) this.finished.push(finished)
    this.deliver()
  }

  pause(): void {
    this.stopped = true
  }

  /** As with a socket, what was held back comes a little later: who begins to wait must not be woken while it does. */
  resume(): void {
    this.stopped = false
    if (this.resuming || this.other?.isHoldingBack !== true) return
    this.resuming = true
    startTimer(this.loop, this.loop.clock.now(), this)
  }

  enter(): void {
    this.resuming = false
    this.other?.deliver()
  }

  get writableEnded(): boolean {
    return this.finished !== null
  }

  private get isHoldingBack(): boolean {
    return this.pending.length > 0 || (this.finished !== null && !this.endDelivered)
  }

  destroy(): void {
    this.leave(false)
  }

  resetAndDestroy(): void {
    this.leave(true)
  }

  /** Hands over what the other side takes. */
  private deliver(): void {
    const other = this.other as MemoryLink
    while (this.pending.length > 0 && !other.stopped && !other.destroyed) {
      const first = this.pending[0] as Buffer
      const chunk = first.subarray(0, Math.min(first.length, this.chunkBytes))
      if (chunk.length === first.length) this.pending.shift()
      else this.pending[0] = first.subarray(chunk.length)
      this.writableLength -= chunk.length
      other.connection?.onData(chunk)
    }
    if (this.pending.length > 0) return
    for (const written of this.whenSent.splice(0)) written()
    if (this.needsDrain) {
      this.needsDrain = false
      this.connection?.onDrain()
    }
    if (this.finished === null) return
    for (const finished of this.finished.splice(0)) finished()
    if (this.endDelivered || other.stopped) return
    this.endDelivered = true
    other.ended()
  }

  /** The other side has ended. */
  private ended(): void {
    if (this.destroyed) return
    this.connection?.onEnd()
    if (!this.halfOpen) this.end()
    const other = this.other as MemoryLink
    if (this.endDelivered && other.endDelivered) {
      this.leave(false)
      other.leave(false)
    }
  }

  private broken(): void {
    this.connection?.onError(Object.assign(new Error("the peer has reset the connection"), { code: "ECONNRESET" }))
  }

  /** Is gone; the other side sees its end, or a reset: also if what it has written was not taken yet. */
  private leave(reset: boolean): void {
    if (this.destroyed) return
    this.destroyed = true
    this.pending = []
    this.writableLength = 0
    const other = this.other as MemoryLink
    if (!other.destroyed) {
      const isBroken = reset || other.pending.length > 0
      if (isBroken) other.broken()
      else if (!this.endDelivered) {
        this.endDelivered = true
        other.connection?.onEnd()
      }
      if (isBroken || !this.halfOpen) other.leave(false)
    }
    this.connection?.onClose()
  }
}

/**
 * Two connections that are joined in memory, with all that connections do: bounded queues, time-outs, ends and resets. They need no host, so they work on
 * virtual time and under every schedule that a tool tries. Bytes are copied, as by a network. Both belong to the current tasklet's scheduler, or to the
 * default one.
 *
 * @example
 * ```ts
 * import { main, tasklet } from "@vivarium/core"
 * import { pair } from "@vivarium/net"
 *
 * await main(function* () {
 *   const [left, right] = pair({ chunkBytes: 1 })
 *   tasklet(function* () {
 *     yield* left.write("one byte at a time\n")
 *   })
 *   console.log(yield* right.readLine())
 * })
 * // prints: one byte at a time
 * ```
 */
export function pair(options: PairOptions = {}): [left: Connection, right: Connection] {
  checkOptions("options", options, ["chunkBytes", "halfOpen", "highWaterBytes", "idleMs"], "pair({ chunkBytes: 1 })")
  const loop: RunLoop = currentScheduler()
  const chunkBytes = readSize("chunkBytes", options.chunkBytes, Infinity)
  const limits = readLimits(options)
  const { highWaterBytes } = limits
  const halfOpen = readFlag("halfOpen", options.halfOpen)
  const [left, right] = [new MemoryLink(loop, chunkBytes, highWaterBytes, halfOpen), new MemoryLink(loop, chunkBytes, highWaterBytes, halfOpen)]
  left.other = right
  right.other = left
  left.connection = new Connection(loop, left, limits, "the right side of a pair", false, halfOpen)
  right.connection = new Connection(loop, right, limits, "the left side of a pair", false, halfOpen)
  return [left.connection, right.connection]
}

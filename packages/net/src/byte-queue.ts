/**
 * Bytes in the chunks in which they came: taken from the front without copying, where one chunk holds them.
 *
 * Invariants:
 * 1. `length` is the sum of the chunks' lengths, and no chunk is empty.
 * 2. Small chunks that follow one another are merged, so that a peer who sends single bytes costs what the bytes cost. `room` is what the last chunk
 *    lies in then, up to `filled`: only what is behind that is ever written.
 */

/** Chunks below this size are merged with others like them. */
const SMALL_BYTES = 1024
/** How large a chunk of merged ones may become. */
const MERGED_BYTES = 8192

const NONE: Buffer[] = []
const EMPTY: Buffer = Buffer.alloc(0)

/** A queue of bytes. */
export class ByteQueue {
  /** How many bytes there are. */
  length = 0
  private chunks: Buffer[] = NONE
  /** What the last chunk lies at the front of, if that was made to merge small ones. */
  private room: Buffer | null = null
  /** How much of it is taken. */
  private filled = 0

  /** Appends a chunk, which must not change any more. */
  push(chunk: Buffer): void {
    if (chunk.length === 0) return
    const { chunks } = this
    this.length += chunk.length
    if (chunks.length === 0) {
      this.chunks = [chunk]
      return
    }
    if (chunk.length >= SMALL_BYTES || !this.merge(chunk)) {
      this.room = null
      chunks.push(chunk)
    }
  }

  /** Copies a small chunk behind the last one, if that is small too, or has room behind it. */
  private merge(chunk: Buffer): boolean {
    const { chunks } = this
    const last = chunks[chunks.length - 1] as Buffer
    if (this.room === null) {
      if (last.length >= SMALL_BYTES) return false
      this.room = Buffer.allocUnsafeSlow(MERGED_BYTES)
      this.filled = last.copy(this.room)
    } else if (this.filled + chunk.length > MERGED_BYTES) return false
    const start = this.filled - last.length
    this.filled += chunk.copy(this.room, this.filled)
    chunks[chunks.length - 1] = this.room.subarray(start, this.filled)
    return true
  }

  /** Puts bytes back to the front. */
  unshift(chunk: Buffer): void {
    if (chunk.length === 0) return
    this.length += chunk.length
    if (this.chunks.length === 0) this.room = null
    this.chunks = [chunk, ...this.chunks]
  }

  /** Drops all. */
  clear(): void {
    this.dropChunks(this.chunks.length, this.length)
  }

  /** Takes the first chunk, or what is left of it; at most some bytes. There must be one. */
  takeChunk(most: number): Buffer {
    const first = this.chunks[0] as Buffer
    return first.length <= most ? this.drop(first) : this.takePart(first, most)
  }

  /** Takes as many bytes as asked for; there must be as many. */
  take(count: number): Buffer {
    if (count === 0) return EMPTY
    const first = this.chunks[0] as Buffer
    if (first.length > count) return this.takePart(first, count)
    if (first.length === count) return this.drop(first)
    const taken = Buffer.allocUnsafe(count)
    let at = 0
    let whole = 0
    for (const chunk of this.chunks) {
      if (at + chunk.length > count) break
      at += chunk.copy(taken, at)
      whole++
    }
    this.dropChunks(whole, at)
    if (at < count) this.takePart(this.chunks[0] as Buffer, count - at).copy(taken, at)
    return taken
  }

  /** The first bytes, which stay; at most as many as there are. */
  peek(most: number): Buffer {
    const first = this.chunks[0]
    if (first === undefined) return EMPTY
    if (first.length >= most || this.chunks.length === 1) return first.subarray(0, most)
    const bytes = this.take(Math.min(most, this.length))
    this.unshift(bytes)
    return bytes
  }

  /** Where a pattern begins first, at a place or later; -1 if it is not there. */
  indexOf(pattern: Uint8Array, from: number): number {
    const { chunks } = this
    let base = 0
    for (let index = 0; index < chunks.length; index++) {
      const chunk = chunks[index] as Buffer
      const end = base + chunk.length
      if (from < end) {
        const start = Math.max(0, from - base)
        const within = pattern.length === 1 ? chunk.indexOf(pattern[0] as number, start) : chunk.indexOf(pattern, start)
        if (within >= 0) return base + within
        const across = pattern.length === 1 ? -1 : this.acrossEnd(index, start, pattern)
        if (across >= 0) return base + across
      }
      base = end
    }
    return -1
  }

  /** Where in a chunk a pattern begins that goes on in the next ones. */
  private acrossEnd(index: number, start: number, pattern: Uint8Array): number {
    const chunk = this.chunks[index] as Buffer
    for (let at = Math.max(start, chunk.length - pattern.length + 1); at < chunk.length; at++) if (this.matches(index, at, pattern)) return at
    return -1
  }

  private matches(index: number, offset: number, pattern: Uint8Array): boolean {
    let [at, within] = [index, offset]
    for (const byte of pattern) {
      if (within === this.chunks[at]?.length) {
        at++
        within = 0
      }
      if (this.chunks[at]?.[within++] !== byte) return false
    }
    return true
  }

  private takePart(first: Buffer, count: number): Buffer {
    this.chunks[0] = first.subarray(count)
    this.length -= count
    return first.subarray(0, count)
  }

  private drop(first: Buffer): Buffer {
    this.dropChunks(1, first.length)
    return first
  }

  /** Drops chunks from the front, all at once: one by one, very many would take the square of their number. */
  private dropChunks(count: number, bytes: number): void {
    this.length -= bytes
    if (this.chunks.length > count) {
      if (count === 1) this.chunks.shift()
      else this.chunks.splice(0, count)
    } else {
      this.chunks = NONE
      this.room = null
    }
  }
}

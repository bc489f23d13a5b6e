/** What a connection stands on: a Node socket or stream, or its like in memory. The names are those of `net.Socket`. */

/** The part of a Node duplex stream that a connection uses. */
export interface Link {
  readonly writableLength: number
  /** Whether it is TLS. */
  readonly encrypted?: boolean
  /** Whether the end was asked for. */
  readonly writableEnded?: boolean
  readonly bytesWritten?: number
  readonly remoteAddress?: string | undefined
  readonly remotePort?: number | undefined
  readonly localAddress?: string | undefined
  readonly localPort?: number | undefined
  /** Says whether there is room for more; if not, a drain is told. */
  write(data: string | Uint8Array, written?: (error?: Error | null) => void): boolean
  /** Sends what has been written, then the end. */
  end(finished?: () => void): unknown
  destroy(): unknown
  resetAndDestroy?(): unknown
  pause(): unknown
  resume(): unknown
}

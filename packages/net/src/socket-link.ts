/** Connections on Node's sockets and streams: what the stream tells goes to its connection. */
import type { RunLoop } from "@vivarium/core"
import type { Socket } from "node:net"
import type { Duplex } from "node:stream"
import { bytesOf } from "./chunks.ts"
import { Connection } from "./connection.ts"
import { hostAndPort } from "./host-and-port.ts"
import type { ReaderLimits } from "./reader.ts"

const CONNECTION = Symbol("vivarium.connection")

type Carrier = Duplex & { [CONNECTION]?: Connection }

// One function each for all sockets: a closure per socket and event would be the larger part of what a connection costs.
function onData(this: Carrier, chunk: Buffer): void {
  this[CONNECTION]?.onData(chunk)
}
function onText(this: Carrier, chunk: unknown): void {
  let bytes: Buffer
  try {
    bytes = bytesOf(chunk, this.readableEncoding)
  } catch (error) {
    this.destroy(error as Error)
    return
  }
  this[CONNECTION]?.onData(bytes)
}
function onEnd(this: Carrier): void {
  this[CONNECTION]?.onEnd()
}
function onDrain(this: Carrier): void {
  this[CONNECTION]?.onDrain()
}
function onError(this: Carrier, error: Error): void {
  this[CONNECTION]?.onError(error)
}
function onClose(this: Carrier): void {
  this[CONNECTION]?.onClose()
}

/** Makes the connection of a socket that is connected. */
export function connectionOf(loop: RunLoop, socket: Socket, limits: ReaderLimits, halfOpen: boolean): Connection {
  // Asked for at once, for of a peer that has reset it nothing is known any more. The socket remembers it; a text is made when somebody asks.
  const known = socket.remoteAddress !== undefined
  return attach(loop, socket, limits, known ? null : peerOf(socket), halfOpen)
}

/** Who is at the other end of a socket that is connected. */
export function peerOf(socket: Socket): string {
  const { remoteAddress, remotePort } = socket
  if (remoteAddress !== undefined) return hostAndPort(remoteAddress, remotePort)
  // A Unix socket's peer has no address, and neither has that socket.
  return socket.localAddress === undefined ? "a local peer" : "a peer that has gone"
}

/** Makes the connection of any duplex stream. */
export function attach(loop: RunLoop, stream: Duplex, limits: ReaderLimits, peer: string | null, halfOpen: boolean): Connection {
  const connection = new Connection(loop, stream, limits, peer, true, halfOpen)
  const carrier: Carrier = stream
  carrier[CONNECTION] = connection
  const bringsBytes = !stream.readableObjectMode && stream.readableEncoding === null
  stream.on("data", bringsBytes ? onData : onText).on("end", onEnd).on("drain", onDrain).on("error", onError).on("close", onClose)
  return connection
}

/** Tells a connection what its stream has told before anybody listened. */
export function catchUp(connection: Connection, stream: Duplex): void {
  if (stream.errored !== null) connection.onError(stream.errored)
  if (stream.readableEnded) connection.onEnd()
  if (stream.closed) connection.onClose()
}

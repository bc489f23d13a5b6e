/** What a server of HTTP knows of a connection. */
import type { RunLoop } from "@vivarium/core"
import type { ServerResponse } from "node:http"
import type { Socket } from "node:net"
import { Deadline } from "./deadlines.ts"
import type { HttpRequest } from "./http-request.ts"
import { LINGER_MS } from "./limits.ts"
import type { Member } from "./member-list.ts"
import type { RequestLine } from "./request-line.ts"
import { peerOf } from "./socket-link.ts"

const TRACK = Symbol("vivarium.track")

/** A connection of a server. */
export type Tracked = Socket & { [TRACK]?: Track }

/** Kept small: there is one for each connection, and most of them are idle. */
export class Track implements Member {
  readonly socket: Socket
  readonly peer: string
  place = -1
  /** Requests that have no answer yet. */
  active = 0
  /** The one that came last, while it has no answer. */
  request: HttpRequest | null = null
  /** Requests that came when too many before them were unanswered. */
  waiting: HttpRequest[] | null = null
  /** The last answer that had to wait for others before it, which may be on their way still. */
  queued: ServerResponse | null = null
  /** Where requests are answered in order: all of them. */
  line: RequestLine | null = null
  paused = false
  /** The status of the refusal, if what the client sends is no HTTP any more, or comes too late; else 0. */
  refused = 0
  /** How many bytes the client had taken at the last look. */
  taken = -1

  constructor(socket: Socket) {
    this.socket = socket
    this.peer = peerOf(socket)
  }
}

/** What is known of a connection, which is nothing at first. */
export function trackOf(socket: Tracked): Track {
  return (socket[TRACK] ??= new Track(socket))
}

/** Reads no more of a connection until `resume`. Node would go on when an answer has been sent. */
export function pause(track: Track): void {
  if (track.paused) return
  track.paused = true
  track.socket.on("resume", stay).pause()
}

/** Goes on reading. */
export function resume(track: Track): void {
  track.paused = false
  track.socket.off("resume", stay).resume()
}

function stay(this: Socket): void {
  this.pause()
}

/** Ends a connection, perhaps with a last word. What its client still sends is dropped for a while, so that no reset overtakes the answer. */
export function linger(loop: RunLoop, socket: Socket, word?: string): void {
  if (socket.writableEnded) return
  if (word === undefined) socket.end()
  else socket.end(word)
  socket.resume()
  const patience = new Patience(socket)
  patience.begin(loop, LINGER_MS)
  socket.once("close", () => patience.end())
}

class Patience extends Deadline {
  private readonly socket: Socket

  constructor(socket: Socket) {
    super()
    this.socket = socket
  }

  expire(): void {
    this.socket.destroy()
  }
}

/** Ends a connection whose requests are all answered, when the answers are sent. */
export function endAfterAnswers({ queued }: Track, end: () => void): void {
  if (queued === null || queued.writableFinished || queued.destroyed) end()
  else queued.once("close", end)
}

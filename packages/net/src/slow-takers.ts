/** Clients that ask, and take nothing of the answers. */
import type { RunLoop } from "@vivarium/core"
import { Deadline } from "./deadlines.ts"
import type { MemberList } from "./member-list.ts"
import type { Track } from "./track.ts"

/**
 * Looks at the connections of a server, once in `idleMs` while there are any: what was answered at once lies in the connection's own queue, and nobody waits
 * for it. A connection that has taken nothing of it since the last look is ended. Answers that are written piece by piece have a time-out of their own.
 */
export class SlowTakers extends Deadline {
  private readonly loop: RunLoop
  private readonly tracks: MemberList<Track>
  private readonly idleMs: number

  constructor(loop: RunLoop, tracks: MemberList<Track>, idleMs: number) {
    super()
    this.loop = loop
    this.tracks = tracks
    this.idleMs = idleMs
  }

  /** A connection has come or gone. */
  watch(): void {
    if (this.tracks.size === 0) this.end()
    else if (this.list === null) this.begin(this.loop, this.idleMs)
  }

  expire(): void {
    for (const track of this.tracks.toArray()) {
      const { active, socket, taken, waiting } = track
      if (socket.writableLength === 0 || active > (waiting?.length ?? 0)) continue
      track.taken = socket.bytesWritten - socket.writableLength
      if (track.taken === taken) socket.destroy()
    }
    this.watch()
  }
}

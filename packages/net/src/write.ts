/** Writing: waits for room, or for the end of the connection, and then hands over. */
import { InvalidArgumentError, Operation, type RunLoop, type Suspend, type Tasklet } from "@vivarium/core"
import { BLOCKED, finished, misuse, type OperationKind, realm, RUNNING, STARTED, SUSPEND, trapped, TRAPS, wrongScheduler } from "@vivarium/core/lowlevel"
import { SLICE_BYTES } from "./limits.ts"
import type { Link } from "./link.ts"
import { readPatience, type WriteOptions } from "./options.ts"
import type { Outgoing, Piece } from "./outgoing.ts"

/** What can be written: text (as UTF-8), bytes, or several pieces of them that go out together. */
export type Data = string | Uint8Array | readonly (string | Uint8Array)[]

/** What a write needs of a connection or a body. */
export interface Writer {
  readonly loop: RunLoop
  readonly peer: string
  readonly idleMs: number
  readonly link: Pick<Link, "write">
  /** Null while nothing has ever waited to be written. */
  readonly outgoing: Outgoing | null
  /** Raises if nothing can be written any more. */
  checkWritable(): void
  /** Makes the line in which what must wait is kept. */
  queueOutgoing(): Outgoing
}

export class Write extends Operation<void> {
  declare private readonly writer: Writer
  declare private readonly data: string | Uint8Array
  declare private readonly timeoutMs: number

  constructor(writer: Writer, data: Data, options: WriteOptions | undefined) {
    super()
    this.writer = writer
    this.data = typeof data === "string" || data instanceof Uint8Array ? data : join(data)
    this.timeoutMs = readPatience(options, writer.idleMs)
  }

  get kind(): OperationKind {
    return STARTED
  }

  override get owner(): RunLoop {
    return this.writer.loop
  }

  next(): IteratorResult<Suspend, void> {
    const tasklet = realm.current
    if (tasklet === null || tasklet.state !== RUNNING) return misuse(this)
    if (tasklet.op === this) {
      tasklet.op = null
      return finished(undefined)
    }
    const { data, writer } = this
    if (tasklet.scheduler !== writer.loop) throw wrongScheduler(this.describe())
    writer.checkWritable()
    const { outgoing } = writer
    if (data.length <= SLICE_BYTES && (outgoing === null || outgoing.open)) {
      if (!writer.link.write(data)) writer.queueOutgoing().blocked = true
      return finished(undefined)
    }
    if ((tasklet.flags & TRAPS) !== 0) throw trapped(tasklet, this)
    tasklet.op = this
    tasklet.state = BLOCKED
    writer.queueOutgoing().park(tasklet, typeof data === "string" ? Buffer.from(data) : data, this.timeoutMs)
    return SUSPEND
  }

  unpark(tasklet: Tasklet): void {
    const piece = tasklet.value as Piece
    piece.outgoing.forget(piece)
  }

  describe(): string {
    return `write() to ${this.writer.peer}`
  }
}

function join(pieces: unknown): string | Uint8Array {
  if (Array.isArray(pieces) && pieces.every((piece) => typeof piece === "string")) return pieces.join("")
  if (Array.isArray(pieces) && pieces.every((piece) => typeof piece === "string" || piece instanceof Uint8Array)) {
    return Buffer.concat(pieces.map((piece: string | Uint8Array) => (typeof piece === "string" ? Buffer.from(piece) : piece)))
  }
  throw new InvalidArgumentError("data", pieces, "a text, bytes (Uint8Array, Buffer) or an array of them", "right: connection.write(JSON.stringify(value))")
}

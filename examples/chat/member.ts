/**
 * A member: the actor that owns one side of a connection. All that somebody is told goes through its mailbox, in one order, and out of it as quickly as they
 * read. The other side, what they say, is the connection's tasklet (conversation.ts). When one ends, so does the other.
 */
import { Actor, ExitReason, type Ref } from "@vivarium/actors"
import { type Routine, tasklet, TimeoutError } from "@vivarium/core"
import { type Connection, ConnectionError } from "@vivarium/net"

/** The connection broke off. That is the way of connections, and no crash. */
export const lost = ExitReason.shutdownWith("the connection is lost")
/** Too many lines wait for somebody, or one for too long. */
export const tooSlow = ExitReason.shutdownWith("reads too slowly")

/** Whatever closes a connection ends its member. */
function* endWith(connection: Connection, member: Ref<unknown>): Routine {
  yield* connection.closed
  member.exit(lost)
}

export class Member extends Actor {
  #connection!: Connection
  #farewellMs!: number

  init(connection: Connection, farewellMs: number) {
    this.#connection = connection
    this.#farewellMs = farewellMs
    tasklet(endWith, connection, this.self)
  }

  /** Ends when the connection has taken the line: who calls goes on no quicker than they read. */
  *hear(text: string): Routine {
    try {
      yield* this.#connection.write(`${text}\n`)
    } catch (error) {
      if (error instanceof TimeoutError) yield* this.stop(tooSlow)
      if (error instanceof ConnectionError) yield* this.stop(lost)
      throw error
    }
  }

  /** Who was too slow is told so, if they take at least that; if not, nothing that waits is worth keeping. */
  *terminate(reason: ExitReason): Routine {
    if (reason !== tooSlow) return
    try {
      yield* this.#connection.write("* You read too slowly. Good bye.\n", { timeoutMs: this.#farewellMs })
    } catch {
      yield* this.#connection.reset()
    }
  }
}

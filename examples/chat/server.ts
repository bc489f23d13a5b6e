/**
 * The server: the actor that owns the listening socket, and so all connections. In JavaScript a socket belongs to nobody: it stays open if the actor that has opened it
 * is killed. So its end is tied to the actor's signal, which is aborted whatever the end.
 */
import { Actor } from "@vivarium/actors"
import type { Routine } from "@vivarium/core"
import { listen, type Server, type ServerStatistics } from "@vivarium/net"
import { converse } from "./conversation.ts"
import type { Directory } from "./directory.ts"
import type { ChatSettings } from "./settings.ts"

export class ChatServer extends Actor {
  #server!: Server

  /** A port that is taken is told to whoever starts the chat. */
  *init(settings: ChatSettings, directory: Directory) {
    const { farewellMs, host, port } = settings
    this.#server = yield* listen({ host, port }, (connection, { closing }) => converse(connection, { directory, settings, closing }))
    const { scheduler } = this.system
    this.signal.addEventListener("abort", () => scheduler.tasklet(close, this.#server, farewellMs))
  }

  address(): { readonly host: string; readonly port: number } {
    const { host, port } = this.#server
    return { host, port }
  }

  statistics(): ServerStatistics {
    return this.#server.statistics()
  }

  /** Ends when everybody has been told that the chat closes, or has not listened for too long. */
  *terminate() {
    yield* this.#server.closed
  }
}

function* close(server: Server, deadlineMs: number): Routine {
  yield* server.close({ deadlineMs })
}

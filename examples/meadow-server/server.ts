/** The server: an actor that owns it. However the actor ends, the server is closed; the next one takes the same port. */
import { Actor } from "@vivarium/actors"
import type { Routine } from "@vivarium/core"
import { type HttpServer, serveHttp } from "@vivarium/net"
import type { Meadow } from "./meadow.ts"
import { answer } from "./routes.ts"
import { Site } from "./site.ts"

/** How long requests may go on when the server has to close. */
const DEADLINE_MS = 2_000

const LIMITS = { headerMs: 5_000, requestMs: 10_000, maxHeaderBytes: 8_192, maxConnections: 256 }

export class MeadowServer extends Actor {
  #server!: HttpServer

  *init(meadow: Meadow, tell: (url: string) => void) {
    const { host, port } = meadow
    const server: HttpServer = yield* serveHttp({ host, port, ...LIMITS }, function* (request) {
      return yield* answer(request, site)
    })
    const site = new Site(meadow, server)
    const { scheduler } = this.system
    // Also of a kill, before which nothing of its own is called.
    this.signal.addEventListener("abort", () => scheduler.tasklet(closing, server))
    this.#server = server
    meadow.port = server.port
    tell(server.url)
  }

  /** In order, it waits for those who are still served. */
  *terminate() {
    yield* this.#server.closed
  }
}

function* closing(server: HttpServer): Routine {
  yield* server.close({ deadlineMs: DEADLINE_MS })
}

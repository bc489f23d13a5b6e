/** A server of connections: each is served by the handler in a tasklet of its own. */
import type { Body, Routine, RunLoop } from "@vivarium/core"
import { isGenerator, SUSPEND } from "@vivarium/core/lowlevel"
import type { Server as NodeServer, Socket } from "node:net"
import type { Connection } from "./connection.ts"
import { closing } from "./endings.ts"
import { isBeingKilled, outcomeOf } from "./handle.ts"
import { hostAndPort } from "./host-and-port.ts"
import { MemberList } from "./member-list.ts"
import type { ReaderLimits } from "./reader.ts"
import { type OnError, report } from "./report.ts"
import { ServerBase, type Worker } from "./server-base.ts"
import { connectionOf } from "./socket-link.ts"

/** What a server counts. */
export interface ServerStatistics {
  /** Connections that have been accepted. */
  readonly accepted: number
  /** Connections that are open. */
  readonly connections: number
  /** Connections that were closed at once, since `maxConnections` were open. */
  readonly rejected: number
  /** Handlers that have raised an error. */
  readonly failed: number
}

export interface ServerSettings {
  readonly limits: ReaderLimits
  readonly halfOpen: boolean
  readonly onError: OnError<Connection> | undefined
  readonly handler: Body<[Connection, Server]>
}

/** A server of connections, as `listen` makes it. */
export class Server extends ServerBase {
  private readonly settings: ServerSettings
  private readonly connections = new MemberList<Connection>()
  private accepted = 0
  private rejected = 0
  private failed = 0

  /** @internal */
  constructor(loop: RunLoop, node: NodeServer, accepting: "connection" | "secureConnection", settings: ServerSettings) {
    super(loop, node)
    this.settings = settings
    node.on(accepting, (socket: Socket) => this.accept(socket))
    node.on("drop", () => this.rejected++)
    node.on("error", (error) => {
      if (this.listening) report(loop, undefined, error, undefined, `the server on ${hostAndPort(this.host, this.port)}`)
    })
  }

  /** What it counts now. */
  statistics(): ServerStatistics {
    const { accepted, connections, failed, rejected } = this
    return { accepted, connections: connections.size, rejected, failed }
  }

  private accept(socket: Socket): void {
    const { limits, halfOpen } = this.settings
    const connection = connectionOf(this.loop, socket, limits, halfOpen)
    this.accepted++
    this.connections.add(connection)
    connection.onGone = this.gone
    this.loop.ingress.accept({ enter: () => this.begin(connection) })
  }

  private begin(connection: Connection): void {
    if (this.isClosing) connection.destroy()
    else this.employ(serve, connection)
  }

  private readonly gone = (connection: Connection): void => {
    this.connections.remove(connection)
    this.settle()
  }

  protected override get hasConnections(): boolean {
    return this.connections.size > 0
  }

  /** @internal The handler has raised an error. */
  handlerFailed(error: unknown, connection: Connection): void {
    this.failed++
    report(this.loop, this.settings.onError, error, connection, `the handler of the connection with ${connection.peer} has failed`)
  }

  /** @internal */
  handle(connection: Connection): unknown {
    return this.settings.handler(connection, this)
  }

  protected letIdleGo(): void {}

  protected destroyAll(): void {
    for (const connection of this.connections.toArray()) connection.destroy()
  }
}

function* serve(server: Server, worker: Worker, connection: Connection): Routine {
  try {
    yield SUSPEND.value
    const returned = server.handle(connection)
    if (isGenerator(returned)) yield* returned
    else yield* outcomeOf(returned)
    if (!isBeingKilled()) yield* closing(connection)
  } catch (error) {
    connection.destroy()
    server.handlerFailed(error, connection)
  } finally {
    connection.destroy()
    server.dismiss(worker)
  }
}

/** A Thrift server to talk to, from the same library. */
import { once } from "node:events"
import type { AddressInfo, Server, Socket } from "node:net"
import { type Operation, until } from "@vivarium/core"
import { createServer } from "thrift"
import Service, { type FlowersHandler } from "./flowers.cjs"

export class FlowersServer {
  readonly host = "127.0.0.1"
  readonly #server: Server
  readonly #connections = new Set<Socket>()

  private constructor(server: Server) {
    this.#server = server
    server.on("connection", (socket) => {
      this.#connections.add(socket)
      socket.once("close", () => this.#connections.delete(socket))
    })
  }

  /** On a free port. */
  static async open(handler: FlowersHandler): Promise<FlowersServer> {
    const server = createServer(Service, handler) as Server
    // A client that goes away in the middle of a call is the client's business.
    server.on("error", () => {}).listen(0, "127.0.0.1")
    await once(server, "listening")
    return new FlowersServer(server)
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** How many there are now. */
  get connections(): number {
    return this.#connections.size
  }

  /** Closes all connections, whatever goes on there. */
  hangUp(): void {
    for (const socket of this.#connections) socket.destroy()
  }

  close(): Operation<unknown> {
    this.hangUp()
    return until(once(this.#server.close(), "close"))
  }
}

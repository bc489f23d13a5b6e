import { once } from "node:events"
import { type AddressInfo, createServer, type Server, type Socket } from "node:net"
import { promisify } from "node:util"
import { channel, type Operation, until } from "@vivarium/core"
import { turn } from "./turn.ts"

/** A server that accepts, reads, and says nothing. It does not close its side either, as polite ones do when the client closes its. */
export class SilentServer {
  readonly #server: Server
  readonly #visitors = channel<Socket>({ capacity: 100 })

  private constructor() {
    this.#server = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on("error", () => {}).resume()
      this.#visitors.trySend(socket)
    })
  }

  static async open(): Promise<SilentServer> {
    const server = new SilentServer()
    server.#server.listen(0, "127.0.0.1")
    await once(server.#server, "listening")
    return server
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** The next client that has come. */
  visitor(): Operation<Socket> {
    return this.#visitors.receive()
  }

  /** Closes, and waits until all clients are gone: one that was forgotten would keep the test from its end. */
  close(): Operation<unknown> {
    return until(promisify(this.#server.close.bind(this.#server))())
  }
}

/** Waits until a client's socket is destroyed. One that is closed for writing only would go on reading what is written here, without a word. */
export async function destroyed(visitor: Socket): Promise<void> {
  if (!visitor.readableEnded) await once(visitor, "end")
  while (visitor.writable) {
    visitor.write("anybody there?")
    await turn()
  }
}

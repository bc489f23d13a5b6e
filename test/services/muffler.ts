import { once } from "node:events"
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net"
import { type Operation, until } from "@vivarium/core"

/** A way to a server, through which passes what is said, until somebody says a word: from then on nothing passes on that connection. */
export class Muffler {
  readonly #server: Server
  readonly #muffled = new Set<Socket>()

  private constructor(address: string, word: string) {
    const [host, port] = address.split(":") as [string, string]
    this.#server = createServer((near) => {
      const far = connect(Number(port), host)
      far.on("data", (data) => near.write(data)).on("error", () => {}).on("close", () => near.destroy())
      near.on("error", () => {}).on("close", () => {
        this.#muffled.delete(near)
        far.destroy()
      })
      near.on("data", (data) => {
        if (data.includes(word)) this.#muffled.add(near)
        if (!this.#muffled.has(near)) far.write(data)
      })
    })
  }

  /** The way to an address, `host:port`. */
  static async open(address: string, word: string): Promise<Muffler> {
    const muffler = new Muffler(address, word)
    muffler.#server.listen(0, "127.0.0.1")
    await once(muffler.#server, "listening")
    return muffler
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** How many connections are silent, and open. */
  get silent(): number {
    return this.#muffled.size
  }

  /** Closes the silent connections. */
  hangUp(): void {
    for (const socket of this.#muffled) socket.destroy()
  }

  /** Waits until all are gone. */
  close(): Operation<unknown> {
    return until(once(this.#server.close(), "close"))
  }
}

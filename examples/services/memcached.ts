/**
 * memcached through memjs.
 *
 * Three things to know about memjs. It tries again what has failed, on a new socket if need be: after a connection was cut on purpose, that would open one
 * that nobody closes, so `retries` is 0. It says nothing if the server closes the connection in the middle of a call, so `open`
 * does. And its own time-out is half a second; ours are shorter or longer as the caller likes.
 */
import type { Operation, Routine } from "@vivarium/core"
import { ConnectionPool } from "@vivarium/net"
import { Client } from "memjs"
import { inFlight } from "./in-flight.ts"

export class Memcached {
  readonly pool: ConnectionPool<Client>

  /** The address is `host:port`. */
  constructor(address: string, max = 4) {
    this.pool = new ConnectionPool({ create: (signal) => open(address, signal), validate: isConnected, destroy: cut, max })
  }

  get(key: string): Operation<string | undefined> {
    return this.pool.with(function* (client) {
      const { value } = yield* inFlight(() => cut(client), () => client.get(key))
      return value?.toString()
    })
  }

  set(key: string, value: string, lifeSeconds: number): Operation<void> {
    return this.pool.with(function* (client) {
      yield* inFlight(() => cut(client), () => client.set(key, value, { expires: lifeSeconds }))
    })
  }

  delete(key: string): Operation<void> {
    return this.pool.with(function* (client) {
      yield* inFlight(() => cut(client), () => client.delete(key))
    })
  }
}

/** memjs connects at the first call, so there is one. */
async function open(address: string, signal: AbortSignal): Promise<Client> {
  const client = Client.create(address, { retries: 0, timeout: 60, logger: { log() {} } })
  signal.addEventListener("abort", () => cut(client), { once: true })
  await new Promise<void>((resolve, reject) => client.stats((error) => (error === null ? resolve() : reject(error))))
  for (const server of client.servers) server.sock(false, (socket) => socket.once("close", () => server.error(new Error("the connection was lost"))))
  return client
}

function isConnected(client: Client): boolean {
  return client.servers.every(({ connected }) => connected)
}

/** `client.close()` would wait for the server to close its side. This destroys the socket, and fails what is under way. */
function cut(client: Client): void {
  for (const server of client.servers) server.error(new Error("the connection was cut"))
}

export function* visitMemcached(memcached: Memcached): Routine<string> {
  yield* memcached.set("rose", "red", 60)
  const kept = yield* memcached.get("rose")
  yield* memcached.delete("rose")
  const gone = yield* memcached.get("rose")
  return `the rose is ${kept}, and then ${gone ?? "gone"}`
}

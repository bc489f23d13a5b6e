/**
 * Redis through ioredis.
 *
 * Commands are answered in order, so one that nobody waits for any more is in the way of all that follow: a BLPOP for as long as it blocks.
 * `disconnect()` closes the connection, and destroys the socket if the server does not answer to that. ioredis connects
 * again by itself unless told not to; here that is the pool's work.
 */
import type { Operation, Routine } from "@vivarium/core"
import { ConnectionPool } from "@vivarium/net"
import { Redis as Client, ReplyError } from "ioredis"
import { inFlight } from "./in-flight.ts"

export class Redis {
  readonly pool: ConnectionPool<Client>

  /** The URL is `redis://user:password@host:port/database`. */
  constructor(url: string, max = 4) {
    this.pool = new ConnectionPool({
      create: (signal) => open(url, signal),
      validate: (client) => client.status === "ready",
      destroy: (client) => client.disconnect(),
      // Redis has refused a command: an answer like any other.
      keep: (error) => error instanceof ReplyError,
      max,
    })
  }

  /** Performs a command, or several that belong together: `redis.perform((client) => client.get("rose"))`. */
  perform<T>(command: (client: Client) => Promise<T>): Operation<T> {
    return this.pool.with<Operation<unknown>>((client) => inFlight(() => client.disconnect(), () => command(client))) as Operation<T>
  }
}

async function open(url: string, signal: AbortSignal): Promise<Client> {
  const client = new Client(url, { lazyConnect: true, retryStrategy: null, maxRetriesPerRequest: 0, disconnectTimeout: 0 })
  // `connect()` says only that the connection is closed; why, is said here.
  let reason: unknown
  client.on("error", (error) => (reason = error))
  signal.addEventListener("abort", () => client.disconnect(), { once: true })
  try {
    await client.connect()
  } catch (error) {
    throw reason ?? error
  }
  return client
}

export function* visitRedis(redis: Redis): Routine<string> {
  yield* redis.perform((client) => client.rpush("bees", "Maya", "Willy"))
  const first = yield* redis.perform((client) => client.lpop("bees"))
  const [, second] = (yield* redis.perform((client) => client.blpop("bees", 10))) ?? []
  return `${first} came first, then ${second}`
}

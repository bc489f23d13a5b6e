/**
 * A Thrift service through thrift, the library of Apache.
 *
 * What it calls by promises never settles if the connection is lost, so each call waits for that too. Its answers have
 * numbers, but many servers handle the calls of a connection one by one: a call that nobody waits for is in the way of others.
 */
import { action, type Operation, race, type Routine } from "@vivarium/core"
import { ConnectionPool } from "@vivarium/net"
import { type Connection, createClient, createConnection, Thrift } from "thrift"
import Service, { type FlowersClient } from "./flowers.cjs"
import { inFlight } from "./in-flight.ts"

interface Link {
  readonly connection: Connection
  readonly client: FlowersClient
}

export class Flowers {
  readonly pool: ConnectionPool<Link>

  constructor(host: string, port: number, max = 4) {
    this.pool = new ConnectionPool({
      create: (signal) => open(host, port, signal),
      validate: ({ connection }) => connection.connected,
      destroy: ({ connection }) => connection.destroy(),
      // The server says that it cannot: an answer like any other.
      keep: (error) => error instanceof Thrift.TApplicationException,
      max,
    })
  }

  /** How much nectar a flower has. */
  nectar(flower: string): Operation<number> {
    return this.pool.with(({ client, connection }) => {
      const answer = inFlight(() => connection.destroy(), () => client.nectar(flower))
      return race([answer, lost(connection)])
    })
  }
}

async function open(host: string, port: number, signal: AbortSignal): Promise<Link> {
  const connection = createConnection(host, port, {})
  signal.addEventListener("abort", () => connection.destroy(), { once: true })
  await new Promise<void>((resolve, reject) => {
    connection.once("connect", resolve).once("close", () => reject(new Error("there is no connection")))
    // It is also what keeps Node from taking it for an error that nobody expects.
    connection.on("error", reject)
  })
  return { connection, client: createClient(Service, connection) }
}

/** Fails when the connection is lost. */
function lost(connection: Connection): Operation<never> {
  return action((_resolve, reject) => {
    const tell = (): void => reject(new Error("the connection was lost"))
    connection.once("close", tell)
    return () => connection.off("close", tell)
  })
}

export function* visitThrift(flowers: Flowers): Routine<string> {
  const nectar = yield* flowers.nectar("rose")
  return `the rose has ${nectar} units of nectar`
}

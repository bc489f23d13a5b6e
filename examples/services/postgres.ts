/**
 * PostgreSQL through pg.
 *
 * `client.end()` says goodbye in order, so the socket is made here and can be destroyed. A server that was asked to by
 * `client_connection_check_interval` notices in the middle of a query that nobody is there any more, and stops it.
 */
import { Socket } from "node:net"
import { type Operation, type Routine, timeout, TimeoutError } from "@vivarium/core"
import { ConnectionPool } from "@vivarium/net"
import { Client, DatabaseError, type QueryResultRow } from "pg"
import { inFlight } from "./in-flight.ts"

/** One connection, for as long as it is lent. */
export class Session {
  readonly #client: Client
  readonly #socket: Socket

  private constructor(client: Client, socket: Socket) {
    this.#client = client
    this.#socket = socket
  }

  static async open(url: string, signal: AbortSignal): Promise<Session> {
    const socket = new Socket()
    signal.addEventListener("abort", () => socket.destroy(), { once: true })
    const client = new Client({ connectionString: url, stream: () => socket, options: "-c client_connection_check_interval=200" })
    // If the connection is lost while nobody uses it, the pool will see that it is not usable.
    client.on("error", () => {})
    await client.connect()
    return new Session(client, socket)
  }

  get isUsable(): boolean {
    return this.#socket.readable && this.#socket.writable
  }

  destroy(): void {
    this.#socket.destroy()
  }

  /** The rows of one statement. */
  *query<Row extends QueryResultRow>(sql: string, values: readonly (string | number)[] = []): Routine<Row[]> {
    const { rows } = yield* inFlight(() => this.destroy(), () => this.#client.query<Row>(sql, [...values]))
    return rows
  }
}

export class Postgres {
  readonly pool: ConnectionPool<Session>

  /** The URL is `postgres://user:password@host:port/database`. */
  constructor(url: string, max = 4) {
    this.pool = new ConnectionPool({
      create: (signal) => Session.open(url, signal),
      validate: (session) => session.isUsable,
      destroy: (session) => session.destroy(),
      // The server has refused a statement: an answer like any other. After a fatal one it closes the connection.
      keep: (error) => error instanceof DatabaseError && error.severity !== "FATAL",
      max,
    })
  }

  /** The rows of one statement. */
  query<Row extends QueryResultRow>(sql: string, values?: readonly (string | number)[]): Operation<Row[]> {
    return this.pool.with((session) => session.query<Row>(sql, values))
  }

  /** Several statements as one transaction: committed when the body returns, rolled back however else it ends. */
  *transaction<T>(body: (session: Session) => Routine<T>): Routine<T> {
    const session = yield* this.pool.acquire()
    let isClean = false
    try {
      yield* session.query("BEGIN")
      const result = yield* body(session)
      yield* session.query("COMMIT")
      isClean = true
      return result
    } catch (error) {
      if (session.isUsable) {
        yield* session.query("ROLLBACK")
        isClean = true
      }
      throw error
    } finally {
      // Not clean: killed in the middle, or cut off. The server rolls back what nobody can finish.
      if (isClean) this.pool.release(session)
      else this.pool.discard(session)
    }
  }
}

export function* visitPostgres(postgres: Postgres): Routine<string> {
  const [flower] = yield* postgres.query<{ name: string; nectar: number }>("SELECT 'rose' AS name, $1::int * 3 AS nectar", [7])
  try {
    yield* timeout(50, postgres.query("SELECT pg_sleep(60)"))
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error
  }
  return `the ${flower?.name} has ${flower?.nectar} units of nectar; a query of a minute was given up after 50 ms`
}

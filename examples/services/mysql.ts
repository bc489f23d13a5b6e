/**
 * MySQL and MariaDB through mysql2.
 *
 * `connection.destroy()` only says goodbye, and goes on waiting for the server to do so too, so the socket is made here and can be destroyed.
 * The server does not notice that: it goes on with the statement, locks and all. Another connection tells it to stop.
 */
import { connect, type Socket } from "node:net"
import { type Operation, type Routine, timeout, TimeoutError } from "@vivarium/core"
import { ConnectionPool } from "@vivarium/net"
import { type Connection, createConnection, type QueryError, type RowDataPacket } from "mysql2/promise"
import { inFlight } from "./in-flight.ts"

interface Session {
  readonly connection: Connection
  readonly socket: Socket
}

export class MySql {
  readonly pool: ConnectionPool<Session>
  readonly #url: string

  /** The URL is `mysql://user:password@host:port/database`. */
  constructor(url: string, max = 4) {
    this.#url = url
    this.pool = new ConnectionPool({ create: (signal) => open(url, signal), validate: isUsable, destroy: close, keep: isAnswer, max })
  }

  /** The rows of one statement. */
  query<Row extends object>(sql: string, values: readonly (string | number)[] = []): Operation<Row[]> {
    const url = this.#url
    return this.pool.with(function* (session) {
      const [rows] = yield* inFlight(() => cut(session, url), () => session.connection.query<(Row & RowDataPacket)[]>(sql, [...values]))
      return rows
    })
  }
}

async function open(url: string, signal: AbortSignal): Promise<Session> {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port || 3306), noDelay: true })
  signal.addEventListener("abort", () => socket.destroy(), { once: true })
  const connection = await createConnection({ uri: url, stream: () => socket })
  // If the connection is lost while nobody uses it, the pool will see that it is not usable.
  connection.on("error", () => {})
  return { connection, socket }
}

function isUsable({ socket }: Session): boolean {
  return socket.readable && socket.writable
}

/** The server has refused a statement: an answer like any other. */
function isAnswer(error: unknown): boolean {
  const { fatal, sqlState } = error as QueryError
  return sqlState !== undefined && fatal !== true
}

/** In order: nothing is under way. */
function close({ connection, socket }: Session): void {
  connection.destroy()
  socket.destroy()
}

/** In the middle of a statement. */
function cut(session: Session, url: string): void {
  close(session)
  void stopStatement(session.connection.threadId, url)
}

async function stopStatement(threadId: number, url: string): Promise<void> {
  try {
    await using other = await createConnection(url)
    await other.query(`KILL ${threadId}`)
  } catch {
    // It has ended by itself, or nobody can be told.
  }
}

export function* visitMySql(mysql: MySql): Routine<string> {
  const [flower] = yield* mysql.query<{ name: string; nectar: number }>("SELECT 'rose' AS name, ? * 3 AS nectar", [7])
  try {
    yield* timeout(50, mysql.query("SELECT SLEEP(60)"))
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error
  }
  return `the ${flower?.name} has ${flower?.nectar} units of nectar; a statement of a minute was given up after 50 ms`
}

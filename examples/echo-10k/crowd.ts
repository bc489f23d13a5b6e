/** A crowd of clients, each with a connection of its own: over lines, and over HTTP. */
import { group, type Operation, type Routine, Semaphore } from "@vivarium/core"
import { connect, type Connection, HttpClient } from "@vivarium/net"
import type { Protocol } from "./messages.ts"

export interface Crowd {
  /** Opens one's connection. */
  readonly open: (number: number) => Routine
  /** Asks over it; gives the answer. */
  readonly ask: (number: number, text: string) => Routine<string | undefined>
  /** Closes all. */
  readonly close: () => Operation<void>
}

/** How many connect at the same time: the system keeps a few thousand at most for a server that has not accepted them yet. */
const CONNECTING = 1_000
/** The last of ten thousand has to wait for a while. */
const PATIENCE_MS = 120_000

/** A line is a request, and so is its answer. */
function overLines(port: number): Crowd {
  const permits = new Semaphore(CONNECTING)
  const connections = new Map<number, Connection>()
  return {
    *open(number) {
      connections.set(number, yield* permits.with(() => connect({ port, timeoutMs: PATIENCE_MS, idleMs: PATIENCE_MS })))
    },
    *ask(number, text) {
      const connection = connections.get(number)
      if (connection === undefined) throw new Error("there is no connection")
      yield* connection.write(`${text}\n`)
      return yield* connection.readLine()
    },
    close: () =>
      group(function* (closings) {
        for (const connection of connections.values()) closings.spawn(() => connection.close())
      }),
  }
}

/** Requests that are under way at the same time have a connection each, so the first ones open them. */
function overHttp(port: number, size: number): Crowd {
  const client = new HttpClient({ maxConnections: size, connectMs: PATIENCE_MS, keepAliveMs: PATIENCE_MS })
  return {
    *open() {},
    *ask(_number, text) {
      const response = yield* client.fetch(`http://127.0.0.1:${port}/?says=${encodeURIComponent(text)}`, { timeoutMs: PATIENCE_MS })
      return yield* response.text()
    },
    close: () => client.close(),
  }
}

export const crowds: Readonly<Record<Protocol, (port: number, size: number) => Crowd>> = { tcp: overLines, http: overHttp }

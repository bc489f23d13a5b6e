// What was asked for has come, but whoever has asked was killed before they could take it: nobody else will close it.
import { subscribe, unsubscribe } from "node:diagnostics_channel"
import type { Server as NodeServer, Socket } from "node:net"
import { Event, main, type Operation, type Routine, tasklet } from "@vivarium/core"
import { connect, listen, reply, serveHttp } from "@vivarium/net"
import { expect, it } from "vitest"

/** Lets a tasklet wait for something, kills it right after an event of what Node makes for that, and gives that when it has closed. */
function* killAt<T extends NodeServer | Socket>(channel: string, key: string, event: string, wait: () => Operation<unknown>): Routine<T> {
  const closed = new Event()
  let found: T | undefined
  const watch = (message: unknown): void => {
    found = (message as Record<string, T>)[key] as T
    found.once(event, () => queueMicrotask(() => waiting.kill({ pending: true })))
    found.once("close", () => closed.set())
  }
  subscribe(channel, watch)
  const waiting = tasklet(function* () {
    yield* wait()
    throw new Error("it was not killed in time")
  })
  try {
    yield* closed.wait()
  } finally {
    unsubscribe(channel, watch)
  }
  return found as T
}

it.for([
  ["listen()", () => listen({ port: 0 }, function* () {})],
  ["serveHttp()", () => serveHttp({ port: 0 }, () => reply(200))],
] as const)("%s closes a server that nobody will have", ([_name, wait]) =>
  main(function* () {
    const server = yield* killAt<NodeServer>("tracing:net.server.listen:asyncStart", "server", "listening", wait)
    expect(server.listening).toBe(false)
  }),
)

it.for([10_000, Infinity])("connect() closes a connection that nobody will have: %d ms", (timeoutMs) =>
  main(function* () {
    const ended = new Event()
    const server = yield* listen({ port: 0 }, function* (connection) {
      yield* connection.closed
      ended.set()
    })
    const socket = yield* killAt<Socket>("net.client.socket", "socket", "connect", () => connect({ port: server.port, timeoutMs }))
    expect(socket.destroyed).toBe(true)
    yield* ended.wait()
    yield* server.close()
  }),
)

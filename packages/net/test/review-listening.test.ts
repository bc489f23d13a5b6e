// Who listens may be killed at the last moment: then nobody is served.
import { subscribe, unsubscribe } from "node:diagnostics_channel"
import { once } from "node:events"
import { connect as connectSocket, createServer, type Server as NodeServer, type Socket } from "node:net"
import { Event, main, type Operation, tasklet } from "@vivarium/core"
import { listen, reply, serveHttp } from "@vivarium/net"
import { expect, it } from "vitest"

const CHANNEL = "tracing:net.server.listen:asyncStart"

const kinds: readonly [string, (served: () => void) => Operation<unknown>][] = [
  ["listen()", (served) => listen({ port: 0 }, function* (connection) {
    served()
    yield* connection.closed
  })],
  ["serveHttp()", (served) => serveHttp({ port: 0 }, () => {
    served()
    return reply(200)
  })],
]

it.for(kinds)("%s that is killed at the last moment serves nobody who has come already", async ([_name, wait]) => {
  const other = createServer().listen(0, "127.0.0.1")
  await once(other, "listening")
  const client = connectSocket((other.address() as { port: number }).port, "127.0.0.1")
  client.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
  const [accepted] = (await once(other, "connection")) as [Socket]
  other.close()
  let served = 0
  await main(function* () {
    const closed = new Event()
    accepted.once("close", () => closed.set())
    const watch = (message: unknown): void => {
      const { server } = message as { readonly server: NodeServer }
      server.once("listening", () => {
        server.emit("connection", accepted)
        queueMicrotask(() => waiting.kill({ pending: true }))
      })
    }
    subscribe(CHANNEL, watch)
    const waiting = tasklet(function* () {
      yield* wait(() => served++)
    })
    yield* closed.wait()
    unsubscribe(CHANNEL, watch)
  })
  expect(served).toBe(0)
  client.destroy()
})

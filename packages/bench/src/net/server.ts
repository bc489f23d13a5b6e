// Our servers: `node --expose-gc --conditions=@vivarium/source server.ts http|http-web|tcp|tcp-lines`.

import { main, type Operation, type Routine } from "@vivarium/core"
import { type Connection, listen, reply, serveHttp } from "@vivarium/net"
import { control } from "./control.ts"

const headers = { "content-type": "text/plain" }

function* echo(connection: Connection): Routine {
  for (;;) {
    const chunk = yield* connection.read()
    if (chunk === undefined) return
    yield* connection.write(chunk)
  }
}

function* echoLines(connection: Connection): Routine {
  for (;;) {
    const line = yield* connection.readLine()
    if (line === undefined) return
    yield* connection.write(`${line}\n`)
  }
}

const servers: Readonly<Record<string, () => Operation<{ readonly port: number; readonly closed: Operation<void> }>>> = {
  http: () =>
    serveHttp({ port: 0 }, function* () {
      return reply(200, "Hello, world!", headers)
    }),
  "http-web": () =>
    serveHttp({ port: 0 }, function* () {
      return new Response("Hello, world!", { headers })
    }),
  tcp: () => listen({ port: 0 }, echo),
  "tcp-lines": () => listen({ port: 0 }, echoLines),
}

await main(function* () {
  const kind = process.argv[2] ?? ""
  const start = servers[kind]
  if (start === undefined) throw new Error(`Unknown server ${JSON.stringify(kind)}. Allowed: ${Object.keys(servers).join(", ")}.`)
  const server = yield* start()
  control(server.port)
  yield* server.closed
})

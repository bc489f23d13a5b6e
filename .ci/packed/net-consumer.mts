import { main, type Operation } from "@vivarium/core"
import { type Connection, connect, ConnectionPool, fetchHttp, type HttpServer, listen, pair, pipe, reply, serveHttp } from "@vivarium/net"

export const answer: Promise<string | undefined> = main(function* () {
  const server = yield* listen({ port: 0 }, function* (connection: Connection) {
    yield* connection.write(`${(yield* connection.readLine({ timeoutMs: 1000 })) ?? "nothing"}\n`)
  })
  const pool = new ConnectionPool({ create: () => connect({ port: server.port }), max: 2 })
  const line: string | undefined = yield* pool.with(function* (connection) {
    yield* connection.write("hello\n")
    return yield* connection.readLine()
  })
  const web: HttpServer = yield* serveHttp({ port: 0 }, function* (request) {
    return reply(200, `${request.path} ${yield* request.text()}`, { "x-bee": "Maya" })
  })
  const length: number = (yield* (yield* fetchHttp(web.url)).bytes()).length
  const [left, right] = pair()
  const piping: Operation<number> = pipe(left, right)
  return length > 0 && piping !== undefined ? line : undefined
})

// What Node does by itself: `node --expose-gc server.mjs http|tcp`.

import { createServer as createHttpServer } from "node:http"
import { createServer as createTcpServer } from "node:net"
import { control } from "../../src/net/control.ts"

const servers = {
  http: () => {
    const headers = { "content-type": "text/plain", "content-length": 13 }
    const server = createHttpServer((_request, response) => {
      response.writeHead(200, headers)
      response.end("Hello, world!")
    })
    // Connections that are idle in `ten-thousand` are not to be closed under the client.
    server.keepAliveTimeout = 60_000
    return server
  },
  tcp: () =>
    createTcpServer({ noDelay: true }, (socket) => {
      socket.on("data", (data) => socket.write(data))
      socket.on("error", () => socket.destroy())
    }),
}

const server = servers[process.argv[2]]()
server.listen(0, "127.0.0.1", () => control(server.address().port))

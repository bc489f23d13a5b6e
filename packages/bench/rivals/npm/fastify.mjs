// Fastify, without its log: `node --expose-gc fastify.mjs http`.

import fastify from "fastify"
import { control } from "../../src/net/control.ts"

const server = fastify({ keepAliveTimeout: 60_000 })
server.get("/", (_request, reply) => {
  reply.header("content-type", "text/plain").send("Hello, world!")
})
await server.listen({ port: 0, host: "127.0.0.1" })
control(server.server.address().port)

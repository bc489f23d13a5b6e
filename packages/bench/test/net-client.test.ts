import { once } from "node:events"
import { createServer as createHttpServer, type RequestListener } from "node:http"
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from "node:net"
import { afterEach, describe, expect, it } from "vitest"
import { churn, Crowd } from "../src/net/driver.ts"
import { percentilesOf } from "../src/net/percentiles.ts"
import { ReplyError, replyLength } from "../src/net/reply.ts"

describe("percentilesOf()", () => {
  it("gives latencies that there were, by nearest rank", () => {
    const latencies = Float64Array.from({ length: 200 }, (_, index) => 200 - index)
    expect(percentilesOf(latencies)).toEqual({ p50: 100, p90: 180, p99: 198, max: 200 })
  })

  it("gives the only one there is", () => {
    expect(percentilesOf(Float64Array.of(7))).toEqual({ p50: 7, p90: 7, p99: 7, max: 7 })
  })

  it("gives 0 for none", () => {
    expect(percentilesOf(new Float64Array())).toEqual({ p50: 0, p90: 0, p99: 0, max: 0 })
  })
})

describe("replyLength()", () => {
  const counted = "HTTP/1.1 200 OK\r\nContent-Length:  5\r\n\r\nhello"
  const chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nA\r\n0123456789\r\n1\r\n!\r\n0\r\n\r\n"

  it.each([
    ["a content-length", counted],
    ["chunks", chunked],
  ])("finds the end by %s, whatever follows", (_, reply) => {
    expect(replyLength(reply)).toBe(reply.length)
    expect(replyLength(`${reply}HTTP/1.1 500`)).toBe(reply.length)
  })

  it("tells the length as soon as the head is whole", () => {
    const head = counted.slice(0, -5)
    expect(replyLength(head)).toBe(counted.length)
    for (let length = 0; length < head.length; length++) expect(replyLength(head.slice(0, length))).toBeUndefined()
  })

  it("does not know the end before the last chunk has begun", () => {
    const known = chunked.length - 2
    for (let length = 0; length < known; length++) expect(replyLength(chunked.slice(0, length))).toBeUndefined()
    expect(replyLength(chunked.slice(0, known))).toBe(chunked.length)
  })

  it.each([
    ["HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n", /not a 200/],
    ["HTTP/1.1 200 OK\r\nserver: x\r\n\r\n\r\ncontent-length: 5\r\n", /neither content-length nor chunks/],
    ["HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nhello\r\n", /no size of a chunk/],
    ["x".repeat(5_000), /head without an end/],
  ])("refuses %j", (text, message) => {
    expect(() => replyLength(text)).toThrow(ReplyError)
    expect(() => replyLength(text)).toThrow(message)
  })
})

describe("the client", () => {
  const servers: Server[] = []

  async function portOf(server: Server): Promise<number> {
    servers.push(server)
    server.listen(0, "127.0.0.1")
    await once(server, "listening")
    return (server.address() as AddressInfo).port
  }

  const http = (listener: RequestListener): Promise<number> => portOf(createHttpServer(listener))
  const tcp = (listener: (socket: Socket) => void): Promise<number> =>
    portOf(createTcpServer((socket) => listener(socket.on("error", () => socket.destroy()))))

  const hello: RequestListener = (_request, response) => response.end("Hello, world!")
  const echo = (socket: Socket): unknown => socket.pipe(socket)

  afterEach(async () => {
    for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve))
  })

  it.each([
    ["http", () => http(hello)],
    ["tcp", () => tcp(echo)],
  ] as const)("loads a server of %s with so many requests, and closes", async (protocol, start) => {
    const crowd = new Crowd(protocol, await start())
    await crowd.open(5)
    await expect(crowd.load(23)).resolves.toMatchObject({ requests: 23 })
    await expect(crowd.load(3)).resolves.toMatchObject({ requests: 3 })
    await expect(crowd.rounds(4)).resolves.toMatchObject({ requests: 20 })
    await crowd.close()
  })

  it("has one request on its way for each connection at most", async () => {
    let [underWay, most, connections] = [0, 0, 0]
    const server = createHttpServer((_request, response) => {
      most = Math.max(most, ++underWay)
      setImmediate(() => {
        underWay--
        response.end("Hello, world!")
      })
    })
    server.on("connection", () => connections++)
    const crowd = new Crowd("http", await portOf(server))
    await crowd.open(4)
    await crowd.load(50)
    await crowd.close()
    expect({ most, connections }).toEqual({ most: 4, connections: 4 })
  })

  it.each([
    ["http", () => http(hello)],
    ["tcp", () => tcp(echo)],
  ] as const)("makes a connection for each request of %s", async (protocol, start) => {
    const port = await start()
    let connections = 0
    servers[0]?.on("connection", () => connections++)
    await expect(churn(protocol, port, 9, 4)).resolves.toMatchObject({ requests: 9 })
    expect(connections).toBe(9)
  })

  it("fails when a reply is wrong", async () => {
    const port = await http((_request, response) => response.end("Hello, moon!"))
    await expect(churn("http", port, 3, 1)).rejects.toThrow(/a wrong reply/)
  })

  it("fails when a connection in use is closed", async () => {
    const port = await tcp((socket) => socket.on("data", () => socket.end()))
    await expect(churn("tcp", port, 3, 1)).rejects.toThrow(/closed a connection that was in use/)
  })

  it("fails when an idle connection is closed, at its next work", async () => {
    const sockets: Socket[] = []
    const crowd = new Crowd("tcp", await tcp((socket) => void sockets.push(socket)))
    await crowd.open(1)
    const [socket] = sockets
    socket?.resume().end()
    await once(socket as Socket, "close")
    await expect(crowd.load(1)).rejects.toThrow(/closed a connection that was in use/)
  })

  it("fails where nobody listens", async () => {
    const port = await tcp(echo)
    await new Promise((resolve) => servers.pop()?.close(resolve))
    await expect(new Crowd("tcp", port).open(1)).rejects.toThrow(/ECONNREFUSED/)
  })
})

import { type Routine, sleep, tasklet } from "@vivarium/core"
import { connect, type Connection, ConnectionError, listen, type Server } from "@vivarium/net"
import { createConnection } from "node:net"
import { connect as connectTls } from "node:tls"
import { describe, expect, it } from "vitest"
import { cert, key } from "./fixtures/certificate.ts"
import { closedUpTo, openSockets } from "./fixtures/open-sockets.ts"
import { raised } from "./fixtures/raised.ts"
import { makeWorld } from "./fixtures/world.ts"

function* echo(connection: Connection): Routine {
  yield* connection.lines().each(function* (line) {
    yield* connection.write(`${line}\n`)
  })
}

/** A client that trusts the server is served. */
function* isServed(server: Server): Routine {
  using client = yield* connect({ port: server.port, tls: { ca: cert } })
  yield* client.write("hello\n")
  expect(yield* client.readLine()).toBe("hello")
  yield* client.close()
}

describe("TLS", () => {
  it("is spoken by both sides, and whole", async () => {
    const big = Buffer.alloc(3_000_000, "nectar ")
    const { main, reports } = makeWorld()
    await main(function* () {
      const server = yield* listen({ port: 0, tls: { key, cert } }, function* (connection) {
        yield* connection.write((yield* connection.readBytes(big.length)) as Buffer)
      })
      using client = yield* connect({ port: server.port, tls: { ca: cert } })
      expect(client.peer).toBe(`127.0.0.1:${server.port}`)
      tasklet(() => client.write(big))
      expect((yield* client.readBytes(big.length))?.equals(big)).toBe(true)
      expect(yield* client.read()).toBeUndefined()
      yield* server.close()
      expect([server.statistics(), reports]).toEqual([{ accepted: 1, connections: 0, rejected: 0, failed: 0 }, []])
    })
  })

  it.each([
    ["that nobody has signed", { tls: true }, /SELF_SIGNED_CERT|self-signed/i],
    ["of another name", { tls: { ca: cert, servername: "wasp.test" } }, /ALTNAME/],
  ] as const)("refuses a certificate %s, clearly, and the server goes on", async (_name, options, expected) => {
    const { main, reports } = makeWorld()
    await main(function* () {
      const server = yield* listen({ port: 0, tls: { key, cert } }, echo)
      const error = (yield* raised(connect({ port: server.port, ...options }))) as ConnectionError
      expect(error).toBeInstanceOf(ConnectionError)
      expect([error.code, error.peer]).toEqual(["connect_failed", `127.0.0.1:${server.port}`])
      expect(error.message).toMatch(expected)
      yield* isServed(server)
      yield* server.close()
      expect(reports).toEqual([])
    })
  })

  it("checks the name of the host it connects to", async () => {
    await makeWorld().main(function* () {
      const server = yield* listen({ port: 0, tls: { key, cert } }, echo)
      using client = yield* connect({ port: server.port, host: "localhost", tls: { ca: cert } })
      yield* client.write("hello\n")
      expect(yield* client.readLine()).toBe("hello")
      yield* client.close()
      yield* server.close()
    })
  })

  it("is refused to who speaks plainly, or garbage, or goes away in the middle; others are served", async () => {
    const { main, reports } = makeWorld()
    await main(function* () {
      const server = yield* listen({ port: 0, tls: { key, cert } }, echo)
      for (const words of ["GET / HTTP/1.1\r\n\r\n", "\u0000\u0001\u0002garbage", "\u0016\u0003\u0001"]) {
        using plain = yield* connect({ port: server.port })
        yield* plain.write(words)
        if (words.startsWith("\u0016")) yield* plain.reset()
        else yield* plain.closed
        yield* isServed(server)
      }
      expect(server.statistics()).toMatchObject({ accepted: 3, failed: 0 })
      yield* server.close()
      expect(reports).toEqual([])
    })
  })

  it.each([0, 5])("lets go of who never finishes the handshake when the server is closed (deadline %i)", async (deadlineMs) => {
    const before = openSockets()
    await makeWorld().main(function* () {
      const server = yield* listen({ port: 0, tls: { key, cert } }, echo)
      const silent = createConnection(server.port, "127.0.0.1")
      const gone = new Promise<void>((resolve) => silent.on("error", () => {}).on("close", () => resolve()).resume())
      // Who comes later is served: so the silent one has been accepted.
      yield* isServed(server)
      yield* server.close({ deadlineMs })
      yield* tasklet(() => gone)
      yield* closedUpTo(before)
      expect(server.statistics().connections).toBe(0)
    })
  })

  it("raises what is wrong with the key or the certificate when it listens", async () => {
    const before = openSockets()
    await makeWorld().main(function* () {
      for (const tls of [{ key: "no key", cert }, { key, cert: "no certificate" }]) {
        const error = (yield* raised(listen({ port: 0, tls }, echo))) as ConnectionError
        expect(error).toBeInstanceOf(ConnectionError)
        expect(error.code).toBe("listen_failed")
        expect(error.message).toContain("127.0.0.1:0")
        expect(error.cause).toBeInstanceOf(Error)
      }
      yield* closedUpTo(before)
    })
  })

  it("ends in order, as Node's own client sees it", async () => {
    await makeWorld().main(function* () {
      const server = yield* listen({ port: 0, tls: { key, cert } }, function* (connection) {
        yield* connection.write(`you said ${yield* connection.readLine()}`)
      })
      const answer = yield* tasklet(
        () =>
          new Promise<string>((resolve, reject) => {
            let text = ""
            const socket = connectTls({ port: server.port, host: "127.0.0.1", ca: cert }, () => socket.write("hello\n"))
            socket.on("data", (chunk: Buffer) => (text += chunk.toString())).on("end", () => resolve(text)).on("error", reject)
          }),
      )
      expect(answer).toBe("you said hello")
      while (server.statistics().connections > 0) yield* sleep(0)
      yield* server.close()
    })
  })
})

import { type Routine, sleep, until } from "@vivarium/core"
import { connect, HttpClient, listen, reply, serveHttp } from "@vivarium/net"
import { createConnection, type Socket } from "node:net"
import { connect as connectTls, type ConnectionOptions } from "node:tls"
import { describe, expect, it } from "vitest"
import { cert, key } from "./fixtures/certificate.ts"
import { eventually, inWorld, turns } from "./fixtures/http-world.ts"

interface Target {
  readonly port: number
  readonly open: () => number
  /** A client that trusts the server is served. */
  readonly beside: () => Routine<void>
  readonly close: (deadlineMs: number) => Routine<void>
}

/** A server of TLS, of connections or of HTTP, and a client beside. */
function* target(kind: string, handshakeMs: number): Routine<Target> {
  if (kind === "listen") {
    const server = yield* listen({ port: 0, tls: { key, cert, handshakeTimeout: handshakeMs } }, function* (connection) {
      for (let line = yield* connection.readLine(); line !== undefined; line = yield* connection.readLine()) yield* connection.write(`${line}\n`)
    })
    return {
      port: server.port,
      open: () => server.statistics().connections,
      close: (deadlineMs) => server.close({ deadlineMs })[Symbol.iterator]() as Routine<void>,
      *beside() {
        using client = yield* connect({ port: server.port, tls: { ca: cert } })
        yield* client.write("beside\n")
        if ((yield* client.readLine()) !== "beside") throw new Error("the client beside was not served")
        yield* client.close()
      },
    }
  }
  const server = yield* serveHttp({ port: 0, tls: { key, cert }, headerMs: handshakeMs }, () => reply(200, "beside"))
  return {
    port: server.port,
    open: () => server.statistics().connections,
    close: (deadlineMs) => server.close({ deadlineMs })[Symbol.iterator]() as Routine<void>,
    *beside() {
      const client = new HttpClient({ tls: { ca: cert } })
      if ((yield* (yield* client.fetch(server.url)).text()) !== "beside") throw new Error("the client beside was not served")
      yield* client.close()
    },
  }
}

/** A socket of Node, and when it is closed. */
function raw(port: number): { readonly socket: Socket; readonly closed: Promise<void> } {
  const socket = createConnection(port, "127.0.0.1")
  return { socket, closed: new Promise((resolve) => void socket.on("error", () => {}).on("close", () => resolve()).resume()) }
}

describe.each(["listen", "serveHttp"])("%s() with TLS", (kind) => {
  it("closes the connection of who sends garbage, or nothing that makes sense", async () => {
    const hello = Buffer.from("16030100c8010000c40303", "hex")
    await inWorld(function* ({ reports }) {
      const { beside, close, open, port } = yield* target(kind, 10_000)
      for (const bytes of ["GET / HTTP/1.1\r\nhost: a\r\n\r\n", "\0".repeat(5000), Buffer.alloc(100_000, 255), Buffer.concat([hello, Buffer.alloc(300, 7)])]) {
        const { closed, socket } = raw(port)
        socket.write(bytes)
        yield* beside()
        yield* until(closed)
      }
      yield* eventually(() => open() === 0)
      yield* close(0)
      expect(reports).toEqual([])
    })
  })

  it("closes the connection of who stops in the middle of the handshake, or never begins it", async () => {
    await inWorld(function* ({ reports }) {
      const { beside, close, port } = yield* target(kind, 500)
      const silent = Array.from({ length: 20 }, () => raw(port))
      const halfway = Array.from({ length: 20 }, () => raw(port))
      for (const { socket } of halfway) socket.write(Buffer.from("16030100c8010000c40303", "hex"))
      yield* beside()
      for (const { closed } of [...silent, ...halfway]) yield* until(closed)
      yield* beside()
      yield* close(0)
      expect(reports).toEqual([])
    })
  })

  it.each<[string, ConnectionOptions]>([
    ["does not trust the certificate", {}],
    ["asked for another name", { ca: cert, servername: "wasp.test" }],
    ["speaks an old version only", { ca: cert, maxVersion: "TLSv1.1", minVersion: "TLSv1" }],
  ])("ends with a client that %s, and serves the others", async (_name, options) => {
    await inWorld(function* ({ reports }) {
      const { beside, close, open, port } = yield* target(kind, 10_000)
      for (let round = 0; round < 10; round++) {
        const socket = connectTls({ port, host: "127.0.0.1", ...options })
        const message = yield* until(new Promise<string>((resolve) => void socket.on("error", ({ message: text }) => resolve(text))))
        expect(message).not.toBe("")
        if (round % 3 === 0) yield* beside()
      }
      yield* eventually(() => open() === 0)
      yield* beside()
      yield* close(0)
      expect(reports).toEqual([])
    })
  })

  it("ends with who resets in the middle of the handshake", async () => {
    await inWorld(function* ({ reports }) {
      const { beside, close, open, port } = yield* target(kind, 10_000)
      for (let round = 0; round < 20; round++) {
        const { closed, socket } = raw(port)
        socket.write(Buffer.from("16030100c8010000c40303", "hex"))
        yield* turns(round % 5)
        socket.resetAndDestroy()
        yield* until(closed)
      }
      yield* beside()
      yield* eventually(() => open() === 0)
      yield* close(0)
      expect(reports).toEqual([])
    })
  })

  it("does not wait, when it is closed, for those who have sent nothing", async () => {
    await inWorld(function* () {
      const { beside, close, open, port } = yield* target(kind, 60_000)
      const { closed } = raw(port)
      yield* beside()
      yield* turns(5)
      yield* close(Infinity)
      yield* until(closed)
      expect(open()).toBe(0)
    })
  })

  it("does not wait, when it is closed, longer than the deadline for those who are in the middle of the handshake", async () => {
    await inWorld(function* () {
      const { beside, close, open, port } = yield* target(kind, 60_000)
      const { closed, socket } = raw(port)
      socket.write(Buffer.from("16030100c8010000c40303", "hex"))
      yield* beside()
      yield* sleep(20)
      yield* close(20)
      yield* until(closed)
      expect(open()).toBe(0)
    })
  })
})

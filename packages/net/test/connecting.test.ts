import { Event, race, type Routine, schedule, sleep, tasklet, TimeoutError } from "@vivarium/core"
import { connect, type ConnectionError, listen } from "@vivarium/net"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { cert } from "./fixtures/certificate.ts"
import { closedUpTo, openSockets } from "./fixtures/open-sockets.ts"
import { raised } from "./fixtures/raised.ts"
import { makeWorld } from "./fixtures/world.ts"

/** A port on which nobody listens, most likely. */
function* freePort(): Routine<number> {
  const server = yield* listen({ port: 0 }, () => {})
  yield* server.close()
  return server.port
}

describe("connect()", () => {
  it("tells both addresses, and who the peer is", async () => {
    await makeWorld().main(function* () {
      const peers: string[] = []
      const server = yield* listen({ port: 0 }, function* (connection) {
        peers.push(connection.peer, `${connection.localAddress}:${connection.localPort}`)
        yield* connection.readLine()
      })
      using client = yield* connect({ port: server.port })
      const [own, other] = [`${client.localAddress}:${client.localPort}`, `${client.remoteAddress}:${client.remotePort}`]
      expect([client.peer, other]).toEqual([`127.0.0.1:${server.port}`, `127.0.0.1:${server.port}`])
      yield* client.close()
      yield* server.close()
      expect(peers).toEqual([own, other])
    })
  })

  it("fails clearly if nobody listens", async () => {
    await makeWorld().main(function* () {
      const port = yield* freePort()
      const error = (yield* raised(connect({ port }))) as ConnectionError
      expect(error).toMatchObject({ name: "ConnectionError", code: "connect_failed", peer: `127.0.0.1:${port}` })
      expect(error.message).toBe(`cannot connect to 127.0.0.1:${port}: ECONNREFUSED.`)
      expect((error.cause as { code: string }).code).toBe("ECONNREFUSED")
    })
  })

  it("fails clearly for a path on which nobody listens", async () => {
    await makeWorld().main(function* () {
      const path = join(tmpdir(), "no-such-socket")
      const error = (yield* raised(connect({ path }))) as ConnectionError
      expect(error).toMatchObject({ code: "connect_failed", peer: path })
      expect(error.message).toBe(`cannot connect to ${path}: ENOENT.`)
    })
  })

  it.each([{ cert: "no certificate" }, { key: "no key", cert }])("fails clearly if a certificate or a key is none", async (tls) => {
    const before = openSockets()
    await makeWorld().main(function* () {
      const error = (yield* raised(connect({ port: 7000, tls }))) as ConnectionError
      expect(error).toMatchObject({ code: "connect_failed", peer: "127.0.0.1:7000" })
      expect(error.cause).toBeInstanceOf(Error)
      yield* closedUpTo(before)
    })
  })

  it("gives up after its time, TLS included, and says so", async () => {
    const before = openSockets()
    await makeWorld().main(function* () {
      // It takes connections, and says nothing.
      const server = yield* listen({ port: 0 }, function* (connection) {
        yield* connection.closed
      })
      const error = yield* raised(connect({ port: server.port, tls: true, timeoutMs: 20 }))
      expect(error).toBeInstanceOf(TimeoutError)
      expect(error.message).toContain(`connect() to 127.0.0.1:${server.port}`)
      expect(error.message).toContain("20 ms")
      yield* server.close()
      yield* closedUpTo(before)
    })
  })

  it.each([true, undefined])("leaves nothing behind if it is killed or loses a race (TLS: %s)", async (tls) => {
    const before = openSockets()
    await makeWorld().main(function* () {
      const server = yield* listen({ port: 0 }, function* (connection) {
        yield* connection.closed
      })
      const options = { port: server.port, ...(tls && { tls }) } as const
      for (const host of ["127.0.0.1", "localhost"]) {
        const connecting = tasklet(() => connect({ ...options, host }))
        yield* schedule()
        connecting.kill()
        yield* race([connect({ ...options, host }), schedule()])
      }
      yield* server.close()
      yield* closedUpTo(before)
      expect(server.statistics()).toMatchObject({ connections: 0, failed: 0 })
    })
  })

  it("works from async code", async () => {
    const served = new Event()
    const server = await listen({ port: 0 }, async (connection) => {
      for await (const line of connection.lines()) await connection.write(`${line}\n`)
      served.set()
    })
    {
      await using client = await connect({ port: server.port })
      await client.write("hello\n")
      expect(await client.readLine()).toBe("hello")
    }
    await served.wait()
    await server.close()
  })

  it("reads what the peer sent at once, before anybody asked", async () => {
    const peer = createServer((socket) => socket.end("hello\n"))
    await new Promise<void>((resolve) => peer.listen(0, "127.0.0.1", resolve))
    await makeWorld().main(function* () {
      using client = yield* connect({ port: (peer.address() as { port: number }).port })
      yield* client.closed
      yield* sleep(0)
      expect([yield* client.readLine(), yield* client.readLine()]).toEqual(["hello", undefined])
    })
    await new Promise((resolve) => peer.close(resolve))
  })
})

import { race, type Routine, schedule, sleep, tasklet } from "@vivarium/core"
import { connect, type Connection, type ConnectionError, listen } from "@vivarium/net"
import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { createServer } from "node:net"
import { networkInterfaces, tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { closedUpTo, openSockets } from "./fixtures/open-sockets.ts"
import { raised } from "./fixtures/raised.ts"
import { makeWorld } from "./fixtures/world.ts"

const folder = mkdtempSync(join(tmpdir(), "net-"))
afterAll(() => rmSync(folder, { recursive: true }))

const hasIpv6 = Object.values(networkInterfaces()).flat().some((one) => one?.address === "::1")

function* greet(connection: Connection): Routine {
  yield* connection.write(`${yield* connection.readLine()}\n`)
}

describe("listen()", () => {
  it.each(["127.0.0.1", "localhost", ...(hasIpv6 ? ["::1"] : [])])("takes an address of this machine: %s", async (host) => {
    const { main, reports } = makeWorld()
    await main(function* () {
      const server = yield* listen({ port: 0, host }, greet)
      expect(server.port).toBeGreaterThan(0)
      expect(host === "localhost" ? ["127.0.0.1", "::1"] : [host]).toContain(server.host)
      using client = yield* connect({ port: server.port, host })
      yield* client.write("hello\n")
      expect(yield* client.readLine()).toBe("hello")
      expect(client.remotePort).toBe(server.port)
      expect(client.peer).toBe(host === "::1" ? `[::1]:${server.port}` : `${client.remoteAddress}:${server.port}`)
      yield* client.close()
      yield* server.close()
      expect(reports).toEqual([])
    })
  })

  it("is for this machine alone unless it is told otherwise", async () => {
    await makeWorld().main(function* () {
      const server = yield* listen({ port: 0 }, greet)
      expect(server.host).toBe("127.0.0.1")
      yield* server.close()
    })
  })

  it("takes the path of a Unix socket, which is gone after the close", async () => {
    const path = join(folder, "bees")
    const { main, reports } = makeWorld()
    await main(function* () {
      const server = yield* listen({ path }, function* (connection) {
        const line = yield* connection.readLine()
        if (line === "break off") connection.reset()
        else yield* connection.write(`${line}\n`)
      })
      expect([server.host, server.port]).toEqual([path, 0])
      using client = yield* connect({ path })
      expect(client.remoteAddress).toBeUndefined()
      yield* client.write("hello\n")
      expect(yield* client.readLine()).toBe("hello")
      expect(yield* client.readLine()).toBeUndefined()
      using other = yield* connect({ path })
      yield* other.write("break off\n")
      yield* other.closed
      yield* server.close()
      expect([existsSync(path), reports]).toEqual([false, []])
    })
  })

  it("fails clearly if the address is taken, once, and leaves nothing behind", async () => {
    const before = openSockets()
    const { main, reports } = makeWorld()
    await main(function* () {
      const first = yield* listen({ port: 0 }, greet)
      const error = (yield* raised(listen({ port: first.port }, greet))) as ConnectionError
      expect(error).toMatchObject({ name: "ConnectionError", code: "listen_failed", peer: `127.0.0.1:${first.port}` })
      expect(error.message).toBe(`cannot listen on 127.0.0.1:${first.port}: the address is in use.`)
      expect((error.cause as { code: string }).code).toBe("EADDRINUSE")
      yield* first.close()
      const again = yield* listen({ port: first.port }, greet)
      yield* again.close()
      yield* closedUpTo(before)
      expect(reports).toEqual([])
    })
  })

  it.each([
    ["an address of another machine", { port: 0, host: "192.0.2.1" }, "192.0.2.1:0"],
    ["a path in no folder", { path: join(folder, "none", "bees") }, join(folder, "none", "bees")],
  ])("fails clearly for %s", async (_name, address, where) => {
    const before = openSockets()
    const { main, reports } = makeWorld()
    await main(function* () {
      const error = (yield* raised(listen(address, greet))) as ConnectionError
      expect(error).toMatchObject({ code: "listen_failed", peer: where })
      expect(error.message).toContain(`cannot listen on ${where}: `)
      yield* closedUpTo(before)
      expect(reports).toEqual([])
    })
  })

  it.each(["127.0.0.1", "localhost", undefined])("leaves nothing behind if it is killed at once (%s)", async (host) => {
    const before = openSockets()
    const address = host === undefined ? { path: join(folder, "killed") } : { port: 0, host }
    const { main, reports } = makeWorld()
    await main(function* () {
      const listening = tasklet(() => listen(address, greet))
      yield* schedule()
      expect(listening.alive).toBe(true)
      listening.kill()
      // Whatever was under way has come to its end when another server has begun.
      const other = yield* listen({ port: 0, host: "localhost" }, greet)
      yield* other.close()
      yield* closedUpTo(before)
      expect(reports).toEqual([])
    })
  })

  it("leaves nothing behind if it loses a race, and no error of it is heard of later", async () => {
    const before = openSockets()
    const taken = createServer()
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve))
    const { port } = taken.address() as { port: number }
    const { main, reports } = makeWorld()
    await main(function* () {
      yield* race([listen({ port }, greet), schedule()])
      yield* race([listen({ port: 0 }, greet), schedule()])
      yield* tasklet(() => new Promise((resolve) => taken.close(resolve)))
      yield* closedUpTo(before)
      expect(reports).toEqual([])
    })
  })

  it("closes who comes when there are as many as may be, and counts them", async () => {
    await makeWorld().main(function* () {
      const server = yield* listen({ port: 0, maxConnections: 2 }, function* (connection) {
        yield* connection.lines().each(function* (line) {
          yield* connection.write(`${line}\n`)
        })
      })
      const clients: Connection[] = []
      for (let count = 0; count < 2; count++) {
        const client = yield* connect({ port: server.port })
        yield* client.write("hello\n")
        yield* client.readLine()
        clients.push(client)
      }
      for (let count = 1; count <= 3; count++) {
        using refused = yield* connect({ port: server.port })
        yield* refused.closed
        expect(server.statistics()).toEqual({ accepted: 2, connections: 2, rejected: count, failed: 0 })
      }
      yield* (clients[0] as Connection).close()
      while (server.statistics().connections > 1) yield* sleep(0)
      using next = yield* connect({ port: server.port })
      yield* next.write("hello\n")
      expect(yield* next.readLine()).toBe("hello")
      yield* server.close({ deadlineMs: 0 })
      for (const client of clients) client[Symbol.dispose]()
    })
  })
})

import { type Routine, sleep } from "@vivarium/core"
import { connect, type Connection, type ConnectionError, LimitError, listen, type ListenOptions, type Server } from "@vivarium/net"
import { describe, expect, it } from "vitest"
import { eventually, inWorld, turns, type World } from "./fixtures/http-world.ts"

const piece = "x".repeat(65_536)
const gigabyte = 1_073_741_824

/** Serves while somebody attacks; a client beside him sends lines and gets them back before, meanwhile and afterwards. The first line says what is asked for. */
async function attacked(
  options: Partial<ListenOptions>,
  handler: (connection: Connection) => Routine<unknown>,
  attack: (server: Server, beside: () => Routine<void>, world: World, raised: unknown[]) => Routine<void>,
): Promise<void> {
  await inWorld(function* (world) {
    const raised: unknown[] = []
    const server = yield* listen({ port: 0, onError: (error) => void raised.push(error), ...options }, function* (connection) {
      const asked = yield* connection.peek(6)
      if (String(asked) !== "beside") yield* handler(connection)
      else for (let line = yield* connection.readLine(); line !== undefined; line = yield* connection.readLine()) yield* connection.write(`${line}\n`)
    })
    const good = yield* connect({ port: server.port })
    const beside = function* (): Routine<void> {
      for (let round = 0; round < 3; round++) {
        yield* good.write(`beside ${round}\n`)
        expect(yield* good.readLine()).toBe(`beside ${round}`)
      }
    }
    yield* beside()
    yield* attack(server, beside, world, raised)
    yield* beside()
    yield* good.close()
    yield* eventually(() => server.statistics().open === 0)
    yield* server.close()
    expect(world.reports).toEqual([])
  })
}

function* many(server: Server, count: number, halfOpen = false): Routine<Connection[]> {
  const connections: Connection[] = []
  while (connections.length < count) connections.push(yield* connect({ port: server.port, halfOpen }))
  return connections
}

/** How a connection ended for the client: by an end in order, or broken off. */
function* ending(connection: Connection): Routine<"end" | "reset"> {
  try {
    while ((yield* connection.read()) !== undefined);
    return "end"
  } catch {
    return "reset"
  }
}

const readLines = function* (connection: Connection): Routine<void> {
  yield* connection.lines().each(() => {})
}

describe("a slow-loris", () => {
  it("on a line loses its connection after the read's time, each of fifty", async () => {
    // The time of a read is that of its whole line: a byte now and then does not help.
    await attacked({}, function* (connection) {
      yield* connection.readLine({ timeoutMs: 100 })
    }, function* (server, beside, _world, raised) {
      const connections = yield* many(server, 50)
      for (const connection of connections) yield* connection.write("attack")
      let over = false
      connections[0]?.closed.then(() => (over = true), () => {})
      while (!over) {
        for (const connection of connections) {
          try {
            yield* connection.write("y")
          } catch {
            // It may have been thrown out by now.
          }
        }
        yield* beside()
        yield* sleep(2)
      }
      for (const connection of connections) yield* ending(connection)
      expect(raised).toHaveLength(50)
      for (const error of raised) expect(error).toMatchObject({ name: "TimeoutError" })
      expect(server.statistics()).toMatchObject({ open: 1, failed: 50 })
    })
  })
})

describe("a line of 1 MB without an end", () => {
  it("raises LimitError behind 64 KiB; the connection is broken off, and the rest stays with the client", async () => {
    const arrived: number[] = []
    await attacked({}, function* (connection) {
      try {
        yield* connection.readLine()
      } finally {
        arrived.push(connection.bytesRead)
      }
    }, function* (server, beside, _world, raised) {
      const connections = yield* many(server, 5)
      for (const connection of connections) {
        try {
          yield* connection.write("y".repeat(1_000_000))
        } catch {
          // It may have been thrown out by now.
        }
        yield* beside()
        yield* ending(connection)
      }
      expect(raised).toHaveLength(5)
      for (const error of raised) expect(error).toMatchObject({ name: "LimitError", code: "line_too_long", maxBytes: 65_536 } satisfies Partial<LimitError>)
      for (const bytes of arrived) expect(bytes).toBeLessThan(300_000)
    })
  })
})

describe("1 GB", () => {
  it("for a handler that does not read stays with the client", async () => {
    const seen: Connection[] = []
    await attacked({}, function* (connection) {
      seen.push(connection)
      yield* sleep(60_000)
    }, function* (server, beside, { scheduler }) {
      const [client] = yield* many(server, 1)
      let sent = 0
      scheduler.tasklet(function* () {
        try {
          for (; sent < gigabyte; sent += piece.length) yield* client?.write(piece) as Routine<void>
        } catch {
          // The end of the test has destroyed the connection.
        }
      })
      yield* eventually(() => seen.length === 1)
      for (let round = 0; round < 20; round++) {
        yield* beside()
        yield* turns(20)
      }
      expect(seen[0]?.statistics().unread).toBeLessThan(200_000)
      expect(sent).toBeLessThan(50_000_000)
      client?.destroy()
      seen[0]?.destroy()
      for (const { loop } of seen) expect(loop).toBe(scheduler)
      yield* server.close({ deadlineMs: 0 }).then === undefined ? turns(0) : turns(1)
    })
  })
})

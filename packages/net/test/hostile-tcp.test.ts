import { Event, type Operation, type Routine, sleep } from "@vivarium/core"
import { connect, type Connection, type ConnectionError, type LimitError, listen, type ListenOptions, type Server } from "@vivarium/net"
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
    yield* eventually(() => server.statistics().connections === 0)
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
      expect(server.statistics()).toMatchObject({ connections: 1, failed: 50 })
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
    let go: Event | undefined
    await attacked({}, function* (connection) {
      seen.push(connection)
      yield* go?.wait() as Operation<void>
    }, function* (server, beside, { scheduler }) {
      go = new Event()
      const [client] = (yield* many(server, 1)) as [Connection]
      let sent = 0
      scheduler.tasklet(function* () {
        try {
          for (; sent < gigabyte; sent += piece.length) yield* client.write(piece)
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
      client.destroy()
      go.set()
    })
  })

  it("as one line, for a handler that reads lines, ends behind the first 64 KiB", async () => {
    await attacked({}, readLines, function* (server, beside, _world, raised) {
      const [client] = (yield* many(server, 1)) as [Connection]
      let sent = 0
      try {
        for (; sent < gigabyte; sent += piece.length) {
          yield* client.write(piece)
          yield* turns(1)
        }
      } catch {
        // Thrown out.
      }
      yield* beside()
      expect(sent).toBeLessThan(50_000_000)
      expect(raised).toMatchObject([{ code: "line_too_long" }])
    })
  })

  it("asked for and not taken is not made", async () => {
    let made = 0
    await attacked({ idleMs: 500 }, function* (connection) {
      for (; made < gigabyte; made += piece.length) yield* connection.write(piece)
    }, function* (server, beside, _world, raised) {
      const [client] = (yield* many(server, 1)) as [Connection]
      yield* client.write("attack")
      while (raised.length === 0) {
        yield* beside()
        yield* turns(5)
      }
      expect(raised).toMatchObject([{ name: "TimeoutError" }])
      expect(made).toBeLessThan(50_000_000)
      client.destroy()
    })
  })
})

describe("garbage", () => {
  it("is bytes like others: lines of it are read, and the connection ends in order", async () => {
    const noise = Buffer.from(Array.from({ length: 65_536 }, (_, index) => (index * index * 31 + index * 7) % 256))
    const lines: number[] = []
    await attacked({}, function* (connection) {
      let count = 0
      for (let line = yield* connection.readLine(); line !== undefined; line = yield* connection.readLine()) count++
      lines.push(count)
    }, function* (server, beside) {
      for (const client of yield* many(server, 10)) {
        yield* client.write(noise)
        yield* beside()
        yield* client.end()
        expect(yield* ending(client)).toBe("end")
      }
      const expected = noise.toString("latin1").split("\n").length
      expect(lines).toEqual(Array.from({ length: 10 }, () => expected))
      expect(server.statistics().failed).toBe(0)
    })
  })
})

describe("a reset", () => {
  it("at any moment ends its own handler only, a hundred times", async () => {
    const ends: string[] = []
    await attacked({}, function* (connection) {
      try {
        for (let line = yield* connection.readLine(); line !== undefined; line = yield* connection.readLine()) yield* connection.write(`${line}\n`.repeat(1000))
      } finally {
        ends.push(connection.peer)
      }
    }, function* (server, beside, _world, raised) {
      for (let round = 0; round < 100; round++) {
        const [client] = (yield* many(server, 1)) as [Connection]
        if (round % 4 > 0) yield* client.write("attack")
        if (round % 4 > 1) yield* client.write(" with a line\n".repeat(100))
        if (round % 4 > 2) yield* client.readLine()
        yield* turns(round % 3)
        void client.reset()
        if (round % 10 === 0) yield* beside()
      }
      yield* eventually(() => server.statistics().connections === 1)
      for (const error of raised) expect(error).toMatchObject({ name: "ConnectionError", code: /^connection_(reset|closed)$/ })
      expect(raised.length).toBeLessThanOrEqual(100)
      expect(ends.length).toBeLessThanOrEqual(100)
    })
  })
})

describe("a client that ends its side only", () => {
  it("gets the end, and where halfOpen is set what is written after it, too", async () => {
    for (const halfOpen of [false, true]) {
      await attacked({ halfOpen }, function* (connection) {
        let count = 0
        for (let line = yield* connection.readLine(); line !== undefined; line = yield* connection.readLine()) count++
        if (halfOpen) yield* connection.write(`${count} lines\n`)
      }, function* (server, beside) {
        for (const client of yield* many(server, 10, true)) {
          yield* client.write("attack\nwith two lines\n")
          yield* client.end()
          yield* beside()
          expect(yield* client.readLine()).toBe(halfOpen ? "2 lines" : undefined)
          expect(yield* ending(client)).toBe("end")
        }
        expect(server.statistics().failed).toBe(0)
      })
    }
  })

  it("and never anything else does not hold a handler that has returned", async () => {
    await attacked({ halfOpen: true }, function* (connection) {
      yield* connection.readLine()
    }, function* (server, beside) {
      const clients = yield* many(server, 20, true)
      for (const client of clients) yield* client.write("attack\n")
      for (const client of clients) {
        yield* beside()
        expect(yield* ending(client)).toBe("end")
      }
      for (const client of clients) client.destroy()
    })
  })
})

describe("a client that closes while it is written to", () => {
  it("ends its own handler only, a hundred times", async () => {
    let finished = 0
    await attacked({}, function* (connection) {
      try {
        for (;;) yield* connection.write(piece)
      } finally {
        finished++
      }
    }, function* (server, beside, _world, raised) {
      for (let round = 0; round < 100; round++) {
        const [client] = (yield* many(server, 1)) as [Connection]
        yield* client.write("attack")
        yield* client.read()
        if (round % 10 === 0) yield* beside()
        if (round % 2 === 0) void client.reset()
        else client.destroy()
      }
      yield* eventually(() => server.statistics().connections === 1)
      expect(finished).toBe(100)
      expect(raised).toHaveLength(100)
      for (const error of raised) expect((error as ConnectionError).code).toMatch(/^connection_(reset|closed)$/)
    })
  })
})

import { Event, group, type Routine, schedule, select, sleep, tasklet } from "@vivarium/core"
import { connect, type Connection, listen, type Server } from "@vivarium/net"
import { createConnection } from "node:net"
import { describe, expect, it } from "vitest"
import { raised } from "./fixtures/raised.ts"
import { makeWorld } from "./fixtures/world.ts"

function* echo(connection: Connection): Routine {
  yield* connection.lines().each(function* (line) {
    yield* connection.write(`${line}\n`)
  })
}

/** A server whose handler has begun to serve so many clients. */
function* serving(server: Server, count: number): Routine<Connection[]> {
  const clients: Connection[] = []
  for (let client = 0; client < count; client++) {
    const one = yield* connect({ port: server.port })
    yield* one.write("hello\n")
    yield* one.readLine()
    clients.push(one)
  }
  return clients
}

describe("server.close()", () => {
  it("stops accepting, and lets who is served finish", async () => {
    const { main, reports } = makeWorld()
    await main(function* () {
      const server = yield* listen({ port: 0 }, echo)
      const [client] = (yield* serving(server, 1)) as [Connection]
      const closing = tasklet(() => server.close())
      yield* server.closing
      expect(server.isClosing).toBe(true)
      expect(yield* raised(connect({ port: server.port }))).toMatchObject({ code: "connect_failed" })
      yield* client.write("still here\n")
      expect(yield* client.readLine()).toBe("still here")
      expect(closing.alive).toBe(true)
      yield* client.close()
      yield* closing
      yield* server.closed
      expect(server.statistics()).toEqual({ accepted: 1, connections: 0, rejected: 0, failed: 0 })
      expect(reports).toEqual([])
    })
  })

  it("tells handlers, which may say good-bye", async () => {
    await makeWorld().main(function* () {
      const server: Server = yield* listen({ port: 0 }, function* (connection): Routine {
        yield* connection.write(`${yield* connection.readLine()}\n`)
        const { key } = yield* select({ line: connection.readLine(), evening: server.closing })
        if (key === "evening") yield* connection.write("good night\n")
      })
      const [client] = (yield* serving(server, 1)) as [Connection]
      const closing = tasklet(() => server.close({ deadlineMs: Infinity }))
      expect(yield* client.readLine()).toBe("good night")
      expect(yield* client.readLine()).toBeUndefined()
      yield* closing
    })
  })

  it.each([0, 5])("kills who is late, and destroys their connections (deadline %i)", async (deadlineMs) => {
    const log: string[] = []
    const { main, reports } = makeWorld()
    await main(function* () {
      const server = yield* listen({ port: 0 }, function* (connection) {
        try {
          yield* echo(connection)
        } finally {
          log.push("finally")
        }
      })
      const clients = yield* serving(server, 3)
      yield* server.close({ deadlineMs })
      expect(log).toEqual(["finally", "finally", "finally"])
      expect([server.statistics().connections, reports]).toEqual([0, []])
      for (const client of clients) {
        expect(yield* client.read()).toBeUndefined()
        yield* client.closed
      }
    })
  })

  it("can be called by many and again; the shortest deadline counts", async () => {
    await makeWorld().main(function* () {
      const server = yield* listen({ port: 0 }, echo)
      yield* serving(server, 2)
      yield* group(function* (closers) {
        for (const deadlineMs of [Infinity, 60_000, 5, Infinity]) closers.spawn(() => server.close({ deadlineMs }))
      })
      yield* server.close()
      yield* server.closed
      expect(server.statistics()).toMatchObject({ accepted: 2, connections: 0 })
    })
  })

  it("may be called by a handler", async () => {
    await makeWorld().main(function* () {
      const server: Server = yield* listen({ port: 0 }, function* (connection): Routine {
        if ((yield* connection.readLine()) === "stop") yield* server.close({ deadlineMs: 5 })
      })
      using client = yield* connect({ port: server.port })
      yield* client.write("stop\n")
      yield* server.closed
      expect(yield* client.read()).toBeUndefined()
    })
  })

  it("ends all at once if who called it is killed meanwhile", async () => {
    await makeWorld().main(function* () {
      const server = yield* listen({ port: 0 }, echo)
      const [client] = (yield* serving(server, 1)) as [Connection]
      const closing = tasklet(() => server.close())
      yield* schedule()
      closing.kill()
      expect(server.isClosing).toBe(true)
      expect(yield* client.read()).toBeUndefined()
      yield* server.closed
    })
  })

  it("ends connections that have come and were not served yet", async () => {
    await makeWorld().main(function* () {
      const served = new Event()
      const server = yield* listen({ port: 0 }, function* (connection) {
        served.set()
        yield* echo(connection)
      })
      const sockets = Array.from({ length: 20 }, () => createConnection(server.port, "127.0.0.1"))
      const ends = sockets.map((socket) => new Promise<void>((resolve) => socket.on("error", () => {}).on("close", () => resolve()).resume()))
      yield* served.wait()
      yield* server.close({ deadlineMs: 0 })
      yield* tasklet(() => Promise.all(ends))
      expect(server.statistics().connections).toBe(0)
    })
  })

  it("is done at once if nobody is there", async () => {
    await makeWorld().main(function* () {
      const server = yield* listen({ port: 0 }, echo)
      yield* server.close({ deadlineMs: Infinity })
      yield* server.closed
      expect(yield* raised(connect({ port: server.port }))).toMatchObject({ code: "connect_failed" })
    })
  })

  it("is the end of await using, and of await", async () => {
    const { main, scheduler } = makeWorld()
    await main(function* () {
      const server = yield* listen({ port: 0 }, echo)
      yield* tasklet(async () => {
        {
          await using held = server
          expect(held.isClosing).toBe(false)
        }
        expect(server.isClosing).toBe(true)
        await server.close()
        await server.closed
      })
    })
    expect(scheduler.statistics().timers).toBe(0)
  })

  it("does not wait longer than it must for a client who takes nothing", async () => {
    await makeWorld().main(function* () {
      const begun = new Event()
      const server = yield* listen({ port: 0 }, function* (connection) {
        begun.set()
        for (;;) yield* connection.write(Buffer.alloc(65_536))
      })
      using client = yield* connect({ port: server.port, highWaterBytes: 1000 })
      yield* begun.wait()
      yield* sleep(0)
      yield* server.close({ deadlineMs: 5 })
      expect(server.statistics().connections).toBe(0)
      expect(client.isClosed).toBe(false)
    })
  })
})

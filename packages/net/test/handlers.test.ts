import { currentTasklet, Deferred, Event, group, type Routine, schedule, Scheduler, select, sleep, type Tasklet, tasklet, until } from "@vivarium/core"
import { connect, type Connection, ConnectionError, listen, type ListenOptions, type Server } from "@vivarium/net"
import { createConnection } from "node:net"
import { describe, expect, it } from "vitest"
import { raised } from "./fixtures/raised.ts"
import { makeWorld } from "./fixtures/world.ts"

type Handler = (connection: Connection) => unknown

/** A server with a client beside it that must be served well whatever befalls the others. */
async function besides(options: Omit<ListenOptions, "port">, handler: Handler, body: (server: Server, reports: readonly string[]) => Routine<unknown>): Promise<void> {
  const { main, reports } = makeWorld()
  await main(function* () {
    const server = yield* listen({ port: 0, ...options }, function* (connection) {
      if (String(yield* connection.peek(1)) !== "=") {
        const outcome = handler(connection)
        return typeof (outcome as Routine)?.next === "function" ? yield* outcome as Routine : yield* until(Promise.resolve(outcome))
      }
      return yield* connection.lines().each(function* (line) {
        yield* connection.write(`${line}\n`)
      })
    })
    using client = yield* connect({ port: server.port })
    yield* client.write("=before\n")
    expect(yield* client.readLine()).toBe("=before")
    yield* body(server, reports)
    yield* client.write("=after\n")
    expect(yield* client.readLine()).toBe("=after")
    yield* client.close()
    yield* server.close()
    expect(server.statistics().connections).toBe(0)
  })
}

const bodies: readonly (readonly [string, (deed: (connection: Connection) => Promise<void>, routine: (connection: Connection) => Routine) => Handler])[] = [
  ["a generator function", (_deed, routine) => routine],
  ["an async function", (deed) => deed],
  ["a plain function that returns a promise", (deed) => (connection) => deed(connection).then(() => "ignored")],
]

describe.each(bodies)("a handler that is %s", (_name, bodyOf) => {
  const throwing = bodyOf(
    async (connection) => {
      await connection.readLine()
      throw new Error("stung")
    },
    function* (connection) {
      yield* connection.readLine()
      throw new Error("stung")
    },
  )

  it("closes its connection in order when it returns: all data arrives, then the end", async () => {
    const big = Buffer.alloc(3_000_000, "nectar ")
    const handler = bodyOf(
      async (connection) => {
        await connection.readLine()
        await connection.write(big)
        await connection.write("last words")
      },
      function* (connection) {
        yield* connection.readLine()
        yield* connection.write(big)
        yield* connection.write("last words")
      },
    )
    await besides({}, handler, function* (server, reports) {
      using client = yield* connect({ port: server.port })
      yield* client.write("go\nand this is never read")
      expect((yield* client.readBytes(big.length))?.equals(big)).toBe(true)
      expect(String(yield* client.readBytes(10))).toBe("last words")
      expect(yield* client.read()).toBeUndefined()
      expect(reports).toEqual([])
    })
  })

  it("breaks its connection off when it raises, and is one report that names the peer", async () => {
    await besides({}, throwing, function* (server, reports) {
      using client = yield* connect({ port: server.port })
      const { localPort } = client
      yield* client.write("go\n")
      yield* client.closed
      expect(reports).toEqual([`the handler of the connection with 127.0.0.1:${localPort} has failed: stung`])
      expect(server.statistics()).toMatchObject({ accepted: 2, failed: 1, rejected: 0 })
    })
  })

  it("tells onError instead, if there is one", async () => {
    const told: unknown[] = []
    await besides({ onError: (error, connection) => void told.push((error as Error).message, connection.peer) }, throwing, function* (server, reports) {
      using client = yield* connect({ port: server.port })
      const peer = `127.0.0.1:${client.localPort}`
      yield* client.write("go\n")
      yield* client.closed
      expect([told, reports]).toEqual([["stung", peer], []])
    })
  })

  it("may fail because its peer is gone: one report, and nobody else is touched", async () => {
    const begun = new Event()
    const handler = bodyOf(
      async (connection) => {
        await connection.readLine()
        begun.set()
        await connection.readLine()
      },
      function* (connection) {
        yield* connection.readLine()
        begun.set()
        yield* connection.readLine()
      },
    )
    await besides({}, handler, function* (server, reports) {
      using client = yield* connect({ port: server.port })
      const { localPort } = client
      yield* client.write("go\n")
      while (!begun.isSet) yield* sleep(0)
      yield* client.reset()
      while (reports.length === 0) yield* sleep(0)
      expect(reports).toEqual([expect.stringContaining(`127.0.0.1:${localPort} has failed: the connection with 127.0.0.1:${localPort} broke off: ECONNRESET`)])
    })
  })
})

describe("a handler", () => {
  it("may be a plain function that does nothing", async () => {
    await besides({}, () => undefined, function* (server, reports) {
      using client = yield* connect({ port: server.port })
      yield* client.write("go\n")
      expect(yield* client.read()).toBeUndefined()
      expect(reports).toEqual([])
    })
  })

  it("may raise before it does anything", async () => {
    const handler = (): never => {
      throw new Error("stung")
    }
    await besides({}, handler, function* (server, reports) {
      using client = yield* connect({ port: server.port })
      yield* client.write("go\n")
      yield* client.closed
      expect(reports.length).toBe(1)
    })
  })

  it("may raise what is no error", async () => {
    const told: unknown[] = []
    const handler = function* (): Routine {
      yield* schedule()
      throw "a string"
    }
    await besides({ onError: (error) => void told.push(error) }, handler, function* (server) {
      using client = yield* connect({ port: server.port })
      yield* client.write("go\n")
      yield* client.closed
      expect(told).toEqual(["a string"])
    })
  })

  it.each(["where it waits", "while it closes", "in its own code"])("that is killed destroys its connection, and is no report (%s)", async (where) => {
    let begun: Deferred<Tasklet> | undefined
    const log: string[] = []
    const handler = function* (connection: Connection): Routine {
      const own = currentTasklet() as Tasklet
      try {
        yield* connection.readLine()
        begun?.resolve(own)
        if (where === "in its own code") own.kill()
        if (where === "while it closes") return
        yield* connection.readLine()
        log.push("never")
      } finally {
        log.push("finally")
      }
    }
    await besides({ halfOpen: true }, handler, function* (server, reports) {
      begun = new Deferred<Tasklet>()
      using client = yield* connect({ port: server.port, halfOpen: true })
      yield* client.write("go\n")
      const worker = yield* begun.wait()
      if (where === "while it closes") yield* client.peek()
      worker.kill()
      expect(worker.alive).toBe(false)
      expect(yield* client.read()).toBeUndefined()
      while (server.statistics().connections > 1) yield* sleep(0)
      expect([log, reports]).toEqual([["finally"], []])
      expect(server.statistics().failed).toBe(0)
    })
  })

  it("may break its connection off itself", async () => {
    const handler = function* (connection: Connection): Routine {
      yield* connection.readLine()
      yield* connection.reset()
    }
    await besides({}, handler, function* (server, reports) {
      using client = yield* connect({ port: server.port })
      yield* client.write("go\n")
      expect(yield* raised(client.read())).toMatchObject({ code: "connection_reset" })
      expect(reports).toEqual([])
    })
  })

  it("leaves its connection to nobody: who holds it longer finds it closed", async () => {
    let kept: Connection | undefined
    const handler = (connection: Connection): void => {
      kept = connection
    }
    await besides({}, handler, function* (server) {
      using client = yield* connect({ port: server.port })
      yield* client.write("go\n")
      expect(yield* client.read()).toBeUndefined()
      yield* client.closed
      const held = kept as Connection
      yield* held.closed
      for (const operation of [held.read(), held.readLine(), held.write("x")]) {
        const error = (yield* raised(operation)) as ConnectionError
        expect(error).toBeInstanceOf(ConnectionError)
        expect(error.code).toBe("connection_closed")
      }
    })
  })

  it("is one of many at once", async () => {
    const handler = function* (connection: Connection): Routine {
      yield* connection.write(`you said ${yield* connection.readLine()}\n`)
    }
    await besides({}, handler, function* (server, reports) {
      const answers = yield* group(function* (clients) {
        const all = Array.from({ length: 100 }, (_, index) =>
          clients.spawn(function* () {
            using client = yield* connect({ port: server.port })
            yield* client.write(`${index}\n`)
            return yield* client.readLine()
          }),
        )
        const lines: (string | undefined)[] = []
        for (const one of all) lines.push(yield* one)
        return lines
      })
      expect(answers).toEqual(Array.from({ length: 100 }, (_, index) => `you said ${index}`))
      expect(reports).toEqual([])
      expect(server.statistics().accepted).toBe(101)
    })
  })

  it("of a client who breaks off at once is a report as any other, if it fails at all", async () => {
    const handler = function* (connection: Connection): Routine {
      yield* connection.readLine()
      yield* connection.readLine()
    }
    await besides({}, handler, function* (server, reports) {
      for (let count = 0; count < 20; count++) {
        const socket = createConnection(server.port, "127.0.0.1", () => {
          if (count % 2 === 0) socket.write("x")
          socket.resetAndDestroy()
        })
        yield* tasklet(() => new Promise((resolve) => socket.on("error", () => {}).on("close", resolve)))
      }
      while (server.statistics().connections > 1) yield* sleep(0)
      expect(reports.filter((one) => !/^the handler of the connection with (127\.0\.0\.1:\d+|a peer that has gone) has failed: /.test(one))).toEqual([])
      expect(server.statistics().failed).toBe(reports.length)
    })
  })

  it("whose onError raises is an uncaught error of the scheduler, and nothing else ends", async () => {
    const uncaught: unknown[] = []
    const own = new Scheduler({ onUncaught: (error) => void uncaught.push((error as Error).message) })
    await own.main(function* () {
      const onError = (): never => {
        throw new Error("onError failed")
      }
      const server = yield* listen({ port: 0, onError }, function* (connection) {
        yield* connection.readLine()
        throw new Error("stung")
      })
      for (let round = 1; round <= 2; round++) {
        using client = yield* connect({ port: server.port })
        yield* client.write("go\n")
        yield* client.closed
        while (uncaught.length < round) yield* sleep(0)
      }
      yield* server.close()
    })
    expect(uncaught).toEqual(["onError failed", "onError failed"])
  })

  it("may wait in its finally when it is killed, and its connection stays until then", async () => {
    let begun: Deferred<Tasklet> | undefined
    let go: Event | undefined
    const handler = function* (connection: Connection): Routine {
      yield* connection.readLine()
      begun?.resolve(currentTasklet() as Tasklet)
      try {
        yield* connection.readLine()
      } finally {
        yield* (go as Event).wait()
        yield* connection.write("last words")
        yield* connection.flush()
      }
    }
    await besides({}, handler, function* (server) {
      begun = new Deferred<Tasklet>()
      const release = new Event()
      go = release
      using client = yield* connect({ port: server.port })
      yield* client.write("go\n")
      const worker = yield* begun.wait()
      worker.kill()
      expect(worker.alive).toBe(true)
      const { key } = yield* select({ read: client.read(), go: tasklet(() => release.set()).join() }, { priority: true })
      expect(key).toBe("go")
      expect(String(yield* client.readBytes(10))).toBe("last words")
      yield* client.closed
    })
  })
})

import { Event, group, type Routine, select, sleep, timeout } from "@vivarium/core"
import { ConnectionError, type HttpRequest, reply } from "@vivarium/net"
import { Readable } from "node:stream"
import { describe, expect, it } from "vitest"
import { eventually, inWorld, rawClient, serving, turns } from "./fixtures/http-world.ts"

const hello = "GET / HTTP/1.1\r\nhost: a\r\n\r\n"

const announcing = (length: number): string => `POST / HTTP/1.1\r\nhost: a\r\ncontent-length: ${length}\r\n\r\n`

describe("a client that goes away", () => {
  it("while the handler works is told by closed and by signal; the answer is nobody's", async () => {
    await inWorld(function* ({ reports }) {
      const log: string[] = []
      yield* serving({}, function* (request) {
        const { signal } = request
        expect(signal.aborted).toBe(false)
        signal.addEventListener("abort", () => log.push("aborted"))
        const first = yield* select({ closed: request.closed, late: sleep(60_000) })
        log.push(first.key, String(signal.aborted))
        yield* request.closed
        return reply(200, "too late")
      }, function* (server) {
        for (const leave of ["reset", "destroy"] as const) {
          const client = yield* rawClient(server)
          yield* client.send(hello)
          yield* eventually(() => server.statistics().active === 1)
          void client.connection[leave]()
          yield* eventually(() => server.statistics().active === 0)
          expect(log.splice(0)).toEqual(["aborted", "closed", "true"])
        }
        expect(server.statistics()).toMatchObject({ connections: 0, requests: 2, aborted: 2, failed: 0 })
      })
      expect(reports).toEqual([])
    })
  })

  it("is told when it is asked for afterwards, too", async () => {
    await inWorld(function* () {
      const gone = new Event()
      const log: unknown[] = []
      yield* serving({}, function* (request) {
        yield* gone.wait()
        yield* timeout(5000, request.closed)
        yield* turns(1)
        log.push(request.signal.aborted)
        return reply(200)
      }, function* (server) {
        const client = yield* rawClient(server)
        yield* client.send(hello)
        yield* eventually(() => server.statistics().active === 1)
        client.connection.reset()
        yield* eventually(() => server.statistics().connections === 0)
        gone.set()
        yield* eventually(() => server.statistics().active === 0)
        expect(log).toEqual([true])
      })
    })
  })

  it("is told to requests that wait for their turn, too", async () => {
    await inWorld(function* () {
      const log: string[] = []
      yield* serving({}, function* (request) {
        yield* request.closed
        log.push(request.path)
        return reply(200)
      }, function* (server) {
        const client = yield* rawClient(server)
        yield* client.send("GET /first HTTP/1.1\r\nhost: a\r\n\r\nGET /second HTTP/1.1\r\nhost: a\r\n\r\n")
        yield* eventually(() => server.statistics().active === 2)
        client.connection.reset()
        yield* eventually(() => server.statistics().active === 0)
        expect(log.toSorted()).toEqual(["/first", "/second"])
        expect(server.statistics().aborted).toBe(2)
      })
    })
  })

  it("has closed, and no abort, when it got its answer", async () => {
    await inWorld(function* () {
      const log: string[] = []
      const done = new Event()
      yield* serving({}, function* (request) {
        request.signal.addEventListener("abort", () => log.push("aborted"))
        const { closed } = request
        closed.then(() => {
          log.push("closed")
          done.set()
        }, () => {})
        return reply(200, "well")
      }, function* (server) {
        const client = yield* rawClient(server)
        expect((yield* client.get("/")).body).toBe("well")
        yield* done.wait()
        expect(log).toEqual(["closed"])
      })
    })
  })

  it("while a body is sent has its routine killed, which cleans up", async () => {
    await inWorld(function* ({ reports }) {
      const log: string[] = []
      yield* serving({}, () => reply(200, function* (body) {
        try {
          for (;;) {
            yield* body.write("x".repeat(1000))
            yield* turns(1)
          }
        } finally {
          log.push("finally")
        }
      }), function* (server) {
        for (const leave of ["reset", "destroy"] as const) {
          const client = yield* rawClient(server)
          yield* client.send(hello)
          yield* client.head()
          void client.connection[leave]()
          yield* eventually(() => server.statistics().active === 0)
        }
        expect(log).toEqual(["finally", "finally"])
        expect(server.statistics()).toMatchObject({ aborted: 2, failed: 0, connections: 0 })
      })
      expect(reports).toEqual([])
    })
  })

  it.each(["waits for something else", "waits for the client"])("while a body's routine %s has it killed, too", async (what) => {
    await inWorld(function* ({ reports }) {
      const log: string[] = []
      yield* serving({}, () => reply(200, function* (body) {
        try {
          yield* body.write("begun")
          if (what === "waits for the client") yield* body.write("x".repeat(50_000_000))
          else yield* sleep(60_000)
        } finally {
          log.push("finally")
        }
      }), function* (server) {
        const client = yield* rawClient(server)
        yield* client.send(hello)
        yield* client.head()
        yield* turns(100)
        client.connection.reset()
        yield* eventually(() => server.statistics().active === 0)
        expect(log).toEqual(["finally"])
        expect(server.statistics()).toMatchObject({ aborted: 1, failed: 0 })
      })
      expect(reports).toEqual([])
    })
  })

  it("while others write to the body has them fail", async () => {
    await inWorld(function* ({ reports }) {
      const raised: unknown[] = []
      let begun = false
      yield* serving({}, () => reply(200, function* (body) {
        yield* group(function* (members) {
          members.spawn(function* () {
            begun = true
            try {
              for (;;) yield* body.write("x".repeat(60_000))
            } finally {
              raised.push("killed")
            }
          })
          yield* sleep(60_000)
        })
      }), function* (server) {
        const client = yield* rawClient(server)
        yield* client.send(hello)
        yield* client.head()
        yield* eventually(() => begun)
        yield* turns(100)
        client.connection.reset()
        yield* eventually(() => server.statistics().active === 0)
        expect(raised).toEqual(["killed"])
      })
      expect(reports).toEqual([])
    })
  })

  it("while a tasklet of its own writes to the body fails that one, at once", async () => {
    await inWorld(function* ({ scheduler }) {
      const raised: unknown[] = []
      yield* serving({}, () => reply(200, function* (body) {
        scheduler.tasklet(function* () {
          try {
            for (;;) yield* body.write("x".repeat(60_000), { timeoutMs: Infinity })
          } catch (error) {
            raised.push((error as ConnectionError).code)
          }
        })
        yield* sleep(60_000)
      }), function* (server) {
        const client = yield* rawClient(server)
        yield* client.send(hello)
        yield* client.head()
        yield* turns(100)
        client.connection.reset()
        yield* eventually(() => raised.length > 0)
        expect(raised).toEqual(["connection_closed"])
      })
    })
  })

  it.each<[string, (log: string[]) => unknown]>([
    ["of Node", (log) => reply(200, new Readable({
      read: () => {},
      destroy: (error, done) => {
        log.push("let go")
        done(error)
      },
    }))],
    ["of the web", (log) => new Response(new ReadableStream({ cancel: () => void log.push("let go") }))],
    ["of an async generator", (log) => reply(200, (async function* () {
      try {
        for (;;) {
          yield "x".repeat(1000)
          await new Promise<void>((resolve) => void setImmediate(resolve))
        }
      } finally {
        log.push("let go")
      }
    })())],
  ])("while a stream %s is sent has it let go", async (_name, make) => {
    await inWorld(function* ({ reports }) {
      const log: string[] = []
      yield* serving({}, () => make(log) as ReturnType<typeof reply>, function* (server) {
        const client = yield* rawClient(server)
        yield* client.send(hello)
        yield* client.head()
        client.connection.reset()
        yield* eventually(() => server.statistics().active === 0 && log.length > 0)
        expect(log).toEqual(["let go"])
        expect(server.statistics()).toMatchObject({ aborted: 1, failed: 0 })
      })
      expect(reports).toEqual([])
    })
  })

  it("before a stream could be sent has it let go", async () => {
    await inWorld(function* () {
      const stream = new Readable({ read: () => {} })
      const log: string[] = []
      yield* serving({}, function* (request) {
        yield* request.closed
        return request.path === "/web" ? new Response(new ReadableStream({ cancel: () => void log.push("cancelled") })) : reply(200, stream)
      }, function* (server) {
        for (const path of ["/node", "/web"]) {
          const client = yield* rawClient(server)
          yield* client.send(`GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`)
          yield* eventually(() => server.statistics().active === 1)
          client.connection.reset()
          yield* eventually(() => server.statistics().active === 0)
        }
        expect(stream.destroyed).toBe(true)
        expect(log).toEqual(["cancelled"])
      })
    })
  })

  it.each<[string, (request: HttpRequest) => Routine<unknown>]>([
    ["whole", (request) => (function* () {
      return yield* request.text()
    })()],
    ["piece by piece", (request) => (function* () {
      for (;;) yield* request.body.read()
    })()],
    ["by a line", (request) => (function* () {
      return yield* request.body.readLine()
    })()],
  ])("while its body is read, %s, is counted as aborted and not reported", async (_name, read) => {
    await inWorld(function* ({ reports }) {
      const raised: unknown[] = []
      yield* serving({}, function* (request) {
        try {
          yield* read(request)
        } catch (error) {
          raised.push(error)
          throw error
        }
        return reply(200)
      }, function* (server) {
        for (const leave of ["reset", "destroy"] as const) {
          const client = yield* rawClient(server)
          yield* client.send(announcing(100) + "some of it")
          yield* eventually(() => server.statistics().active === 1)
          void client.connection[leave]()
          yield* eventually(() => server.statistics().active === 0)
        }
        expect(raised).toHaveLength(2)
        for (const error of raised) expect(error).toMatchObject({ name: "ConnectionError", code: "connection_reset" })
        expect(server.statistics()).toMatchObject({ aborted: 2, failed: 0, refused: 0 })
      })
      expect(reports).toEqual([])
    })
  })

  it("before its body is asked for lets reading fail at once", async () => {
    await inWorld(function* () {
      const raised: unknown[] = []
      const gone = new Event()
      yield* serving({}, function* (request) {
        yield* gone.wait()
        try {
          yield* request.text()
        } catch (error) {
          raised.push((error as ConnectionError).code)
        }
        return reply(200)
      }, function* (server) {
        const client = yield* rawClient(server)
        yield* client.send(announcing(100) + "some of it")
        yield* eventually(() => server.statistics().active === 1)
        client.connection.reset()
        yield* eventually(() => server.statistics().connections === 0)
        gone.set()
        yield* eventually(() => server.statistics().active === 0)
        expect(raised).toEqual(["connection_reset"])
      })
    })
  })

  it("takes nothing of its answer for too long is given up, which is no report", async () => {
    await inWorld(function* ({ reports }) {
      const log: string[] = []
      yield* serving({ idleMs: 60 }, ({ path }) => {
        if (path === "/text") return reply(200, "x".repeat(50_000_000))
        return reply(200, function* (body) {
          try {
            for (;;) yield* body.write("x".repeat(60_000))
          } finally {
            log.push("finally")
          }
        })
      }, function* (server) {
        for (const path of ["/text", "/routine"]) {
          const client = yield* rawClient(server)
          yield* client.send(`GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`)
          yield* client.head()
          yield* eventually(() => server.statistics().active === 0)
          yield* eventually(() => server.statistics().connections === 0)
        }
        expect(log).toEqual(["finally"])
        expect(server.statistics()).toMatchObject({ aborted: 2, failed: 0 })
      })
      expect(reports).toEqual([])
    })
  })
})

import { currentTasklet, Event, group, type Routine, schedule, select, sleep, type Tasklet, timeout, TimeoutError } from "@vivarium/core"
import { ConnectionError, HttpError, type HttpRequest, LimitError, reply } from "@vivarium/net"
import { Readable } from "node:stream"
import { describe, expect, it } from "vitest"
import { eventually, inWorld, rawClient, serving, turns } from "./http-world.ts"

const hello = "GET / HTTP/1.1\r\nhost: a\r\n\r\n"
const announcing = (length: number): string => `POST / HTTP/1.1\r\nhost: a\r\ncontent-length: ${length}\r\n\r\n`

describe("a handler that raises an error", () => {
  it("is answered by 500 and is one report that names the peer; the connection goes on", async () => {
    await inWorld(function* ({ reports }) {
      const error = new Error("stung")
      yield* serving({}, ({ path }) => {
        if (path === "/stung") throw error
        return reply(200, "well")
      }, function* (server) {
        const client = yield* rawClient(server)
        const { body, status } = yield* client.get("/stung")
        expect([status, body]).toEqual([500, "Internal Server Error"])
        expect((yield* client.get("/")).body).toBe("well")
        expect(reports).toEqual([{ what: `the handler of GET /stung from 127.0.0.1:${client.connection.localPort} has failed`, error }])
        expect(server.statistics()).toMatchObject({ requests: 2, failed: 1, aborted: 0, refused: 0 })
      })
    })
  })

  it("may be async, or raise what is no error", async () => {
    await inWorld(function* ({ reports }) {
      yield* serving({}, async () => {
        await Promise.resolve()
        throw "a text"
      }, function* (server) {
        expect((yield* (yield* rawClient(server)).get("/")).status).toBe(500)
      })
      expect(reports).toHaveLength(1)
    })
  })

  it("is told to onError instead, with the request", async () => {
    await inWorld(function* ({ reports }) {
      const told: [unknown, string][] = []
      const error = new Error("stung")
      yield* serving({ onError: (raised, { path }) => void told.push([raised, path]) }, () => {
        throw error
      }, function* (server) {
        expect((yield* (yield* rawClient(server)).get("/told")).status).toBe(500)
      })
      expect(told).toEqual([[error, "/told"]])
      expect(reports).toEqual([])
    })
  })

  it("by HttpError gives the answer itself, and is no report", async () => {
    await inWorld(function* ({ reports }) {
      yield* serving({}, ({ path }) => {
        throw new HttpError(Number(path.slice(1)), `because of ${path}`)
      }, function* (server) {
        const client = yield* rawClient(server)
        for (const code of [400, 404, 451, 503, 599]) expect(yield* client.get(`/${code}`)).toMatchObject({ status: code, body: `because of /${code}` })
        expect(server.statistics()).toMatchObject({ requests: 5, failed: 0 })
      })
      expect(reports).toEqual([])
    })
  })

  it("cannot make an HttpError of what is no error's status", () => {
    for (const status of [200, 399, 600, 404.5, Number.NaN, "404"]) expect(() => new HttpError(status as number, "x")).toThrow("an integer from 400 to 599")
  })

  it.each<[string, () => Error]>([
    ["a time-out", () => new TimeoutError(5, "something else")],
    ["a limit", () => new LimitError("body_too_large", "of something else", 5)],
    ["a broken connection", () => new ConnectionError("connection_reset", "somebody else", "of something else")],
  ])("of something else, %s, is answered by 500 and reported", async (_name, make) => {
    await inWorld(function* ({ reports }) {
      yield* serving({}, () => {
        throw make()
      }, function* (server) {
        expect((yield* (yield* rawClient(server)).get("/")).status).toBe(500)
        expect(server.statistics()).toMatchObject({ failed: 1, refused: 0, aborted: 0 })
      })
      expect(reports).toHaveLength(1)
    })
  })

  it.each<[string, (fail: () => never) => unknown]>([
    ["a routine", (fail) => reply(200, function* (body) {
      yield* body.write("begun")
      yield* schedule()
      fail()
    })],
    ["a stream of Node", (fail) => reply(200, Readable.from((function* () {
      yield "begun"
      fail()
    })()))],
    ["an async generator", (fail) => reply(200, (async function* () {
      yield "begun"
      fail()
    })())],
    ["a web Response", (fail) => new Response(new ReadableStream({
      start: (controller) => controller.enqueue(Buffer.from("begun")),
      pull: () => fail(),
    }))],
    ["a stream of wrong things", () => reply(200, Readable.from(["begun", 5], { objectMode: true }))],
  ])("in the middle of its body, %s, breaks the connection off and is one report", async (_name, make) => {
    await inWorld(function* ({ reports }) {
      yield* serving({}, () => make(() => {
        throw new Error("stung")
      }) as ReturnType<typeof reply>, function* (server) {
        const client = yield* rawClient(server)
        yield* client.send(hello)
        expect((yield* client.head()).status).toBe(200)
        const { text } = yield* client.rest()
        expect(text).not.toContain("0\r\n\r\n")
        expect(server.statistics()).toMatchObject({ active: 0, failed: 1, aborted: 0 })
      })
      expect(reports).toHaveLength(1)
    })
  })
})

describe("to kill the tasklet of a request", () => {
  it("destroys the connection and runs its finally blocks, and touches no other one", async () => {
    await inWorld(function* ({ reports }) {
      const log: string[] = []
      let victim: Tasklet | undefined
      yield* serving({}, function* ({ path }) {
        if (path !== "/victim") return reply(200, "well")
        victim = currentTasklet()
        try {
          yield* sleep(60_000)
        } finally {
          log.push("finally")
          yield* schedule()
          log.push("still finally")
        }
      }, function* (server) {
        const client = yield* rawClient(server)
        const other = yield* rawClient(server)
        yield* client.send("GET /victim HTTP/1.1\r\nhost: a\r\n\r\n")
        yield* eventually(() => victim !== undefined)
        victim?.kill()
        expect((yield* client.rest()).text).toBe("")
        expect(log).toEqual(["finally", "still finally"])
        expect((yield* other.get("/")).body).toBe("well")
        expect(server.statistics()).toMatchObject({ active: 0, failed: 0, connections: 1 })
      })
      expect(reports).toEqual([])
    })
  })

  it("destroys it in the middle of a body, too", async () => {
    await inWorld(function* ({ reports }) {
      const log: string[] = []
      let victim: Tasklet | undefined
      yield* serving({}, () => reply(200, function* (body) {
        victim = currentTasklet()
        try {
          yield* body.write("begun")
          yield* sleep(60_000)
        } finally {
          log.push("finally")
        }
      }), function* (server) {
        const client = yield* rawClient(server)
        yield* client.send(hello)
        yield* client.head()
        yield* client.connection.readUntil("begun")
        victim?.kill()
        expect((yield* client.rest()).text).not.toContain("0\r\n\r\n")
        expect(log).toEqual(["finally"])
        expect(server.statistics()).toMatchObject({ active: 0, failed: 0 })
      })
      expect(reports).toEqual([])
    })
  })

  it("destroys it where a body's routine cleans up by waiting: a client never takes half of it for the whole", async () => {
    await inWorld(function* ({ reports }) {
      let victim: Tasklet | undefined
      yield* serving({}, () => reply(200, function* (body) {
        victim = currentTasklet()
        try {
          yield* body.write("begun")
          yield* sleep(60_000)
        } finally {
          yield* schedule()
        }
      }), function* (server) {
        const client = yield* rawClient(server)
        yield* client.send(hello)
        yield* client.head()
        yield* client.connection.readUntil("begun")
        victim?.kill()
        expect((yield* client.rest()).text).not.toContain("0\r\n\r\n")
      })
      expect(reports).toEqual([])
    })
  })

  it("lets its stream go", async () => {
    await inWorld(function* () {
      const log: string[] = []
      let victim: Tasklet | undefined
      const node = new Readable({ read: () => {} })
      const web = new ReadableStream({ cancel: () => void log.push("cancelled") })
      yield* serving({}, ({ path }) => {
        victim = currentTasklet()
        return reply(200, path === "/node" ? node : web)
      }, function* (server) {
        for (const path of ["/node", "/web"]) {
          const client = yield* rawClient(server)
          yield* client.send(`GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`)
          yield* client.head()
          victim?.kill()
          yield* client.rest()
        }
      })
      expect(node.destroyed).toBe(true)
      expect(log).toEqual(["cancelled"])
    })
  })

  it("that waits for its turn closes the connection after the answers before it", async () => {
    await inWorld(function* () {
      const go = new Event()
      let victim: Tasklet | undefined
      yield* serving({}, function* ({ path }) {
        if (path === "/second") victim = currentTasklet()
        yield* go.wait()
        return reply(200, path)
      }, function* (server) {
        const client = yield* rawClient(server)
        yield* client.send("GET /first HTTP/1.1\r\nhost: a\r\n\r\nGET /second HTTP/1.1\r\nhost: a\r\n\r\nGET /third HTTP/1.1\r\nhost: a\r\n\r\n")
        yield* eventually(() => victim !== undefined && server.statistics().active === 3)
        victim?.kill()
        go.set()
        expect((yield* client.response()).body).toBe("/first")
        expect((yield* client.rest()).text).toBe("")
        yield* eventually(() => server.statistics().connections === 0)
        expect(server.statistics().active).toBe(0)
      })
    })
  })
})

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
          client.connection[leave]()
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
          client.connection[leave]()
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
          client.connection[leave]()
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

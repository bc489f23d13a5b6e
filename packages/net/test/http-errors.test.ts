import { currentTasklet, Event, schedule, sleep, type Tasklet, TimeoutError } from "@vivarium/core"
import { ConnectionError, HttpError, LimitError, reply } from "@vivarium/net"
import { Readable } from "node:stream"
import { describe, expect, it } from "vitest"
import { eventually, inWorld, rawClient, serving } from "./fixtures/http-world.ts"

const hello = "GET / HTTP/1.1\r\nhost: a\r\n\r\n"

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
        return reply(200, "never")
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

import { call, Event, type Operation, type Routine } from "@vivarium/core"
import { reply } from "@vivarium/net"
import { describe, expect, it } from "vitest"
import { eventually, inWorld, type RawClient, rawClient, serving, turns } from "./fixtures/http-world.ts"

const hello = "GET / HTTP/1.1\r\nhost: a\r\n\r\n"

describe("a connection that waits for its next request", () => {
  // Node adds a second to idleMs, for clients that send at the last moment.
  it("is closed after idleMs", async () => {
    await inWorld(function* () {
      yield* serving({ idleMs: 50 }, () => reply(200, "well"), function* (server) {
        const client = yield* rawClient(server)
        expect((yield* client.get("/")).body).toBe("well")
        expect(yield* client.rest()).toEqual({ text: "", end: "end" })
        yield* eventually(() => server.statistics().connections === 0)
        expect(server.statistics()).toMatchObject({ refused: 0, aborted: 0 })
      })
    })
  })
})

describe("maxConnections", () => {
  it("refuses one too many with 503, until there is room again", async () => {
    await inWorld(function* ({ reports }) {
      yield* serving({ maxConnections: 2 }, () => reply(200, "well"), function* (server) {
        const clients = [yield* rawClient(server), yield* rawClient(server)] as const
        for (const client of clients) yield* client.get("/")
        for (let round = 1; round <= 20; round++) {
          const refused = yield* rawClient(server)
          yield* refused.send(hello)
          expect(yield* refused.response()).toMatchObject({ status: 503, body: "Service Unavailable" })
          expect((yield* refused.rest()).text).toBe("")
          expect(server.statistics()).toMatchObject({ connections: 2, rejected: round })
        }
        for (const client of clients) expect((yield* client.get("/")).body).toBe("well")
        clients[0].connection.destroy()
        yield* eventually(() => server.statistics().connections === 1)
        expect((yield* (yield* rawClient(server)).get("/")).body).toBe("well")
      })
      expect(reports).toEqual([])
    })
  })
})

describe("pipelined requests", () => {
  function* pipeline(client: RawClient, count: number): Routine<void> {
    let text = ""
    for (let index = 0; index < count; index++) text += `GET /${index} HTTP/1.1\r\nhost: a\r\n\r\n`
    yield* client.send(text)
  }

  it("run at the same time, and are answered in order", async () => {
    await inWorld(function* () {
      const gates = Array.from({ length: 5 }, () => new Event())
      const log: string[] = []
      yield* serving({}, function* ({ path }) {
        log.push(path)
        yield* gates[Number(path.slice(1))]?.wait() as Operation<void>
        return path === "/2" ? reply(200, function* (body) {
          yield* body.write("two, ")
          yield* body.write("in pieces")
        }) : reply(200, path === "/3" ? "x".repeat(300_000) : path)
      }, function* (server) {
        const client = yield* rawClient(server)
        yield* pipeline(client, 5)
        yield* eventually(() => server.statistics().active === 5)
        expect(log).toEqual(["/0", "/1", "/2", "/3", "/4"])
        for (const gate of gates.toReversed()) {
          yield* turns(2)
          gate.set()
        }
        expect((yield* client.response()).body).toBe("/0")
        expect((yield* client.response()).body).toBe("/1")
        expect((yield* client.response()).body).toBe("two, in pieces")
        expect((yield* client.response()).body).toHaveLength(300_000)
        expect((yield* client.response()).body).toBe("/4")
        expect((yield* client.get("/0")).body).toBe("/0")
      })
    })
  })

  it("are at work a hundred at a time; those behind wait, and so does the client", async () => {
    await inWorld(function* ({ reports, scheduler }) {
      const go = new Event()
      let most = 0
      let running = 0
      yield* serving({}, function* ({ path }) {
        most = Math.max(most, ++running)
        if (path !== "/0") yield* go.wait()
        running--
        return reply(200, path)
      }, function* (server) {
        const client = yield* rawClient(server)
        const count = 15_000
        scheduler.tasklet(() => pipeline(client, count))
        expect((yield* client.response()).body).toBe("/0")
        yield* turns(300)
        expect(most).toBe(100)
        // What came in one piece of 65,536 bytes with them waits in memory, the rest in the system.
        expect(server.statistics().requests).toBeLessThan(6000)
        const beside = yield* rawClient(server)
        go.set()
        expect((yield* beside.get("/beside")).body).toBe("/beside")
        for (let index = 1; index < count; index++) expect((yield* client.response()).body).toBe(`/${index}`)
        expect(most).toBeLessThanOrEqual(101)
        expect(server.statistics()).toMatchObject({ active: 0, requests: count + 1 })
      })
      expect(reports).toEqual([])
    })
  }, 20_000)

  it("whose answers nobody takes are not made by the thousands", async () => {
    await inWorld(function* () {
      let made = 0
      yield* serving({}, () => {
        made++
        return reply(200, "x".repeat(60_000))
      }, function* (server) {
        const client = yield* rawClient(server)
        yield* pipeline(client, 2000)
        yield* turns(500)
        // What the system takes (some megabytes), what the client's own queue holds, and a hundred.
        expect(made).toBeLessThan(600)
        const beside = yield* rawClient(server)
        expect((yield* beside.get("/")).body).toHaveLength(60_000)
      })
    })
  })

  it("whose answers nobody takes for idleMs lose their connection", async () => {
    await inWorld(function* ({ reports }) {
      yield* serving({ idleMs: 60 }, () => reply(200, "x".repeat(60_000)), function* (server) {
        const client = yield* rawClient(server)
        yield* pipeline(client, 1000)
        yield* eventually(() => server.statistics().requests > 0 && server.statistics().connections === 0)
        expect(server.statistics()).toMatchObject({ active: 0, failed: 0 })
      })
      expect(reports).toEqual([])
    })
  })
})

describe("a connection", () => {
  it("is used for many requests", async () => {
    await inWorld(function* () {
      yield* serving({}, ({ path, peer }) => reply(200, `${path} ${peer}`), function* (server) {
        const client = yield* rawClient(server)
        const peer = `127.0.0.1:${client.connection.localPort}`
        for (let round = 0; round < 200; round++) expect((yield* client.get(`/${round}`)).body).toBe(`/${round} ${peer}`)
        expect(server.statistics()).toEqual({ connections: 1, requests: 200, active: 0, rejected: 0, refused: 0, aborted: 0, failed: 0 })
      })
    })
  })

  it("of HTTP/1.0 ends after the response, unless the client asks for more", async () => {
    await inWorld(function* () {
      yield* serving({}, () => reply(200, "old"), function* (server) {
        const client = yield* rawClient(server)
        yield* client.send("GET / HTTP/1.0\r\nconnection: keep-alive\r\n\r\n")
        expect(yield* client.response()).toMatchObject({ status: 200, body: "old" })
        yield* client.send("GET / HTTP/1.0\r\n\r\n")
        expect(yield* client.response()).toMatchObject({ status: 200, body: "old" })
        expect(yield* client.rest()).toEqual({ text: "", end: "end" })
      })
    })
  })

  it("of HTTP/1.0 gets a body of unknown length without chunks, up to the end", async () => {
    await inWorld(function* () {
      yield* serving({}, () => reply(200, function* (body) {
        yield* body.write("one ")
        yield* body.write("two")
      }), function* (server) {
        const client = yield* rawClient(server)
        yield* client.send("GET / HTTP/1.0\r\n\r\n")
        const { headers } = yield* client.head()
        expect(headers.get("transfer-encoding")).toBe(null)
        expect(yield* client.rest()).toEqual({ text: "one two", end: "end" })
      })
    })
  })

  it("ends after the response if the client asks for that", async () => {
    await inWorld(function* () {
      yield* serving({}, () => reply(200, "bye"), function* (server) {
        const client = yield* rawClient(server)
        const { body, headers } = yield* client.get("/", "connection: close\r\n")
        expect([body, headers.get("connection")]).toEqual(["bye", "close"])
        expect(yield* client.rest()).toEqual({ text: "", end: "end" })
      })
    })
  })

  it("that wants to be a tunnel is closed", async () => {
    await inWorld(function* () {
      yield* serving({}, () => reply(200), function* (server) {
        const client = yield* rawClient(server)
        yield* client.send("CONNECT a:80 HTTP/1.1\r\nhost: a\r\n\r\n")
        expect((yield* client.rest()).text).toBe("")
        const other = yield* rawClient(server)
        expect((yield* other.get("/", "connection: upgrade\r\nupgrade: websocket\r\n")).status).toBe(200)
      })
    })
  })
})

describe("a handler", () => {
  it("may be plain, async, a generator, or give a routine or an operation", async () => {
    await inWorld(function* () {
      const hello = function* (): Routine<unknown> {
        return reply(200, "hello")
      }
      for (const handler of [() => reply(200, "hello"), async () => reply(200, "hello"), hello, () => hello(), () => call(hello)]) {
        yield* serving({}, handler as typeof hello, function* (server) {
          expect((yield* (yield* rawClient(server)).get("/")).body).toBe("hello")
        })
      }
    })
  })
})

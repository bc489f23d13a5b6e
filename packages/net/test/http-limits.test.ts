import { Event, type Routine } from "@vivarium/core"
import { type HttpRequest, type LimitError, reply, serveHttp, type ServeHttpOptions } from "@vivarium/net"
import { describe, expect, it } from "vitest"
import { eventually, inWorld, rawClient, serving, turns } from "./fixtures/http-world.ts"

const hello = "GET / HTTP/1.1\r\nhost: a\r\n\r\n"

const announcing = (length: number): string => `POST / HTTP/1.1\r\nhost: a\r\ncontent-length: ${length}\r\n\r\n`

const chunked = "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n"

const piece = "x".repeat(65_536)

function* echo(request: HttpRequest): Routine<ReturnType<typeof reply>> {
  return reply(200, yield* request.text())
}

describe("maxBodyBytes", () => {
  it("refuses a body that is announced with 413 at once", async () => {
    await inWorld(function* ({ reports }) {
      yield* serving({ maxBodyBytes: 1000 }, echo, function* (server) {
        const fits = yield* rawClient(server)
        yield* fits.send(announcing(1000) + "x".repeat(1000))
        expect((yield* fits.response()).status).toBe(200)
        const client = yield* rawClient(server)
        yield* client.send(announcing(1001))
        const { body, headers, status } = yield* client.response()
        expect([status, body, headers.get("connection")]).toEqual([413, "Payload Too Large", "close"])
        expect((yield* client.rest()).end).toBe("end")
        expect(server.statistics()).toMatchObject({ refused: 1, aborted: 0, failed: 0 })
      })
      expect(reports).toEqual([])
    })
  })

  it.each(["an announced body", "a chunked body"])("is told to a client that is still sending %s", async (what) => {
    await inWorld(function* ({ reports }) {
      yield* serving({ maxBodyBytes: 100_000 }, echo, function* (server) {
        const client = yield* rawClient(server)
        if (what === "an announced body") {
          yield* client.send(announcing(20_000_000))
          for (let sent = 0; sent < 20_000_000; sent += piece.length) yield* client.send(piece.slice(0, 20_000_000 - sent))
        } else {
          yield* client.send(chunked)
          for (let sent = 0; sent < 300; sent++) yield* client.send(`${piece.length.toString(16)}\r\n${piece}\r\n`)
        }
        const { status } = yield* client.response()
        expect(status).toBe(413)
        expect((yield* client.rest()).end).toBe("end")
        expect(server.statistics()).toMatchObject({ refused: 1, aborted: 0, failed: 0 })
      })
      expect(reports).toEqual([])
    })
  })

  it("counts what has come of a chunked body, and not more", async () => {
    await inWorld(function* () {
      yield* serving({ maxBodyBytes: 10 }, echo, function* (server) {
        const client = yield* rawClient(server)
        yield* client.send(`${chunked}5\r\nhello\r\n5\r\nworld\r\n0\r\n\r\n`)
        expect((yield* client.response()).body).toBe("helloworld")
        yield* client.send(`${chunked}5\r\nhello\r\n6\r\nworlds\r\n`)
        expect((yield* client.response()).status).toBe(413)
      })
    })
  })

  it("may be another one for one call, and an error that the handler catches", async () => {
    await inWorld(function* () {
      yield* serving({ maxBodyBytes: 10 }, function* (request) {
        if (request.path === "/more") return reply(200, yield* request.text({ maxBytes: 20 }))
        try {
          yield* request.text({ maxBytes: 5 })
        } catch (error) {
          const { code, maxBytes } = error as LimitError
          return reply(200, `${code} ${maxBytes}`)
        }
        return reply(500)
      }, function* (server) {
        const client = yield* rawClient(server)
        yield* client.send(announcing(15).replace("/", "/more") + "123456789012345")
        expect((yield* client.response()).body).toBe("123456789012345")
        yield* client.send(announcing(6) + "123456")
        expect((yield* client.response()).body).toBe("body_too_large 5")
      })
    })
  })

  it("does not count for a body that is read piece by piece", async () => {
    await inWorld(function* () {
      yield* serving({ maxBodyBytes: 10 }, function* (request) {
        let length = 0
        for (let chunk = yield* request.body.read(); chunk !== undefined; chunk = yield* request.body.read()) length += chunk.length
        return reply(200, String(length))
      }, function* (server) {
        const client = yield* rawClient(server)
        yield* client.send(announcing(10 * piece.length))
        for (let sent = 0; sent < 10; sent++) yield* client.send(piece)
        expect((yield* client.response()).body).toBe(String(10 * piece.length))
      })
    })
  })

  it("lets a client wait that sends more than is read", async () => {
    await inWorld(function* () {
      const go = new Event()
      let arrived: (() => number) | undefined
      yield* serving({}, function* (request) {
        const first = yield* request.body.read()
        arrived = () => request.raw.socket.bytesRead
        yield* go.wait()
        let length = first?.length ?? 0
        for (let chunk = yield* request.body.read(); chunk !== undefined; chunk = yield* request.body.read()) length += chunk.length
        return reply(200, String(length))
      }, function* (server) {
        const client = yield* rawClient(server)
        const total = 500 * piece.length
        yield* client.send(announcing(total))
        let sent = false
        client.connection.write(piece.repeat(500), { timeoutMs: Infinity }).then(() => (sent = true), () => {})
        yield* eventually(() => arrived !== undefined)
        yield* turns(500)
        expect(arrived?.()).toBeLessThan(400_000)
        go.set()
        expect((yield* client.response()).body).toBe(String(total))
        expect(sent).toBe(true)
      })
    })
  })
})

describe("the head of a request", () => {
  it.each<[string, string]>([
    ["one long header", `x-long: ${"y".repeat(20_000)}\r\n`],
    ["many headers", "x-many: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n".repeat(1000)],
    ["a long header that goes on", `x-long: ${"y".repeat(1_000_000)}`],
  ])("that is too large, with %s, is refused with 431", async (_name, headers) => {
    await inWorld(function* ({ reports }) {
      yield* serving({}, () => reply(200), function* (server) {
        const client = yield* rawClient(server)
        yield* client.send(`GET / HTTP/1.1\r\nhost: a\r\n${headers}`)
        expect(yield* client.response()).toMatchObject({ status: 431, body: "Request Header Fields Too Large" })
        expect((yield* client.rest()).text).toBe("")
        expect(server.statistics()).toMatchObject({ requests: 0, refused: 1, aborted: 0 })
      })
      expect(reports).toEqual([])
    })
  })

  it("that is too large, by its path, is refused with 431", async () => {
    await inWorld(function* () {
      yield* serving({ maxHeaderBytes: 1000 }, () => reply(200), function* (server) {
        const client = yield* rawClient(server)
        yield* client.send(`GET /${"y".repeat(2000)} HTTP/1.1\r\nhost: a\r\n\r\n`)
        expect((yield* client.response()).status).toBe(431)
      })
    })
  })

  it("may be as large as it is told", async () => {
    await inWorld(function* () {
      yield* serving({ maxHeaderBytes: 100_000 }, (request) => reply(200, String(request.header("x-long")?.length)), function* (server) {
        const client = yield* rawClient(server)
        expect((yield* client.get("/", `x-long: ${"y".repeat(90_000)}\r\n`)).body).toBe("90000")
      })
    })
  })

  it.each([
    ["that never comes", ""],
    ["that stops in the middle", "GET / HTTP/1.1\r\nhos"],
  ])("%s is refused with 408 after headerMs", async (_name, start) => {
    await inWorld(function* ({ reports }) {
      yield* serving({ headerMs: 50 }, () => reply(200), function* (server) {
        const client = yield* rawClient(server)
        yield* client.send(start)
        expect(yield* client.response()).toMatchObject({ status: 408, body: "Request Timeout" })
        expect(yield* client.rest()).toEqual({ text: "", end: "end" })
        expect(server.statistics()).toMatchObject({ requests: 0, refused: 1 })
      })
      expect(reports).toEqual([])
    })
  })

  it("that comes too slowly after another request is refused, too", async () => {
    await inWorld(function* () {
      yield* serving({ headerMs: 250 }, () => reply(200, "well"), function* (server) {
        const client = yield* rawClient(server)
        yield* client.send(`${hello}GET /second`)
        expect((yield* client.response()).body).toBe("well")
        expect((yield* client.response()).status).toBe(408)
      })
    })
  })

  it.each([1, 7.5, 21, 90, 250, 333, 1001, Infinity])("may take %d ms", async (headerMs) => {
    await inWorld(function* () {
      yield* serving({ headerMs }, () => reply(200, "well"), function* (server) {
        expect(server.port).toBeGreaterThan(0)
      })
    })
  })
})

describe("a body that comes too slowly", () => {
  it("is refused with 408 after idleMs", async () => {
    await inWorld(function* ({ reports }) {
      yield* serving({ idleMs: 40 }, echo, function* (server) {
        const client = yield* rawClient(server)
        yield* client.send(announcing(10) + "some")
        expect(yield* client.response()).toMatchObject({ status: 408, body: "Request Timeout" })
        expect(yield* client.rest()).toEqual({ text: "", end: "end" })
        expect(server.statistics()).toMatchObject({ refused: 1, aborted: 0, failed: 0 })
      })
      expect(reports).toEqual([])
    })
  })

  it("is refused with 408 after the time that the read was given", async () => {
    await inWorld(function* ({ reports }) {
      yield* serving({}, function* (request) {
        return reply(200, yield* request.body.readLine({ timeoutMs: 20 }))
      }, function* (server) {
        const client = yield* rawClient(server)
        yield* client.send(announcing(10) + "some")
        expect((yield* client.response()).status).toBe(408)
      })
      expect(reports).toEqual([])
    })
  })

  it("but steadily, is refused with 408 after requestMs; whoever reads it is told", async () => {
    await inWorld(function* ({ reports }) {
      const raised: unknown[] = []
      yield* serving({ requestMs: 250 }, function* (request) {
        try {
          return yield* echo(request)
        } catch (error) {
          raised.push(error)
          throw error
        }
      }, function* (server) {
        const client = yield* rawClient(server)
        yield* client.send(announcing(1_000_000))
        let over = false
        client.connection.peek().then(() => (over = true), () => (over = true))
        while (!over) {
          yield* client.send("x")
          yield* turns(20)
        }
        expect((yield* client.response()).status).toBe(408)
        expect((yield* client.rest()).text).toBe("")
        yield* eventually(() => server.statistics().active === 0)
        expect(raised).toMatchObject([{ name: "ConnectionError", code: "connection_reset" }])
        expect(server.statistics()).toMatchObject({ refused: 1, aborted: 0, failed: 0 })
      })
      expect(reports).toEqual([])
    })
  })

  it("for a handler that does not read it is refused with 408 after requestMs, too", async () => {
    await inWorld(function* ({ reports }) {
      yield* serving({ requestMs: 250 }, function* (request) {
        yield* request.closed
        return reply(200)
      }, function* (server) {
        const client = yield* rawClient(server)
        yield* client.send(announcing(10) + "some")
        expect((yield* client.response()).status).toBe(408)
        client.connection.destroy()
        yield* eventually(() => server.statistics().active === 0)
        expect(server.statistics()).toMatchObject({ refused: 1, aborted: 0, failed: 0 })
      })
      expect(reports).toEqual([])
    })
  })
})

describe("serveHttp()", () => {
  it.each<[string, unknown]>([
    ["port", { port: -1 }],
    ["port", {}],
    ["headerMs", { port: 0, headerMs: 0 }],
    ["headerMs", { port: 0, headerMs: "1" }],
    ["requestMs", { port: 0, requestMs: -1 }],
    ["idleMs", { port: 0, idleMs: Number.NaN }],
    ["maxHeaderBytes", { port: 0, maxHeaderBytes: 0 }],
    ["maxBodyBytes", { port: 0, maxBodyBytes: -5 }],
    ["maxConnections", { port: 0, maxConnections: 0 }],
    ["inOrder", { port: 0, inOrder: "yes" }],
    ["onError", { port: 0, onError: "log" }],
    ["tls", { port: 0, tls: true }],
    ["maxBodySize", { port: 0, maxBodySize: 5 }],
    ["options", null],
  ])("refuses a wrong %s", (name, options) => {
    expect(() => serveHttp(options as ServeHttpOptions, () => reply(200))).toThrow(name)
  })

  it("refuses what is no handler", () => {
    expect(() => serveHttp({ port: 0 }, undefined as never)).toThrow("handler")
  })

  it("raises an error if the address is taken, which is no report", async () => {
    await inWorld(function* ({ reports }) {
      yield* serving({}, () => reply(200), function* (server) {
        let raised: unknown
        try {
          yield* serveHttp({ port: server.port }, () => reply(200))
        } catch (error) {
          raised = error
        }
        expect(raised).toMatchObject({ code: "listen_failed", message: expect.stringContaining("the address is in use") as string })
      })
      expect(reports).toEqual([])
    })
  })
})

import { type Routine, until } from "@vivarium/core"
import { type BodyError, connect, fetchHttp, type HttpRequest, reply, replyJson, serveHttp } from "@vivarium/net"
import { mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { inWorld, RawClient, rawClient, serving } from "./fixtures/http-world.ts"

/** Serves and gives what a look at one request, sent as it is, has shown. */
async function seen<T>(head: string, look: (request: HttpRequest) => T): Promise<{ readonly shown: T | undefined; readonly status: number; readonly port: number }> {
  let result: { shown: T | undefined; status: number; port: number } | undefined
  await inWorld(function* ({ reports }) {
    let shown: T | undefined
    yield* serving({}, (request) => {
      shown = look(request)
      return reply(200)
    }, function* (server) {
      const client = yield* rawClient(server)
      yield* client.send(head.replaceAll("PORT", String(server.port)))
      const { status } = yield* client.response()
      result = { shown, status, port: server.port }
    })
    expect(reports).toEqual([])
  })
  return result as NonNullable<typeof result>
}

const where = ({ path, query, url }: HttpRequest): Record<string, unknown> => ({ url, path, query: String(query) })

describe("a request", () => {
  it("tells its method, address, headers and peer", async () => {
    const { shown, port } = await seen("PUT /flowers/rose?color=red&color=white HTTP/1.1\r\nHost: meadow.test:81\r\nX-Bee: Maya\r\nx-bee: Willy\r\nAccept: a/b\r\n\r\n", (request) => ({
      ...where(request),
      method: request.method,
      colors: request.query.getAll("color"),
      bee: request.header("X-BEE"),
      none: [request.header("x-none"), request.header("constructor"), request.header("__proto__")],
      headers: [...request.headers],
      peer: request.peer.replace(/\d+$/, "N"),
      remoteAddress: request.remoteAddress,
    }))
    expect(port).toBeGreaterThan(0)
    expect(shown).toEqual({
      url: "http://meadow.test:81/flowers/rose?color=red&color=white",
      path: "/flowers/rose",
      query: "color=red&color=white",
      method: "PUT",
      colors: ["red", "white"],
      bee: "Maya, Willy",
      none: [undefined, undefined, undefined],
      headers: [["accept", "a/b"], ["host", "meadow.test:81"], ["x-bee", "Maya, Willy"]],
      peer: "127.0.0.1:N",
      remoteAddress: "127.0.0.1",
    })
  })

  it.each([
    ["/", { url: "http://a/", path: "/", query: "" }],
    ["/?", { url: "http://a/?", path: "/", query: "" }],
    ["/a?b?c=d", { url: "http://a/a?b?c=d", path: "/a", query: "b%3Fc=d" }],
    ["//evil.test/x", { url: "http://a//evil.test/x", path: "//evil.test/x", query: "" }],
    ["/a%2F..%2f", { url: "http://a/a%2F..%2f", path: "/a%2F..%2f", query: "" }],
    ["http://other.test:81/b?c=d", { url: "http://other.test:81/b?c=d", path: "/b", query: "c=d" }],
    ["HTTP://other.test", { url: "http://other.test/", path: "/", query: "" }],
    ["http://user:secret@other.test/b", { url: "http://other.test/b", path: "/b", query: "" }],
    ["http://other.test/b#c?d=e", { url: "http://other.test/b", path: "/b", query: "" }],
    ["ftp://other.test/b", { url: "http://a/", path: "/", query: "" }],
  ])("understands the target %s", async (target, expected) => {
    expect((await seen(`GET ${target} HTTP/1.1\r\nhost: a\r\n\r\n`, where)).shown).toEqual(expected)
  })

  it("understands the target * of OPTIONS", async () => {
    expect((await seen("OPTIONS * HTTP/1.1\r\nhost: a\r\n\r\n", where)).shown).toEqual({ url: "http://a/", path: "/", query: "" })
  })

  it.each(["", "a b", "evil/x?y#", "user@evil", "evil\\x", "[::1", "a:99999", "a?b", "a#b", "%", "http://evil"])("falls back to its own address where the host is %j", async (host) => {
    const { shown, status, port } = await seen(`GET /b?c HTTP/1.1\r\nhost: ${host}\r\n\r\n`, (request) => {
      const web = request.toWeb()
      return { ...where(request), web: web.url }
    })
    expect(status).toBe(200)
    expect(shown).toEqual({ url: `http://127.0.0.1:${port}/b?c`, path: "/b", query: "c=", web: `http://127.0.0.1:${port}/b?c` })
  })

  it.each(["a", "A.b-c:80", "[::1]:81", "127.0.0.1", "xn--bcher-kva.test", "a_b"])("takes the host %j as it is", async (host) => {
    expect((await seen(`GET /b HTTP/1.1\r\nhost: ${host}\r\n\r\n`, ({ url }) => url)).shown).toBe(`http://${host}/b`)
  })

  it("without a host is refused in HTTP/1.1, and has our own address in HTTP/1.0", async () => {
    expect(await seen("GET /b HTTP/1.1\r\n\r\n", where)).toMatchObject({ shown: undefined, status: 400 })
    const { shown, port } = await seen("GET /b HTTP/1.0\r\n\r\n", where)
    expect(shown).toEqual({ url: `http://127.0.0.1:${port}/b`, path: "/b", query: "" })
  })

  it("has an address on a Unix socket, too", async () => {
    const path = join(mkdtempSync(join(tmpdir(), "vivarium-")), "http.sock")
    await inWorld(function* () {
      const server = yield* serveHttp({ path }, (request) => replyJson(200, [request.url, request.peer]))
      expect(server.url).toBe("http://localhost")
      const client = new RawClient(yield* connect({ path }))
      yield* client.send("GET /b HTTP/1.0\r\nconnection: keep-alive\r\n\r\n")
      expect((yield* client.response()).body).toBe('["http://localhost/b","a local peer"]')
      client.connection.destroy()
      yield* server.close()
    })
  })

  it("has the headers that Latin-1 allows, and several values of one name", async () => {
    const { shown } = await seen("GET / HTTP/1.1\r\nhost: a\r\nx-name: caf\u00e9\r\nset-cookie: a=1\r\nset-cookie: b=2\r\ncookie: c\r\ncookie: d\r\n\r\n", (request) => {
      return [request.header("set-cookie"), request.headers.getSetCookie(), request.header("cookie")]
    })
    expect(shown).toEqual(["a=1, b=2", ["a=1", "b=2"], "c; d"])
  })
})

describe("the body of a request", () => {
  const post = (body: string, headers = ""): string => `POST /x HTTP/1.1\r\nhost: a\r\ncontent-length: ${Buffer.byteLength(body)}\r\n${headers}\r\n${body}`

  it("is read as text, JSON or bytes, or piece by piece", async () => {
    await inWorld(function* () {
      yield* serving({}, function* (request) {
        if (request.path === "/text") return replyJson(200, yield* request.text())
        if (request.path === "/json") return replyJson(200, yield* request.json())
        if (request.path === "/bytes") return replyJson(200, [...(yield* request.bytes())])
        return replyJson(200, [yield* request.body.readLine(), String(yield* request.body.readBytes(2)), yield* request.body.readLine(), (yield* request.body.read()) ?? null])
      }, function* (server) {
        const ask = function* (path: string, body: string): Routine<unknown> {
          return yield* (yield* fetchHttp(server.url + path, { method: "POST", body })).json()
        }
        expect(yield* ask("/text", "Blütenstaub")).toBe("Blütenstaub")
        expect(yield* ask("/json", '{"a":[1]}')).toEqual({ a: [1] })
        expect(yield* ask("/bytes", "abc")).toEqual([97, 98, 99])
        expect(yield* ask("/pieces", "one\ntwo\n")).toEqual(["one", "tw", "o", null])
        expect(yield* ask("/text", "")).toBe("")
      })
    })
  })

  it("comes in chunks too, of any size, with trailers", async () => {
    await inWorld(function* () {
      yield* serving({}, function* (request) {
        return reply(200, yield* request.text())
      }, function* (server) {
        const client = yield* rawClient(server)
        yield* client.send("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n3;x=y\r\nbcd\r\n")
        yield* client.send("A\r\n0123456789\r\n0\r\nx-trailer: 1\r\n\r\n")
        expect((yield* client.response()).body).toBe("abcd0123456789")
        expect((yield* client.get("/")).body).toBe("")
      })
    })
  })

  it("that is no JSON is answered by 400 and is no report", async () => {
    await inWorld(function* ({ reports }) {
      yield* serving({}, function* (request) {
        return replyJson(200, yield* request.json())
      }, function* (server) {
        const client = yield* rawClient(server)
        for (const body of ["{", "", "undefined"]) {
          yield* client.send(post(body))
          const { body: text, status } = yield* client.response()
          expect(status).toBe(400)
          expect(text).toContain("the body is no JSON")
        }
        yield* client.send(post("true"))
        expect((yield* client.response()).body).toBe("true")
        expect(server.statistics()).toMatchObject({ connections: 1, requests: 4, failed: 0 })
      })
      expect(reports).toEqual([])
    })
  })

  it("that is not read does not disturb the next request of the connection", async () => {
    await inWorld(function* () {
      yield* serving({}, () => reply(200, "thanks"), function* (server) {
        const client = yield* rawClient(server)
        for (let round = 0; round < 3; round++) {
          yield* client.send(post("x".repeat(1000)))
          const { body, headers } = yield* client.response()
          expect(body).toBe("thanks")
          expect(headers.get("connection")).toBe("keep-alive")
        }
        expect(server.statistics()).toMatchObject({ connections: 1, requests: 3 })
      })
    })
  })

  it("that is large and not read is dropped: the client has its answer, and the connection ends", async () => {
    await inWorld(function* ({ reports }) {
      yield* serving({}, () => reply(200, "no need"), function* (server) {
        const client = yield* rawClient(server)
        yield* client.send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 4000000\r\n\r\n")
        yield* client.send("x".repeat(2_000_000))
        const { body, headers } = yield* client.response()
        expect(body).toBe("no need")
        expect(headers.get("connection")).toBe("close")
        yield* client.send("x".repeat(1_000_000))
        expect(yield* client.rest()).toEqual({ text: "", end: "end" })
      })
      expect(reports).toEqual([])
    })
  })

  it("that was dropped runs no handler for what follows it", async () => {
    await inWorld(function* () {
      const paths: string[] = []
      yield* serving({}, ({ path }) => {
        paths.push(path)
        return reply(200, "no need")
      }, function* (server) {
        const client = yield* rawClient(server)
        yield* client.send("POST /first HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\n")
        expect((yield* client.response()).headers.get("connection")).toBe("close")
        yield* client.send("0123456789GET /second HTTP/1.1\r\nhost: a\r\n\r\n")
        expect((yield* client.rest()).text).toBe("")
        expect(paths).toEqual(["/first"])
      })
    })
  })

  it("can be read after its answer has begun: a body goes in and out at once", async () => {
    await inWorld(function* () {
      yield* serving({}, (request) => reply(200, function* (body) {
        for (let line = yield* request.body.readLine(); line !== undefined; line = yield* request.body.readLine()) yield* body.write(`${line.toUpperCase()}\n`)
      }), function* (server) {
        const client = yield* rawClient(server)
        yield* client.send("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n")
        yield* client.head()
        for (const line of ["one", "two"]) {
          yield* client.send(`4\r\n${line}\n\r\n`)
          expect(yield* client.connection.readLine()).toBe("4")
          expect(yield* client.connection.readLine()).toBe(line.toUpperCase())
          yield* client.connection.readLine()
        }
        yield* client.send("0\r\n\r\n")
        expect((yield* client.chunked()).body).toBe("")
      })
    })
  })

  it("is asked for by 100 Continue only when it is read", async () => {
    await inWorld(function* () {
      yield* serving({ maxBodyBytes: 1000 }, function* (request) {
        if (request.path === "/unread") return reply(403)
        return reply(200, yield* request.text())
      }, function* (server) {
        const expecting = (path: string, length: number): string => `POST ${path} HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: ${length}\r\n\r\n`
        const client = yield* rawClient(server)
        yield* client.send(expecting("/read", 3))
        expect((yield* client.response()).status).toBe(100)
        yield* client.send("abc")
        expect(yield* client.response()).toMatchObject({ status: 200, body: "abc" })
        yield* client.send(expecting("/unread", 3))
        expect((yield* client.response()).status).toBe(403)
        const greedy = yield* rawClient(server)
        yield* greedy.send(expecting("/read", 1001))
        expect((yield* greedy.response()).status).toBe(413)
      })
    })
  })

  it("of an unknown expectation is refused with 417", async () => {
    await inWorld(function* () {
      yield* serving({}, () => reply(200), function* (server) {
        const client = yield* rawClient(server)
        yield* client.send("POST / HTTP/1.1\r\nhost: a\r\nexpect: miracles\r\ncontent-length: 3\r\n\r\n")
        expect((yield* client.response()).status).toBe(417)
      })
    })
  })

  it("is there after the handler has waited for something else", async () => {
    await inWorld(function* () {
      yield* serving({}, function* (request) {
        yield* until(new Promise<void>((resolve) => void setImmediate(resolve)))
        return reply(200, yield* request.text())
      }, function* (server) {
        const client = yield* rawClient(server)
        yield* client.send(post("late"))
        expect((yield* client.response()).body).toBe("late")
      })
    })
  })

  it("can be read whole once; whoever reads on by pieces finds the end", async () => {
    await inWorld(function* () {
      yield* serving({}, function* (request) {
        const first = yield* request.text()
        try {
          return replyJson(200, [first, yield* request.text()])
        } catch (error) {
          return replyJson(200, [first, (error as BodyError).code, (yield* request.body.read()) ?? null])
        }
      }, function* (server) {
        const client = yield* rawClient(server)
        yield* client.send(post("once"))
        expect((yield* client.response()).body).toBe('["once","already_read",null]')
        expect((yield* client.get("/")).body).toBe('["",""]')
      })
    })
  })
})

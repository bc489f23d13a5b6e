import { Event, type Routine } from "@vivarium/core"
import { fetchHttp, type FetchOptions, type HttpRequest, pair, reply, replyJson } from "@vivarium/net"
import { Readable } from "node:stream"
import { describe, expect, it } from "vitest"
import { inWorld, serving } from "./fixtures/http-world.ts"

/** What the server has seen, as JSON. */
function* mirror(request: HttpRequest): Routine<ReturnType<typeof reply>> {
  const headers = Object.fromEntries(request.headers)
  delete headers["host"]
  delete headers["connection"]
  return replyJson(200, { method: request.method, path: request.path, query: String(request.query), headers, body: yield* request.text() })
}

describe("fetchHttp()", () => {
  it.each<[string, FetchOptions, Record<string, unknown>]>([
    ["nothing", {}, { method: "GET", body: "" }],
    ["a method", { method: "DELETE" }, { method: "DELETE" }],
    ["a method in small letters", { method: "patch", body: "x" }, { method: "PATCH" }],
    ["headers", { headers: { "X-A": "b" } }, { headers: { "x-a": "b" } }],
    ["the web's headers", { headers: new Headers({ "X-A": "b" }) }, { headers: { "x-a": "b" } }],
    ["text", { body: "grün" }, { method: "POST", body: "grün", headers: { "content-type": "text/plain;charset=UTF-8", "content-length": "5" } }],
    ["bytes", { body: new Uint8Array([104, 105]) }, { body: "hi", headers: { "content-length": "2" } }],
    ["form fields", { body: new URLSearchParams({ a: "b c" }) }, { body: "a=b+c", headers: { "content-type": "application/x-www-form-urlencoded;charset=UTF-8", "content-length": "5" } }],
    ["JSON", { json: { a: [1] } }, { method: "POST", body: '{"a":[1]}', headers: { "content-type": "application/json", "content-length": "9" } }],
    ["JSON of null", { json: null, method: "PUT" }, { method: "PUT", body: "null" }],
    ["JSON of another type", { json: 1, headers: { "Content-Type": "application/x-json" } }, { headers: { "content-type": "application/x-json", "content-length": "1" } }],
    ["a stream of Node", { body: Readable.from(["one ", "two"]) }, { body: "one two", headers: { "transfer-encoding": "chunked" } }],
    ["a stream of the web", { body: new Blob(["one two"]).stream() }, { body: "one two" }],
    ["an async generator", { body: (async function* () {
      yield Buffer.from("one ")
      yield Buffer.from("two")
    })() }, { body: "one two" }],
  ])("sends %s", async (_name, options, expected) => {
    await inWorld(function* ({ reports }) {
      yield* serving({}, mirror, function* (server) {
        const response = yield* fetchHttp(`${server.url}/a/b?c=d`, options)
        expect(response).toMatchObject({ status: 200, ok: true, url: `${server.url}/a/b?c=d` })
        expect(yield* response.json()).toMatchObject({ path: "/a/b", query: "c=d", ...expected })
      })
      expect(reports).toEqual([])
    })
  })

  it("sends what a reader brings", async () => {
    await inWorld(function* () {
      yield* serving({}, mirror, function* (server) {
        const [left, right] = pair()
        yield* left.write("through a connection")
        yield* left.end()
        expect(yield* (yield* fetchHttp(server.url, { body: right })).json()).toMatchObject({ body: "through a connection" })
      })
    })
  })

  it("gives the status, the headers and the body, whole or in pieces", async () => {
    await inWorld(function* () {
      yield* serving({}, ({ path }) => reply(path === "/404" ? 404 : 201, "one\ntwo\n", { "x-a": "b", "set-cookie": ["c=1", "d=2"] }), function* (server) {
        const response = yield* fetchHttp(new URL(server.url))
        expect(response.status).toBe(201)
        expect(response.headers.get("x-a")).toBe("b")
        expect(response.headers.getSetCookie()).toEqual(["c=1", "d=2"])
        expect(response.header("X-A")).toBe("b")
        expect(response.header("set-cookie")).toBe("c=1, d=2")
        expect([response.header("x-none"), response.header("constructor")]).toEqual([undefined, undefined])
        expect([yield* response.body.readLine(), yield* response.body.readLine(), yield* response.body.readLine()]).toEqual(["one", "two", undefined])
        const missing = yield* fetchHttp(`${server.url}/404`)
        expect([missing.status, missing.ok, yield* missing.text()]).toEqual([404, false, "one\ntwo\n"])
        expect(yield* missing.body.read()).toBe(undefined)
        expect(String(yield* (yield* fetchHttp(server.url)).bytes())).toBe("one\ntwo\n")
      })
    })
  })

  it("gives a response to HEAD without a body, however long it says that would be", async () => {
    await inWorld(function* () {
      yield* serving({}, () => reply(200, null, { "content-length": 1_000_000_000 }), function* (server) {
        const response = yield* fetchHttp(server.url, { method: "HEAD" })
        expect(response.header("content-length")).toBe("1000000000")
        expect(yield* response.text()).toBe("")
      })
    })
  })

  it("reads pieces as they come", async () => {
    await inWorld(function* () {
      const next = new Event()
      yield* serving({}, () => reply(200, function* (body) {
        yield* body.write("one\n")
        yield* next.wait()
        yield* body.write("two\n")
      }), function* (server) {
        const response = yield* fetchHttp(server.url)
        expect(yield* response.body.readLine()).toBe("one")
        next.set()
        expect(yield* response.body.readLine()).toBe("two")
        expect(yield* response.body.readLine()).toBe(undefined)
      })
    })
  })

  it("may be awaited in async code, the body by for await", async () => {
    await inWorld(function* ({ scheduler }) {
      yield* serving({}, () => reply(200, "hello"), function* (server) {
        yield* scheduler.tasklet(async () => {
          const response = await fetchHttp(server.url)
          let text = ""
          for await (const chunk of response.body) text += String(chunk)
          expect(text).toBe("hello")
        })
      })
    })
  })

  it("uses its connections again", async () => {
    await inWorld(function* () {
      const peers = new Set<string>()
      yield* serving({}, ({ peer }) => {
        peers.add(peer)
        return reply(200, "hello")
      }, function* (server) {
        for (let round = 0; round < 20; round++) yield* (yield* fetchHttp(server.url)).text()
        // undici may make a second one while the first is still being put back.
        expect(peers.size).toBeLessThanOrEqual(2)
      })
    })
  })

  it.each<[string, unknown, unknown]>([
    ["url", "flowers", {}],
    ["url", "ftp://a/b", {}],
    ["url", undefined, {}],
    ["json", "http://a", { json: 1, body: "x" }],
    ["json", "http://a", { json: () => {} }],
    ["method", "http://a", { method: "" }],
    ["method", "http://a", { method: "GET /" }],
    ["body", "http://a", { body: 5 }],
    ["body", "http://a", { body: { a: 1 } }],
    ["headers", "http://a", { headers: { a: "b\r\nc: d" } }],
    ["headers", "http://a", { headers: { "a b": "c" } }],
    ["headers", "http://a", { headers: "a: b" }],
    ["timeoutMs", "http://a", { timeoutMs: -1 }],
    ["maxBodyBytes", "http://a", { maxBodyBytes: 0 }],
    ["maxRedirects", "http://a", { maxRedirects: 1.5 }],
    ["timeout", "http://a", { timeout: 5 }],
  ])("refuses a wrong %s: %o with %o", (name, url, options) => {
    expect(() => fetchHttp(url as string, options as FetchOptions)).toThrow(name)
  })
})

describe("redirections", () => {
  const away = ({ path, method }: HttpRequest): ReturnType<typeof reply> => {
    const left = Number(path.slice(1))
    return left > 0 ? reply(302, "not here", { location: `/${left - 1}` }) : reply(200, `${method} ${path}`)
  }

  it("are followed, and the response tells where it came from", async () => {
    await inWorld(function* () {
      yield* serving({}, away, function* (server) {
        const response = yield* fetchHttp(`${server.url}/3`)
        expect([response.url, yield* response.text()]).toEqual([`${server.url}/0`, "GET /0"])
      })
    })
  })

  it("are followed as often as maxRedirects says; 0 gives the first response", async () => {
    await inWorld(function* () {
      yield* serving({}, away, function* (server) {
        const first = yield* fetchHttp(`${server.url}/3`, { maxRedirects: 0 })
        expect([first.status, first.header("location"), first.url, yield* first.text()]).toEqual([302, "/2", `${server.url}/3`, "not here"])
        const third = yield* fetchHttp(`${server.url}/3`, { maxRedirects: 2 })
        expect([third.status, third.header("location"), third.url]).toEqual([302, "/0", `${server.url}/1`])
        yield* third.text()
        const many = yield* fetchHttp(`${server.url}/30`)
        expect([many.status, many.url]).toEqual([302, `${server.url}/10`])
        yield* many.text()
      })
    })
  })

  it("take a body with them where the status says so", async () => {
    await inWorld(function* () {
      yield* serving({}, function* (request) {
        const text = yield* request.text()
        if (request.path === "/here") return reply(200, `${request.method} ${text}`)
        return reply(Number(request.path.slice(1)), null, { location: "/here" })
      }, function* (server) {
        expect(yield* (yield* fetchHttp(`${server.url}/303`, { body: "nectar" })).text()).toBe("GET ")
        expect(yield* (yield* fetchHttp(`${server.url}/307`, { body: "nectar" })).text()).toBe("POST nectar")
      })
    })
  })

  it("to another server do not take the credentials with them", async () => {
    await inWorld(function* () {
      yield* serving({}, ({ headers }) => replyJson(200, [headers.get("authorization"), headers.get("cookie"), headers.get("x-a")]), function* (target) {
        yield* serving({}, () => reply(302, null, { location: target.url }), function* (server) {
          const headers = { authorization: "secret", cookie: "secret", "x-a": "b" }
          expect(yield* (yield* fetchHttp(server.url, { headers })).json()).toEqual([null, null, "b"])
        })
      })
    })
  })
})

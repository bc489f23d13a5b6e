import { type Routine, schedule } from "@vivarium/core"
import { fetchHttp, type HttpRequest, reply, type ReplyBody, replyJson } from "@vivarium/net"
import { Readable } from "node:stream"
import { describe, expect, it } from "vitest"
import { eventually, inWorld, rawClient, type RawResponse, serving, turns } from "./fixtures/http-world.ts"

/** What a raw client gets for one request, answered by a handler; and how many reports there were. */
async function answered(handler: (request: HttpRequest) => unknown, method = "GET"): Promise<RawResponse & { readonly reports: number; readonly next: number }> {
  let result: (RawResponse & { reports: number; next: number }) | undefined
  await inWorld(function* ({ reports }) {
    yield* serving({}, (request) => (request.path === "/next" ? reply(299) : handler(request)), function* (server) {
      const client = yield* rawClient(server)
      yield* client.send(`${method} / HTTP/1.1\r\nhost: a\r\n\r\n`)
      const response = yield* client.response(method)
      const { status } = yield* client.get("/next")
      result = { ...response, reports: reports.length, next: status }
    })
  })
  return result as NonNullable<typeof result>
}

const bytes = new Uint8Array([104, 105])
const long = "0123456789".repeat(10_000)

describe("a reply", () => {
  it.each<[string, () => ReplyBody, string, Record<string, string | null>]>([
    ["text", () => "grün", "grün", { "content-type": "text/plain; charset=utf-8", "content-length": "5" }],
    ["no text", () => "", "", { "content-type": "text/plain; charset=utf-8", "content-length": "0" }],
    ["bytes", () => bytes, "hi", { "content-type": null, "content-length": "2" }],
    ["null", () => null, "", { "content-type": null, "content-length": "0" }],
    ["much text", () => long, long, { "content-type": "text/plain; charset=utf-8", "content-length": "100000" }],
    ["many bytes", () => Buffer.from(long), long, { "content-type": null, "content-length": "100000" }],
    ["a routine", () => function* (body) {
      yield* body.write("h")
      yield* schedule()
      yield* body.write(["i", bytes])
    }, "hihi", { "transfer-encoding": "chunked" }],
    ["a routine that writes nothing", () => function* () {}, "", { "transfer-encoding": "chunked" }],
    ["a plain function", () => (body) => void body.write("nobody performs it"), "", {}],
    ["an async function", () => async (body) => await body.write("hi"), "hi", {}],
    ["a routine that writes much", () => function* (body) {
      yield* body.write(long)
      yield* body.write(long)
    }, long + long, {}],
    ["a stream of Node", () => Readable.from([Buffer.from("h"), Buffer.from("i")]), "hi", {}],
    ["a stream of Node with texts", () => Readable.from(["h", "", "ü"]), "hü", {}],
    ["a stream of Node that is over", () => Readable.from([]), "", {}],
    ["a stream of the web", () => new Blob([long]).stream(), long, {}],
    ["an async generator", () => (async function* () {
      yield "h"
      yield bytes
    })(), "hhi", {}],
  ])("has %s as its body", async (_name, body, text, headers) => {
    const response = await answered(() => reply(200, body()))
    expect(response).toMatchObject({ status: 200, body: text, reports: 0, next: 299 })
    for (const [name, value] of Object.entries(headers)) expect(response.headers.get(name)).toBe(value)
  })

  it("has its status and its headers", async () => {
    const response = await answered(() => reply(418, "<b>", { "Content-Type": "text/html", "x-number": 7, "set-cookie": ["a=1; Path=/", "b=2"], "x-list": ["c", "d"] }))
    expect(response.status).toBe(418)
    expect(response.headers.get("content-type")).toBe("text/html")
    expect(response.headers.get("x-number")).toBe("7")
    expect(response.headers.getSetCookie()).toEqual(["a=1; Path=/", "b=2"])
    expect(response.headers.get("x-list")).toBe("c, d")
  })

  it.each([200, 204, 304])("of %i without a body keeps the connection", async (status) => {
    expect(await answered(() => reply(status))).toMatchObject({ status, body: "", next: 299 })
  })

  it.each<[string, () => ReplyBody]>([
    ["text", () => "gone"],
    ["much text", () => long],
    ["a stream of the web", () => new Blob(["gone"]).stream()],
    ["a stream of Node", () => Readable.from(["gone"])],
  ])("of 204 or 304 has no body, whatever is given: %s", async (_name, body) => {
    for (const status of [204, 304]) expect(await answered(() => reply(status, body()))).toMatchObject({ status, body: "", reports: 0, next: 299 })
  })

  it.each<[string, () => ReplyBody, string | null]>([
    ["text", () => "head", "4"],
    ["much text", () => long, "100000"],
    ["a routine", () => function* (body) {
      yield* body.write("head")
    }, null],
    ["a stream of the web", () => new Blob(["head"]).stream(), null],
  ])("to HEAD has its headers only: %s", async (_name, body, length) => {
    const response = await answered(() => reply(200, body()), "HEAD")
    expect(response).toMatchObject({ status: 200, body: "", reports: 0, next: 299 })
    expect(response.headers.get("content-length")).toBe(length)
  })

  it("to HEAD runs no routine and lets the streams go: they may have no end", async () => {
    const seen: string[] = []
    const stream = Readable.from((async function* () {
      for (;;) yield "again"
    })())
    const bodies: ReplyBody[] = [
      function* (body) {
        for (;;) yield* body.write("again")
      },
      stream,
      new ReadableStream({
        pull: (controller) => controller.enqueue(bytes),
        cancel: () => void seen.push("cancelled"),
      }),
    ]
    for (const body of bodies) expect(await answered(() => reply(200, body), "HEAD")).toMatchObject({ status: 200, body: "", next: 299 })
    expect(stream.destroyed).toBe(true)
    expect(seen).toEqual(["cancelled"])
  })

  it.each<[string, Record<string, string | readonly string[]>]>([
    ["a new line in a value", { "x-name": "a\r\nset-cookie: evil=1" }],
    ["a new line in one of several values", { "set-cookie": ["a=1", "b\nset-cookie: evil=1"] }],
    ["a new line in a name", { "x-name\r\nset-cookie": "evil=1" }],
    ["a letter that no header may hold", { "x-name": "\u2603" }],
    ["no value", { "x-name": undefined as unknown as string }],
  ])("cannot smuggle headers in: %s is answered by 500 and reported", async (_name, headers) => {
    for (const body of ["text", long, null, new Blob(["text"]).stream()]) {
      const response = await answered(() => reply(200, body, headers))
      expect(response).toMatchObject({ status: 500, body: "Internal Server Error", reports: 1, next: 299 })
      expect(response.head).not.toContain("evil")
    }
  })

  it("takes headers from its own object only", async () => {
    const headers = Object.create({ "x-inherited": "1" }) as Record<string, string>
    headers["x-own"] = "2"
    const { head } = await answered(() => reply(200, "", headers))
    expect(head).toContain("x-own: 2")
    expect(head).not.toContain("x-inherited")
  })

  it.each([undefined, null, 200, "hello", {}, [], Symbol("x"), { status: 200, body: "hello", headers: {} }])("must be one: a handler that gives %o is answered by 500 and reported", async (result) => {
    expect(await answered(() => result)).toMatchObject({ status: 500, body: "Internal Server Error", reports: 1, next: 299 })
  })

  it("is checked when it is made", () => {
    for (const status of [199, 600, 200.5, Number.NaN, "200"]) expect(() => reply(status as number)).toThrow("status")
    for (const body of [{}, 5, true, [], new Map()]) expect(() => reply(200, body as unknown as string)).toThrow("body")
    expect(() => reply(200, "", "text/html" as never)).toThrow("headers")
    expect(() => replyJson(200, undefined)).toThrow("value")
    expect(() => replyJson(200, () => {})).toThrow("value")
  })
})

describe("replyJson()", () => {
  it("sends JSON, with headers that may say otherwise", async () => {
    const response = await answered(() => replyJson(201, { name: "Blüte" }, { "x-a": "b", "content-type": "application/problem+json" }))
    expect(response).toMatchObject({ status: 201, body: '{"name":"Blüte"}' })
    expect(response.headers.get("content-type")).toBe("application/problem+json")
    expect(response.headers.get("x-a")).toBe("b")
    expect((await answered(() => replyJson(200, null))).headers.get("content-type")).toBe("application/json")
  })

  it("lets the name of the type be written in any case", async () => {
    const { head } = await answered(() => replyJson(200, 1, { "Content-Type": "application/problem+json" }))
    expect(head.match(/content-type/gi)).toHaveLength(1)
    expect(head).toContain("application/problem+json")
  })
})

describe("a web Response", () => {
  it("is sent with its status, headers, several cookies and body", async () => {
    const response = await answered(() => {
      const headers = new Headers({ "x-a": "b" })
      headers.append("set-cookie", "a=1")
      headers.append("set-cookie", "b=2")
      return new Response("hello", { status: 203, headers })
    })
    expect(response).toMatchObject({ status: 203, body: "hello", reports: 0, next: 299 })
    expect(response.headers.getSetCookie()).toEqual(["a=1", "b=2"])
    expect(response.headers.get("x-a")).toBe("b")
    expect(response.headers.get("content-type")).toBe("text/plain;charset=UTF-8")
  })

  it("may have no body, or be a redirection", async () => {
    expect(await answered(() => new Response(null, { status: 204 }))).toMatchObject({ status: 204, body: "", next: 299 })
    const empty = await answered(() => new Response(null))
    expect(empty).toMatchObject({ status: 200, body: "", next: 299 })
    expect(empty.headers.get("content-length")).toBe("0")
    const redirection = await answered(() => Response.redirect("http://a/b", 303))
    expect([redirection.status, redirection.headers.get("location")]).toEqual([303, "http://a/b"])
  })

  it("is sent piece by piece as they come", async () => {
    await inWorld(function* () {
      let push: (text: string) => void = () => {}
      yield* serving({}, () => new Response(new ReadableStream({
        start: (controller) => {
          push = (text) => (text === "" ? controller.close() : controller.enqueue(Buffer.from(text)))
        },
      })), function* (server) {
        const client = yield* rawClient(server)
        yield* client.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        const { headers } = yield* client.head()
        expect(headers.get("transfer-encoding")).toBe("chunked")
        for (const text of ["one", "two"]) {
          push(text)
          expect(yield* client.connection.readLine()).toBe("3")
          expect(yield* client.connection.readLine()).toBe(text)
        }
        push("")
        expect(yield* client.chunked()).toEqual({ body: "", chunks: 0 })
      })
    })
  })

  it("whose body is used is answered by 500 and reported", async () => {
    const used = new Response("once")
    await used.text()
    expect(await answered(() => used)).toMatchObject({ status: 500, reports: 1, next: 299 })
    const locked = new Response("held")
    locked.body?.getReader()
    expect(await answered(() => locked)).toMatchObject({ status: 500, reports: 1, next: 299 })
  })

  it("of an error is answered by 500 and reported", async () => {
    expect(await answered(() => Response.error())).toMatchObject({ status: 500, reports: 1, next: 299 })
  })

  it("may be answered to HEAD", async () => {
    const response = await answered(() => new Response("hello", { headers: { "content-length": "5" } }), "HEAD")
    expect(response).toMatchObject({ status: 200, body: "", next: 299 })
    expect(response.headers.get("content-length")).toBe("5")
  })
})

describe("a client that reads slowly", () => {
  const piece = "x".repeat(65_536)

  it.each<[string, (made: { count: number }) => ReplyBody]>([
    ["a routine", (made) => function* (body) {
      for (; made.count < 1000; made.count++) yield* body.write(piece)
    }],
    ["a stream of Node", (made) => Readable.from((function* () {
      for (; made.count < 1000; made.count++) yield Buffer.from(piece)
    })())],
    ["a stream of the web", (made) => new ReadableStream({
      pull: (controller) => (made.count++ < 1000 ? controller.enqueue(Buffer.from(piece)) : controller.close()),
    })],
    ["an async generator", (made) => (async function* () {
      for (; made.count < 1000; made.count++) yield piece
    })()],
  ])("stops %s, and gets everything in the end", async (_name, make) => {
    await inWorld(function* ({ reports }) {
      const made = { count: 0 }
      yield* serving({}, ({ path }) => (path === "/beside" ? reply(200, "beside") : reply(200, make(made))), function* (server) {
        const client = yield* rawClient(server)
        yield* client.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        yield* client.head()
        // What fits on the way is made, and no more: here up to some megabytes for the system's own buffers.
        let before = -1
        while (made.count !== before) {
          before = made.count
          yield* turns(200)
        }
        expect(made.count).toBeLessThan(500)
        const beside = yield* rawClient(server)
        expect((yield* beside.get("/beside")).body).toBe("beside")
        expect(made.count).toBeLessThan(500)
        const { body } = yield* client.chunked()
        expect(body.length).toBe(1000 * piece.length)
        yield* eventually(() => server.statistics().active === 0)
      })
      expect(reports).toEqual([])
    })
  })

  it("gets much text whole", async () => {
    await inWorld(function* () {
      const text = "x".repeat(30_000_000)
      yield* serving({}, () => reply(200, text), function* (server) {
        const client = yield* rawClient(server)
        yield* client.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        yield* client.head()
        yield* turns(100)
        expect(server.statistics().active).toBe(1)
        expect((yield* client.connection.readBytes(text.length))?.length).toBe(text.length)
        yield* eventually(() => server.statistics().active === 0)
      })
    })
  })

  it("of a routine that does not wait for its writes to be performed gets what was written in order", async () => {
    await inWorld(function* () {
      yield* serving({}, () => reply(200, function* (body): Routine<void> {
        for (let count = 0; count < 100; count++) yield* body.write(`${count},`)
      }), function* (server) {
        const response = yield* fetchHttp(server.url)
        expect(yield* response.text()).toBe(Array.from({ length: 100 }, (_, count) => `${count},`).join(""))
      })
    })
  })
})

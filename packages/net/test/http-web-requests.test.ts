import { fetchHttp, reply } from "@vivarium/net"
import { once } from "node:events"
import { describe, expect, it } from "vitest"
import { eventually, inWorld, rawClient, serving } from "./fixtures/http-world.ts"

describe("toWeb()", () => {
  it("gives the web's own request, whose body can be read", async () => {
    await inWorld(function* ({ reports }) {
      yield* serving({}, async (request) => {
        const web = request.toWeb()
        const form = web.method === "POST" ? await web.formData() : null
        return Response.json({ url: web.url, method: web.method, bee: web.headers.get("x-bee"), name: form?.get("name") ?? null })
      }, function* (server) {
        const response = yield* fetchHttp(`${server.url}/a?b`, { method: "POST", body: new URLSearchParams({ name: "Maya" }), headers: { "x-bee": "1" } })
        expect(yield* response.json()).toEqual({ url: `${server.url}/a?b`, method: "POST", bee: "1", name: "Maya" })
        expect(yield* (yield* fetchHttp(server.url)).json()).toEqual({ url: `${server.url}/`, method: "GET", bee: null, name: null })
      })
      expect(reports).toEqual([])
    })
  })

  it("tells the client to go on where that waits for it", async () => {
    await inWorld(function* () {
      yield* serving({}, async (request) => reply(200, await request.toWeb().text()), function* (server) {
        const client = yield* rawClient(server)
        yield* client.send("POST / HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 3\r\n\r\n")
        expect((yield* client.response()).status).toBe(100)
        yield* client.send("abc")
        expect((yield* client.response()).body).toBe("abc")
      })
    })
  })

  it("answers a method that the web has no request for by 501, without a report", async () => {
    await inWorld(function* ({ reports }) {
      yield* serving({}, (request) => reply(200, request.toWeb().method), function* (server) {
        const client = yield* rawClient(server)
        yield* client.send("TRACE / HTTP/1.1\r\nhost: a\r\n\r\n")
        expect((yield* client.response()).status).toBe(501)
      })
      expect(reports).toEqual([])
    })
  })

  it("bounds a body that is read whole there, and can be told another bound", async () => {
    await inWorld(function* ({ reports }) {
      yield* serving({ maxBodyBytes: 10 }, async (request) => {
        const web = request.toWeb(request.path === "/more" ? { maxBytes: Infinity } : {})
        return reply(200, await web.text())
      }, function* (server) {
        const chunked = (path: string, size: number): string => `POST ${path} HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n${size.toString(16)}\r\n${"x".repeat(size)}\r\n0\r\n\r\n`
        for (const [path, size, status] of [["/", 10, 200], ["/", 11, 413], ["/more", 1000, 200]] as const) {
          const client = yield* rawClient(server)
          yield* client.send(chunked(path, size))
          expect((yield* client.response()).status).toBe(status)
        }
        const client = yield* rawClient(server)
        yield* client.send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 11\r\n\r\n")
        expect((yield* client.response()).status).toBe(413)
        expect(server.statistics()).toMatchObject({ refused: 2, failed: 0 })
      })
      expect(reports).toEqual([])
    })
  })

  it("does not wait longer than idleMs for more of the body", async () => {
    await inWorld(function* ({ reports }) {
      yield* serving({ idleMs: 30 }, async (request) => reply(200, await request.toWeb().text()), function* (server) {
        const client = yield* rawClient(server)
        yield* client.send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nsome")
        expect((yield* client.response()).status).toBe(408)
      })
      expect(reports).toEqual([])
    })
  })

  it("has a signal that is aborted when the client goes away", async () => {
    await inWorld(function* () {
      const log: string[] = []
      yield* serving({}, async (request) => {
        const { signal } = request.toWeb()
        await once(signal, "abort")
        log.push("aborted")
        return reply(200)
      }, function* (server) {
        const client = yield* rawClient(server)
        yield* client.send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\nabc")
        yield* eventually(() => server.statistics().active === 1)
        client.connection.destroy()
        yield* eventually(() => server.statistics().active === 0)
        expect(log).toEqual(["aborted"])
      })
    })
  })
})

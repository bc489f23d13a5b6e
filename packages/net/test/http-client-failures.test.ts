import type { Routine } from "@vivarium/core"
import { type ConnectionError, fetchHttp, HttpClient, type HttpRequest, listen, reply, replyJson, serveHttp } from "@vivarium/net"
import { describe, expect, it } from "vitest"
import { cert, key } from "./fixtures/certificate.ts"
import { eventually, inWorld, serving } from "./fixtures/http-world.ts"
import { raisedBy } from "./fixtures/raised.ts"

/** What the server has seen, as JSON. */
function* mirror(request: HttpRequest): Routine<ReturnType<typeof reply>> {
  const headers = Object.fromEntries(request.headers)
  delete headers["host"]
  delete headers["connection"]
  return replyJson(200, { method: request.method, path: request.path, query: String(request.query), headers, body: yield* request.text() })
}

describe("what goes wrong", () => {
  it("is a refused connection: connect_failed", async () => {
    await inWorld(function* () {
      const server = yield* serveHttp({ port: 0 }, () => reply(200))
      const { port, url } = server
      yield* server.close()
      const error = yield* raisedBy(function* () {
        yield* fetchHttp(url)
      })
      expect(error).toMatchObject({ name: "ConnectionError", code: "connect_failed", peer: `127.0.0.1:${port}` })
      expect((error as ConnectionError).cause).toMatchObject({ code: "ECONNREFUSED" })
    })
  })

  it.each<[string, string]>([
    ["the whole response", ""],
    ["its head", "HTTP/1.1 200 OK\r\ncontent-le"],
  ])("is a server that dies before %s: connection_reset", async (_name, sent) => {
    await inWorld(function* () {
      const server = yield* listen({ port: 0 }, function* (connection) {
        yield* connection.readUntil("\r\n\r\n")
        yield* connection.write(sent)
        connection.reset()
      })
      const error = yield* raisedBy(function* () {
        yield* fetchHttp(`http://127.0.0.1:${server.port}/`)
      })
      expect(error).toMatchObject({ name: "ConnectionError", code: "connection_reset" })
      yield* server.close()
    })
  })

  it.each<[string, string]>([
    ["of a length", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf"],
    ["in chunks", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n"],
  ])("is a server that dies in the middle of a body %s: connection_reset, after what came", async (_name, sent) => {
    await inWorld(function* () {
      const server = yield* listen({ port: 0 }, function* (connection) {
        yield* connection.readUntil("\r\n\r\n")
        yield* connection.write(sent)
      })
      const url = `http://127.0.0.1:${server.port}/`
      const response = yield* fetchHttp(url)
      expect(String(yield* response.body.readBytes(4))).toBe("half")
      const error = yield* raisedBy(function* () {
        yield* response.body.read()
      })
      expect(error).toMatchObject({ name: "ConnectionError", code: "connection_reset" })
      const other = yield* fetchHttp(url)
      expect(yield* raisedBy(function* () {
        yield* other.text()
      })).toMatchObject({ code: "connection_reset" })
      yield* server.close()
    })
  })

  it("is a server that speaks something else", async () => {
    await inWorld(function* () {
      const server = yield* listen({ port: 0 }, function* (connection) {
        yield* connection.write("220 mail.test ready\r\n")
        yield* connection.read()
      })
      const error = yield* raisedBy(function* () {
        yield* fetchHttp(`http://127.0.0.1:${server.port}/`)
      })
      expect(error).toMatchObject({ name: "ConnectionError" })
      yield* server.close({ deadlineMs: 0 })
    })
  })

  it("is a response without JSON", async () => {
    await inWorld(function* () {
      yield* serving({}, () => reply(200, "<html>"), function* (server) {
        const response = yield* fetchHttp(server.url)
        const error = yield* raisedBy(function* () {
          yield* response.json()
        })
        expect((error as Error).message).toContain("the body is no JSON")
      })
    })
  })

  it("is a client that is closed", async () => {
    await inWorld(function* () {
      yield* serving({}, () => reply(200, "well"), function* (server) {
        const client = new HttpClient()
        yield* (yield* client.fetch(server.url)).text()
        yield* client.close()
        yield* eventually(() => server.statistics().connections === 0)
        expect(yield* raisedBy(function* () {
          yield* client.fetch(server.url)
        })).toMatchObject({ name: "ConnectionError", code: "connection_closed" })
        yield* client.close()
      })
    })
  })

  it("is a body that fails while it is sent: its error", async () => {
    await inWorld(function* () {
      yield* serving({}, mirror, function* (server) {
        const stung = new Error("stung")
        const error = yield* raisedBy(function* () {
          yield* fetchHttp(server.url, { body: (async function* () {
            yield Buffer.from("some")
            throw stung
          })() })
        })
        expect(error === stung || (error as ConnectionError).cause === stung).toBe(true)
        yield* eventually(() => server.statistics().active === 0)
      })
    })
  })

  it("is a server that answers before it has read the body: the answer counts", async () => {
    await inWorld(function* () {
      yield* serving({ maxBodyBytes: 1000 }, mirror, function* (server) {
        const response = yield* fetchHttp(server.url, { body: "x".repeat(5_000_000) })
        expect(response.status).toBe(413)
        yield* response.text()
      })
    })
  })
})

describe("https:", () => {
  it("is served, and asked by a client that trusts the certificate", async () => {
    await inWorld(function* ({ reports }) {
      yield* serving({ tls: { key, cert } }, mirror, function* (server) {
        expect(server.url).toBe(`https://127.0.0.1:${server.port}`)
        const client = new HttpClient({ tls: { ca: cert } })
        for (const host of ["127.0.0.1", "localhost"]) {
          const response = yield* client.fetch(`https://${host}:${server.port}/a`, { body: "nectar" })
          expect(yield* response.json()).toMatchObject({ method: "POST", path: "/a", body: "nectar" })
        }
        yield* client.close()
      })
      expect(reports).toEqual([])
    })
  })

  it("tells its requests that their address begins with https:", async () => {
    await inWorld(function* () {
      yield* serving({ tls: { key, cert } }, (request) => reply(200, request.url), function* (server) {
        const client = new HttpClient({ tls: { ca: cert } })
        expect(yield* (yield* client.fetch(`${server.url}/a`)).text()).toBe(`${server.url}/a`)
        yield* client.close()
      })
    })
  })

  it.each([
    ["nobody vouches for", {}, "DEPTH_ZERO_SELF_SIGNED_CERT"],
    ["is another one's", { ca: cert, servername: "wasp.test" }, "ERR_TLS_CERT_ALTNAME_INVALID"],
  ])("is refused with connect_failed where the certificate %s; the server goes on", async (_name, tls, code) => {
    await inWorld(function* ({ reports }) {
      yield* serving({ tls: { key, cert } }, () => reply(200, "well"), function* (server) {
        const wary = new HttpClient({ tls })
        const trusting = new HttpClient({ tls: { ca: cert } })
        const error = yield* raisedBy(function* () {
          yield* wary.fetch(server.url)
        })
        expect(error).toMatchObject({ name: "ConnectionError", code: "connect_failed", cause: { code } })
        expect(yield* (yield* trusting.fetch(server.url)).text()).toBe("well")
        yield* wary.close()
        yield* trusting.close()
        expect(server.statistics()).toMatchObject({ requests: 1, failed: 0 })
      })
      expect(reports).toEqual([])
    })
  })

  it("asked of a server that speaks HTTP only fails, and the other way round", async () => {
    await inWorld(function* ({ reports }) {
      yield* serving({}, () => reply(200, "well"), function* (plain) {
        yield* serving({ tls: { key, cert } }, () => reply(200, "well"), function* (secure) {
          for (const url of [`https://127.0.0.1:${plain.port}`, `http://127.0.0.1:${secure.port}`]) {
            expect(yield* raisedBy(function* () {
              yield* fetchHttp(url)
            })).toMatchObject({ name: "ConnectionError" })
          }
          expect(yield* (yield* fetchHttp(plain.url)).text()).toBe("well")
        })
      })
      expect(reports).toEqual([])
    })
  })
})

import { Event, Scheduler, sleep } from "@vivarium/core"
import { fetchHttp, reply, serveHttp } from "@vivarium/net"
import { createReadStream } from "node:fs"
import { describe, expect, it } from "vitest"
import { eventually, inWorld, rawClient, serving, turns } from "./fixtures/http-world.ts"

const hello = "GET / HTTP/1.1\r\nhost: a\r\n\r\n"

describe("a reply whose stream fails", () => {
  it("while it waits for its turn is one report, and no end of the process", async () => {
    await inWorld(function* ({ reports }) {
      const go = new Event()
      yield* serving({}, function* (request) {
        if (request.path === "/first") {
          yield* go.wait()
          return reply(200, "first")
        }
        return reply(200, createReadStream("/no/such/file"))
      }, function* (server) {
        const client = yield* rawClient(server)
        yield* client.send("GET /first HTTP/1.1\r\nhost: a\r\n\r\nGET /second HTTP/1.1\r\nhost: a\r\n\r\n")
        yield* eventually(() => server.statistics().active === 2)
        yield* sleep(5)
        go.set()
        expect((yield* client.response()).body).toBe("first")
        yield* client.rest()
        yield* eventually(() => server.statistics().active === 0)
      })
      expect(reports.map(({ error }) => (error as { code?: string }).code)).toEqual(["ENOENT"])
    })
  })
})

describe("requests that wait behind a hundred others", () => {
  it("are counted as gone when their client has gone", async () => {
    await inWorld(function* () {
      const go = new Event()
      yield* serving({}, function* (request) {
        if (request.path === "/first") yield* go.wait()
        return reply(200, "well")
      }, function* (server) {
        const client = yield* rawClient(server)
        yield* client.send("GET /first HTTP/1.1\r\nhost: a\r\n\r\n" + hello.repeat(150))
        yield* eventually(() => server.statistics().requests === 151)
        yield* turns(3)
        client.connection.reset()
        yield* turns(3)
        go.set()
        yield* eventually(() => server.statistics().connections === 0)
        yield* turns(5)
        expect(server.statistics()).toMatchObject({ active: 0, connections: 0 })
      })
    })
  })
})

describe("a body that was read in part", () => {
  for (const size of [10_000, 66_000, 90_000, 130_000, 1_000_000]) {
    it(`of ${size} bytes does not stop the connection's next request`, async () => {
      await inWorld(function* () {
        yield* serving({}, function* (request) {
          if (request.method === "POST") {
            yield* request.body.readLine()
            yield* eventually(() => request.raw.complete || size > 200_000)
          }
          return reply(200, "well")
        }, function* (server) {
          const client = yield* rawClient(server)
          yield* client.send(`POST / HTTP/1.1\r\nhost: a\r\ncontent-length: ${size}\r\n\r\nline\n${"x".repeat(size - 5)}`)
          const first = yield* client.response()
          expect(first.body).toBe("well")
          if (first.headers.get("connection") === "close") return
          yield* client.send(hello)
          expect((yield* client.response()).body).toBe("well")
        })
      })
    })
  }
})

describe("a reply's headers about its length", () => {
  it("are one: what is sent in chunks, as the header says, has no length beside", async () => {
    await inWorld(function* () {
      yield* serving({}, () => reply(200, "hello", { "Transfer-Encoding": "chunked" }), function* (server) {
        const client = yield* rawClient(server)
        const { body, headers } = yield* client.get("/")
        expect(headers.get("content-length")).toBeNull()
        expect(body).toBe("hello")
        expect(yield* (yield* fetchHttp(server.url)).text()).toBe("hello")
      })
    })
  })

  it("that are wrong are a mistake: 500 and a report, never bytes that belong to no answer", async () => {
    await inWorld(function* ({ reports }) {
      yield* serving({}, (request) => reply(200, "hello", { "content-length": Number(request.path.slice(1)) }), function* (server) {
        const client = yield* rawClient(server)
        expect((yield* client.get("/3")).status).toBe(500)
        expect((yield* client.get("/7")).status).toBe(500)
        expect((yield* client.get("/5")).body).toBe("hello")
      })
      expect(reports).toHaveLength(2)
    })
  })

  it("that a routine does not keep to break the answer off", async () => {
    await inWorld(function* ({ reports }) {
      yield* serving({}, (request) =>
        reply(200, function* (body) {
          yield* body.write("hel")
          yield* body.write("lo")
        }, { "content-length": Number(request.path.slice(1)) }), function* (server) {
        for (const length of ["3", "7"]) {
          const client = yield* rawClient(server)
          yield* client.send(`GET /${length} HTTP/1.1\r\nhost: a\r\n\r\n`)
          const { text } = yield* client.rest()
          const body = text.slice(text.indexOf("\r\n\r\n") + 4)
          expect("hello".startsWith(body)).toBe(true)
          expect(body.length).not.toBeGreaterThan(Number(length))
        }
        const client = yield* rawClient(server)
        expect((yield* client.get("/5")).body).toBe("hello")
      })
      expect(reports).toHaveLength(2)
    })
  })

  it("that a routine of much does not keep to break the answer off", async () => {
    await inWorld(function* ({ reports }) {
      yield* serving({}, () =>
        reply(200, function* (body) {
          yield* body.write("x".repeat(200_000))
          yield* body.write("x".repeat(200_000))
        }, { "content-length": 300_000 }), function* (server) {
        const client = yield* rawClient(server)
        yield* client.send(hello)
        const { text } = yield* client.rest()
        expect(text.length).toBeLessThan(301_000)
      })
      expect(reports).toHaveLength(1)
    })
  })
})

describe("bodies", () => {
  it("are awaited from async code on whatever scheduler they belong to", async () => {
    await inWorld(function* () {
      yield* serving({}, async (request) => reply(200, await request.text()), function* (server) {
        const response = yield* fetchHttp(server.url, { body: "hello" })
        expect(yield* response.text()).toBe("hello")
      })
    })
  })
})

describe("a key that is none", () => {
  it("is listen_failed", async () => {
    await expect(new Scheduler().main(function* () {
      yield* serveHttp({ port: 0, tls: { key: "no key", cert: "no" } }, () => reply(200))
    })).rejects.toMatchObject({ code: "listen_failed" })
  })
})

describe("a stream of one's own", () => {
  it("is returned where it stands, if its client goes away", async () => {
    await inWorld(function* ({ reports }) {
      const log: string[] = []
      yield* serving({}, () => {
        const makes = (): AsyncIterator<string> => {
          let asked = 0
          return {
            next: async () => {
              if (asked++ === 0) return { done: false, value: "hello" }
              return new Promise(() => {})
            },
            return: (() => {
              log.push(`returned after ${asked}`)
              return { done: true, value: undefined }
            }) as never,
          }
        }
        return reply(200, { [Symbol.asyncIterator]: makes } as AsyncIterable<string>)
      }, function* (server) {
        const client = yield* rawClient(server)
        yield* client.send(hello)
        yield* client.connection.readUntil("hello")
        client.connection.reset()
        yield* eventually(() => server.statistics().active === 0)
      })
      expect(log).toEqual(["returned after 2"])
      expect(reports).toEqual([])
    })
  })
})

describe("a client that has nothing more to say", () => {
  for (const inOrder of [false, true]) {
    it(`and ends its side gets the answer that is there at once; in order: ${inOrder}`, async () => {
      await inWorld(function* () {
        yield* serving({ inOrder }, function* () {
          return reply(200, "hello")
        }, function* (server) {
          const client = yield* rawClient(server)
          yield* client.send(hello)
          yield* client.connection.end()
          const { text } = yield* client.rest()
          expect(text.endsWith("hello")).toBe(true)
        })
      })
    })
  }
})

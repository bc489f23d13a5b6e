import { Event, type Routine, schedule, sleep, tasklet } from "@vivarium/core"
import { reply, serveHttp } from "@vivarium/net"
import { describe, expect, it } from "vitest"
import { eventually, inWorld, rawClient, serving, turns } from "./fixtures/http-world.ts"

const hello = "GET / HTTP/1.1\r\nhost: a\r\n\r\n"

describe.each([false, true])("server.close() where inOrder is %s", (inOrder) => {
  it("closes idle connections at once: fresh ones, used ones, and those with half a head", async () => {
    await inWorld(function* ({ reports }) {
      const server = yield* serveHttp({ port: 0, inOrder }, () => reply(200, "well"))
      const fresh = yield* rawClient(server)
      const used = yield* rawClient(server)
      yield* used.get("/")
      const half = yield* rawClient(server)
      yield* half.get("/")
      yield* half.send("GET / HTTP/1.1\r\nho")
      yield* eventually(() => server.statistics().connections === 3)
      yield* turns(10)
      yield* server.close({ deadlineMs: Infinity })
      expect(server.statistics()).toMatchObject({ connections: 0, active: 0, refused: 0, aborted: 0 })
      for (const client of [fresh, used, half]) {
        expect((yield* client.rest()).text).toBe("")
        client.connection.destroy()
      }
      expect(reports).toEqual([])
    })
  })

  it("lets a request in flight finish, and tells its client that the connection ends", async () => {
    await inWorld(function* () {
      const go = new Event()
      const server = yield* serveHttp({ port: 0, inOrder }, function* () {
        yield* go.wait()
        return reply(200, "in the end")
      })
      const client = yield* rawClient(server)
      yield* client.send(hello)
      yield* eventually(() => server.statistics().active === 1)
      const closing = tasklet(() => server.close({ deadlineMs: Infinity }))
      yield* turns(10)
      expect(closing.alive).toBe(true)
      go.set()
      const { body, headers } = yield* client.response()
      expect([body, headers.get("connection")]).toEqual(["in the end", "close"])
      expect(yield* client.rest()).toEqual({ text: "", end: "end" })
      client.connection.destroy()
      yield* closing
      expect(server.statistics()).toMatchObject({ connections: 0, aborted: 0 })
    })
  })

  it("lets all pipelined requests finish", async () => {
    await inWorld(function* () {
      const go = new Event()
      const server = yield* serveHttp({ port: 0, inOrder }, function* ({ path }) {
        yield* go.wait()
        return path === "/2" ? reply(200, path.repeat(100_000)) : reply(200, path)
      })
      const client = yield* rawClient(server)
      yield* client.send(["/1", "/2", "/3"].map((path) => `GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`).join(""))
      yield* eventually(() => server.statistics().active === 3)
      const closing = tasklet(() => server.close({ deadlineMs: Infinity }))
      yield* turns(2)
      go.set()
      const [first, second, third] = [yield* client.response(), yield* client.response(), yield* client.response()]
      expect([first.body, second.body.length, third.body]).toEqual(["/1", 200_000, "/3"])
      expect([first, second, third].map(({ headers }) => headers.get("connection"))).toEqual(["keep-alive", "keep-alive", "close"])
      expect(yield* client.rest()).toEqual({ text: "", end: "end" })
      yield* closing
    })
  })

  it("ends a response that was half sent by then behind its last byte", async () => {
    await inWorld(function* () {
      const text = "x".repeat(20_000_000)
      const server = yield* serveHttp({ port: 0, inOrder }, () => reply(200, text))
      const client = yield* rawClient(server)
      yield* client.send(hello)
      const { headers } = yield* client.head()
      expect(headers.get("connection")).toBe("keep-alive")
      const closing = tasklet(() => server.close({ deadlineMs: Infinity }))
      yield* turns(10)
      expect((yield* client.connection.readBytes(text.length))?.length).toBe(text.length)
      expect(yield* client.rest()).toEqual({ text: "", end: "end" })
      client.connection.destroy()
      yield* closing
    })
  })

  it("lets answers that lie in the connection's own queue go out", async () => {
    await inWorld(function* ({ scheduler }) {
      const count = 90
      const server = yield* serveHttp({ port: 0, inOrder }, () => reply(200, "x".repeat(60_000)))
      const client = yield* rawClient(server)
      yield* client.send(hello.repeat(count))
      yield* eventually(() => server.statistics().requests === count && server.statistics().active === 0)
      const closing = scheduler.tasklet(() => server.close({ deadlineMs: Infinity }))
      yield* turns(10)
      for (let index = 0; index < count; index++) expect((yield* client.response()).body).toHaveLength(60_000)
      expect((yield* client.rest()).text).toBe("")
      client.connection.destroy()
      yield* closing
    })
  })

  it("kills what goes on after the deadline: server-sent events, handlers at work, bodies that wait", async () => {
    await inWorld(function* ({ reports }) {
      const log: string[] = []
      const server = yield* serveHttp({ port: 0, inOrder }, function* (request) {
        try {
          if (request.path === "/events") {
            return reply(200, function* (body) {
              try {
                for (;;) {
                  yield* body.write("data: tick\n\n")
                  yield* sleep(5)
                }
              } finally {
                log.push("no more events")
              }
            }, { "content-type": "text/event-stream" })
          }
          if (request.path === "/body") yield* request.text()
          else yield* sleep(60_000)
          return reply(200)
        } finally {
          if (request.path !== "/events") {
            yield* schedule()
            log.push(`no more ${request.path}`)
          }
        }
      })
      const clients = [yield* rawClient(server), yield* rawClient(server), yield* rawClient(server)] as const
      yield* clients[0].send("GET /events HTTP/1.1\r\nhost: a\r\n\r\n")
      yield* clients[0].connection.readUntil("tick")
      yield* clients[1].send("GET /work HTTP/1.1\r\nhost: a\r\n\r\n")
      yield* clients[2].send("POST /body HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nabc")
      yield* eventually(() => server.statistics().active === 3)
      yield* server.close({ deadlineMs: 40 })
      expect(server.statistics()).toMatchObject({ connections: 0, active: 0, failed: 0 })
      expect(log.toSorted()).toEqual(["no more /body", "no more /work", "no more events"])
      for (const client of clients) {
        expect((yield* client.rest()).text).not.toContain("0\r\n\r\n")
        client.connection.destroy()
      }
      expect(reports).toEqual([])
    })
  })

  it("ends all at once with a deadline of 0, even what has just come", async () => {
    await inWorld(function* ({ reports, scheduler }) {
      const log: string[] = []
      let closing: { alive: boolean } | undefined
      const server = yield* serveHttp({ port: 0, inOrder }, function* ({ path }) {
        log.push(path)
        if (path === "/0") {
          // The ones behind it have their tasklets by now, but have not begun.
          const one = scheduler.tasklet(() => server.close({ deadlineMs: 0 }))
          one.run()
          closing = one
        }
        yield* sleep(60_000)
        return reply(200)
      })
      const client = yield* rawClient(server)
      yield* client.send(["/0", "/1", "/2"].map((path) => `GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`).join(""))
      yield* server.closed
      expect(closing).toBeDefined()
      expect(log).toEqual(["/0"])
      expect(server.statistics()).toMatchObject({ active: 0, connections: 0 })
      expect((yield* client.rest()).text).toBe("")
      client.connection.destroy()
      expect(reports).toEqual([])
    })
  })
})

describe("server.close()", () => {
  it("accepts nobody any more, and frees the address", async () => {
    await inWorld(function* () {
      const server = yield* serveHttp({ port: 0 }, () => reply(200))
      const { port } = server
      yield* server.close()
      const second = yield* serveHttp({ port }, () => reply(200, "second"))
      expect((yield* (yield* rawClient(second)).get("/")).body).toBe("second")
      yield* second.close()
    })
  })

  it("may be called again, with a shorter deadline; closed and isClosing tell", async () => {
    await inWorld(function* () {
      const server = yield* serveHttp({ port: 0 }, function* () {
        yield* sleep(60_000)
        return reply(200)
      })
      const client = yield* rawClient(server)
      yield* client.send(hello)
      yield* eventually(() => server.statistics().active === 1)
      expect(server.isClosing).toBe(false)
      const first = tasklet(() => server.close({ deadlineMs: Infinity }))
      yield* server.closing
      expect(server.isClosing).toBe(true)
      yield* turns(5)
      expect(first.alive).toBe(true)
      yield* server.close({ deadlineMs: 0 })
      yield* first
      yield* server.closed
      yield* server.close()
      client.connection.destroy()
    })
  })

  it("tells handlers by closing, so that streams without an end can end in order", async () => {
    await inWorld(function* () {
      const server = yield* serveHttp({ port: 0 }, (_request, { closing: end }) => reply(200, function* (body) {
        yield* body.write("data: hello\n\n")
        yield* end
        yield* body.write("data: bye\n\n")
      }))
      const client = yield* rawClient(server)
      yield* client.send(hello)
      yield* client.connection.readUntil("hello")
      const closing = tasklet(() => server.close({ deadlineMs: Infinity }))
      yield* client.connection.readUntil("bye")
      expect((yield* client.rest()).text).toContain("0\r\n\r\n")
      client.connection.destroy()
      yield* closing
    })
  })

  it("serves a request that comes while another one of its connection is at work", async () => {
    await inWorld(function* () {
      const go = new Event()
      const server = yield* serveHttp({ port: 0 }, function* ({ path }): Routine<ReturnType<typeof reply>> {
        if (path === "/0") yield* go.wait()
        return reply(200, path)
      })
      const client = yield* rawClient(server)
      yield* client.send("GET /0 HTTP/1.1\r\nhost: a\r\n\r\n")
      yield* eventually(() => server.statistics().active === 1)
      const closing = tasklet(() => server.close({ deadlineMs: Infinity }))
      yield* server.closing
      yield* client.send("GET /1 HTTP/1.1\r\nhost: a\r\n\r\n")
      yield* eventually(() => server.statistics().requests === 2)
      go.set()
      expect((yield* client.response()).body).toBe("/0")
      const { body, headers } = yield* client.response()
      expect([body, headers.get("connection")]).toEqual(["/1", "close"])
      client.connection.destroy()
      yield* closing
    })
  })

  it("checks its deadline", async () => {
    await inWorld(function* () {
      yield* serving({}, () => reply(200), function* (server) {
        for (const deadlineMs of [-1, Number.NaN, "5"]) expect(() => server.close({ deadlineMs: deadlineMs as number })).toThrow("deadlineMs")
        expect(() => server.close({ deadline: 5 } as never)).toThrow("deadline")
      })
    })
  })

  it("may be awaited from async code, and by await using", async () => {
    await inWorld(function* ({ scheduler }) {
      let one: { port: number; isClosing: boolean } | undefined
      yield* scheduler.tasklet(async () => {
        await using server = await serveHttp({ port: 0 }, () => reply(200))
        one = server
      })
      expect(one?.isClosing).toBe(true)
    })
  })
})

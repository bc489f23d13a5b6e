import { currentTasklet, Event, type Operation, schedule, sleep, type Tasklet } from "@vivarium/core"
import { type HttpRequest, reply } from "@vivarium/net"
import { describe, expect, it } from "vitest"
import { eventually, inWorld, rawClient, serving, turns } from "./fixtures/http-world.ts"

const ask = (...paths: string[]): string => paths.map((path) => `GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`).join("")

describe("inOrder", () => {
  it("answers all requests of a connection on one tasklet, and each connection on its own", async () => {
    await inWorld(function* () {
      const tasklets: (Tasklet | undefined)[] = []
      yield* serving({ inOrder: true }, function* (request) {
        tasklets.push(currentTasklet())
        yield* schedule()
        return reply(200, `${request.method} ${yield* request.text()}`)
      }, function* (server) {
        const client = yield* rawClient(server)
        const other = yield* rawClient(server)
        for (let round = 0; round < 3; round++) {
          yield* client.send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\nabc")
          expect((yield* client.response()).body).toBe("POST abc")
        }
        yield* client.send(ask("/", "/"))
        for (let round = 0; round < 2; round++) expect((yield* client.response()).body).toBe("GET ")
        yield* other.get("/")
        expect(new Set(tasklets.slice(0, 5)).size).toBe(1)
        expect(tasklets[5] === tasklets[0]).toBe(false)
        client.connection.destroy()
        other.connection.destroy()
        yield* eventually(() => server.statistics().connections === 0)
        yield* turns(2)
        expect(tasklets.map((one) => one?.alive)).toEqual(Array.from({ length: 6 }, () => false))
      })
    })
  })

  it("begins a request when the one before it is answered, bodies included", async () => {
    await inWorld(function* () {
      const log: string[] = []
      const gates = new Map(["/0", "/1", "/2"].map((path) => [path, new Event()]))
      yield* serving({ inOrder: true }, function* ({ path }) {
        log.push(`begin ${path}`)
        yield* gates.get(path)?.wait() as Operation<void>
        if (path !== "/1") return reply(200, path)
        return reply(200, function* (body) {
          yield* body.write("one")
          yield* schedule()
          log.push("end of /1")
        })
      }, function* (server) {
        const client = yield* rawClient(server)
        yield* client.send(ask("/0", "/1", "/2"))
        yield* eventually(() => server.statistics().active === 3)
        gates.get("/2")?.set()
        yield* turns(10)
        expect(log).toEqual(["begin /0"])
        gates.get("/0")?.set()
        expect((yield* client.response()).body).toBe("/0")
        yield* turns(10)
        expect(log).toEqual(["begin /0", "begin /1"])
        gates.get("/1")?.set()
        expect((yield* client.response()).body).toBe("one")
        expect((yield* client.response()).body).toBe("/2")
        expect(log).toEqual(["begin /0", "begin /1", "end of /1", "begin /2"])
      })
    })
  })

  it("goes on after a handler's error", async () => {
    await inWorld(function* ({ reports }) {
      yield* serving({ inOrder: true }, ({ path }) => {
        if (path === "/1") throw new Error("stung")
        return reply(200, path)
      }, function* (server) {
        const client = yield* rawClient(server)
        yield* client.send(ask("/0", "/1", "/2"))
        const statuses = [(yield* client.response()).status, (yield* client.response()).status, (yield* client.response()).status]
        expect(statuses).toEqual([200, 500, 200])
      })
      expect(reports).toHaveLength(1)
    })
  })

  it.each(["at work", "between two requests", "at work, and cleaning up by waiting"])("closes the connection if its tasklet is killed %s", async (when) => {
    await inWorld(function* ({ reports }) {
      const log: string[] = []
      let victim: Tasklet | undefined
      yield* serving({ inOrder: true }, function* ({ path }) {
        log.push(path)
        victim = currentTasklet()
        if (when === "between two requests") return reply(200, path)
        try {
          yield* sleep(60_000)
        } finally {
          if (when === "at work, and cleaning up by waiting") yield* schedule()
        }
        return reply(200)
      }, function* (server) {
        const client = yield* rawClient(server)
        if (when === "between two requests") yield* client.get("/0")
        else yield* client.send(ask("/0", "/1", "/2"))
        yield* eventually(() => victim !== undefined && (when === "between two requests" || server.statistics().active === 3))
        victim?.kill()
        expect((yield* client.rest()).text).toBe("")
        yield* eventually(() => server.statistics().connections === 0)
        expect(log).toEqual(["/0"])
        expect(server.statistics()).toMatchObject({ active: 0, aborted: when === "between two requests" ? 0 : 2 })
      })
      expect(reports).toEqual([])
    })
  })

  it("runs no request of a client that has gone", async () => {
    await inWorld(function* () {
      const log: string[] = []
      yield* serving({ inOrder: true }, function* (request) {
        log.push(request.path)
        yield* request.closed
        return reply(200)
      }, function* (server) {
        const client = yield* rawClient(server)
        yield* client.send(ask("/0", "/1", "/2"))
        yield* eventually(() => server.statistics().active === 3)
        client.connection.reset()
        yield* eventually(() => server.statistics().active === 0)
        expect(log).toEqual(["/0"])
        expect(server.statistics()).toMatchObject({ requests: 3, aborted: 3, connections: 0 })
      })
    })
  })

  it("holds back a client that asks for thousands", async () => {
    await inWorld(function* ({ scheduler }) {
      const go = new Event()
      yield* serving({ inOrder: true }, function* ({ path }) {
        if (path === "/1") yield* go.wait()
        return reply(200, path)
      }, function* (server) {
        const client = yield* rawClient(server)
        const paths = Array.from({ length: 10_000 }, (_, index) => `/${index}`)
        scheduler.tasklet(function* () {
          yield* client.send(ask(...paths))
        })
        expect((yield* client.response()).body).toBe("/0")
        yield* turns(300)
        expect(server.statistics().requests).toBeLessThan(6000)
        go.set()
        for (const path of paths.slice(1)) expect((yield* client.response()).body).toBe(path)
      })
    })
  }, 20_000)

  it("tells a request where it is refused in the middle", async () => {
    await inWorld(function* ({ reports }) {
      const read = function* (request: HttpRequest) {
        return reply(200, yield* request.text())
      }
      yield* serving({ inOrder: true, maxBodyBytes: 5 }, read, function* (server) {
        const client = yield* rawClient(server)
        yield* client.send("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n6\r\nabcdef\r\n")
        expect((yield* client.response()).status).toBe(413)
        expect((yield* client.rest()).end).toBe("end")
      })
      expect(reports).toEqual([])
    })
  })
})

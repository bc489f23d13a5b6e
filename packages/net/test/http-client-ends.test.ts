import { Event, select, sleep, tasklet, type Tasklet, type TimeoutError } from "@vivarium/core"
import { fetchHttp, HttpClient, type LimitError, reply } from "@vivarium/net"
import { subscribe, unsubscribe } from "node:diagnostics_channel"
import { describe, expect, it } from "vitest"
import { eventually, inWorld, serving, turns } from "./fixtures/http-world.ts"
import { raisedBy } from "./fixtures/raised.ts"

describe("what ends a request", () => {
  it("is its time-out while it waits for the head; the server sees the client go", async () => {
    await inWorld(function* () {
      const log: string[] = []
      yield* serving({}, function* (request) {
        if (request.path === "/warm") return reply(200)
        yield* request.closed
        log.push(`closed ${request.signal.aborted}`)
        return reply(200)
      }, function* (server) {
        yield* (yield* fetchHttp(`${server.url}/warm`)).text()
        const error = yield* raisedBy(function* () {
          yield* fetchHttp(server.url, { timeoutMs: 200 })
        })
        expect(error).toMatchObject({ name: "TimeoutError", message: expect.stringContaining(`fetchHttp(${server.url}/)`) as string })
        yield* eventually(() => server.statistics().active === 0)
        expect(log).toEqual(["closed true"])
      })
    })
  })

  it.each<[string, string]>([
    ["a kill", "killed"],
    ["a lost select", "lost"],
    ["an abort of its signal", "enough"],
  ])("is %s while it waits for the head", async (what, expected) => {
    await inWorld(function* () {
      const log: string[] = []
      yield* serving({}, function* (request) {
        yield* request.closed
        log.push("closed")
        return reply(200)
      }, function* (server) {
        const controller = new AbortController()
        const lose = new Event()
        let outcome = "killed"
        const asking = tasklet(function* () {
          try {
            const first = yield* select({ response: fetchHttp(server.url, { signal: controller.signal }), lost: lose.wait() })
            outcome = first.key
          } catch (error) {
            outcome = (error as Error).message
          }
        })
        yield* eventually(() => server.statistics().active === 1)
        if (what === "a kill") asking.kill()
        else if (what === "a lost select") lose.set()
        else controller.abort(new Error("enough"))
        yield* eventually(() => server.statistics().active === 0)
        expect(log).toEqual(["closed"])
        expect([asking.alive, outcome]).toEqual([false, expected])
      })
    })
  })

  it("is a signal that is aborted already: nothing is sent", async () => {
    await inWorld(function* () {
      yield* serving({}, () => reply(200), function* (server) {
        const reason = new Error("enough")
        const error = yield* raisedBy(function* () {
          yield* fetchHttp(server.url, { signal: AbortSignal.abort(reason) })
        })
        expect(error).toBe(reason)
        expect(server.statistics().requests).toBe(0)
      })
    })
  })

  it.each<[string, string]>([
    ["a kill", "killed"],
    ["the time-out of a read", "timeout"],
    ["a lost select", "lost"],
  ])("is %s in the middle of a body that is read whole; the connection is given up, the next request works", async (what, expected) => {
    await inWorld(function* () {
      const log: string[] = []
      yield* serving({}, ({ path }) => path === "/next" ? reply(200, "next") : reply(200, function* (body) {
        try {
          yield* body.write("begun")
          yield* sleep(60_000)
        } finally {
          log.push("finally")
        }
      }), function* (server) {
        const lose = new Event()
        let outcome = ""
        const reading = tasklet(function* () {
          const response = yield* fetchHttp(server.url)
          outcome = "killed"
          try {
            const first = yield* select({ text: response.text(what === "the time-out of a read" ? { timeoutMs: 20 } : {}), lost: lose.wait() })
            outcome = first.key
          } catch (error) {
            outcome = (error as TimeoutError).code
          }
        })
        yield* eventually(() => outcome !== "")
        yield* turns(3)
        if (what === "a kill") reading.kill()
        else if (what === "a lost select") lose.set()
        yield* eventually(() => server.statistics().active === 0)
        expect(log).toEqual(["finally"])
        expect([reading.alive, outcome]).toEqual([false, expected])
        expect(yield* (yield* fetchHttp(`${server.url}/next`)).text()).toBe("next")
      })
    })
  })

  it("is the end of the block that holds it by using", async () => {
    await inWorld(function* () {
      yield* serving({}, () => reply(200, function* (body) {
        yield* body.write("begun\n")
        yield* sleep(60_000)
      }), function* (server) {
        {
          using response = yield* fetchHttp(server.url)
          expect(yield* response.body.readLine()).toBe("begun")
        }
        yield* eventually(() => server.statistics().active === 0 && server.statistics().connections === 0)
        expect(server.statistics().aborted).toBe(1)
      })
    })
  })

  it("costs nothing where the body was read to its end", async () => {
    await inWorld(function* () {
      yield* serving({}, () => reply(200, "well"), function* (server) {
        for (let round = 0; round < 3; round++) {
          using response = yield* fetchHttp(server.url)
          expect(yield* response.text()).toBe("well")
        }
        expect(server.statistics()).toMatchObject({ requests: 3, aborted: 0 })
        expect(server.statistics().connections).toBeLessThanOrEqual(2)
      })
    })
  })
})

describe("limits", () => {
  it("of the body are raised at once where it is announced, and in the middle otherwise; the connection is given up", async () => {
    await inWorld(function* () {
      yield* serving({}, ({ path }) => path === "/announced" ? reply(200, "x".repeat(5_000_000)) : reply(200, function* (body) {
        for (;;) yield* body.write("x".repeat(10_000))
      }), function* (server) {
        for (const path of ["/announced", "/pieces"]) {
          const response = yield* fetchHttp(server.url + path, { maxBodyBytes: 1_000_000 })
          const error = yield* raisedBy(function* () {
            yield* response.text()
          })
          expect(error).toMatchObject({ name: "LimitError", code: "body_too_large", maxBytes: 1_000_000 } satisfies Partial<LimitError>)
          yield* eventually(() => server.statistics().active === 0 && server.statistics().connections === 0)
        }
        const small = yield* fetchHttp(`${server.url}/announced`)
        expect(yield* small.text({ maxBytes: 5_000_000 })).toHaveLength(5_000_000)
      })
    })
  })

  it("hold back a server that sends more than is read", async () => {
    await inWorld(function* () {
      let made = 0
      yield* serving({}, () => reply(200, function* (body) {
        for (; made < 1000; made++) yield* body.write("x".repeat(65_536))
      }), function* (server) {
        const response = yield* fetchHttp(server.url)
        let before = -1
        while (made !== before) {
          before = made
          yield* turns(200)
        }
        expect(made).toBeLessThan(500)
        let length = 0
        for (let chunk = yield* response.body.read(); chunk !== undefined; chunk = yield* response.body.read()) length += chunk.length
        expect(length).toBe(1000 * 65_536)
      })
    })
  })

  it("bound the connections to one server: more requests wait", async () => {
    await inWorld(function* () {
      const go = new Event()
      yield* serving({}, function* () {
        yield* go.wait()
        return reply(200, "well")
      }, function* (server) {
        const client = new HttpClient({ maxConnections: 3 })
        const asking = Array.from({ length: 20 }, () => tasklet(function* () {
          return yield* (yield* client.fetch(server.url)).text()
        }))
        yield* eventually(() => server.statistics().active === 3)
        yield* turns(50)
        expect(server.statistics()).toMatchObject({ connections: 3, requests: 3 })
        asking[19]?.kill()
        go.set()
        for (const one of asking.slice(0, 19)) expect(yield* one).toBe("well")
        expect(server.statistics()).toMatchObject({ requests: 19 })
        yield* client.close()
        yield* eventually(() => server.statistics().connections === 0)
      })
    })
  })

  it("of 128 hold for fetchHttp", async () => {
    await inWorld(function* () {
      const go = new Event()
      yield* serving({}, function* () {
        yield* go.wait()
        return reply(200, "well")
      }, function* (server) {
        const asking = Array.from({ length: 300 }, () => tasklet(function* () {
          return yield* (yield* fetchHttp(server.url)).text()
        }))
        yield* eventually(() => server.statistics().active === 128)
        yield* turns(50)
        expect(server.statistics()).toMatchObject({ connections: 128, requests: 128 })
        go.set()
        for (const one of asking) expect(yield* one).toBe("well")
        expect(server.statistics()).toMatchObject({ connections: 128, requests: 300 })
      })
    })
  })
})

describe("a response that comes when its tasklet is killed", () => {
  it("does not hold its connection", async () => {
    await inWorld(function* () {
      yield* serving({}, () => reply(200, function* (body) {
        for (;;) yield* body.write("x".repeat(65_536))
      }), function* (server) {
        const client = new HttpClient({ maxConnections: 1 })
        const headers = new Event()
        const asked: Tasklet[] = []
        // It waits in front of the one that asks, so it is also woken, and runs, before that one has its response.
        const killer = tasklet(function* () {
          yield* headers.wait()
          for (const one of asked) one.kill()
        })
        asked.push(tasklet(function* () {
          yield* client.fetch(server.url)
        }))
        const seen = (): void => headers.set()
        subscribe("undici:request:headers", seen)
        try {
          yield* eventually(() => !killer.alive)
        } finally {
          unsubscribe("undici:request:headers", seen)
        }
        expect(asked[0]?.alive).toBe(false)
        yield* eventually(() => server.statistics().active === 0)
        yield* client.close()
      })
    })
  })
})

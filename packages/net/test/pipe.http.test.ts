import { type Routine, sleep, tasklet } from "@vivarium/core"
import { HttpClient, type HttpServer, pair, pipe, reply } from "@vivarium/net"
import { Readable, Writable } from "node:stream"
import { describe, expect, it } from "vitest"
import { cameAbout, someTurns } from "./fixtures/came-about.ts"
import { basins, CHUNK, springs } from "./fixtures/flows.ts"
import { inWorld, rawClient, serving } from "./fixtures/http-world.ts"
import { raised } from "./fixtures/raised.ts"

const text = "nectar ".repeat(50_000)

/** Runs a body with a client that is closed in the end. */
function asking(handler: Parameters<typeof serving>[1], body: (server: HttpServer, client: HttpClient) => Routine<void>): Promise<void> {
  return inWorld(function* () {
    const client = new HttpClient()
    yield* serving({}, handler, (server) => body(server, client))
    yield* client.close()
  })
}

describe("a body that is written by a pipe", () => {
  it.each(springs)("brings all of %s to the client", async (_name, makeSpring) => {
    let count: number | undefined
    await asking(
      () => reply(200, function* (body) { count = yield* pipe(makeSpring({ chunks: [text, text] }).source, body) }),
      function* (server, client) {
        const response = yield* client.fetch(server.url)
        expect(yield* response.text()).toBe(text + text)
        expect(count).toBe(2 * text.length)
      },
    )
  })

  it.each(springs)("closes %s when the client goes away, or takes nothing", async (_name, makeSpring) => {
    const spring = makeSpring({ chunks: "endless" })
    await asking(
      () => reply(200, function* (body) { yield* pipe(spring.source, body) }),
      function* (server) {
        const { connection } = yield* rawClient(server)
        yield* connection.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        expect(yield* connection.readLine()).toBe("HTTP/1.1 200 OK")
        yield* someTurns(20)
        expect(spring.isClosed()).toBe(false)
        yield* connection.reset()
        yield* cameAbout(spring.isClosed)
        expect(spring.isClosed()).toBe(true)
      },
    )
  })

  it.each(springs)("is broken off for the client if %s fails", async (_name, makeSpring) => {
    const sting = new Error("sting")
    await inWorld(function* ({ reports }) {
      const client = new HttpClient()
      yield* serving({}, () => reply(200, function* (body) { yield* pipe(makeSpring({ chunks: [text], then: sting }).source, body) }), function* (server) {
        const response = yield* client.fetch(server.url)
        expect(yield* raised(response.text())).toMatchObject({ code: "connection_reset" })
        expect(reports.map(({ error }) => error)).toEqual([sting])
      })
      yield* client.close()
    })
  })

  it("may go on after a pipe", () =>
    asking(
      () =>
        reply(200, function* (body) {
          yield* body.write("before ")
          yield* pipe(Readable.from(["piped "]), body)
          yield* body.write("after")
        }),
      function* (server, client) {
        expect(yield* (yield* client.fetch(server.url)).text()).toBe("before piped after")
      },
    ))
})

describe("a body that comes in, as the source of a pipe", () => {
  it.each(basins)("is written to %s", async (_name, makeBasin) => {
    const basin = makeBasin()
    await asking(
      function* (request) {
        return reply(200, `${yield* pipe(request.body, basin.target)}`)
      },
      function* (server, client) {
        const response = yield* client.fetch(server.url, { method: "POST", body: text })
        expect(yield* response.text()).toBe(`${text.length}`)
        expect(basin.text()).toBe(text)
        expect(basin.end()).toBe("ended")
      },
    )
  })

  it.each(basins)("of a response is written to %s, and given up if that fails", async (_name, makeBasin) => {
    const sting = new Error("sting")
    let over = false
    await asking(
      () =>
        reply(200, function* (body) {
          try {
            for (;;) yield* body.write(text)
          } finally {
            over = true
          }
        }),
      function* (server, client) {
        const basin = makeBasin()
        const response = yield* client.fetch(server.url)
        const piping = tasklet(() => raised(pipe(response.body, basin.target)))
        yield* cameAbout(() => basin.text() !== "")
        basin.fail(sting)
        expect(yield* piping).toBe(sting)
        yield* cameAbout(() => over)
        expect(over).toBe(true)
      },
    )
  })

  it("of a response is given up if the pipe is killed", async () => {
    let over = false
    await asking(
      () =>
        reply(200, function* (body) {
          try {
            for (;;) yield* body.write(text)
          } finally {
            over = true
          }
        }),
      function* (server, client) {
        const response = yield* client.fetch(server.url)
        const victim = tasklet(() => pipe(response.body, new Writable({ write() {} })))
        yield* someTurns(20)
        expect(over).toBe(false)
        victim.kill()
        yield* cameAbout(() => over)
        expect(over).toBe(true)
      },
    )
  })

  it("of a request that is broken off raises that, and breaks the target off", async () => {
    const basin = basins[0]![1]()
    let error: Error | undefined
    await asking(
      function* (request) {
        error = yield* raised(pipe(request.body, basin.target))
        return reply(200)
      },
      function* (server) {
        const { connection } = yield* rawClient(server)
        yield* connection.write("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\nhoney")
        yield* cameAbout(() => basin.text() === "honey")
        yield* connection.reset()
        yield* cameAbout(() => basin.end() !== undefined)
        expect(basin.end()).toBe("broken")
        expect(error).toMatchObject({ code: "connection_reset" })
      },
    )
  })
})

describe("a proxy", () => {
  /** Answers what it gets, in capitals, piece by piece. */
  const shouting: Parameters<typeof serving>[1] = (request) =>
    reply(200, function* (body) {
      for (let chunk = yield* request.body.read(); chunk !== undefined; chunk = yield* request.body.read()) yield* body.write(String(chunk).toUpperCase())
    })

  function proxied(body: (server: HttpServer, client: HttpClient) => Routine<void>): Promise<void> {
    return asking(shouting, (upstream, client) =>
      serving({}, function* (request) {
        const response = yield* client.fetch(upstream.url, { method: "POST", body: request.body })
        return reply(response.status, function* (out) {
          yield* pipe(response.body, out)
        })
      }, (server) => body(server, client)),
    )
  }

  it("sends a request's body on while it comes, and the response back", () =>
    proxied(function* (server, client) {
      const response = yield* client.fetch(server.url, { method: "POST", body: text })
      expect(yield* response.text()).toBe(text.toUpperCase())
    }))

  it("has both on the way at once", () =>
    proxied(function* (server, client) {
      const [far, near] = pair()
      yield* far.write("one ")
      const response = yield* client.fetch(server.url, { method: "POST", body: near })
      expect(String(yield* response.body.readBytes(4))).toBe("ONE ")
      yield* far.write("two")
      yield* far.end()
      expect(yield* response.text()).toBe("TWO")
    }))

  it("carries much through, all of it", () =>
    proxied(function* (server, client) {
      const size = 4 * 1024 * 1024
      let sent = 0
      const source = new Readable({
        read(want) {
          const length = Math.min(want, size - sent)
          sent += length
          this.push(length === 0 ? null : Buffer.alloc(length, "x"))
        },
      })
      const response = yield* client.fetch(server.url, { method: "POST", body: source })
      let got = 0
      yield* pipe(response.body, new Writable({
        write(chunk: Buffer, _encoding, done) {
          got += chunk.every((byte) => byte === 88) ? chunk.length : 0
          done()
        },
      }))
      expect(got).toBe(size)
    }))

  it("holds the client up whose target takes nothing", async () => {
    const spring = springs[0]![1]({ chunks: "endless" })
    await asking(
      function* (request) {
        yield* request.body.read()
        yield* request.closed
        return reply(200)
      },
      (upstream, client) =>
        serving({}, function* (request) {
          yield* client.fetch(upstream.url, { method: "POST", body: request.body })
          return reply(200)
        }, function* (server) {
          const victim = tasklet(() => client.fetch(server.url, { method: "POST", body: spring.source as Readable }))
          yield* cameAbout(() => spring.pulls() > 10)
          let before = -1
          while (before !== spring.pulls()) {
            before = spring.pulls()
            yield* someTurns(200)
          }
          // What the system keeps for two connections is some megabytes.
          expect(spring.pulls() * CHUNK).toBeLessThan(32 * 1024 * 1024)
          victim.kill()
          yield* cameAbout(spring.isClosed)
        }),
    )
  })
})

describe("the body of a response as the body of a request", () => {
  it("is sent on, and given up if that is killed", async () => {
    let over = false
    await asking(
      function* (request) {
        if (request.path === "/sink") {
          const first = yield* request.body.readBytes(7)
          if (request.query.has("hang")) yield* request.closed
          return reply(200, String(first))
        }
        return reply(200, function* (body) {
          try {
            for (;;) yield* body.write(text)
          } finally {
            over = true
          }
        })
      },
      function* (server, client) {
        const response = yield* client.fetch(`${server.url}/spring`)
        const victim = tasklet(() => client.fetch(`${server.url}/sink?hang`, { method: "POST", body: response.body }))
        yield* someTurns()
        expect(over).toBe(false)
        victim.kill()
        yield* cameAbout(() => over)
        expect(over).toBe(true)
      },
    )
  })
})

describe("a connection as the body of a request", () => {
  it("keeps what was not sent, if that is killed", () =>
    asking(
      function* (request) {
        yield* request.body.read()
        yield* request.closed
        return reply(200)
      },
      function* (server, client) {
        const [far, near] = pair()
        yield* far.write("first")
        const victim = tasklet(() => client.fetch(server.url, { method: "POST", body: near }))
        yield* cameAbout(() => near.statistics().unread === 0)
        yield* someTurns(20)
        victim.kill()
        yield* sleep(0)
        yield* far.write("second\n")
        expect(yield* near.readLine()).toBe("second")
      },
    ))

  it("that is broken off breaks the request off", () =>
    asking(
      function* (request) {
        yield* raised(request.bytes())
        return reply(200)
      },
      function* (server, client) {
        const [far, near] = pair()
        yield* far.write("first")
        const asking = tasklet(() => raised(client.fetch(server.url, { method: "POST", body: near })))
        yield* cameAbout(() => near.statistics().unread === 0)
        void far.reset()
        expect((yield* asking).code).toBe("connection_reset")
      },
    ))
})


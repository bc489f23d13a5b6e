import { Event, type Operation, type Routine, sleep } from "@vivarium/core"
import { type HttpRequest, reply } from "@vivarium/net"
import { describe, expect, it } from "vitest"
import { attacked, leave, many } from "./fixtures/attacked.ts"
import { eventually, rawClient } from "./fixtures/http-world.ts"

const piece = "x".repeat(65_536)

describe("garbage", () => {
  const noise = Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * index * 31 + index * 7 + 128) % 256))

  it.each<[string, string | Buffer]>([
    ["bytes by chance", noise],
    ["zeros", Buffer.alloc(4096)],
    ["the start of TLS", Buffer.from("16030100c8010000c40303", "hex")],
    ["another protocol", "EHLO wasp.test\r\n"],
    ["a strange version", "GET / HTTP/9.9\r\nhost: a\r\n\r\n"],
    ["a space in a header's name", "GET / HTTP/1.1\r\nhost : a\r\n\r\n"],
    ["a header without a colon", "GET / HTTP/1.1\r\nhost: a\r\nnonsense\r\n\r\n"],
    ["a zero in a header", "GET / HTTP/1.1\r\nhost: a\r\nx: a\0b\r\n\r\n"],
    ["a length that is none", "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: -1\r\n\r\n"],
    ["a length beyond all", "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 99999999999999999999999\r\n\r\n"],
    ["two lengths", "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab"],
    ["a length and chunks", "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n"],
    ["an unknown encoding", "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked, wasp\r\n\r\n"],
  ])("(%s) gets 400, or the end, and no handler runs", async (_name, bytes) => {
    const paths: string[] = []
    const note = ({ path }: HttpRequest): unknown => {
      paths.push(path)
      return reply(200)
    }
    await attacked({}, note, function* (server, beside) {
      const clients = yield* many(server, 3)
      for (const client of clients) {
        yield* client.send(bytes)
        yield* beside()
        const { text } = yield* client.rest()
        expect(text).toMatch(/^(HTTP\/1\.1 400 Bad Request\r\n[^]*)?$/)
      }
      expect(paths).toEqual([])
      yield* leave(clients)
    })
  })

  it("behind a valid request gets its answer, and then 400", async () => {
    await attacked({}, () => reply(200, "well"), function* (server, beside) {
      for (const garbage of [noise, "GET nonsense\r\n\r\n", Buffer.alloc(100)]) {
        const client = yield* rawClient(server)
        yield* client.send(Buffer.concat([Buffer.from("GET / HTTP/1.1\r\nhost: a\r\n\r\n".repeat(2)), Buffer.from(garbage)]))
        yield* beside()
        for (let round = 0; round < 2; round++) expect(yield* client.response()).toMatchObject({ status: 200, body: "well" })
        expect((yield* client.response()).status).toBe(400)
        expect((yield* client.rest()).text).toBe("")
        const later = yield* rawClient(server)
        expect((yield* later.get("/")).body).toBe("well")
        yield* later.send(garbage)
        expect((yield* later.response()).status).toBe(400)
        yield* leave([client, later])
      }
    })
  })

  it.each<[string, number, string]>([
    ["a head that is too large", 431, `GET / HTTP/1.1\r\nhost: a\r\nx-long: ${"y".repeat(20_000)}`],
    ["a head that never ends", 408, "GET / HTTP/1.1\r\nho"],
  ])("or %s behind a request at work waits for its answer, and gets %i then", async (_name, status, bytes) => {
    let go: Event | undefined
    const wait = function* (): Routine<unknown> {
      yield* go?.wait() as Operation<void>
      return reply(200, "well")
    }
    await attacked({ headerMs: 400 }, wait, function* (server, beside) {
      go = new Event()
      const client = yield* rawClient(server)
      yield* client.send(`GET / HTTP/1.1\r\nhost: a\r\n\r\n${bytes}`)
      yield* eventually(() => server.statistics().refused === 1)
      yield* beside()
      go.set()
      expect((yield* client.response()).body).toBe("well")
      expect((yield* client.response()).status).toBe(status)
      expect((yield* client.rest()).text).toBe("")
      yield* leave([client])
    })
  })

  it("in the middle of a body gets 400; who reads it is told", async () => {
    const raised: unknown[] = []
    const read = function* (request: HttpRequest): Routine<unknown> {
      try {
        return reply(200, yield* request.text())
      } catch (error) {
        raised.push(error)
        throw error
      }
    }
    await attacked({}, read, function* (server, beside) {
      const client = yield* rawClient(server)
      yield* client.send("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\nwasp\r\n")
      yield* beside()
      expect((yield* client.response()).status).toBe(400)
      yield* eventually(() => server.statistics().active === 0)
      expect(raised).toMatchObject([{ code: "connection_reset" }])
      expect(server.statistics()).toMatchObject({ refused: 1, aborted: 0 })
      yield* leave([client])
    })
  })

  it("in the middle of a body, with its answer half sent, gets the end", async () => {
    let go: Event | undefined
    const echo = (request: HttpRequest): unknown => reply(200, function* (body) {
      yield* body.write("begun")
      yield* go?.wait() as Operation<void>
      yield* body.write(yield* request.text())
    })
    await attacked({}, echo, function* (server, beside) {
      go = new Event()
      const client = yield* rawClient(server)
      yield* client.send("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n")
      yield* client.connection.readUntil("begun")
      yield* client.send("wasp\r\n")
      yield* beside()
      go.set()
      expect((yield* client.rest()).text).not.toContain("0\r\n\r\n")
      yield* leave([client])
    })
  })
})

describe("a reset", () => {
  it("in the middle of a head, of a body and of a response ends that one request", async () => {
    const log: string[] = []
    const slow = (request: HttpRequest): unknown => request.path === "/response" ? reply(200, function* (body) {
      try {
        for (;;) {
          yield* body.write("tick")
          yield* sleep(1)
        }
      } finally {
        log.push("response ended")
      }
    }) : request.text()
    await attacked({}, slow, function* (server, beside) {
      for (let round = 0; round < 10; round++) {
        const head = yield* rawClient(server)
        const body = yield* rawClient(server)
        const response = yield* rawClient(server)
        yield* head.send("GET / HTTP/1.1\r\nho")
        yield* body.send("POST /body HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\nabc")
        yield* response.send("GET /response HTTP/1.1\r\nhost: a\r\n\r\n")
        yield* response.connection.readUntil("tick")
        yield* beside()
        for (const { connection } of [head, body, response]) void connection.reset()
        yield* eventually(() => server.statistics().connections === 1)
      }
      expect(log).toHaveLength(10)
      expect(server.statistics()).toMatchObject({ aborted: 20, failed: 0, refused: 0 })
    })
  })
})

describe("a client that ends its side only", () => {
  it("is taken for one that has gone: its request is closed, and it gets the end", async () => {
    const log: string[] = []
    const wait = function* (request: HttpRequest): Routine<unknown> {
      yield* request.closed
      log.push(request.path)
      return reply(200, "too late")
    }
    await attacked({}, wait, function* (server, beside) {
      const whole = yield* rawClient(server)
      const half = yield* rawClient(server)
      const nothing = yield* rawClient(server)
      yield* whole.send("GET /whole HTTP/1.1\r\nhost: a\r\n\r\n")
      yield* half.send("POST /half HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\nabc")
      yield* eventually(() => server.statistics().active === 2)
      for (const client of [whole, half, nothing]) {
        yield* client.connection.end()
        yield* beside()
        expect((yield* client.rest()).text).toBe("")
      }
      yield* eventually(() => server.statistics().active === 0)
      expect(log).toEqual(["/whole", "/half"])
      expect(server.statistics()).toMatchObject({ aborted: 2, refused: 0 })
    })
  })
})

describe("pipelining", () => {
  it.each([100, 5000])("of %i requests gets all answers in order", async (count) => {
    await attacked({}, ({ path }) => reply(200, path), function* (server, beside, { scheduler }) {
      const client = yield* rawClient(server)
      const paths = Array.from({ length: count }, (_, index) => `/${index}`)
      scheduler.tasklet(function* () {
        yield* client.send(paths.map((path) => `GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`).join(""))
      })
      yield* beside()
      for (const path of paths) expect((yield* client.response()).body).toBe(path)
      yield* leave([client])
    })
  })
})

describe("a client that closes while it is written to", () => {
  it("ends its own answer only, a hundred times", async () => {
    let finished = 0
    const big = (): unknown => reply(200, function* (body) {
      try {
        for (;;) yield* body.write(piece)
      } finally {
        finished++
      }
    })
    await attacked({}, big, function* (server, beside) {
      for (let round = 0; round < 100; round++) {
        const client = yield* rawClient(server)
        yield* client.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        yield* client.head()
        if (round % 10 === 0) yield* beside()
        if (round % 2 === 0) void client.connection.reset()
        else client.connection.destroy()
      }
      yield* eventually(() => server.statistics().connections === 1)
      expect(finished).toBe(100)
      expect(server.statistics()).toMatchObject({ aborted: 100, failed: 0 })
    })
  })
})

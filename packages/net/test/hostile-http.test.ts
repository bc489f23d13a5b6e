import { Event, type Operation, type Routine, sleep } from "@vivarium/core"
import { type HttpRequest, type HttpServer, reply, type ServeHttpOptions } from "@vivarium/net"
import { describe, expect, it } from "vitest"
import { eventually, inWorld, type RawClient, rawClient, serving, turns, type World } from "./fixtures/http-world.ts"

const piece = "x".repeat(65_536)
const gigabyte = 1_073_741_824

/** Serves while somebody attacks; a client beside him is served before, meanwhile and afterwards, on one connection. */
async function attacked(
  options: ServeHttpOptions,
  handler: (request: HttpRequest) => unknown,
  attack: (server: HttpServer, beside: () => Routine<void>, world: World) => Routine<void>,
): Promise<void> {
  await inWorld(function* (world) {
    const answer = (request: HttpRequest): unknown => (request.path === "/beside" ? reply(200, `beside ${request.peer}`) : handler(request))
    yield* serving(options, answer, function* (server) {
      const good = yield* rawClient(server)
      const expected = `beside 127.0.0.1:${good.connection.localPort}`
      const beside = function* (): Routine<void> {
        for (let round = 0; round < 3; round++) expect(yield* good.get("/beside")).toMatchObject({ status: 200, body: expected })
      }
      yield* beside()
      yield* attack(server, beside, world)
      yield* beside()
      good.connection.destroy()
      yield* eventually(() => server.statistics().connections === 0)
      expect(server.statistics().active).toBe(0)
    })
    expect(world.reports).toEqual([])
  })
}

function* many(server: HttpServer, count: number): Routine<RawClient[]> {
  const clients: RawClient[] = []
  while (clients.length < count) clients.push(yield* rawClient(server))
  return clients
}

function* leave(clients: readonly RawClient[]): Routine<void> {
  for (const { connection } of clients) connection.destroy()
  yield* turns(1)
}

describe("a slow-loris", () => {
  it("on the head gets 408 after headerMs, each of fifty", async () => {
    await attacked({ headerMs: 120 }, () => reply(200), function* (server, beside) {
      const clients = yield* many(server, 50)
      const start = "GET / HTTP/1.1\r\nhost: a\r\nx-slow: "
      for (let index = 0; index < 8; index++) {
        for (const client of clients) yield* client.send(start.slice(index, index + 1))
        yield* beside()
      }
      for (const client of clients) {
        expect((yield* client.response()).status).toBe(408)
        expect((yield* client.rest()).text).toBe("")
      }
      expect(server.statistics()).toMatchObject({ refused: 50 })
      yield* leave(clients)
    })
  })

  it("on the body gets 408 after idleMs where it stops, and after requestMs where it drips", async () => {
    const read = function* (request: HttpRequest): Routine<unknown> {
      return reply(200, yield* request.text())
    }
    await attacked({ idleMs: 300, requestMs: 400, headerMs: 100 }, read, function* (server, beside) {
      const stopping = yield* many(server, 20)
      const dripping = yield* many(server, 20)
      for (const client of [...stopping, ...dripping]) yield* client.send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\nx")
      let refused = false
      dripping[0]?.connection.peek().then(() => (refused = true), () => (refused = true))
      while (!refused) {
        for (const client of dripping) {
          try {
            yield* client.send("x")
          } catch {
            // It may be refused by now.
          }
        }
        yield* beside()
        yield* sleep(5)
      }
      for (const client of [...stopping, ...dripping]) expect((yield* client.response()).status).toBe(408)
      expect(server.statistics()).toMatchObject({ refused: 40, aborted: 0, failed: 0 })
      yield* leave([...stopping, ...dripping])
    })
  })
})

describe("a body of 1 GB", () => {
  /** Sends up to 1 GB, until the server has answered; gives how much it has got rid of. */
  function* flood(client: RawClient, pieces: () => string): Routine<number> {
    let sent = 0
    let answered = false
    client.connection.peek().then(() => (answered = true), () => (answered = true))
    while (!answered && sent < gigabyte) {
      yield* client.send(pieces())
      sent += piece.length
      yield* turns(1)
    }
    return sent
  }

  const read = function* (request: HttpRequest): Routine<unknown> {
    return reply(200, yield* request.text())
  }

  it("that is announced gets 413 at once", async () => {
    await attacked({}, read, function* (server, beside) {
      const client = yield* rawClient(server)
      yield* client.send(`POST / HTTP/1.1\r\nhost: a\r\ncontent-length: ${gigabyte}\r\n\r\n`)
      expect(yield* flood(client, () => piece)).toBeLessThan(10_000_000)
      expect((yield* client.response()).status).toBe(413)
      yield* beside()
      yield* leave([client])
    })
  })

  it("that comes in chunks gets 413 behind the limit", async () => {
    let arrived = 0
    const counted = function* (request: HttpRequest): Routine<unknown> {
      try {
        return yield* read(request)
      } finally {
        arrived = request.raw.socket.bytesRead
      }
    }
    await attacked({}, counted, function* (server, beside) {
      const client = yield* rawClient(server)
      yield* client.send("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n")
      yield* flood(client, () => `${piece.length.toString(16)}\r\n${piece}\r\n`)
      expect((yield* client.response()).status).toBe(413)
      // The limit of 10 MiB, and what was in the queue besides.
      expect(arrived).toBeGreaterThan(10_485_760)
      expect(arrived).toBeLessThan(10_485_760 + 400_000)
      yield* beside()
      yield* leave([client])
    })
  })

  it("for a handler that does not read stays with the client", async () => {
    const seen: HttpRequest[] = []
    let go: Event | undefined
    const holding = function* (request: HttpRequest): Routine<unknown> {
      seen.push(request)
      if (request.path === "/first") yield* request.body.read()
      yield* go?.wait() as Operation<void>
      return reply(200, "no need")
    }
    await attacked({}, holding, function* (server, beside, { scheduler }) {
      go = new Event()
      const clients = yield* many(server, 2)
      let sent = 0
      for (const [index, client] of clients.entries()) {
        yield* client.send(`POST ${index === 0 ? "/first" : "/never"} HTTP/1.1\r\nhost: a\r\ncontent-length: ${gigabyte}\r\n\r\n`)
        scheduler.tasklet(function* () {
          try {
            for (; sent < gigabyte; sent += piece.length) yield* client.send(piece)
          } catch {
            // The end of the test has destroyed the connection.
          }
        })
      }
      yield* eventually(() => seen.length === 2)
      for (let round = 0; round < 20; round++) {
        yield* beside()
        yield* turns(20)
      }
      // What is queued for reading, what Node and the parser hold; the rest waits in the system or with the client.
      for (const { raw } of seen) expect(raw.socket.bytesRead).toBeLessThan(400_000)
      expect(sent).toBeLessThan(50_000_000)
      go.set()
      for (const client of clients) expect((yield* client.response()).body).toBe("no need")
      yield* leave(clients)
    })
  })
})

describe("a head of 1 MB", () => {
  it.each([
    ["in one header", "x-long: ", "y"],
    ["in the path", "", ""],
    ["in many headers", "", "a: b\r\n"],
  ])("%s gets 431", async (name, before, unit) => {
    await attacked({}, () => reply(200), function* (server, beside) {
      const clients = yield* many(server, 5)
      for (const client of clients) {
        if (name === "in the path") yield* client.send(`GET /${"y".repeat(1_000_000)}`)
        else yield* client.send(`GET / HTTP/1.1\r\nhost: a\r\n${before}${unit.repeat(1_000_000 / unit.length)}`)
        yield* beside()
        expect((yield* client.response()).status).toBe(431)
        expect((yield* client.rest()).text).toBe("")
      }
      expect(server.statistics()).toMatchObject({ refused: 5 })
      yield* leave(clients)
    })
  })
})

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

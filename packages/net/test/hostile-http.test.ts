import { Event, type Operation, type Routine, sleep } from "@vivarium/core"
import { type HttpRequest, reply } from "@vivarium/net"
import { describe, expect, it } from "vitest"
import { attacked, leave, many } from "./fixtures/attacked.ts"
import { eventually, type RawClient, rawClient, turns } from "./fixtures/http-world.ts"

const piece = "x".repeat(65_536)
const gigabyte = 1_073_741_824

describe("a slow-loris", () => {
  it("on the head gets 408 after headerMs, each of fifty", async () => {
    await attacked({ headerMs: 400 }, () => reply(200), function* (server, beside) {
      const clients = yield* many(server, 50)
      const start = "GET / HTTP/1.1\r\nhost: a\r\nx-slow: "
      for (let index = 0; index < 20; index++) {
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
    await attacked({ idleMs: 500, requestMs: 700, headerMs: 400 }, read, function* (server, beside) {
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

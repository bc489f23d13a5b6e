import { type Routine, schedule, tasklet } from "@vivarium/core"
import { type Connection, fromStream, listen, type Server } from "@vivarium/net"
import { connect as connectSocket, type Socket } from "node:net"
import { Duplex, PassThrough } from "node:stream"
import { connect as connectTls } from "node:tls"
import { describe, expect, it } from "vitest"
import { cameAbout, someTurns } from "./fixtures/came-about.ts"
import { cert, key } from "./fixtures/certificate.ts"
import { inWorld } from "./fixtures/http-world.ts"
import { raised } from "./fixtures/raised.ts"

/** Two streams joined back to back: what is written to one is read from the other. */
function duplexPair(options: { readonly objectMode?: boolean; readonly allowHalfOpen?: boolean } = {}): [Duplex, Duplex] {
  const make = (other: () => Duplex): Duplex =>
    new Duplex({
      ...options,
      read() {},
      write(chunk: unknown, _encoding, done) {
        other().push(chunk)
        done()
      },
      final(done) {
        other().push(null)
        done()
      },
    })
  const left: Duplex = make(() => right)
  const right: Duplex = make(() => left)
  return [left, right]
}

/** A server that answers each line, beside which something is done; `halfOpen`, so that it answers also what came before an end. */
function* beside(tls: boolean, body: (server: Server) => Routine<unknown>): Routine {
  const server = yield* listen({ port: 0, halfOpen: true, ...(tls && { tls: { key, cert } }) }, function* (connection) {
    yield* connection.lines().each((line) => connection.write(`${line}!\n`))
  })
  yield* body(server)
  yield* server.close()
}

const kinds: readonly (readonly [string, (body: (connection: Connection) => Routine<unknown>) => Routine])[] = [
  ["a socket that is connected", (body) =>
    beside(false, function* ({ port }) {
      const socket = connectSocket(port)
      yield* cameAbout(() => !socket.connecting)
      yield* body(fromStream(socket))
    })],
  ["a socket that is connecting", (body) => beside(false, ({ port }) => body(fromStream(connectSocket(port))))],
  ["a TLS socket", (body) => beside(true, ({ port }) => body(fromStream(connectTls({ port, ca: cert, servername: "localhost" }))))],
  ["a Duplex", function* (body) {
    const [near, far] = duplexPair()
    const echo = fromStream(far)
    const answering = tasklet(function* () {
      yield* echo.lines().each((line) => echo.write(`${line}!\n`))
      yield* echo.end()
    })
    yield* body(fromStream(near))
    yield* answering
  }],
  ["a Duplex of texts", function* (body) {
    const [near, far] = duplexPair()
    near.setEncoding("utf8")
    const echo = fromStream(far)
    const answering = tasklet(function* () {
      yield* echo.lines().each((line) => echo.write(`${line}!\n`))
      yield* echo.end()
    })
    yield* body(fromStream(near))
    yield* answering
  }],
  ["a pair of streams of the web", function* (body) {
    let unfinished = ""
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        const lines = (unfinished + String(Buffer.from(chunk))).split("\n")
        unfinished = lines.pop() as string
        for (const line of lines) controller.enqueue(Buffer.from(`${line}!\n`))
      },
    })
    yield* body(fromStream({ readable, writable }))
  }],
]

describe.each(kinds)("fromStream() of %s", (_name, withConnection) => {
  it("talks, both ways, until both have ended", () =>
    inWorld(() =>
      withConnection(function* (connection) {
        yield* connection.write("honey\nnectar for ")
        expect(yield* connection.readLine()).toBe("honey!")
        yield* connection.write("Maya\n")
        expect(yield* connection.readLine()).toBe("nectar for Maya!")
        yield* connection.write("wäx\n")
        yield* connection.end()
        expect(yield* connection.readLine()).toBe("wäx!")
        expect(yield* connection.readLine()).toBeUndefined()
        yield* connection.closed
        expect(connection.isClosed).toBe(true)
        expect(connection.bytesRead).toBe("honey!\nnectar for Maya!\nwäx!\n".length + 1)
      }),
    ))

  it("carries much in both directions at once", () =>
    inWorld(() =>
      withConnection(function* (connection) {
        const line = "x".repeat(999)
        const reading = tasklet(function* () {
          for (let count = 0; count < 2000; count++) expect(yield* connection.readLine()).toBe(`${line}!`)
        })
        yield* connection.write(`${line}\n`.repeat(2000))
        yield* reading
        yield* connection.close()
      }),
    ))

  it("is closed in order", () =>
    inWorld(() =>
      withConnection(function* (connection) {
        yield* connection.write("honey\n")
        yield* connection.close()
        expect(connection.isClosed).toBe(true)
        expect(yield* raised(connection.write("more"))).toMatchObject({ code: "connection_closed" })
      }),
    ))
})

describe("a connection that is made of a stream", () => {
  it("names its peer, where there is an address", () =>
    inWorld(() =>
      beside(false, function* (server) {
        const socket = connectSocket(server.port)
        yield* cameAbout(() => !socket.connecting)
        const connection = fromStream(socket)
        expect(connection.peer).toBe(`127.0.0.1:${server.port}`)
        yield* connection.close()
        expect(fromStream(new PassThrough()).peer).toBe("a stream")
      }),
    ))

  it("raises connection_reset with its stream's error, also in who waits, and is closed", () =>
    inWorld(function* () {
      const sting = Object.assign(new Error("sting"), { code: "ESTING" })
      const [near] = duplexPair()
      const connection = fromStream(near)
      const reader = tasklet(() => raised(connection.readLine()))
      yield* schedule()
      near.destroy(sting)
      yield* connection.closed
      expect(yield* reader).toMatchObject({ code: "connection_reset", cause: sting })
      expect(yield* raised(connection.write("x"))).toMatchObject({ code: "connection_reset", cause: sting })
    }))

  it("is told at once what its stream had told before", () =>
    inWorld(function* () {
      const sting = new Error("sting")
      const [failed, destroyed] = [new PassThrough(), new PassThrough()]
      failed.on("error", () => {}).destroy(sting)
      destroyed.destroy()
      const [ended, other] = duplexPair()
      other.end()
      ended.resume()
      yield* cameAbout(() => failed.closed && destroyed.closed && ended.readableEnded)
      const one = fromStream(failed)
      yield* one.closed
      expect(yield* raised(one.read())).toMatchObject({ code: "connection_reset", cause: sting })
      const two = fromStream(destroyed)
      yield* two.closed
      expect(yield* raised(two.read())).toMatchObject({ code: "connection_closed" })
      expect(yield* raised(two.write("x"))).toMatchObject({ code: "connection_closed" })
      const three = fromStream(ended)
      expect(yield* three.read()).toBeUndefined()
      yield* three.end()
      yield* three.closed
    }))

  it("writes no more once its peer has ended, if its stream is not half-open", () =>
    inWorld(function* () {
      const [near, far] = duplexPair({ allowHalfOpen: false })
      const connection = fromStream(near)
      far.end("bye\n")
      expect(yield* connection.readLine()).toBe("bye")
      expect(yield* connection.readLine()).toBeUndefined()
      expect((yield* raised(connection.write("x"))).message).toContain("has ended the connection")
      far.destroy()
      yield* connection.closed
    }))

  it("destroys a stream of objects that are no bytes, and says so", () =>
    inWorld(function* () {
      const [near, far] = duplexPair({ objectMode: true })
      const connection = fromStream(near)
      far.write({ bee: "Maya" })
      const { cause } = yield* raised(connection.read())
      expect((cause as Error).message).toContain("text or bytes")
      expect(near.destroyed).toBe(true)
    }))

  it("stops its stream while nobody reads", () =>
    inWorld(function* () {
      const stream = new PassThrough()
      const connection = fromStream(stream)
      let written = 0
      const writing = tasklet(function* () {
        for (; written < 100; written++) yield* connection.write(Buffer.alloc(16_384))
        yield* connection.end()
      })
      yield* someTurns()
      expect(written).toBeLessThan(24)
      expect((yield* connection.readBytes(100 * 16_384))?.length).toBe(100 * 16_384)
      yield* writing
      expect(yield* connection.read()).toBeUndefined()
    }))

  it("destroys its stream when it is disposed of", () =>
    inWorld(function* () {
      const [near, far] = duplexPair()
      let socket: Socket | Duplex
      {
        using connection = fromStream(near)
        yield* connection.write("x")
        socket = near
      }
      expect(socket.destroyed).toBe(true)
      far.destroy()
    }))
})

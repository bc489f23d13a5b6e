import { Scheduler, select, sleep, tasklet } from "@vivarium/core"
import { connect, fetchHttp, HttpClient, listen, pair, reply, serveHttp } from "@vivarium/net"
import { connect as connectSocket } from "node:net"
import { Headers as OtherHeaders } from "undici"
import { describe, expect, it } from "vitest"
import { inWorld } from "./fixtures/http-world.ts"

describe("headers of another make", () => {
  it("are sent", async () => {
    await inWorld(function* () {
      const server = yield* serveHttp({ port: 0 }, (request) => reply(200, String(request.header("x-bee"))))
      const response = yield* fetchHttp(server.url, { headers: new OtherHeaders({ "x-bee": "Maya" }) as never })
      expect(yield* response.text()).toBe("Maya")
      yield* server.close()
    })
  })
})

describe("the same operation", () => {
  it("is performed by two tasklets at once, and again", async () => {
    await inWorld(function* () {
      const [left, right] = pair()
      const line = right.readLine()
      const got: unknown[] = []
      for (let n = 0; n < 2; n++) tasklet(function* () { got.push(yield* line) })
      const hello = left.write("hello\n")
      yield* hello
      yield* hello
      yield* hello
      yield* sleep(1)
      expect(yield* line).toBe("hello")
      expect(got).toEqual(["hello", "hello"])
      const first = yield* select({ a: line, b: line, c: sleep(0) })
      expect(first.key).toBe("c")
      yield* left.write("again\n")
      expect(yield* line).toBe("again")
    })
  })

  it("connects as often as it is performed", async () => {
    await inWorld(function* () {
      const server = yield* listen({ port: 0 }, function* (connection) { yield* connection.read() })
      const connecting = connect({ port: server.port })
      const one = yield* connecting
      const two = yield* connecting
      expect(one).not.toBe(two)
      yield* one.close()
      yield* one.close()
      yield* two.close()
      yield* server.close()
    })
  })
})

describe("a client that is closed", () => {
  it("asks nothing any more", async () => {
    await inWorld(function* () {
      const client = new HttpClient()
      yield* client.close()
      yield* client.close()
      let code = ""
      try { yield* client.fetch("http://127.0.0.1:1/") } catch (error) { code = (error as { code: string }).code }
      expect(code).toBe("connection_closed")
    })
  })
})

describe("hosts of which nobody listens", () => {
  for (const [name, ask] of [
    ["connect()", () => connect({ port: 1 })],
    ["connect() by TLS", () => connect({ port: 1, tls: true })],
    ["fetchHttp()", () => fetchHttp("http://127.0.0.1:1/")],
  ] as const) {
    it(`crash nobody who is killed when that is known: ${name}`, async () => {
      for (let rounds = 1; rounds < 6; rounds++) {
        const uncaught: unknown[] = []
        const scheduler = new Scheduler({ onUncaught: (error) => void uncaught.push(error) })
        await scheduler.main(function* () {
          const asking = tasklet(function* () {
            try {
              yield* ask()
            } catch {
              // It may be told in time.
            }
          })
          for (let turn = 0; turn < rounds; turn++) yield* sleep(0)
          asking.kill()
          yield* sleep(1)
        })
        expect(uncaught).toEqual([])
        expect(scheduler.statistics()).toMatchObject({ external: 0, timers: 0 })
      }
    })
  }

  it("upgrade and CONNECT crash nobody", async () => {
    await inWorld(function* ({ reports }) {
      const server = yield* serveHttp({ port: 0 }, () => reply(200, "hello"))
      for (const ask of ["GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n", "CONNECT a:1 HTTP/1.1\r\nhost: a\r\n\r\n", "GET / HTTP/1.1\r\nhost: a\r\nexpect: the spanish\r\n\r\n", "GET / HTTP/1.1\r\n\r\n"]) {
        const socket = connectSocket(server.port, "127.0.0.1")
        socket.on("error", () => {})
        socket.write(ask)
        yield* sleep(10)
        socket.destroy()
      }
      yield* sleep(10)
      expect(server.statistics()).toMatchObject({ active: 0, connections: 0 })
      yield* server.close()
      expect(reports).toEqual([])
    })
  })
})

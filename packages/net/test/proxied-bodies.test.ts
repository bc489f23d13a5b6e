import { Event, until } from "@vivarium/core"
import { HttpClient, reply } from "@vivarium/net"
import { describe, expect, it } from "vitest"
import { inWorld, rawClient, serving } from "./fixtures/http-world.ts"

/** What a server answers that never comes to an end; the event happens when it is given up. */
function endless(over: Event) {
  return reply(200, function* (body) {
    try {
      for (;;) yield* body.write("nectar".repeat(1000))
    } finally {
      over.set()
    }
  })
}

describe("the body of a response that is handed on as the body of a reply", () => {
  it("is given up if the client goes away in the middle of it", async () => {
    await inWorld(function* () {
      const over = new Event()
      const client = new HttpClient()
      yield* serving({}, () => endless(over), function* (upstream) {
        yield* serving({}, function* () {
          const response = yield* client.fetch(upstream.url)
          return reply(200, response.body)
        }, function* (proxy) {
          const { connection } = yield* rawClient(proxy)
          yield* connection.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
          expect(yield* connection.readLine()).toBe("HTTP/1.1 200 OK")
          yield* connection.reset()
          yield* over.wait()
          expect(over.isSet).toBe(true)
        })
      })
      yield* client.close()
    })
  })

  it("is given up if the client has gone before there is a reply", async () => {
    await inWorld(function* () {
      const over = new Event()
      const asked = new Event()
      const client = new HttpClient()
      yield* serving({}, () => endless(over), function* (upstream) {
        yield* serving({}, function* (request) {
          const response = yield* client.fetch(upstream.url)
          asked.set()
          yield* request.closed
          return reply(200, response.body)
        }, function* (proxy) {
          const { connection } = yield* rawClient(proxy)
          yield* connection.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
          yield* asked.wait()
          yield* connection.reset()
          yield* over.wait()
          expect(over.isSet).toBe(true)
        })
      })
      yield* client.close()
    })
  })

  it("is given up if a loop over it is left", async () => {
    await inWorld(function* () {
      const over = new Event()
      const client = new HttpClient()
      yield* serving({}, () => endless(over), function* (upstream) {
        const response = yield* client.fetch(upstream.url)
        const chunks = response.body[Symbol.asyncIterator]()
        yield* until(chunks.next())
        yield* until(chunks.return?.() as Promise<unknown>)
        yield* over.wait()
        expect(over.isSet).toBe(true)
      })
      yield* client.close()
    })
  })
})

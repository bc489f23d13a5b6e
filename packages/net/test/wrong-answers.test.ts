/** Answers and options that cannot be right are refused where they are made, and an upstream's mistake is not the client's. */
import { InvalidArgumentError } from "@vivarium/core"
import { fetchHttp, fromStream, type HttpHandler, listen, reply, replyJson, serveHttp } from "@vivarium/net"
import { describe, expect, it } from "vitest"
import { inWorld, serving } from "./fixtures/http-world.ts"

describe("a reply", () => {
  it("refuses headers that cannot be sent, by name, where it is made", () => {
    expect(() => reply(200, "x", { "x-a": "one\r\nx-b: two" })).toThrow('headers["x-a"] must be a name and a value that a header can have')
    expect(() => reply(200, "x", { "x a": "one" })).toThrow('headers["x a"]')
    expect(() => reply(200, "x", { "x-a": undefined as never })).toThrow("got undefined")
    expect(() => reply(200, "x", { "set-cookie": ["a=1", "b=2\n"] })).toThrow('headers["set-cookie"]')
  })

  it("refuses what is no body, and says how JSON is sent", () => {
    expect(() => reply(200, 42 as never)).toThrow(/^body must be .*, got 42\. right: replyJson\(200, value\) for JSON$/)
  })

  it("refuses a value that JSON cannot say", () => {
    const circle: { self?: unknown } = {}
    circle.self = circle
    expect(() => replyJson(200, circle)).toThrow(InvalidArgumentError)
    expect(() => replyJson(200, undefined)).toThrow(InvalidArgumentError)
  })
})

describe("a handler", () => {
  it("that is an async generator is told so, in a report, and its client gets 500", async () => {
    await inWorld(function* ({ reports }) {
      const wrong = async function* (): AsyncGenerator<string> {
        yield "hello"
      }
      yield* serving({}, wrong as unknown as HttpHandler, function* (server) {
        expect((yield* fetchHttp(server.url)).status).toBe(500)
      })
      expect(reports.map(({ error }) => String(error))).toEqual([expect.stringContaining("not an async generator")])
    })
  })

  it("whose upstream sends no JSON has failed: 500 and a report, not the client's 400", async () => {
    await inWorld(function* ({ reports }) {
      yield* serving({}, () => reply(200, "<html>"), function* (upstream) {
        const proxy: HttpHandler = function* () {
          return replyJson(200, yield* (yield* fetchHttp(upstream.url)).json())
        }
        yield* serving({}, proxy, function* (server) {
          expect((yield* fetchHttp(server.url)).status).toBe(500)
        })
      })
      expect(reports.map(({ error }) => (error as { readonly code?: string }).code)).toEqual(["not_json"])
    })
  })
})

describe("options", () => {
  it("of TLS without a key and a certificate are refused: every handshake would fail", () => {
    expect(() => listen({ port: 0, tls: {} }, () => undefined)).toThrow("tls must be an object with key and cert")
    expect(() => serveHttp({ port: 0, tls: { key: "k" } }, () => reply(200))).toThrow("tls must be an object with key and cert")
  })

  it("and addresses that are none are shown as they were given", () => {
    expect(() => fetchHttp(undefined as never)).toThrow("got undefined")
    expect(() => fetchHttp("localhost:3000/x")).toThrow("an absolute address with http: or https:")
    expect(() => fromStream(1 as never)).toThrow(InvalidArgumentError)
  })
})

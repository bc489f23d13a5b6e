// What strangers send, over real sockets: that is why tests here are slow. Each time somebody who behaves is served beside.
import { connect, fetchHttp } from "@vivarium/net"
import { describe, expect, it } from "vitest"
import { isOwnHost } from "../../examples/meadow-server/own-host.ts"
import { inServedMeadow, post, sendRaw, type Served } from "./served-meadow.ts"

const aMinute = { timeout: 60_000 }

/** Nothing has happened to the meadow, and it is served. */
async function expectUnharmed({ app, surroundings, url }: Served): Promise<void> {
  expect(surroundings.bees.length).toBe(100)
  expect((await fetchHttp(`${url}/tree`)).status).toBe(200)
  const { http } = (await (await fetchHttp(`${url}/statistics`)).json()) as { readonly http: { readonly failed: number } }
  expect(http.failed).toBe(0)
  expect(app.system.statistics().crashed).toBe(0)
}

const get = (path: string, host: string): string => `GET ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`
const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d+) /.exec(answer)?.[1])

describe("names of others", () => {
  it("are told from names of loopback", aMinute, () =>
    inServedMeadow(async ({ port }) => {
      for (const host of ["localhost", "LOCALHOST:80", "127.0.0.1:7070", "[::1]:7070"]) expect([host, statusOf(await sendRaw(port, get("/tree", host)))]).toEqual([host, 200])
    }),
  )

  it.for([
    ["meadow.local:80", "meadow.local", "10.0.0.1", true],
    ["MEADOW.local", "Meadow.Local", "10.0.0.1", true],
    ["other.local", "meadow.local", "10.0.0.1", false],
    ["10.0.0.1:7070", "0.0.0.0", "10.0.0.1", true],
    ["10.0.0.1:7070", "::", "::ffff:10.0.0.1", true],
    ["10.0.0.2:7070", "0.0.0.0", "10.0.0.1", false],
    ["[fd00::1]:7070", "::", "fd00::1", true],
    ["fd00::1", "::", "fd00::1", false],
    ["", "0.0.0.0", undefined, false],
    [undefined, "0.0.0.0", undefined, false],
  ] as const)("are told from the host that was given, and from the address that was connected to: %j of %j on %j", ([header, host, address, own]) => {
    expect(isOwnHost(header, host, address)).toBe(own)
  })

  it("are refused, whatever is asked for, and also what only looks like ours", aMinute, () =>
    inServedMeadow(async (meadow) => {
      const { port } = meadow
      for (const host of ["evil.example", "evil.example:7070", "localhost.evil.example", "127.0.0.1.evil.example", "localhost@evil.example", "evil.example#localhost", "localhost/", "localhost, evil.example", "localhost:123456", "[::1", "10.0.0.1", "0.0.0.0", ""]) {
        for (const path of ["/", "/tree", "/events", "/nowhere"]) expect([host, statusOf(await sendRaw(port, get(path, host)))]).toEqual([host, 421])
      }
      const order = '{"count":1}'
      expect(statusOf(await sendRaw(port, `POST /bees HTTP/1.1\r\nhost: evil.example\r\ncontent-type: application/json\r\ncontent-length: ${order.length}\r\nconnection: close\r\n\r\n${order}`))).toBe(421)
      expect(statusOf(await sendRaw(port, "GET / HTTP/1.1\r\nconnection: close\r\n\r\n"))).toBe(400)
      expect(await sendRaw(port, "GET / HTTP/1.0\r\n\r\n")).toMatch(/^HTTP\/1\.1 421 /)
      await expectUnharmed(meadow)
    }),
  )
})

describe("paths and methods", () => {
  it("answers 404 for what is not there", aMinute, () =>
    inServedMeadow(async ({ port, url }) => {
      for (const path of ["/index.html", "/tree/", "//", "/__proto__", "/constructor", "/../package.json", "/%2e%2e/package.json", "/TREE"]) {
        const answer = await sendRaw(port, get(path, "localhost"))
        expect([path, statusOf(answer)]).toEqual([path, 404])
        expect(answer).toContain('{"error":"There are /, /tree, /statistics, /events, /bees."}')
      }
      expect((await fetchHttp(`${url}/tree?x=1`)).status).toBe(200)
    }),
  )

  it("answers 405 for other methods, and says which are allowed", aMinute, () =>
    inServedMeadow(async ({ url }) => {
      for (const [method, path, allow] of [
        ["POST", "/", "GET, HEAD"],
        ["DELETE", "/tree", "GET, HEAD"],
        ["OPTIONS", "/events", "GET, HEAD"],
        ["PUT", "/statistics", "GET, HEAD"],
        ["GET", "/bees", "POST"],
        ["OPTIONS", "/bees", "POST"],
        ["PATCH", "/bees", "POST"],
      ] as const) {
        const response = await fetchHttp(`${url}${path}`, { method })
        expect([method, path, response.status, response.header("allow")]).toEqual([method, path, 405, allow])
        expect(response.header("access-control-allow-origin")).toBeUndefined()
        await response.bytes()
      }
    }),
  )

  it("answers HEAD as GET without a body, and does not tell events to nobody", aMinute, () =>
    inServedMeadow(async ({ url }) => {
      for (const path of ["/", "/tree", "/statistics", "/events"]) {
        const response = await fetchHttp(`${url}${path}`, { method: "HEAD" })
        expect([path, response.status, await response.text()]).toEqual([path, 200, ""])
        expect(response.header("x-content-type-options")).toBe("nosniff")
      }
    }),
  )
})

describe("bodies", () => {
  it.for([
    ["no order", "null", [[]]],
    ["a list", "[]", [[]]],
    ["nothing in it", "{}", [["count"]]],
    ["too few", '{"count":0}', [["count"]]],
    ["too many", '{"count":101}', [["count"]]],
    ["half a bee", '{"count":1.5}', [["count"]]],
    ["a word", '{"count":"1"}', [["count"]]],
    ["more than a number", '{"count":1e999}', [["count"]]],
    ["a name that is none", '{"count":1,"name":7}', [["name"]]],
    ["an empty name", '{"count":1,"name":"  "}', [["name"]]],
    ["a long name", `{"count":1,"name":"${"a".repeat(31)}"}`, [["name"]]],
    ["a bell in the name", '{"count":1,"name":"a\\u0007"}', [["name"]]],
    ["a name that turns round what follows", '{"count":1,"name":"a\\u202eb"}', [["name"]]],
    ["half a character", '{"count":1,"name":"\\ud800"}', [["name"]]],
    ["more than an order", '{"count":1,"queen":true}', [[]]],
    ["a prototype", '{"count":1,"__proto__":{"name":"x"}}', [[]]],
    ["all of it", '{"count":-1,"name":""}', [["count"], ["name"]]],
  ] as const)("are refused with what does not fit: %s", aMinute, ([_name, body, paths]) =>
    inServedMeadow(async (meadow) => {
      const response = await post(meadow.url, body)
      expect(response.status).toBe(400)
      const { error, issues } = (await response.json()) as { readonly error: string; readonly issues: readonly { readonly path: readonly string[]; readonly message: string }[] }
      expect(error).toBe("An order is { count: 1 to 100, name?: 1 to 30 characters }.")
      expect(issues.map(({ path }) => path)).toEqual(paths)
      for (const { message } of issues) expect(message).not.toBe("")
      await expectUnharmed(meadow)
    }),
  )

  it("are refused if they are no JSON, and nothing of them is repeated", aMinute, () =>
    inServedMeadow(async (meadow) => {
      for (const body of ["", "{", "<script>", "[".repeat(4_000), "\u0000", "count=1", Buffer.from([0xff, 0xfe, 0x7b, 0x7d]), '{"count":1}}']) {
        const response = await post(meadow.url, body)
        expect([response.status, await response.json()]).toEqual([400, { error: "An order must be JSON, and this is none." }])
      }
      await expectUnharmed(meadow)
    }),
  )

  it("are refused if they are of another type, as forms of other sites can send them", aMinute, () =>
    inServedMeadow(async (meadow) => {
      const types = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/json", "application/jsonx", "application/json+x", "text/plain; application/json", ""]
      for (const type of types) {
        const response = await post(meadow.url, '{"count":1}', type === "" ? {} : { "content-type": type })
        expect([type, response.status, response.header("accept-post")]).toEqual([type, 415, "application/json"])
        await response.bytes()
      }
      expect((await post(meadow.url, '{"count":1}', { "content-type": "application/json", "content-encoding": "gzip" })).status).toBe(415)
      await expectUnharmed(meadow)
      expect((await post(meadow.url, '{"count":1}', { "content-type": "Application/JSON ; charset=utf-8" })).status).toBe(201)
    }),
  )

  it("are refused if they are too large: announced, or found to be", aMinute, () =>
    inServedMeadow(async (meadow) => {
      const { port, url } = meadow
      const response = await post(url, `{"count":1,"name":"${"a".repeat(5_000)}"}`)
      expect([response.status, await response.json()]).toEqual([413, { error: "An order may have 4096 bytes." }])
      const head = "POST /bees HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
      expect(statusOf(await sendRaw(port, `${head}content-length: 1000000000\r\n\r\n{`))).toBe(413)
      const chunk = `1000\r\n${" ".repeat(4_096)}\r\n`
      expect(statusOf(await sendRaw(port, `${head}transfer-encoding: chunked\r\n\r\n${chunk.repeat(3)}`))).toBe(413)
      await expectUnharmed(meadow)
    }),
  )

  it("may be cut off: nothing comes of them", aMinute, () =>
    inServedMeadow(async (meadow) => {
      const { port } = meadow
      for (const text of ["GET /tree HT", "\u0016\u0003\u0001", "POST /bees HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 11\r\n\r\n{\"cou"]) {
        const connection = await connect({ port })
        await connection.write(text)
        await connection.reset()
      }
      await expectUnharmed(meadow)
    }),
  )

  it("may come with a large head: 431", aMinute, () =>
    inServedMeadow(async (meadow) => {
      expect(statusOf(await sendRaw(meadow.port, `GET /tree HTTP/1.1\r\nhost: localhost\r\nx: ${"a".repeat(10_000)}\r\n\r\n`))).toBe(431)
      await expectUnharmed(meadow)
    }),
  )
})

import { connect, type ConnectOptions, listen, type ListenOptions, pair, type PairOptions, type ReadOptions } from "@vivarium/net"
import { describe, expect, it } from "vitest"

/** Whatever is passed, the compiler says nothing. */
const wrong = (value: unknown): never => value as never

const noTime: readonly unknown[] = [NaN, -1, -Infinity, "5", null, {}]
const noSize: readonly unknown[] = [NaN, -1, 0, 1.5, -Infinity, "5", null, {}]
const noFlag: readonly unknown[] = ["yes", 1, null, {}]
const noObject: readonly unknown[] = [null, 5, "text", []]
const noText: readonly unknown[] = ["", 5, null, {}]

function refusal(argument: string, text: RegExp): Error {
  return expect.objectContaining({ name: "InvalidArgumentError", code: "invalid_argument", argument, message: expect.stringMatching(text) as string }) as Error
}

const [left] = pair()

const limits: readonly (readonly [string, readonly unknown[], RegExp])[] = [
  ["idleMs", noTime, /a number of milliseconds, 0 or more, or Infinity for no limit, got/],
  ["highWaterBytes", noSize, /an integer, 1 or more, got/],
  ["halfOpen", noFlag, /true or false, got/],
]

describe.each([
  ["listen", (options: object) => listen({ port: 0, ...options } as ListenOptions, () => {}), [["maxLineBytes", noSize, /an integer, 1 or more, got/], ["maxConnections", [...noSize, Infinity], /an integer, 1 or more, got/]]],
  ["connect", (options: object) => connect({ port: 7000, ...options } as ConnectOptions), [["maxLineBytes", noSize, /an integer, 1 or more, got/], ["timeoutMs", noTime, /or Infinity for no limit, got/]]],
  ["pair", (options: object) => pair(options as PairOptions), [["chunkBytes", noSize, /an integer, 1 or more, got/]]],
] as const)("the options of %s", (_name, take, own) => {
  it("must be what is known, and each what it is for", () => {
    for (const [field, values, text] of [...limits, ...(own as typeof limits)]) {
      for (const value of values) expect(() => take({ [field]: value })).toThrow(refusal(field, text))
    }
    expect(() => take({ idelMs: 5 })).toThrow(refusal("options.idelMs", /left out: the options are .*idleMs.*, got 5.*right: /s))
  })
})

describe("an address", () => {
  it.each([
    ["listen", (options: unknown) => listen(wrong(options), () => {}), 0],
    ["connect", (options: unknown) => connect(wrong(options)), 1],
  ] as const)("of %s has a port or a path", (_name, take, lowest) => {
    for (const options of noObject) expect(() => take(options)).toThrow(refusal("options", /an object with port, .*right: /s))
    for (const port of [undefined, null, -1, 65_536, 1.5, NaN, "7000", lowest - 1]) {
      expect(() => take({ port })).toThrow(refusal("port", new RegExp(`an integer from ${lowest} to 65535, got`)))
    }
    for (const path of noText) expect(() => take({ path })).toThrow(refusal("path", /the path of a Unix socket, got/))
    for (const host of noText) expect(() => take({ port: 7000, host })).toThrow(refusal("host", /address/))
    expect(() => take({ port: 7000, path: "/tmp/hive" })).toThrow(refusal("path", /left out where there is a port/))
  })

  it("has a backlog that is a count, and TLS that is an object", () => {
    for (const backlog of [0, -1, 1.5, "5", null]) expect(() => listen({ port: 0, backlog: wrong(backlog) }, () => {})).toThrow(refusal("backlog", /an integer, 1 or more/))
    for (const tls of [true, false, "yes", null]) expect(() => listen({ port: 0, tls: wrong(tls) }, () => {})).toThrow(refusal("tls", /an object with key and cert at least, as for tls.createServer, got/))
    for (const tls of [false, "yes", null]) expect(() => connect({ port: 7000, tls: wrong(tls) })).toThrow(refusal("tls", /true, or an object as for tls.connect, got/))
  })
})

describe("a handler", () => {
  it("is a function, and so is onError", () => {
    for (const handler of [undefined, null, 5, {}, (function* () {})()]) {
      expect(() => listen({ port: 0 }, wrong(handler))).toThrow(refusal("handler", /a function, best a generator function, got .*right: listen\(\{ port: 7000 \}, function\* \(connection\)/s))
    }
    for (const onError of [null, 5, {}]) expect(() => listen({ port: 0, onError: wrong(onError) }, () => {})).toThrow(refusal("onError", /a function/))
  })
})

describe("a read", () => {
  const takers: readonly (readonly [string, (options: ReadOptions) => unknown])[] = [
    ["read", (options) => left.read(options)],
    ["readBytes", (options) => left.readBytes(3, options)],
    ["readUntil", (options) => left.readUntil("x", options)],
    ["readLine", (options) => left.readLine(options)],
    ["peek", (options) => left.peek(1, options)],
  ]

  it.each(takers)("%s has options that are known", (_name, take) => {
    for (const options of noObject) expect(() => take(wrong(options))).toThrow(refusal("options", /an object with timeoutMs, maxBytes.*right: connection.readLine\(/s))
    expect(() => take(wrong({ timeout: 5 }))).toThrow(refusal("options.timeout", /left out: the options are timeoutMs, maxBytes/))
    for (const timeoutMs of noTime) expect(() => take({ timeoutMs: wrong(timeoutMs) })).toThrow(refusal("timeoutMs", /a number of milliseconds, 0 or more/))
    for (const maxBytes of noSize) expect(() => take({ maxBytes: wrong(maxBytes) })).toThrow(refusal("maxBytes", /an integer, 1 or more/))
  })

  it("has a count that is one, within its own limit", () => {
    for (const count of [NaN, -1, 1.5, Infinity, "5", null]) {
      expect(() => left.readBytes(wrong(count))).toThrow(refusal("count", /an integer, 0 or more/))
      expect(() => left.peek(wrong(count ?? "5"))).toThrow(refusal("count", /an integer, 0 or more/))
    }
    expect(() => left.readBytes(10, { maxBytes: 9 })).toThrow(expect.objectContaining({ code: "message_too_large", maxBytes: 9 }))
  })

  it("until something has something to look for", () => {
    for (const delimiter of ["", 5, null, undefined, new Uint8Array(0), ["\n"]]) {
      expect(() => left.readUntil(wrong(delimiter))).toThrow(refusal("delimiter", /a text or bytes that are not empty, got .*right: connection.readUntil\(/s))
    }
  })

  it("of all lines has a body", () => {
    for (const body of [undefined, null, 5, {}]) expect(() => left.lines().each(wrong(body))).toThrow(refusal("body", /a function, best a generator function.*right: connection.lines\(\).each/s))
  })
})

describe("a write", () => {
  it("is of text, bytes, or an array of them", () => {
    for (const data of [undefined, null, 5, {}, [5], ["a", null], new ArrayBuffer(3)]) {
      expect(() => left.write(wrong(data))).toThrow(refusal("data", /a text, bytes \(Uint8Array, Buffer\) or an array of them, got .*right: connection.write\(JSON.stringify\(value\)\)/s))
    }
  })

  it.each([
    ["write", (options: never) => left.write("x", options)],
    ["flush", (options: never) => left.flush(options)],
    ["end", (options: never) => left.end(options)],
  ] as const)("%s has options that are known", (_name, take) => {
    for (const options of noObject) expect(() => take(wrong(options))).toThrow(refusal("options", /an object with timeoutMs/))
    expect(() => take(wrong({ timeout: 5 }))).toThrow(refusal("options.timeout", /left out: the options are timeoutMs/))
    for (const timeoutMs of noTime) expect(() => take(wrong({ timeoutMs }))).toThrow(refusal("timeoutMs", /a number of milliseconds, 0 or more/))
  })
})

describe("the close of a server", () => {
  it("has a deadline that is a time", async () => {
    const server = await listen({ port: 0 }, () => {})
    for (const options of noObject) expect(() => server.close(wrong(options))).toThrow(refusal("options", /an object with deadlineMs.*right: server.close/s))
    for (const deadlineMs of noTime) expect(() => server.close({ deadlineMs: wrong(deadlineMs) })).toThrow(refusal("deadlineMs", /a number of milliseconds, 0 or more, or Infinity/))
    expect(server.isClosing).toBe(false)
    await server.close()
  })
})

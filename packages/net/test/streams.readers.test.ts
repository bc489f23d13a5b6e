import { call, type Routine, schedule, sleep, tasklet, TimeoutError } from "@vivarium/core"
import { ConnectionError, fromStream, type Reader } from "@vivarium/net"
import { createReadStream, readFileSync } from "node:fs"
import { PassThrough, Readable } from "node:stream"
import { describe, expect, it } from "vitest"
import { cameAbout, someTurns } from "./fixtures/came-about.ts"
import { inWorld } from "./fixtures/http-world.ts"
import { raised } from "./fixtures/raised.ts"

type Stream = Readable | ReadableStream | AsyncIterable<string | Uint8Array>

/** A source that says how often it was asked for more. */
interface Counted {
  readonly stream: Stream
  readonly pulls: () => number
  readonly isClosed: () => boolean
}

const CHUNK = 16_384
/** Chunks that may have been asked for ahead: what we keep, what a Readable keeps (16 objects), and what a stream of the web asks for. */
const AHEAD = 24

/** Endless sources of all kinds, that have the next chunk as soon as it is wanted. */
const endless: readonly (readonly [string, () => Counted])[] = [
  ["a Readable", () => {
    let pulls = 0
    const stream = new Readable({
      read() {
        pulls++
        this.push(Buffer.alloc(CHUNK))
      },
    })
    return { stream, pulls: () => pulls, isClosed: () => stream.destroyed }
  }],
  ["a ReadableStream", () => {
    let pulls = 0
    let closed = false
    const stream = new ReadableStream({
      pull(controller) {
        pulls++
        controller.enqueue(new Uint8Array(CHUNK))
      },
      cancel() {
        closed = true
      },
    })
    return { stream, pulls: () => pulls, isClosed: () => closed }
  }],
  ["an async generator", () => {
    let pulls = 0
    let closed = false
    async function* bytes(): AsyncGenerator<Buffer> {
      try {
        for (;;) {
          pulls++
          yield Buffer.alloc(CHUNK)
        }
      } finally {
        closed = true
      }
    }
    return { stream: bytes(), pulls: () => pulls, isClosed: () => closed }
  }],
  ["a Readable of objects that are texts", () => {
    let pulls = 0
    const stream = new Readable({
      objectMode: true,
      read() {
        pulls++
        this.push("x".repeat(CHUNK))
      },
    })
    return { stream, pulls: () => pulls, isClosed: () => stream.destroyed }
  }],
]

const text = "one\ntwö\r\nthree"
const bytes = Buffer.from(text)

async function* generated<T>(chunks: readonly T[]): AsyncGenerator<T> {
  yield* chunks
}

function webStream(chunks: readonly unknown[]): ReadableStream {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk)
      controller.close()
    },
  })
}

function encoded(encoding: BufferEncoding): Readable {
  return Readable.from([bytes.subarray(0, 5), bytes.subarray(5, 7), bytes.subarray(7)], { objectMode: false }).setEncoding(encoding)
}

/** The text in streams of all kinds, cut in the middle of a character where there are bytes. */
const finite: readonly (readonly [string, () => Stream])[] = [
  ["a Readable of buffers", () => Readable.from([bytes.subarray(0, 7), bytes.subarray(7)], { objectMode: false })],
  ["a Readable of objects: texts", () => Readable.from(["on", "e\ntw", "ö\r\nthree"])],
  ["a Readable of objects: bytes and views of all kinds", () => Readable.from([new Uint8Array(bytes.subarray(0, 3)), new DataView(bytes.buffer, bytes.byteOffset + 3, 4), bytes.subarray(7)])],
  ["a Readable of UTF-8", () => encoded("utf8")],
  ["a Readable of hexadecimal digits", () => encoded("hex")],
  ["a Readable of base64", () => encoded("base64")],
  ["a Readable of Latin-1", () => encoded("latin1")],
  ["a PassThrough", () => {
    const through = new PassThrough()
    for (const byte of bytes) through.write(Buffer.of(byte))
    return through.end()
  }],
  ["a ReadableStream of bytes", () => webStream([new Uint8Array(bytes.subarray(0, 7)), new Uint8Array(bytes.subarray(7))])],
  ["a ReadableStream of texts", () => webStream(["one\n", "twö\r\nthree"])],
  ["the body of a Response", () => new Response(text).body as ReadableStream],
  ["an async generator of texts", () => generated(["one\nt", "wö\r\n", "three"])],
  ["an async generator of bytes", () => generated([new Uint8Array(bytes.subarray(0, 7)), bytes.subarray(7)])],
]

/** Reads to the end, which an endless one comes to by an error only. */
function readAll(reader: Reader) {
  return call(function* () {
    while ((yield* reader.read()) !== undefined);
  })
}

function* restOf(reader: Reader): Routine<Buffer> {
  const chunks: Buffer[] = []
  for (let chunk = yield* reader.read(); chunk !== undefined; chunk = yield* reader.read()) chunks.push(chunk)
  return Buffer.concat(chunks)
}

describe("fromStream() of what only comes in", () => {
  it.each(finite)("reads %s, by lines", (_name, make) =>
    inWorld(function* () {
      const reader = fromStream(make())
      const lines: string[] = []
      expect(yield* reader.lines().each((line) => void lines.push(line))).toBe(3)
      expect(lines).toEqual(["one", "twö", "three"])
      expect(yield* reader.read()).toBeUndefined()
    }),
  )

  it.each(finite)("reads %s, by bytes", (_name, make) =>
    inWorld(function* () {
      const reader = fromStream(make())
      expect(String(yield* reader.readBytes(2))).toBe("on")
      expect(String(yield* reader.peek(2))).toBe("e\n")
      expect(String(yield* reader.readUntil("w"))).toBe("e\ntw")
      expect(yield* restOf(reader)).toEqual(bytes.subarray(6))
      expect(yield* reader.readBytes(1)).toBeUndefined()
    }),
  )

  it("reads a file", () =>
    inWorld(function* () {
      const path = import.meta.filename
      const rest = yield* restOf(fromStream(createReadStream(path, { highWaterMark: 100 })))
      expect(rest.equals(readFileSync(path))).toBe(true)
    }))

  it("reads nothing of a stream that is empty", () =>
    inWorld(function* () {
      for (const stream of [Readable.from([]), webStream([]), generated<string>([])]) expect(yield* fromStream(stream).readLine()).toBeUndefined()
    }))

  it.each([null, undefined, 1, "text", {}, [1], new Uint8Array(3), new Map()])("refuses what is no stream: %j", (given) =>
    inWorld(function* () {
      expect(() => fromStream(given as never)).toThrow("a stream that can be read")
      yield* schedule()
    }),
  )
})

describe("errors of a stream", () => {
  it("are raised when what came before is read", () =>
    inWorld(function* () {
      const sting = new Error("sting")
      const stream = new PassThrough()
      const reader = fromStream(stream)
      stream.write("honey\n")
      yield* sleep(0)
      stream.destroy(sting)
      expect(yield* reader.readLine()).toBe("honey")
      expect(yield* raised(reader.read())).toMatchObject({ code: "connection_reset", cause: sting })
    }))

  it.each([
    ["a Readable", (sting: Error) => new Readable({ read() { this.destroy(sting) } })],
    ["a ReadableStream", (sting: Error) => new ReadableStream({ start(controller) { controller.error(sting) } })],
    ["an async generator", (sting: Error) => (async function* (): AsyncGenerator<string> { yield "honey"; throw sting })()],
  ] as readonly (readonly [string, (sting: Error) => Stream])[])("are raised as they are: %s", (_name, make) =>
    inWorld(function* () {
      const sting = new Error("sting")
      const reader = fromStream(make(sting))
      const error = yield* raised(reader.readBytes(100))
      expect(error).toBe(sting)
    }),
  )

  it("are those of the system, where it has some", () =>
    inWorld(function* () {
      expect(yield* raised(fromStream(createReadStream("/nowhere/at/all")).readLine())).toMatchObject({ code: "ENOENT" })
    }))

  it("wake who waits, and are raised again and again", () =>
    inWorld(function* () {
      const sting = new Error("sting")
      const stream = new Readable({ read() {} })
      const reader = fromStream(stream)
      const waiters = [tasklet(() => raised(reader.readLine())), tasklet(() => raised(reader.read()))]
      yield* schedule()
      stream.destroy(sting)
      for (const waiter of waiters) expect(yield* waiter).toBe(sting)
      expect(yield* raised(reader.read())).toBe(sting)
    }))

  it("are `connection_closed` if the stream was destroyed before its end without one", () =>
    inWorld(function* () {
      const stream = new Readable({ read() {} })
      const reader = fromStream(stream)
      const waiter = tasklet(() => raised(reader.readLine()))
      yield* schedule()
      stream.destroy()
      const error = yield* waiter
      expect(error).toBeInstanceOf(ConnectionError)
      expect(error.code).toBe("connection_closed")
    }))

  it("are raised at once of a stream that has failed, was destroyed or has ended before", () =>
    inWorld(function* () {
      const sting = new Error("sting")
      const failed = new Readable({ read() {} }).on("error", () => {})
      failed.destroy(sting)
      const destroyed = new Readable({ read() {} })
      destroyed.destroy()
      const done = Readable.from(["x"]).resume()
      yield* cameAbout(() => done.closed && failed.closed && destroyed.closed)
      expect(yield* raised(fromStream(failed).read())).toBe(sting)
      expect(yield* raised(fromStream(destroyed).read())).toMatchObject({ code: "connection_closed" })
      expect(yield* fromStream(done).read()).toBeUndefined()
    }))

  it("are told of a stream of objects, which is destroyed", () =>
    inWorld(function* () {
      const bees = new Readable({
        objectMode: true,
        read() {
          this.push({ bee: "Maya" })
        },
      })
      for (const stream of [bees, Readable.from([1])]) {
        const reader = fromStream(stream)
        const error = yield* raised(reader.read())
        expect(error.message).toContain("text or bytes")
        expect(stream.destroyed).toBe(true)
      }
      const error = yield* raised(fromStream(webStream([{ bee: "Maya" }])).read())
      expect(error.message).toMatch(/string or an instance of Buffer/)
    }))
})

describe("backpressure", () => {
  it.each(endless)("stops %s that nobody reads, and goes on as it is read", (_name, make) =>
    inWorld(function* () {
      const { isClosed, pulls, stream } = make()
      const reader = fromStream(stream)
      yield* someTurns()
      const before = pulls()
      expect(before).toBeLessThanOrEqual(AHEAD)
      yield* someTurns()
      expect(pulls()).toBe(before)
      for (let chunk = 1; chunk <= 100; chunk++) {
        yield* reader.readBytes(CHUNK)
        expect(pulls()).toBeLessThanOrEqual(chunk + AHEAD)
      }
      reader[Symbol.dispose]()
      yield* cameAbout(isClosed)
      expect(yield* raised(readAll(reader))).toMatchObject({ code: "connection_closed" })
    }),
  )

  it.each(endless)("holds while somebody waits for the first bytes of %s", (_name, make) =>
    inWorld(function* () {
      const { pulls, stream } = make()
      using reader = fromStream(stream)
      const first = tasklet(() => reader.read())
      const second = tasklet(() => reader.readBytes(10))
      yield* first
      yield* second
      expect(pulls()).toBeLessThanOrEqual(2 + AHEAD)
    }),
  )

  it("lets as much come as is asked for", () =>
    inWorld(function* () {
      const { pulls, stream } = (endless[0] as (typeof endless)[0])[1]()
      using reader = fromStream(stream)
      expect((yield* reader.readBytes(100 * CHUNK))?.length).toBe(100 * CHUNK)
      expect(pulls()).toBeLessThanOrEqual(100 + AHEAD)
    }))

  it("makes the writer of a PassThrough wait", () =>
    inWorld(function* () {
      const stream = new PassThrough()
      const reader = fromStream(stream)
      let written = 0
      while (stream.write(Buffer.alloc(CHUNK))) {
        written++
        yield* sleep(0)
      }
      expect(written).toBeLessThan(12)
      yield* reader.readBytes(written * CHUNK)
      yield* cameAbout(() => !stream.writableNeedDrain)
      expect(stream.write("more")).toBe(true)
      stream.destroy()
    }))
})

describe("a read from a stream", () => {
  it("that is killed or takes too long has taken nothing", () =>
    inWorld(function* () {
      const stream = new Readable({ read() {} })
      const reader = fromStream(stream)
      stream.push("half a l")
      expect(yield* raised(reader.readLine({ timeoutMs: 5 }))).toBeInstanceOf(TimeoutError)
      const victim = tasklet(() => reader.readLine())
      yield* schedule()
      victim.kill()
      stream.push("ine\n")
      expect(yield* reader.readLine()).toBe("half a line")
      stream.destroy()
    }))
})

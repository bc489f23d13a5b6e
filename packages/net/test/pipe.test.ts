import { type Routine, sleep, tasklet } from "@vivarium/core"
import { type Connection, fromStream, pair, pipe, type Reader, type Source } from "@vivarium/net"
import { PassThrough, Readable, Writable } from "node:stream"
import { describe, expect, it } from "vitest"
import { cameAbout } from "./fixtures/came-about.ts"
import { basins, springs } from "./fixtures/flows.ts"
import { inWorld } from "./fixtures/http-world.ts"
import { raised } from "./fixtures/raised.ts"

const chunks = ["one\n", "twö", "\n", "x".repeat(100_000), "the end"]
const text = chunks.join("")

/** All that comes from a reader. */
function* restOf(reader: Reader): Routine<string> {
  const all: Buffer[] = []
  for (let chunk = yield* reader.read(); chunk !== undefined; chunk = yield* reader.read()) all.push(chunk)
  return String(Buffer.concat(all))
}

/** A connection that brings the text. */
function talking(): Connection {
  const [near, far] = pair()
  tasklet(function* () {
    yield* far.write(text)
    yield* far.end()
  })
  return near
}

const allSources: readonly (readonly [string, () => Source])[] = [
  ...springs.map(([name, make]) => [name, () => make({ chunks }).source] as const),
  ["a connection", talking],
  ["a reader of a stream", () => fromStream(Readable.from(chunks))],
  ["a Readable of texts", () => Readable.from(chunks)],
  ["a file of the web", () => new Blob([text]).stream()],
]

describe("pipe()", () => {
  for (const [sourceName, makeSource] of allSources) {
    it.each(basins)(`brings all of ${sourceName} to %s, ends that, and counts the bytes`, (_name, makeBasin) =>
      inWorld(function* () {
        const basin = makeBasin()
        expect(yield* pipe(makeSource(), basin.target)).toBe(Buffer.byteLength(text))
        expect(basin.text()).toBe(text)
        expect(basin.end()).toBe("ended")
      }),
    )

    it(`brings all of ${sourceName} to a connection, ends that, and counts the bytes`, () =>
      inWorld(function* () {
        const [near, far] = pair()
        const count = tasklet(() => pipe(makeSource(), near))
        expect(yield* restOf(far)).toBe(text)
        expect(yield* count).toBe(Buffer.byteLength(text))
        yield* sleep(0)
      }))
  }

  it("brings nothing of what is empty, but its end", () =>
    inWorld(function* () {
      for (const [, makeBasin] of basins) {
        const basin = makeBasin()
        expect(yield* pipe(Readable.from([]), basin.target)).toBe(0)
        expect(basin.end()).toBe("ended")
      }
    }))

  it("is an echo, from a half-open connection to itself", () =>
    inWorld(function* () {
      const [near, far] = pair({ halfOpen: true })
      const echo = tasklet(() => pipe(near, near))
      yield* far.write("hello ")
      yield* far.write("world")
      yield* far.end()
      expect(yield* restOf(far)).toBe("hello world")
      expect(yield* echo).toBe(11)
    }))

  it("is done when the target has ended by itself, since its peer has", () =>
    inWorld(function* () {
      const [near, far] = pair()
      const echo = tasklet(() => pipe(near, near))
      yield* far.write("hello")
      expect(String(yield* far.readBytes(5))).toBe("hello")
      yield* far.end()
      expect(yield* echo).toBe(5)
    }))

  it("joins two connections by two pipes", () =>
    inWorld(function* () {
      const [client, front] = pair({ halfOpen: true })
      const [back, server] = pair({ halfOpen: true })
      const joints = [tasklet(() => pipe(front, back)), tasklet(() => pipe(back, front))]
      yield* client.write("ask\n")
      expect(yield* server.readLine()).toBe("ask")
      yield* server.write("answer\n")
      expect(yield* client.readLine()).toBe("answer")
      yield* client.end()
      expect(yield* server.read()).toBeUndefined()
      yield* server.end()
      expect(yield* client.read()).toBeUndefined()
      for (const joint of joints) yield* joint
    }))

  it("works in async code", async () => {
    const [basin] = basins.map(([, make]) => make())
    expect(await pipe(Readable.from(chunks), basin!.target)).toBe(Buffer.byteLength(text))
    expect(basin!.text()).toBe(text)
  })

  it("takes turns with others: a slow one holds up nobody", () =>
    inWorld(function* () {
      const stuck = tasklet(() => pipe(Readable.from(chunks), new Writable({ write() {} })))
      const [, makeBasin] = basins[0]!
      const basin = makeBasin()
      yield* pipe(Readable.from(chunks), basin.target)
      expect(basin.text()).toBe(text)
      stuck.kill()
    }))

  it.each([
    [null, new PassThrough(), {}, "source"],
    ["text", new PassThrough(), {}, "source"],
    [new Writable(), new PassThrough(), {}, "source"],
    [Readable.from([]), null, {}, "target"],
    [Readable.from([]), Readable.from([]), {}, "target"],
    [Readable.from([]), new ReadableStream(), {}, "target"],
    [Readable.from([]), new PassThrough(), { end: 1 }, "end"],
    [Readable.from([]), new PassThrough(), { timeoutMs: -1 }, "timeoutMs"],
    [Readable.from([]), new PassThrough(), { stop: true }, "stop"],
  ])("refuses at once what cannot be meant (%#)", (source, target, options, name) => {
    expect(() => pipe(source as never, target as never, options as never)).toThrow(name)
  })
})

describe("pipe(…, { end: false })", () => {
  it.each(basins)("leaves %s as it was: several sources can go there, one after another", (_name, makeBasin) =>
    inWorld(function* () {
      const basin = makeBasin()
      const { target } = basin
      const listeners = target instanceof Writable ? target.eventNames().length : 0
      for (let number = 0; number < 15; number++) yield* pipe(Readable.from([`${number} `]), target, { end: false })
      expect(basin.end()).toBeUndefined()
      expect(target instanceof Writable ? target.eventNames().length : 0).toBe(listeners)
      yield* pipe(Readable.from(["done"]), target)
      expect(basin.text()).toBe("0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 done")
      expect(basin.end()).toBe("ended")
    }),
  )

  it("leaves a connection open", () =>
    inWorld(function* () {
      const [near, far] = pair()
      yield* pipe(Readable.from(["one\n"]), near, { end: false })
      yield* near.write("two\n")
      expect([yield* far.readLine(), yield* far.readLine()]).toEqual(["one", "two"])
    }))

  it.each(basins)("leaves %s open also if the source fails, or the pipe is killed", (_name, makeBasin) =>
    inWorld(function* () {
      const sting = new Error("sting")
      const basin = makeBasin()
      const [, makeSpring] = springs[0]!
      expect(yield* raised(pipe(makeSpring({ chunks: ["a"], then: sting }).source, basin.target, { end: false }))).toBe(sting)
      const victim = tasklet(() => pipe(makeSpring({ chunks: ["b"], then: "nothing" }).source, basin.target, { end: false }))
      yield* cameAbout(() => basin.text() === "ab")
      victim.kill()
      yield* pipe(Readable.from(["c"]), basin.target)
      expect(basin.text()).toBe("abc")
      expect(basin.end()).toBe("ended")
    }),
  )
})

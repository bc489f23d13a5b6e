import { channel, type Routine, schedule, sleep, tasklet, TimeoutError } from "@vivarium/core"
import { type Connection, fromStream, pair, pipe, type Reader, type Source } from "@vivarium/net"
import { PassThrough, Readable, Writable } from "node:stream"
import { describe, expect, it } from "vitest"
import { basins, CHUNK, springs } from "./fixtures/flows.ts"
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

/** Gives way to the host until something has come about. */
function* cameAbout(condition: () => boolean): Routine {
  for (let turn = 0; !condition(); turn++) {
    if (turn === 2000) throw new Error("it never came about")
    yield* sleep(0)
  }
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

describe("a source that fails", () => {
  for (const [sourceName, makeSpring] of springs) {
    it.each(basins)(`(${sourceName}) breaks %s off, and its error is raised`, (_name, makeBasin) =>
      inWorld(function* () {
        const sting = new Error("sting")
        const basin = makeBasin()
        expect(yield* raised(pipe(makeSpring({ chunks: ["honey"], then: sting }).source, basin.target))).toBe(sting)
        yield* cameAbout(() => basin.end() !== undefined)
        expect(basin.end()).toBe("broken")
        expect(basin.text()).toBe("honey")
      }),
    )

    it(`(${sourceName}) leaves a connection to who has it`, () =>
      inWorld(function* () {
        const sting = new Error("sting")
        const [near, far] = pair()
        expect(yield* raised(pipe(makeSpring({ chunks: ["honey"], then: sting }).source, near))).toBe(sting)
        expect(near.isClosed).toBe(false)
        yield* near.write("!\n")
        expect(yield* far.readLine()).toBe("honey!")
      }))
  }

  it("may be a connection that is reset", () =>
    inWorld(function* () {
      const [near, far] = pair()
      const [, makeBasin] = basins[0]!
      const basin = makeBasin()
      yield* far.write("honey")
      const piping = tasklet(() => raised(pipe(near, basin.target)))
      yield* cameAbout(() => basin.text() === "honey")
      void far.reset()
      expect(yield* piping).toMatchObject({ code: "connection_reset" })
      expect(basin.end()).toBe("broken")
    }))
})

describe("a target that fails", () => {
  for (const [sourceName, makeSpring] of springs) {
    for (const then of ["nothing", undefined] as const) {
      it.each(basins)(`(%s) closes ${sourceName} that ${then === undefined ? "has more" : "brings nothing just then"}, and its error is raised at once`, (_name, makeBasin) =>
        inWorld(function* () {
          const sting = new Error("sting")
          const basin = makeBasin()
          const spring = makeSpring(then === undefined ? { chunks: "endless" } : { chunks: ["honey"], then })
          const piping = tasklet(() => raised(pipe(spring.source, basin.target)))
          yield* cameAbout(() => basin.text() !== "")
          basin.fail(sting)
          expect(yield* piping).toBe(sting)
          yield* cameAbout(spring.isClosed)
          expect(spring.isClosed()).toBe(true)
        }),
      )
    }

    it(`(a connection whose peer goes away) closes ${sourceName}`, () =>
      inWorld(function* () {
        const [near, far] = pair()
        const spring = makeSpring({ chunks: ["honey"], then: "nothing" })
        const piping = tasklet(() => raised(pipe(spring.source, near)))
        expect(String(yield* far.read())).toBe("honey")
        void far.reset()
        expect(yield* piping).toMatchObject({ code: "connection_reset" })
        yield* cameAbout(spring.isClosed)
      }))
  }

  it.each(basins)("(%s) while it takes nothing closes the source, and its error is raised at once", (_name, makeBasin) =>
    inWorld(function* () {
      const sting = new Error("sting")
      const basin = makeBasin({ slow: () => {} })
      const spring = springs[0]![1]({ chunks: "endless" })
      const piping = tasklet(() => raised(pipe(spring.source, basin.target)))
      for (let turn = 0; turn < 50; turn++) yield* sleep(0)
      basin.fail(sting)
      expect(yield* piping).toBe(sting)
      yield* cameAbout(spring.isClosed)
    }),
  )

  it("in its very end raises that error", () =>
    inWorld(function* () {
      const sting = new Error("sting")
      const target = new Writable({ write: (_chunk, _encoding, done) => done(), final: (done) => done(sting) })
      expect(yield* raised(pipe(Readable.from(["honey"]), target))).toBe(sting)
      const web = new WritableStream({ close: () => Promise.reject(sting) })
      expect(yield* raised(pipe(Readable.from(["honey"]), web))).toBe(sting)
    }))

  it("was destroyed, has failed or was ended before: that is raised at once, and the source closed", () =>
    inWorld(function* () {
      const sting = new Error("sting")
      const destroyed = new PassThrough()
      destroyed.destroy()
      const failed = new PassThrough().on("error", () => {})
      failed.destroy(sting)
      const ended = new PassThrough()
      ended.end()
      const closed = new WritableStream()
      yield* tasklet(() => closed.close())
      const targets = [[destroyed, "connection_closed"], [failed, undefined], [ended, "unwritable"], [closed, "unwritable"]] as const
      for (const [target, code] of targets) {
        for (const [, makeSpring] of springs) {
          const spring = makeSpring({ chunks: "endless" })
          const error = yield* raised(pipe(spring.source, target))
          expect(error.code).toBe(code)
          yield* cameAbout(spring.isClosed)
        }
        expect((yield* raised(pipe(Readable.from([]), target))).code).toBe(code)
      }
      // It belongs to who has ended it: what it holds can still be read.
      expect(ended.destroyed).toBe(false)
    }))

  it("is locked by somebody else: that is raised, and the source closed", () =>
    inWorld(function* () {
      const target = new WritableStream()
      target.getWriter()
      const spring = springs[0]![1]({ chunks: "endless" })
      expect((yield* raised(pipe(spring.source, target))).message).toMatch(/locked/i)
      yield* cameAbout(spring.isClosed)
      const source = new ReadableStream()
      source.getReader()
      expect((yield* raised(pipe(source, new PassThrough()))).message).toMatch(/locked/i)
    }))
})

describe("a pipe that is killed", () => {
  for (const [sourceName, makeSpring] of springs) {
    it.each(basins)(`closes ${sourceName}, and breaks %s off`, (_name, makeBasin) =>
      inWorld(function* () {
        for (const chunks of ["endless", ["honey"]] as const) {
          const basin = makeBasin()
          const spring = makeSpring({ chunks, then: "nothing" })
          const victim = tasklet(() => pipe(spring.source, basin.target))
          yield* cameAbout(() => basin.text() !== "")
          victim.kill()
          yield* cameAbout(() => spring.isClosed() && basin.end() !== undefined)
          expect(basin.end()).toBe("broken")
        }
      }),
    )

    it.each(basins)(`closes ${sourceName} also while %s takes nothing`, (_name, makeBasin) =>
      inWorld(function* () {
        const basin = makeBasin({ slow: () => {} })
        const spring = makeSpring({ chunks: "endless" })
        const victim = tasklet(() => pipe(spring.source, basin.target))
        yield* cameAbout(() => basin.text() !== "")
        for (let turn = 0; turn < 50; turn++) yield* sleep(0)
        victim.kill()
        yield* cameAbout(() => spring.isClosed())
        expect(victim.alive).toBe(false)
      }),
    )
  }

  it("leaves connections to those who have them", () =>
    inWorld(function* () {
      const [[one, other], [near, far]] = [pair(), pair()]
      const victim = tasklet(() => pipe(one, near))
      yield* other.write("honey")
      expect(String(yield* far.readBytes(5))).toBe("honey")
      victim.kill()
      yield* other.write("wax\n")
      expect(yield* one.readLine()).toBe("wax")
      yield* near.write("still here\n")
      expect(yield* far.readLine()).toBe("still here")
    }))

  it("before it has begun does nothing", () =>
    inWorld(function* () {
      const spring = springs[0]![1]({ chunks: "endless" })
      const victim = tasklet(() => pipe(spring.source, new PassThrough()))
      victim.kill()
      yield* schedule()
      expect(spring.pulls()).toBe(0)
      expect(spring.isClosed()).toBe(false)
    }))
})

describe("a slow target", () => {
  for (const [sourceName, makeSpring] of springs) {
    it.each(basins)(`(%s) holds ${sourceName} up: little more is read than is taken`, (_name, makeBasin) =>
      inWorld(function* () {
        const taken = channel<() => void>({ capacity: 10 })
        const basin = makeBasin({ slow: (go) => void taken.trySend(go) })
        const spring = makeSpring({ chunks: "endless" })
        const victim = tasklet(() => pipe(spring.source, basin.target))
        let most = 0
        for (let chunk = 1; chunk <= 60; chunk++) {
          const go = yield* taken.receive()
          for (let turn = 0; turn < 5; turn++) yield* sleep(0)
          most = Math.max(most, spring.pulls() - chunk)
          go()
        }
        expect(most).toBeLessThan(24)
        victim.kill()
      }),
    )
  }

  it("that is a connection holds the source up as well, and all arrives in the end", () =>
    inWorld(function* () {
      const [near, far] = pair()
      const spring = springs[0]![1]({ chunks: "endless" })
      const victim = tasklet(() => pipe(spring.source, near))
      for (let turn = 0; turn < 50; turn++) yield* sleep(0)
      expect(spring.pulls()).toBeLessThan(24)
      for (let read = 0; read < 400; read++) yield* far.readBytes(CHUNK)
      expect(spring.pulls()).toBeLessThan(424)
      victim.kill()
    }))

  it("gets large volumes whole", () =>
    inWorld(function* () {
      const size = 40 * 1024 * 1024
      let sent = 0
      const source = new Readable({
        read(want) {
          const length = Math.min(want, size - sent)
          const chunk = Buffer.alloc(length)
          for (let at = 0; at < length; at += 997) chunk[at] = (sent + at) & 255
          sent += length
          this.push(length === 0 ? null : chunk)
        },
      })
      let got = 0
      let wrong = 0
      const target = new Writable({
        write(chunk: Buffer, _encoding, done) {
          got += chunk.length
          if (chunk.length > 65_536) wrong++
          setImmediate(done)
        },
      })
      expect(yield* pipe(source, target)).toBe(size)
      expect([got, wrong]).toEqual([size, 0])
    }))
})

describe("time-outs", () => {
  it.each(basins)("end a pipe whose source brings nothing: %s is broken off", (_name, makeBasin) =>
    inWorld(function* () {
      const basin = makeBasin()
      const spring = springs[0]![1]({ chunks: ["honey"], then: "nothing" })
      const error = yield* raised(pipe(spring.source, basin.target, { timeoutMs: 20 }))
      expect(error).toBeInstanceOf(TimeoutError)
      expect(error.message).toContain("read() from a stream")
      yield* cameAbout(() => spring.isClosed() && basin.end() === "broken")
    }),
  )

  it.each(basins)("end a pipe to %s that takes nothing: the source is closed", (_name, makeBasin) =>
    inWorld(function* () {
      const basin = makeBasin({ slow: () => {} })
      const spring = springs[0]![1]({ chunks: "endless" })
      const error = yield* raised(pipe(spring.source, basin.target, { timeoutMs: 20 }))
      expect(error).toBeInstanceOf(TimeoutError)
      expect(error.message).toContain("write() to a stream")
      yield* cameAbout(spring.isClosed)
    }),
  )

  it.each(basins)("end a pipe to %s that does not end", (_name, makeBasin) =>
    inWorld(function* () {
      const basin = makeBasin({ slow: () => {} })
      const error = yield* raised(pipe(Readable.from(["honey"]), basin.target, { timeoutMs: 20 }))
      expect(error).toBeInstanceOf(TimeoutError)
      expect(error.message).toContain("the end of a stream")
    }),
  )

  it("hold for connections, too, and their own are the default", () =>
    inWorld(function* () {
      const [near, far] = pair({ idleMs: 20 })
      expect(yield* raised(pipe(near, new PassThrough()))).toMatchObject({ timeoutMs: 20 })
      expect(yield* raised(pipe(near, new PassThrough(), { timeoutMs: 5 }))).toMatchObject({ timeoutMs: 5 })
      const patient = tasklet(() => pipe(near, new PassThrough().resume(), { timeoutMs: Infinity }))
      expect(yield* raised(far.read({ timeoutMs: 40 }))).toBeInstanceOf(TimeoutError)
      yield* far.end()
      expect(yield* patient).toBe(0)
    }))
})

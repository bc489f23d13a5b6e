import { group, type Operation, type Routine, schedule, select, type Tasklet, tasklet, TimeoutError } from "@vivarium/core"
import { type Connection, ConnectionError } from "@vivarium/net"
import { describe, expect, it } from "vitest"
import { arrived } from "./fixtures/arrived.ts"
import { links, memory, tls } from "./fixtures/links.ts"
import { raised } from "./fixtures/raised.ts"

const text = (bytes: Buffer | undefined): string | undefined => bytes?.toString()

const readings: readonly (readonly [string, (connection: Connection) => Operation<unknown>])[] = [
  ["read()", (connection) => connection.read()],
  ["readBytes()", (connection) => connection.readBytes(3)],
  ["readUntil()", (connection) => connection.readUntil("x")],
  ["readLine()", (connection) => connection.readLine()],
  ["peek()", (connection) => connection.peek()],
]

/** Begins to send more than any link holds. */
function* flood(connection: Connection): Routine<Tasklet<void>> {
  const writer = tasklet(() => connection.write(Buffer.alloc(32_000_000)))
  while (connection.bytesWritten === 0) yield* schedule()
  return writer
}

describe("close()", () => {
  it("waits five seconds for the end of a peer who has taken everything", async () => {
    await memory.talk({ halfOpen: true }, function* (left, _right, scheduler) {
      yield* left.write("last words")
      yield* left.close()
      expect([left.isClosed, scheduler.clock.now()]).toEqual([true, 5000])
    })
  })

  it("waits for a peer who takes nothing as long as a write may", async () => {
    await memory.talk({ highWaterBytes: 1000, idleMs: 20_000 }, function* (left, _right, scheduler) {
      yield* left.write(Buffer.alloc(1000))
      yield* left.write(Buffer.alloc(1000))
      yield* left.close()
      expect([left.isClosed, scheduler.clock.now()]).toEqual([true, 20_000])
    })
  })
})

describe.each(links)("the end of a connection over $name", ({ talk }) => {
  describe("end()", () => {
    it("comes after all that was written, and lets the peer answer if it is half open", async () => {
      await talk({ halfOpen: true }, function* (left, right) {
        yield* left.write("question")
        yield* left.end()
        expect(text(yield* right.readBytes(8))).toBe("question")
        expect(yield* right.read()).toBeUndefined()
        expect([left.isClosed, right.isClosed]).toEqual([false, false])
        yield* right.write("answer")
        expect(text(yield* left.read())).toBe("answer")
        yield* right.end()
        expect(yield* left.read()).toBeUndefined()
        yield* left.closed
        yield* right.closed
      })
    })

    it("ends both ways if that was not asked for: the peer's writes are refused, and the connection closes", async () => {
      await talk(function* (left, right) {
        yield* left.end()
        expect(yield* right.read()).toBeUndefined()
        const error = (yield* raised(right.write("answer"))) as ConnectionError
        expect(error).toBeInstanceOf(ConnectionError)
        expect(error.code).toBe("connection_closed")
        expect(error.message).toContain(`${right.peer} has ended the connection. Pass { halfOpen: true }`)
        yield* left.closed
        yield* right.closed
        expect(yield* left.read()).toBeUndefined()
      })
    })

    it("refuses writes from then on, and can be called again, also when all is over", async () => {
      await talk(function* (left, right) {
        yield* left.write("last words")
        yield* group(function* (members) {
          for (let count = 0; count < 3; count++) members.spawn(() => left.end())
        })
        const error = (yield* raised(left.write("more"))) as ConnectionError
        expect([error.code, error.peer]).toEqual(["connection_closed", left.peer])
        expect(error.message).toContain("end() or close() was called")
        expect(text(yield* right.readBytes(10))).toBe("last words")
        expect(yield* right.read()).toBeUndefined()
        yield* right.end()
        yield* left.closed
        yield* left.end()
        yield* left.flush()
      })
    })

    it("is no error when the peer has ended before", async () => {
      await talk(function* (left, right) {
        yield* left.end()
        expect(yield* right.read()).toBeUndefined()
        yield* right.flush()
        yield* right.end()
        yield* right.closed
      })
    })

    it("fails if the connection breaks off, and if the peer takes nothing for too long", async () => {
      await talk({ highWaterBytes: 1000 }, function* (left, right) {
        ;(yield* flood(left)).kill()
        expect(yield* raised(left.end({ timeoutMs: 5 }))).toBeInstanceOf(TimeoutError)
        const ending = tasklet(() => raised(left.end()))
        yield* schedule()
        right.reset()
        expect(yield* ending).toMatchObject({ code: "connection_reset" })
      })
    })
  })

  describe("flush()", () => {
    it("waits until all is taken", async () => {
      await talk({ highWaterBytes: 1000 }, function* (left, right) {
        const writer = yield* flood(left)
        const flushing = tasklet(() => left.flush())
        yield* schedule()
        expect([writer.alive, flushing.alive]).toEqual([true, true])
        const reading = tasklet(() => right.readBytes(32_000_000))
        yield* flushing
        expect([writer.alive, left.statistics().unsent]).toEqual([false, 0])
        yield* reading
      })
    })

    it("fails if the peer takes nothing for too long, and if the connection breaks off", async () => {
      await talk({ highWaterBytes: 1000 }, function* (left, right) {
        ;(yield* flood(left)).kill()
        const late = yield* raised(left.flush({ timeoutMs: 5 }))
        expect(late).toBeInstanceOf(TimeoutError)
        expect(late.message).toContain(`to ${left.peer}`)
        const flushing = tasklet(() => raised(left.flush()))
        yield* schedule()
        right.reset()
        expect(yield* flushing).toMatchObject({ code: "connection_reset" })
      })
    })
  })

  describe("close()", () => {
    it("sends all, then the end, and waits for the peer's", async () => {
      await talk(function* (left, right) {
        yield* left.write("last words")
        yield* left.close()
        expect(left.isClosed).toBe(true)
        expect(text(yield* right.readBytes(10))).toBe("last words")
        expect(yield* right.read()).toBeUndefined()
        yield* right.closed
      })
    })

    it("sends what others have waiting, too", async () => {
      await talk({ highWaterBytes: 1000 }, function* (left, right) {
        const writer = tasklet(() => left.write(Buffer.alloc(300_000)))
        yield* schedule()
        const closing = tasklet(() => left.close())
        expect((yield* right.readBytes(300_000))?.length).toBe(300_000)
        expect(yield* right.read()).toBeUndefined()
        yield* writer
        yield* closing
      })
    })

    it("can be called by many, and again", async () => {
      await talk(function* (left, right) {
        yield* group(function* (members) {
          for (const one of [left, right, left, right, left]) members.spawn(() => one.close())
        })
        yield* left.close()
        expect([left.isClosed, right.isClosed]).toEqual([true, true])
      })
    })

    it("is done when the peer has gone already", async () => {
      await talk(function* (left, right) {
        right.reset()
        yield* left.closed
        yield* left.close()
        expect(left.isClosed).toBe(true)
      })
    })

    it("destroys the connection if it is killed", async () => {
      await talk({ halfOpen: true }, function* (left) {
        const closing = tasklet(() => left.close())
        yield* schedule()
        expect(closing.alive).toBe(true)
        closing.kill()
        yield* left.closed
      })
    })

    it("takes what the peer still sends, so that this can end, too", async () => {
      await talk({ highWaterBytes: 1000, halfOpen: true }, function* (left, right) {
        const writer = tasklet(function* () {
          yield* right.write(Buffer.alloc(4_000_000))
          yield* right.end()
        })
        yield* left.close()
        yield* writer
        expect(right.bytesWritten).toBe(4_000_000)
      })
    })

    it.each(readings)("fails who waits in %s, and who comes later", async (_name, read) => {
      await talk(function* (left, right) {
        const waiting = tasklet(() => raised(read(left)))
        yield* schedule()
        expect(waiting.blocked).toBe(true)
        const closing = tasklet(() => left.close())
        yield* right.write("too late\n")
        for (const error of [yield* waiting, yield* raised(read(left))]) {
          expect(error).toBeInstanceOf(ConnectionError)
          expect(error).toMatchObject({ code: "connection_closed", peer: left.peer })
        }
        yield* closing
        expect(yield* raised(read(left))).toMatchObject({ code: "connection_closed" })
        expect(yield* raised(left.write("x"))).toMatchObject({ code: "connection_closed" })
      })
    })
  })

  describe("reset()", () => {
    it("fails what waits here and there, and can be called again", async () => {
      await talk({ highWaterBytes: 1000 }, function* (left) {
        const writer = yield* flood(left)
        const reader = tasklet(() => raised(left.readLine()))
        yield* schedule()
        left.reset()
        left.reset()
        expect(yield* raised(writer.join())).toMatchObject({ code: "connection_closed" })
        expect(yield* reader).toMatchObject({ code: "connection_closed" })
        yield* left.closed
      })
    })
  })

  it("is the end of using, at once", async () => {
    await talk(function* (left, right) {
      {
        using held = left
        yield* held.write("x")
      }
      expect(yield* raised(left.read())).toMatchObject({ code: "connection_closed" })
      expect(yield* raised(left.write("x"))).toMatchObject({ code: "connection_closed" })
      yield* left.closed
      yield* right.closed
    })
  })

  it("is the end of await using, in order", async () => {
    await talk(function* (left, right) {
      yield* tasklet(async () => {
        await using held = left
        await held.write("last words")
      })
      expect(left.isClosed).toBe(true)
      expect(text(yield* right.readBytes(10))).toBe("last words")
      expect(yield* right.read()).toBeUndefined()
    })
  })

  it("comes after the data that came before it", async () => {
    await talk(function* (left, right) {
      yield* left.write("one\ntwo\nthree")
      yield* left.close()
      yield* right.closed
      expect(right.statistics().unread).toBe(13)
      expect([yield* right.readLine(), yield* right.readLine(), yield* right.readLine(), yield* right.readLine()]).toEqual(["one", "two", "three", undefined])
    })
  })

  it("is noticed while the tasklet is busy elsewhere, and can be a case of a select", async () => {
    await talk(function* (left, right, scheduler) {
      const busy = tasklet(function* () {
        const first = yield* select({ gone: right.closed, work: scheduler.channel<string>().receive() })
        return [first.key, yield* raised(right.write("x"))]
      })
      yield* schedule()
      left.reset()
      expect(yield* busy).toEqual(["gone", expect.any(ConnectionError)])
      yield* right.closed
    })
  })

  it("wakes who waits for room", async () => {
    await talk({ highWaterBytes: 1000 }, function* (left, right) {
      const writer = yield* flood(left)
      right[Symbol.dispose]()
      expect(yield* raised(writer.join())).toBeInstanceOf(ConnectionError)
      yield* left.closed
    })
  })

  it("by the peer alone stops who still writes, unless it is half open", async () => {
    await talk({ highWaterBytes: 1000 }, function* (left, right) {
      const writer = yield* flood(left)
      yield* right.end()
      expect(yield* raised(writer.join())).toBeInstanceOf(ConnectionError)
    })
  })
})

// TLS has no reset: the peer sees the connection end.
describe.each(links.filter((one) => one !== tls))("a reset over $name", ({ talk }) => {
  it("gives the peer what it had got, then an error; its writes fail", async () => {
    await talk(function* (left, right) {
      yield* left.write("one\ntwo\npart")
      yield* arrived(right, 12)
      yield* left.reset()
      yield* right.closed
      expect(yield* right.readLine()).toBe("one")
      expect(yield* right.readLine()).toBe("two")
      expect(yield* raised(right.readLine())).toMatchObject({ code: "connection_reset", peer: right.peer })
      expect(text(yield* right.read())).toBe("part")
      const error = yield* raised(right.read())
      expect(error.message).toContain("ECONNRESET")
      expect((error.cause as { code: string }).code).toBe("ECONNRESET")
      expect(yield* raised(right.write("x"))).toMatchObject({ code: "connection_reset" })
    })
  })
})

import { group, type Routine, schedule, sleep, type Tasklet, tasklet } from "@vivarium/core"
import type { Connection } from "@vivarium/net"
import { describe, expect, it } from "vitest"
import { arrived } from "./fixtures/arrived.ts"
import { links } from "./fixtures/links.ts"

/** A socket brings at most so much at once, and a write hands over at most so much. */
const CHUNK_BYTES = 65_536
const TOTAL_BYTES = 24_000_000

/** Sends more than all buffers between two sides hold, in pieces of some size. */
function send(connection: Connection, pieceBytes: number): Tasklet<void> {
  return tasklet(function* () {
    for (let sent = 0; sent < TOTAL_BYTES; sent += pieceBytes) yield* connection.write(Buffer.alloc(Math.min(pieceBytes, TOTAL_BYTES - sent)))
  })
}

/** Gives the host many turns, and looks at each. */
function* manyTurns(look: () => void): Routine {
  for (let turn = 0; turn < 50; turn++) {
    yield* sleep(0)
    look()
  }
}

describe.each(links)("over $name", ({ talk }) => {
  describe.each([1000, 65_536, TOTAL_BYTES])("a reader that does not read stops a peer that writes %i bytes at a time", (pieceBytes) => {
    it.each([1000, 65_536])("after a bounded queue (%i)", async (highWaterBytes) => {
      await talk({ highWaterBytes }, function* (left, right) {
        const writer = send(left, pieceBytes)
        yield* arrived(right, highWaterBytes)
        yield* manyTurns(() => {
          expect(right.statistics().unread).toBeLessThan(highWaterBytes + CHUNK_BYTES)
          expect(left.statistics().unsent).toBeLessThan(2 * CHUNK_BYTES + highWaterBytes)
        })
        expect(writer.alive).toBe(true)
        expect(left.bytesWritten).toBeLessThan(TOTAL_BYTES)
        let count = 0
        while (count < TOTAL_BYTES) {
          count += (yield* right.readBytes(4000))?.length ?? NaN
          expect(right.statistics().unread).toBeLessThan(highWaterBytes + CHUNK_BYTES)
          if (count % 400_000 === 0) yield* sleep(0)
        }
        yield* writer
        yield* left.end()
        expect(yield* right.read()).toBeUndefined()
      })
    })
  })

  it("one who waits to read is no reason to queue more than that", async () => {
    await talk({ highWaterBytes: 1000 }, function* (left, right) {
      const writer = send(left, TOTAL_BYTES)
      for (let count = 0; count < TOTAL_BYTES; ) {
        // Nothing is left, so the read waits; what comes until the tasklet goes on is queued.
        count += (yield* right.read())?.length ?? NaN
        expect(right.statistics().unread).toBeLessThan(1000 + CHUNK_BYTES)
        while (right.statistics().unread > 0) count += (yield* right.read())?.length ?? NaN
      }
      yield* writer
    })
  })

  it("one who reads more at once than the queue holds gets it, and the queue is bounded again", async () => {
    await talk({ highWaterBytes: 1000 }, function* (left, right) {
      const writer = send(left, TOTAL_BYTES)
      expect((yield* right.readBytes(5_000_000))?.length).toBe(5_000_000)
      yield* manyTurns(() => expect(right.statistics().unread).toBeLessThan(1000 + 2 * CHUNK_BYTES))
      expect((yield* right.readBytes(TOTAL_BYTES - 5_000_000))?.length).toBe(TOTAL_BYTES - 5_000_000)
      yield* writer
    })
  })

  it("both sides can send at once, each read by the other", async () => {
    await talk({ highWaterBytes: 1000 }, function* (left, right) {
      yield* group(function* (members) {
        for (const [one, other] of [[left, right], [right, left]] as const) {
          members.spawn(function* () {
            yield* send(one, 100_000)
            yield* one.flush()
          })
          members.spawn(function* () {
            let count = 0
            while (count < TOTAL_BYTES) {
              count += (yield* other.read())?.length ?? NaN
              expect(other.statistics().unread).toBeLessThan(1000 + CHUNK_BYTES)
            }
          })
        }
      })
    })
  })

  it("both sides that only send stop each other, and neither is lost", async () => {
    await talk({ highWaterBytes: 1000 }, function* (left, right) {
      const writers = [send(left, 100_000), send(right, 100_000)]
      yield* arrived(left, 1000)
      yield* arrived(right, 1000)
      yield* manyTurns(() => {
        for (const side of [left, right]) expect(side.statistics().unread).toBeLessThan(1000 + CHUNK_BYTES)
      })
      expect(writers.map((one) => one.alive)).toEqual([true, true])
      const readers = [left, right].map((side) => tasklet(() => side.readBytes(TOTAL_BYTES)))
      for (const one of [...writers, ...readers]) yield* one
    })
  })

  it("a write that needs not wait does not", async () => {
    await talk(function* (left, right) {
      let steps = 0
      const writer = tasklet(function* () {
        for (let count = 0; count < 100; count++) yield* left.write("0123456789")
        steps++
      })
      yield* schedule()
      expect([writer.alive, steps]).toEqual([false, 1])
      expect((yield* right.readBytes(1000))?.length).toBe(1000)
    })
  })
})

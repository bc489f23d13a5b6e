/** The byte queue does what one plain Buffer would. */
import assert from "node:assert/strict"
import fc from "fast-check"
import { describe, it } from "vitest"
import { ByteQueue } from "../../src/byte-queue.ts"

/** Sizes around the borders at which chunks are merged or not, mostly small. */
const size = fc.oneof({ weight: 6, arbitrary: fc.nat(6) }, { weight: 2, arbitrary: fc.nat(1100) }, { weight: 1, arbitrary: fc.integer({ min: 1020, max: 1030 }) }, { weight: 1, arbitrary: fc.nat(9000) })

const command = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("push" as const), size }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("unshift" as const), size }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("take" as const), size }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("takeChunk" as const), size: fc.oneof(size, fc.constant(Infinity)) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("peek" as const), size: fc.oneof(size, fc.constant(Infinity)) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("indexOf" as const), from: fc.nat(40), pattern: fc.uint8Array({ minLength: 1, maxLength: 5, max: 1 }) }) },
)

/** Bytes of zeros and ones, so that patterns are found often, and half so; different each time. */
function bytesOf(length: number, salt: number): Buffer {
  return Buffer.from(Array.from({ length }, (_, index) => ((index * 7919 + salt * 104_729) >> 3) & 1))
}

describe("the byte queue", () => {
  it("gives, shows and finds what one Buffer would", () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 40, size: "max" }), (commands) => {
        const queue = new ByteQueue()
        let model = Buffer.alloc(0)
        const taken: { readonly got: Buffer; readonly was: Buffer }[] = []
        const keep = (got: Buffer): void => void taken.push({ got, was: Buffer.from(got) })
        for (const [index, one] of commands.entries()) {
          if (one.kind === "push") {
            const chunk = bytesOf(one.size, index)
            queue.push(chunk)
            model = Buffer.concat([model, chunk])
          } else if (one.kind === "unshift") {
            const chunk = bytesOf(one.size, index)
            queue.unshift(chunk)
            model = Buffer.concat([chunk, model])
          } else if (one.kind === "take") {
            const count = Math.min(one.size, model.length)
            const got = queue.take(count)
            assert.deepEqual(got, model.subarray(0, count))
            keep(got)
            model = model.subarray(count)
          } else if (one.kind === "takeChunk") {
            if (model.length === 0 || one.size === 0) continue
            const got = queue.takeChunk(one.size)
            assert.ok(got.length > 0 && got.length <= one.size)
            assert.deepEqual(got, model.subarray(0, got.length))
            keep(got)
            model = model.subarray(got.length)
          } else if (one.kind === "peek") {
            const got = queue.peek(one.size)
            assert.deepEqual(got, model.subarray(0, one.size))
            keep(got)
          } else assert.equal(queue.indexOf(one.pattern, one.from), model.indexOf(one.pattern, one.from))
          assert.equal(queue.length, model.length)
        }
        assert.deepEqual(queue.take(queue.length), model)
        for (const { got, was } of taken) assert.deepEqual(got, was, "what was taken does not change any more")
      }),
      { numRuns: 600, seed: 1 },
    )
  })

  it("finds a pattern wherever it lies across chunks", () => {
    const text = "a\r\n\r\r\n\r\nb"
    fc.assert(
      fc.property(fc.array(fc.nat(text.length), { maxLength: 6 }), fc.nat(text.length), fc.constantFrom("\r\n\r\n", "\r\n", "\r\r", "b", "\r\n\r\nb", "x"), (cuts, from, pattern) => {
        const queue = new ByteQueue()
        const places = [0, ...cuts.toSorted((a, b) => a - b), text.length]
        // Put to the front one by one, they are never merged.
        for (let at = places.length - 1; at > 0; at--) queue.unshift(Buffer.from(text.slice(places[at - 1], places[at])))
        assert.equal(queue.indexOf(Buffer.from(pattern), from), Buffer.from(text).indexOf(pattern, from))
      }),
      { numRuns: 2000, seed: 2 },
    )
  })

  it("merges single bytes into few chunks", () => {
    const queue = new ByteQueue()
    for (let byte = 0; byte < 50_000; byte++) queue.push(Buffer.from([byte & 255]))
    let chunks = 0
    for (; queue.length > 0; chunks++) queue.takeChunk(Infinity)
    assert.ok(chunks <= 8, `${chunks} chunks`)
  })
})

/** How a stream of bytes is cut into chunks on its way makes no difference to what is read. */
import assert from "node:assert/strict"
import { main, tasklet } from "@vivarium/core"
import { ConnectionError, LimitError, pair } from "@vivarium/net"
import fc from "fast-check"
import { describe, it } from "vitest"

const text = fc.array(fc.constantFrom("a", "b", "é", "\r", "\n", "\r\n", "--", "-"), { maxLength: 30 }).map((parts) => parts.join(""))

const step = fc.oneof(
  fc.constant({ kind: "line" as const }),
  fc.constant({ kind: "shortLine" as const }),
  fc.constant({ kind: "until" as const, delimiter: "--" }),
  fc.constant({ kind: "until" as const, delimiter: "\r\n" }),
  fc.record({ kind: fc.constant("bytes" as const), count: fc.nat(8) }),
  fc.record({ kind: fc.constant("peek" as const), count: fc.nat(8) }),
)
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

const SHORT = 3

/** What each step gives, as far as the stream goes. */
function expected(stream: Buffer, steps: readonly Step[]): string[] {
  const outcomes: string[] = []
  let at = 0
  for (const one of steps) {
    const left = stream.subarray(at)
    if (one.kind === "line" || one.kind === "shortLine") {
      const newline = left.indexOf(10)
      const end = newline < 0 ? left.length : newline > 0 && left[newline - 1] === 13 ? newline - 1 : newline
      if (one.kind === "shortLine" && end > SHORT) outcomes.push("too long")
      else if (left.length === 0) outcomes.push("end")
      else {
        outcomes.push(left.toString("utf8", 0, end))
        at += newline < 0 ? left.length : newline + 1
      }
    } else if (one.kind === "peek") {
      outcomes.push(left.length === 0 && one.count > 0 ? "end" : left.toString("latin1", 0, one.count))
    } else {
      const found = one.kind === "until" ? left.indexOf(one.delimiter) : left.length >= one.count ? 0 : -1
      if (found >= 0) {
        const end = one.kind === "until" ? found + one.delimiter.length : one.count
        outcomes.push(left.toString("latin1", 0, end))
        at += end
      } else if (left.length === 0) outcomes.push("end")
      else {
        outcomes.push(`partial ${left.toString("latin1")}`)
        at = stream.length
      }
    }
  }
  return outcomes
}

describe("a stream of bytes", () => {
  it("gives the same lines, parts and bytes, however it is cut", async () => {
    await fc.assert(
      fc.asyncProperty(text, fc.array(fc.nat(60), { maxLength: 8 }), fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 40 }), fc.array(step, { maxLength: 12 }), async (sent, cuts, chunkBytes, highWaterBytes, steps) => {
        const stream = Buffer.from(sent)
        const outcomes: string[] = []
        await main(function* () {
          const [left, right] = pair({ chunkBytes, highWaterBytes })
          using _ends = right
          const places = [0, ...cuts.map((cut) => cut % (stream.length + 1)).toSorted((a, b) => a - b), stream.length]
          using _writer = tasklet(function* () {
            for (const [index, place] of places.slice(1).entries()) yield* left.write(stream.subarray(places[index], place))
            yield* left.end()
          })
          for (const one of steps) {
            try {
              if (one.kind === "line") outcomes.push((yield* right.readLine()) ?? "end")
              else if (one.kind === "shortLine") outcomes.push((yield* right.readLine({ maxBytes: SHORT })) ?? "end")
              else {
                const operation = one.kind === "peek" ? right.peek(one.count) : one.kind === "bytes" ? right.readBytes(one.count) : right.readUntil(one.delimiter)
                outcomes.push((yield* operation)?.toString("latin1") ?? "end")
              }
            } catch (error) {
              if (error instanceof LimitError) outcomes.push("too long")
              else if (error instanceof ConnectionError && error.code === "unexpected_end") outcomes.push(`partial ${Buffer.from(error.partial as Uint8Array).toString("latin1")}`)
              else throw error
            }
          }
        })
        assert.deepEqual(outcomes, expected(stream, steps))
      }),
      { numRuns: 400, seed: 1 },
    )
  })
})

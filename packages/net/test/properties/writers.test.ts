/** Whatever becomes of those who write, the peer sees whole writes in order. */
import assert from "node:assert/strict"
import { select, type Tasklet, timeout, TimeoutError } from "@vivarium/core"
import fc from "fast-check"
import { describe, it } from "vitest"
import { makeStage, type Stage } from "../fixtures/stage.ts"

/** Beyond 65,536 bytes a write goes out in slices. */
const size = fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 0, max: 40 }) }, { weight: 1, arbitrary: fc.constantFrom(65_531, 65_532, 70_000, 140_000) })

const command = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("write" as const), size, how: fc.constantFrom("plain", "time-out", "own time-out", "select", "parts") }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("read" as const), count: fc.oneof(fc.nat(50), fc.constant(60_000)) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("kill" as const), which: fc.nat(20) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("run" as const), switches: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("advance" as const), ms: fc.integer({ min: 1, max: 4 }) }) },
)
type WriteCommand = Extract<typeof command extends fc.Arbitrary<infer C> ? C : never, { kind: "write" }>

/** A write says who sends it and how much. */
function message(id: number, length: number): Buffer {
  const bytes = Buffer.alloc(5 + length, id)
  bytes.writeUInt32BE(length, 1)
  return bytes
}

/** Takes messages apart; a torn one is found out. */
function idsIn(stream: Buffer): number[] {
  const ids: number[] = []
  for (let at = 0; at < stream.length; ) {
    const id = stream[at] as number
    assert.ok(at + 5 <= stream.length, "the last message has its head")
    const length = stream.readUInt32BE(at + 1)
    const body = stream.subarray(at + 5, at + 5 + length)
    assert.equal(body.length, length, "a message is whole")
    assert.ok(body.equals(Buffer.alloc(length, id)), "nothing comes in between")
    ids.push(id)
    at += 5 + length
  }
  return ids
}

/** Writers of a pair, and which of them were told that all is written. */
class Writers {
  readonly done: number[] = []
  readonly all: Tasklet[] = []
  private readonly stage: Stage

  constructor(stage: Stage) {
    this.stage = stage
  }

  add({ how, size: length }: WriteCommand): void {
    const { done, stage } = this
    const id = this.all.length + 1
    const bytes = message(id, length)
    const { left, right } = stage
    const writer = stage.scheduler.tasklet(function* () {
      try {
        const write = left.write(how === "parts" ? [bytes.subarray(0, 2), bytes.subarray(2)] : bytes, how === "own time-out" ? { timeoutMs: 2 } : {})
        const outcome = yield* how === "time-out" ? timeout(2, write) : how === "select" ? select({ write, closed: right.closed, late: stage.scheduler.sleep(3) }) : write
        if (how !== "select" || (outcome as { key: string }).key === "write") done.push(id)
      } catch (error) {
        if (!(error instanceof TimeoutError)) throw error
      }
    })
    this.all.push(writer as Tasklet)
  }
}

describe("writers that are killed, late, and lose selects", () => {
  it("are seen by the peer whole, in order, and all of those who were told that they are done", () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 30, size: "max" }), fc.constantFrom(1, 16, 1000, 65_536), fc.constantFrom(7, 5000, 100_000), (commands, highWaterBytes, chunkBytes) => {
        const stage = makeStage({ highWaterBytes, chunkBytes, idleMs: Infinity })
        const { clock, left, right, scheduler } = stage
        const writers = new Writers(stage)
        const got: Buffer[] = []
        for (const one of commands) {
          if (one.kind === "write") writers.add(one)
          else if (one.kind === "read") {
            scheduler.tasklet(function* () {
              const bytes = yield* right.read({ maxBytes: one.count + 1 })
              if (bytes !== undefined) got.push(bytes)
            })
          } else if (one.kind === "kill") writers.all[one.which % Math.max(1, writers.all.length)]?.kill()
          else if (one.kind === "run") scheduler.run({ switches: one.switches })
          else clock.advance(one.ms)
        }
        scheduler.run()
        // Who waits for nothing but room has it now.
        scheduler.tasklet(function* () {
          for (let bytes = yield* right.read(); bytes !== undefined; bytes = yield* right.read()) got.push(bytes)
        })
        scheduler.run()
        assert.deepEqual([left.statistics().unsent, right.statistics().unread], [0, 0])
        const ids = idsIn(Buffer.concat(got))
        assert.deepEqual(ids, [...new Set(ids)].toSorted((a, b) => a - b), "each once, in the order in which they were begun")
        assert.ok(writers.done.every((id) => ids.includes(id)), "who was told so has sent")
        assert.ok(writers.all.every((one) => !one.alive), "nobody waits any more")
        left[Symbol.dispose]()
        right[Symbol.dispose]()
        scheduler.run()
      }),
      { numRuns: 200, seed: 1 },
    )
  })
})

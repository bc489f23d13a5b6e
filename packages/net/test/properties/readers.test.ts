/** Whatever becomes of those who read, no byte is lost and none comes twice. */
import assert from "node:assert/strict"
import { type Operation, select, type Tasklet, timeout, TimeoutError } from "@vivarium/core"
import { ConnectionError } from "@vivarium/net"
import fc from "fast-check"
import { describe, it } from "vitest"
import { makeStage, type Stage } from "../fixtures/stage.ts"

const how = fc.constantFrom("plain" as const, "select" as const, "two in a select" as const, "time-out" as const, "own time-out" as const)

const command = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("write" as const), count: fc.integer({ min: 1, max: 6 }) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("read" as const), what: fc.nat(3), count: fc.nat(5), how, ms: fc.integer({ min: 1, max: 5 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("kill" as const), which: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("throw" as const), which: fc.nat(20) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("run" as const), switches: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("advance" as const), ms: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 1, arbitrary: fc.constant({ kind: "end" as const }) },
)
type ReadCommand = Extract<typeof command extends fc.Arbitrary<infer C> ? C : never, { kind: "read" }>

const DELIMITER = 7

/** Readers of a pair, who note what they got. */
class Readers {
  readonly got: Buffer[] = []
  readonly all: Tasklet[] = []
  private readonly stage: Stage

  constructor(stage: Stage) {
    this.stage = stage
  }

  add(one: ReadCommand): void {
    const { got, stage } = this
    const reader = stage.scheduler.tasklet(function* () {
      try {
        const outcome = yield* operationOf(stage, one)
        const bytes = Buffer.isBuffer(outcome) || outcome === undefined ? outcome : (outcome as { value?: Buffer }).value
        if (bytes !== undefined) got.push(bytes)
      } catch (error) {
        if (error instanceof ConnectionError && error.partial !== undefined) got.push(Buffer.from(error.partial))
        else if (!(error instanceof TimeoutError) && (error as Error).message !== "stung") throw error
      }
    })
    this.all.push(reader as Tasklet)
  }

  at(index: number): Tasklet | undefined {
    const alive = this.all.filter((one) => one.alive)
    return alive[index % Math.max(1, alive.length)]
  }
}

function operationOf({ left, right }: Stage, { count, how, ms, what }: ReadCommand): Operation<unknown> {
  const options = how === "own time-out" ? { timeoutMs: ms } : {}
  const reads = [right.read(options), right.readBytes(count + 1, options), right.readUntil(Buffer.from([DELIMITER, DELIMITER]), options), right.read({ ...options, maxBytes: 2 })]
  const read = reads[what] as Operation<Buffer | undefined>
  if (how === "select") return select({ read, gone: left.closed })
  if (how === "two in a select") return select({ read, other: right.readBytes(count + 2) })
  return how === "time-out" ? timeout(ms, read) : read
}

describe("readers that are killed, thrown into, late, and lose selects", () => {
  it("get every byte once between them, each theirs in order", () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 40, size: "max" }), fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 6 }), (commands, highWaterBytes, chunkBytes) => {
        const stage = makeStage({ highWaterBytes, chunkBytes, halfOpen: true, idleMs: Infinity })
        const { clock, left, right, scheduler } = stage
        const readers = new Readers(stage)
        let written = 0
        let ended = false
        for (const one of commands) {
          if (one.kind === "write") {
            if (ended || written + one.count > 120) continue
            // Each byte is one of a kind, but for some delimiters.
            const bytes = Buffer.from(Array.from({ length: one.count }, () => 8 + written++))
            if (written % 3 === 0) bytes.fill(DELIMITER, 0, Math.min(2, one.count))
            scheduler.tasklet(() => left.write(bytes))
          } else if (one.kind === "read") readers.add(one)
          else if (one.kind === "kill") readers.at(one.which)?.kill()
          else if (one.kind === "throw") {
            const reader = readers.at(one.which)
            if (reader?.blocked === true) reader.throw(new Error("stung"))
          } else if (one.kind === "run") scheduler.run({ switches: one.switches })
          else if (one.kind === "advance") clock.advance(one.ms)
          else if (!ended) {
            ended = true
            scheduler.tasklet(() => left.end())
          }
        }
        scheduler.run()
        for (let round = 0; round < 200; round++) {
          clock.advance(1)
          scheduler.run()
        }
        for (const reader of readers.all) reader.kill()
        // What nobody has read is still there.
        const last = scheduler.tasklet(function* () {
          for (let rest = yield* right.read(); rest !== undefined; rest = yield* right.read()) readers.got.push(rest)
        })
        scheduler.run()
        last.kill()
        const total = readers.got.reduce((sum, bytes) => sum + bytes.length, 0)
        assert.equal(total, written)
        const seen = readers.got.flatMap((bytes) => [...bytes]).filter((byte) => byte !== DELIMITER)
        assert.equal(new Set(seen).size, seen.length, "no byte comes twice")
        for (const bytes of readers.got) {
          const own = [...bytes].filter((byte) => byte !== DELIMITER)
          assert.deepEqual(own, own.toSorted((a, b) => a - b), "what one read gives is in order")
        }
        assert.equal(right.bytesRead, written)
      }),
      { numRuns: 2000, seed: 1 },
    )
  })
})

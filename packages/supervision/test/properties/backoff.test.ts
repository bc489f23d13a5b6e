/** Delays: their bounds, their growth, where their chance comes from, and when they begin anew. */
import assert from "node:assert/strict"
import { Actor, ExitReason, type Ref, System } from "@vivarium/actors"
import { Random, Scheduler } from "@vivarium/core"
import { VirtualClock } from "@vivarium/core/lowlevel"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type Backoff, delayOf, withDefaults } from "../../src/backoff.ts"
import { type BackoffOptions, child, supervisor, type SupervisorReport } from "../../src/index.ts"

const options: fc.Arbitrary<Backoff> = fc
  .record({
    minMs: fc.oneof(fc.nat(1_000), fc.double({ min: 0, max: 10, noNaN: true })),
    more: fc.oneof(fc.nat(100_000), fc.constantFrom(0, 1)),
    factor: fc.oneof(fc.constantFrom(1, 2, 10, 1e300), fc.double({ min: 1, max: 5, noNaN: true })),
    jitter: fc.oneof(fc.constantFrom(0, 0.2, 1), fc.double({ min: 0, max: 1, noNaN: true })),
  })
  .map(({ factor, jitter, minMs, more }) => withDefaults({ minMs, maxMs: minMs + more, factor, jitter }))
const attempt = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 2 ** 31 }))

/** A random that counts how often it is asked. */
class Counted extends Random {
  drawn = 0

  override next(): number {
    this.drawn++
    return super.next()
  }
}

describe("a delay", () => {
  it("without jitter is the product of its factors, at most maxMs, and never shorter than the one before", () => {
    fc.assert(
      fc.property(options, attempt, (given, number) => {
        const backoff = { ...given, jitter: 0 }
        const random = new Counted()
        const [delay, next] = [delayOf(backoff, number, random), delayOf(backoff, number + 1, random)]
        assert(delay >= backoff.minMs && delay <= backoff.maxMs, `${delay}`)
        assert(next >= delay, `${next} after ${delay}`)
        if (number <= 20 && backoff.factor < 10) assert.equal(delay, Math.min(backoff.maxMs, backoff.minMs * backoff.factor ** (number - 1)))
        assert.equal(delayOf(backoff, 1, random), backoff.minMs)
        assert.equal(random.drawn, 0)
      }),
      { numRuns: 5_000, seed: 1 },
    )
  })

  it("with jitter stays within its share of that, and draws one number of the seeded random", () => {
    fc.assert(
      fc.property(options, attempt, fc.nat(), (backoff, number, seed) => {
        const plain = delayOf({ ...backoff, jitter: 0 }, number, new Random(seed))
        const random = new Counted(seed)
        const delay = delayOf(backoff, number, random)
        const slack = plain * Number.EPSILON * 8
        assert(delay >= plain * (1 - backoff.jitter) - slack && delay <= plain * (1 + backoff.jitter) + slack, `${delay} for ${plain}`)
        assert.equal(random.drawn, backoff.jitter === 0 ? 0 : 1)
        assert.equal(delay, delayOf(backoff, number, new Random(seed)))
      }),
      { numRuns: 5_000, seed: 2 },
    )
  })

  it("is a number after any count of attempts, also where the first one is 0", () => {
    const random = new Random()
    expect([1, 2, 1_025, 1e9].map((number) => delayOf(withDefaults({ minMs: 0, jitter: 0 }), number, random))).toEqual([0, 0, 0, 0])
  })

  it("spreads over its whole share", () => {
    const random = new Random(7)
    const delays = Array.from({ length: 10_000 }, () => delayOf(withDefaults({ minMs: 100, jitter: 0.2 }), 1, random))
    expect(Math.min(...delays)).toBeLessThan(80.5)
    expect(Math.max(...delays)).toBeGreaterThan(119.5)
    expect(delays.reduce((sum, delay) => sum + delay, 0) / delays.length).toBeCloseTo(100, 0)
  })
})

class Fragile extends Actor {
  crash() {
    this.stop(ExitReason.custom("boom"))
  }
}

/** Lets a child crash after each of these runs, in milliseconds, and gives its delays. */
function delaysAfter(runs: readonly number[], backoff: BackoffOptions, seed = 1): { readonly delays: readonly (number | undefined)[]; readonly attempts: readonly number[]; readonly alive: boolean } {
  const clock = new VirtualClock()
  const scheduler = new Scheduler({ clock, random: seed, limits: { slowSliceMs: Infinity } })
  const system = new System({ scheduler, log: false })
  const ends: SupervisorReport[] = []
  system.events.on("supervisor", (report) => {
    if (report.context === "child_terminated") ends.push(report)
  })
  const top = system.spawn(supervisor({ children: [child(Fragile, { id: "fragile", backoff })] }))
  scheduler.run()
  for (const run of runs) {
    clock.advance(run)
    scheduler.run()
    ;(top.child("fragile") as Ref<Fragile> | undefined)?.cast.crash()
    scheduler.run()
    clock.advance(ends.at(-1)?.delayMs ?? 0)
    scheduler.run()
  }
  const { alive } = top
  top.exit(ExitReason.kill)
  scheduler.run()
  return { delays: ends.map(({ delayMs }) => delayMs), attempts: ends.map(({ attempt: number }) => number), alive }
}

describe("the delays of a child", () => {
  it("grow from crash to crash, and begin anew once it has run for resetAfterMs, not a moment before", () => {
    const backoff = { minMs: 10, maxMs: 100, factor: 3, jitter: 0, resetAfterMs: 50 }
    expect(delaysAfter([0, 0, 0, 0, 49, 50, 0], backoff).delays).toEqual([10, 30, 90, 100, 100, 10, 30])
    expect(delaysAfter([0, 49.999, 50, 1e9], backoff).attempts).toEqual([1, 2, 1, 1])
  })

  it("are what the runs say, whatever these are", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(0, 10, 49, 50, 51), { maxLength: 12 }), (runs) => {
        let attempts = 0
        const expected = runs.map((run, index) => (attempts = index > 0 && run >= 50 ? 1 : index === 0 ? 1 : attempts + 1))
        assert.deepEqual(delaysAfter(runs, { minMs: 1, jitter: 0, resetAfterMs: 50 }).attempts, expected)
      }),
      { numRuns: 300, seed: 3 },
    )
  })

  it("end with the attempts: with one more the supervisor gives up, unless a healthy run came between", () => {
    const backoff = { minMs: 5, factor: 1, jitter: 0, maxAttempts: 2, resetAfterMs: 1_000 }
    expect(delaysAfter([0, 0, 0], backoff)).toEqual({ delays: [5, 5, undefined], attempts: [1, 2, 3], alive: false })
    expect(delaysAfter([0, 0, 1_000, 0], backoff)).toEqual({ delays: [5, 5, 5, 5], attempts: [1, 2, 1, 2], alive: true })
  })

  it("are the same under the same seed, and others under another one", () => {
    const runs = Array.from({ length: 20 }, () => 0)
    const [one, same, other] = [1, 1, 2].map((seed) => delaysAfter(runs, {}, seed).delays)
    expect(same).toEqual(one)
    expect(other).not.toEqual(one)
  })
})

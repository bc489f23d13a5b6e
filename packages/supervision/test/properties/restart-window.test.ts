/** The restart window against the naive list of OTP: all stamps are kept, those with `stamp >= now - withinMs` count, and more than allowed means giving up. */
import assert from "node:assert/strict"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { RestartWindow } from "../../src/restart-window.ts"

class NaiveWindow {
  maxRestarts: number
  withinMs: number
  private readonly stamps: number[] = []

  constructor(maxRestarts: number, withinMs: number) {
    this.maxRestarts = maxRestarts
    this.withinMs = withinMs
  }

  admit(now: number): boolean {
    this.stamps.push(now)
    return this.count(now) <= this.maxRestarts
  }

  count(now: number): number {
    return this.stamps.filter((stamp) => stamp >= now - this.withinMs).length
  }
}

const limits = fc.record({
  maxRestarts: fc.oneof(fc.nat(6), fc.constantFrom(0, 1, 50)),
  withinMs: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constantFrom(1, 5_000, Infinity)),
})
const gaps = fc.array(fc.oneof(fc.nat(3), fc.nat(30), fc.constantFrom(0, 4_999, 5_000, 5_001)), { maxLength: 60, size: "max" })

/** What is kept, which only a test looks at. */
function kept(window: RestartWindow): number {
  return (window as unknown as { readonly stamps: readonly number[] }).stamps.length
}

describe("the restart window", () => {
  // Some thousands of histories.
  it("gives up when the naive list does, also if it goes on after that, and counts what still matters", { timeout: 20_000 }, () => {
    fc.assert(
      fc.property(limits, gaps, ({ maxRestarts, withinMs }, history) => {
        const window = new RestartWindow(maxRestarts, withinMs)
        const naive = new NaiveWindow(maxRestarts, withinMs)
        let now = 0
        for (const gap of history) {
          now += gap
          assert.equal(window.admit(now), naive.admit(now), `at ${now}`)
          assert.equal(window.count(now), Math.min(naive.count(now), maxRestarts + 1))
          // Looking later forgets nothing.
          assert.equal(window.count(now + gap), Math.min(naive.count(now + gap), maxRestarts + 1))
        }
        assert(kept(window) <= maxRestarts + 1)
      }),
      { numRuns: 10_000, seed: 1 },
    )
  })

  it("allows the same under tighter limits, after any history, as if these had held from the start", { timeout: 20_000 }, () => {
    fc.assert(
      fc.property(limits, limits, gaps, gaps, (first, then, before, after) => {
        const maxRestarts = Math.min(first.maxRestarts, then.maxRestarts)
        const naive = new NaiveWindow(maxRestarts, then.withinMs)
        let window = new RestartWindow(first.maxRestarts, first.withinMs)
        let now = 0
        for (const gap of before) {
          now += gap
          window.admit(now)
          naive.admit(now)
        }
        window = window.under(maxRestarts, then.withinMs)
        assert.equal(window.count(now), Math.min(naive.count(now), maxRestarts + 1))
        for (const gap of after) {
          now += gap
          assert.equal(window.admit(now), naive.admit(now), `at ${now}`)
        }
      }),
      { numRuns: 3_000, seed: 2 },
    )
  })

  it("of none gives up at the first restart, always", () => {
    const window = new RestartWindow(0, 1)
    expect([0, 0, 1, 2, 1_000_000].map((now) => window.admit(now))).toEqual([false, false, false, false, false])
    expect([window.count(1_000_000), window.count(1_000_002)]).toEqual([1, 0])
  })

  it("of Infinity allows a million restarts in one millisecond, and keeps no stamp", () => {
    const window = new RestartWindow(Infinity, 5_000)
    let allowed = 0
    for (let restart = 0; restart < 1_000_000; restart++) if (window.admit(7)) allowed++
    expect([allowed, window.count(7), kept(window)]).toEqual([1_000_000, 0, 0])
  })

  it("that looks back for ever allows so many in a life", () => {
    const window = new RestartWindow(2, Infinity)
    expect([0, 1e9, 2e9, 3e9].map((now) => window.admit(now))).toEqual([true, true, false, false])
  })

  it("counts one at exactly its length, and not a moment longer", () => {
    for (const [gap, allowed] of [[5_000, false], [5_000.5, true]] as const) {
      const window = new RestartWindow(1, 5_000)
      expect([window.admit(0), window.admit(gap)]).toEqual([true, allowed])
    }
  })

  it("grows with its history alone: a large limit takes no room by itself", () => {
    const window = new RestartWindow(1_000_000, 5_000)
    for (let restart = 0; restart < 10; restart++) window.admit(restart)
    expect(kept(window)).toBe(10)
  })
})

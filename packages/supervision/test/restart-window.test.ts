/** The restart window against the plainest one there is: a list of all stamps. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { RestartWindow } from "../src/restart-window.ts"

describe("a restart window", () => {
  it("admits and counts as a list of all stamps does, whatever the pace", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 20 }), fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.boolean()), { maxLength: 60 }), (maxRestarts, withinMs, steps) => {
        const window = new RestartWindow(maxRestarts, withinMs)
        const stamps: number[] = []
        let now = 0
        for (const [pauseMs, restarts] of steps) {
          now += pauseMs
          if (restarts) stamps.push(now)
          const counted = stamps.filter((stamp) => now - stamp <= withinMs).length
          const admitted = restarts ? window.admit(now) : undefined
          expect([admitted, window.count(now)]).toEqual([restarts ? counted <= maxRestarts : undefined, Math.min(maxRestarts + 1, counted)])
        }
      }),
    )
  })

  it("keeps nothing where any number is allowed", () => {
    const window = new RestartWindow(Infinity, 5)
    expect([window.admit(0), window.admit(0), window.count(0)]).toEqual([true, true, 0])
  })
})

import { type Report, schedule, Scheduler } from "@vivarium/core"
import type { Clock, SlowSlice } from "@vivarium/core/lowlevel"
import { describe, expect, it } from "vitest"

/** A clock that the test moves by hand, and that counts how often it is read. */
class HandClock implements Clock {
  time = 0
  reads = 0
  now(): number {
    this.reads++
    return this.time
  }
  setAlarm(): void {}
}

function world(options: { debug?: boolean; slowSliceMs?: number } = {}) {
  const clock = new HandClock()
  const reports: Report[] = []
  const limits = options.slowSliceMs === undefined ? {} : { slowSliceMs: options.slowSliceMs }
  const scheduler = new Scheduler({ clock, debug: options.debug === true, limits, onReport: (report) => reports.push(report) })
  return { clock, reports, scheduler }
}

describe("a slice longer than the limit", () => {
  it("is reported with the tasklet's name, by default past 50 ms", () => {
    const { clock, reports, scheduler } = world()
    for (const [name, ms] of [["quick", 50], ["slow", 51]] as const) {
      scheduler.tasklet({ name }, () => void (clock.time += ms))
    }
    scheduler.run()
    expect(reports).toHaveLength(1)
    expect(reports[0]).toMatchObject({ kind: "slow_slice", ms: 51, slices: 1 })
    expect((reports[0] as SlowSlice).tasklet.name).toBe("slow")
    expect(scheduler.statistics().slowSlices).toBe(1)
  })

  it("follows limits.slowSliceMs; Infinity turns it off", () => {
    for (const [slowSliceMs, count] of [[10, 1], [Infinity, 0]] as const) {
      const { clock, reports, scheduler } = world({ slowSliceMs })
      scheduler.tasklet(() => void (clock.time += 11))
      scheduler.run()
      expect(reports).toHaveLength(count)
    }
  })

  it.each(["debug", "tool"])("is known exactly with %s", (how) => {
    const { clock, reports, scheduler } = world({ debug: how === "debug" })
    const slow: string[] = []
    using _tool = how === "tool" ? scheduler.instrument({ slow: ({ slices, tasklet }) => void slow.push(`${tasklet.name} of ${slices}`) }) : undefined
    for (let bee = 0; bee < 300; bee++) {
      scheduler.tasklet({ name: `bee ${bee}` }, function* () {
        yield* schedule()
        if (bee === 222) clock.time += 60
      })
    }
    scheduler.run()
    expect(reports).toHaveLength(1)
    expect(reports[0]).toMatchObject({ slices: 1, ms: 60 })
    expect((reports[0] as SlowSlice).tasklet.name).toBe("bee 222")
    expect(slow).toEqual(how === "tool" ? ["bee 222 of 1"] : [])
  })

  it("else is one of n slices: the clock is read after an adaptive number of switches, 1 … 256", () => {
    const { clock, reports, scheduler } = world()
    const slices = 100_000
    scheduler.tasklet(function* () {
      for (let turn = 0; turn < slices; turn++) {
        if (turn === slices / 2) clock.time += 60
        yield* schedule()
      }
    })
    scheduler.run()
    expect(clock.reads).toBeLessThan(slices / 100)
    expect(reports).toHaveLength(1)
    const { slices: among } = reports[0] as SlowSlice
    expect(among).toBeGreaterThan(1)
    expect(among).toBeLessThanOrEqual(256)
  })

  it("lets the number fall back to 1 once a window exceeds a millisecond", () => {
    const { clock, reports, scheduler } = world()
    scheduler.tasklet({ name: "busy" }, function* () {
      for (let turn = 0; turn < 2000; turn++) yield* schedule()
      for (let turn = 0; turn < 600; turn++) {
        clock.time += turn === 500 ? 60 : 2
        yield* schedule()
      }
    })
    scheduler.run()
    const [first, second] = reports as unknown as [SlowSlice, SlowSlice]
    expect(reports).toHaveLength(2)
    expect(first.slices).toBeGreaterThan(1)
    expect(second).toMatchObject({ slices: 1, ms: 60 })
  })

  it("is warned of on the console by default, with the cure", async () => {
    const { runFixture } = await import("./fixtures/run-fixture.ts")
    const { stderr } = await runFixture("slow-slice.ts")
    expect(stderr).toMatch(/vivarium: a slice took 60 ms without giving way: hog\. Let it yield\* schedule\(\) now and then\./)
  })
})

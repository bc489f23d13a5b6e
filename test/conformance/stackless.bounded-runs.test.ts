import { type Report, schedule, Scheduler } from "@vivarium/core"
import { VirtualClock } from "@vivarium/core/lowlevel"
import { beforeEach, describe, expect, it } from "vitest"

let clock: VirtualClock
let reports: Report[]
let scheduler: Scheduler
let trace: string[]

beforeEach(() => {
  clock = new VirtualClock()
  reports = []
  scheduler = new Scheduler({ clock, onReport: (report) => reports.push(report) })
  trace = []
})

/** Works for some milliseconds of virtual time in each of its turns. */
function worker(name: string, turns: number, ms: number): void {
  scheduler.tasklet({ name }, function* () {
    for (let turn = 1; turn <= turns; turn++) {
      clock.advance(ms)
      trace.push(`${name}${turn}`)
      if (turn < turns) yield* schedule()
    }
  })
}

describe("a run with limits", () => {
  it("WD-02: the time is that of the whole run, not of one tasklet, and is looked at between turns", () => {
    for (const name of ["a", "b", "c"]) worker(name, 3, 10)
    scheduler.run({ ms: 40 })
    expect(trace).toEqual(["a1", "b1", "c1", "a2"])
    expect(clock.now()).toBe(40)
    scheduler.run({ ms: 35 })
    expect(trace.slice(4)).toEqual(["b2", "c2", "a3", "b3"])
  })

  it("WD-02: the number of switches is that of the whole run", () => {
    for (const name of ["a", "b", "c"]) worker(name, 2, 1)
    scheduler.run({ switches: 4 })
    expect(trace).toEqual(["a1", "b1", "c1", "a2"])
    expect(scheduler.runCount).toBe(2)
  })

  it("WD-02: whichever limit is reached first counts", () => {
    for (const name of ["a", "b", "c"]) worker(name, 3, 10)
    scheduler.run({ ms: 20, switches: 100 })
    expect(trace).toEqual(["a1", "b1"])
    scheduler.run({ ms: 1000, switches: 1 })
    expect(trace).toEqual(["a1", "b1", "c1"])
  })

  it("WD-03: it gives nothing and leaves the queue as it is; the next run goes on where it was", () => {
    for (const name of ["a", "b", "c", "d"]) worker(name, 2, 1)
    expect(scheduler.run({ switches: 2 })).toBeUndefined()
    expect(scheduler.tasklets().map(({ name }) => name)).toEqual(["c", "d", "a", "b"])
    expect(scheduler.tasklets().every(({ alive, scheduled, paused }) => alive && scheduled && !paused)).toBe(true)
    scheduler.run()
    expect(trace).toEqual(["a1", "b1", "c1", "d1", "a2", "b2", "c2", "d2"])
  })

  it("WD-03: the switches of a nested run() count, and do not make the outer one forget its own", () => {
    for (const name of ["a", "b"]) worker(name, 1, 1)
    scheduler.tasklet(() => {
      trace.push("nested run")
      scheduler.run({ switches: 1 })
      trace.push("nested run returns")
    })
    for (const name of ["c", "d", "e"]) worker(name, 1, 1)
    scheduler.run({ switches: 4 })
    expect(trace).toEqual(["a1", "b1", "nested run", "c1", "nested run returns"])
    expect([scheduler.runCount, scheduler.statistics().switches]).toEqual([2, 4])
    scheduler.run()
    expect(trace.slice(5)).toEqual(["d1", "e1"])
  })

  it("WD-03: a limit that is not reached leaves nothing behind", () => {
    worker("a", 2, 1)
    scheduler.run({ switches: 100, ms: 1000 })
    expect(trace).toEqual(["a1", "a2"])
    worker("b", 3, 1)
    scheduler.run()
    expect(trace).toEqual(["a1", "a2", "b1", "b2", "b3"])
  })

  it("WD-03: limits that make no sense are refused", () => {
    for (const limits of [{ switches: 0 }, { switches: 1.5 }, { switches: Number.NaN }, { ms: -1 }, { ms: Number.NaN }]) {
      expect(() => scheduler.run(limits)).toThrow(expect.objectContaining({ code: "invalid_argument", argument: Object.keys(limits)[0] }))
    }
    expect(() => scheduler.run(10 as never)).toThrow(expect.objectContaining({ argument: "limits" }))
  })

  it("WD-05: nothing is interrupted between two waits, however tight the limit", () => {
    scheduler.tasklet(() => {
      for (let step = 1; step <= 3; step++) {
        clock.advance(10)
        trace.push(`step ${step}`)
      }
    })
    worker("after", 1, 0)
    scheduler.run({ ms: 1 })
    expect(trace).toEqual(["step 1", "step 2", "step 3"])
    scheduler.run()
    expect(trace.at(-1)).toBe("after1")
  })

  it("WD-07: a tasklet that does not give way is reported by name, and counted", () => {
    worker("polite", 1, 50)
    worker("greedy", 1, 51)
    scheduler.run()
    expect(reports).toEqual([expect.objectContaining({ kind: "slow_slice", ms: 51, slices: 1 })])
    expect(reports[0]?.kind === "slow_slice" && reports[0].tasklet.name).toBe("greedy")
    expect(scheduler.statistics().slowSlices).toBe(1)
  })

  it("WD-07: in debug mode the slice is known exactly", () => {
    scheduler = new Scheduler({ clock, debug: true, limits: { slowSliceMs: 20 }, onReport: (report) => reports.push(report) })
    for (let turns = 0; turns < 20; turns++) worker("quick", 1, 0)
    worker("greedy", 1, 21)
    worker("quick", 1, 20)
    scheduler.run()
    expect(reports).toEqual([expect.objectContaining({ kind: "slow_slice", ms: 21, slices: 1 })])
    expect(reports[0]?.kind === "slow_slice" && reports[0].tasklet.name).toBe("greedy")
  })

  it("WD-08: three clients send 20 values each to a server, through runs of 7 switches: it counts 60", () => {
    const channel = scheduler.channel<number>()
    let counted = 0
    scheduler.tasklet(function* () {
      for (;;) {
        yield* channel.receive()
        counted++
      }
    })
    for (let clients = 3; clients > 0; clients--) scheduler.tasklet(() => channel.sendAll(Array.from({ length: 20 }, (_, index) => index)))
    let runs = 0
    for (; scheduler.runCount > 0; runs++) scheduler.run({ switches: 7 })
    expect(counted).toBe(60)
    expect(runs).toBeGreaterThan(3)
    expect(channel.balance).toBe(-1)
  })

  it("WD-09: an error is raised from the run that drove it, and the next one goes on", () => {
    worker("a", 2, 1)
    scheduler.tasklet(() => {
      throw new Error("lost")
    })
    worker("b", 2, 1)
    scheduler.run({ switches: 1 })
    expect(() => scheduler.run({ switches: 100 })).toThrow("lost")
    expect(trace).toEqual(["a1"])
    scheduler.run()
    expect(trace).toEqual(["a1", "b1", "a2", "b2"])
  })
})

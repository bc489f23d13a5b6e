import { call, type Routine, schedule, Scheduler, sleep } from "@vivarium/core"
import { VirtualClock } from "@vivarium/core/lowlevel"
import { describe, expect, it } from "vitest"

describe("call()", () => {
  it("runs routines, plain functions, operations and async functions, with arguments", async () => {
    const scheduler = new Scheduler()
    const results = await scheduler.main(function* () {
      return [
        yield* call(function* (a: number, b: number) { yield* schedule(); return a + b }, 1, 2),
        yield* call((a: number) => a * 2, 2),
        yield* call(() => call(() => 5)),
        yield* call(async (a: number) => Promise.resolve(a), 6),
        yield* call((...all: number[]) => all.length),
        yield* call((one: undefined) => String(one), undefined),
      ]
    })
    expect(results).toEqual([3, 4, 5, 6, 0, "undefined"])
  })

  it("keeps order and identity of everything: errors are the original objects, and may be caught at any frame", () => {
    const scheduler = new Scheduler()
    const sting = new Error("sting")
    const log: unknown[] = []
    function* inner(): Routine<never> {
      try {
        yield* schedule()
        throw sting
      } finally {
        log.push("inner")
      }
    }
    scheduler.tasklet(function* () {
      try {
        yield* call(function* () {
          try {
            yield* call(inner)
          } finally {
            log.push("middle")
          }
        })
      } catch (error) {
        log.push(error)
      }
      log.push(yield* call(() => "goes on"))
    })
    scheduler.run()
    expect(log).toEqual(["inner", "middle", sting, "goes on"])
    expect(log[2]).toBe(sting)
  })

  it("mixes with native delegation", () => {
    const scheduler = new Scheduler()
    const log: number[] = []
    function* native(left: number): Routine<number> {
      return left === 0 ? 0 : 1 + (yield* stackless(left - 1))
    }
    function* stackless(left: number): Routine<number> {
      return left === 0 ? 0 : 1 + (yield* call(native, left - 1))
    }
    scheduler.tasklet(function* () {
      log.push(yield* native(1000))
    })
    scheduler.run()
    expect(log).toEqual([1000])
  })

  it("raises what a plain body throws at once, at the call", () => {
    const scheduler = new Scheduler()
    const log: string[] = []
    scheduler.tasklet(function* () {
      try {
        yield* call(() => {
          throw new Error("plain")
        })
      } catch (error) {
        log.push((error as Error).message)
      }
    })
    scheduler.run()
    expect(log).toEqual(["plain"])
  })

  it("is a wait like any other: it may be timed out, and its frames unwind", () => {
    const clock = new VirtualClock()
    const scheduler = new Scheduler({ clock })
    const log: string[] = []
    scheduler.tasklet(function* () {
      yield* call(function* () {
        try {
          yield* sleep(10)
        } finally {
          log.push(`at ${clock.now()}`)
        }
      })
      log.push("returned")
    })
    scheduler.run()
    clock.advance(10)
    scheduler.run()
    expect(log).toEqual(["at 10", "returned"])
  })

  it("yields nothing to others by itself: a call that does not wait is no switch", () => {
    const scheduler = new Scheduler()
    const log: string[] = []
    scheduler.tasklet(function* () {
      for (let round = 0; round < 3; round++) yield* call(() => void log.push("call"))
    })
    scheduler.tasklet(() => void log.push("other"))
    scheduler.run()
    expect(log).toEqual(["call", "call", "call", "other"])
    expect(scheduler.statistics().switches).toBe(2)
  })
})

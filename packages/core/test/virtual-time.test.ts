import { all, race, run, schedule, Scheduler, sleep, timeout } from "@vivarium/core"
import { HostClock, VirtualClock } from "@vivarium/core/lowlevel"
import { describe, expect, it } from "vitest"

describe("main() on a virtual clock", () => {
  it("jumps from timer to timer: a simulated day takes no time", async () => {
    const clock = new VirtualClock()
    const scheduler = new Scheduler({ clock })
    const log: string[] = []
    const hours = (ms: number): string => `${ms / 3_600_000}h`
    const visits = await scheduler.main(function* () {
      let count = 0
      const bee = scheduler.tasklet(function* () {
        for (;;) {
          yield* sleep(60_000)
          count++
        }
      })
      yield* sleep(6 * 3_600_000)
      log.push(`sunrise at ${hours(clock.now())}`)
      yield* sleep(12 * 3_600_000)
      log.push(`sunset at ${hours(clock.now())}`)
      yield* sleep(6 * 3_600_000)
      bee.kill()
      return count
    })
    expect(log).toEqual(["sunrise at 6h", "sunset at 18h"])
    expect([clock.now(), visits]).toEqual([86_400_000, 1439])
    expect(scheduler.statistics().timers).toBe(0)
  })

  it("wakes sleeps in order of time, then of their beginning; none early", async () => {
    const clock = new VirtualClock(1000)
    const scheduler = new Scheduler({ clock })
    const log: string[] = []
    await scheduler.main(() =>
      all(
        [[3, "c"], [1, "a"], [2, "b1"], [2, "b2"], [0, "z"]].map(([ms, name]) =>
          scheduler.tasklet(function* () {
            yield* sleep(ms as number)
            log.push(`${name} ${clock.now()}`)
          }),
        ),
      ),
    )
    expect(log).toEqual(["z 1000", "a 1001", "b1 1002", "b2 1002", "c 1003"])
  })

  it("waits for a promise before it jumps past its microtasks", async () => {
    const clock = new VirtualClock()
    const scheduler = new Scheduler({ clock })
    const result = await scheduler.main(function* () {
      return yield* race([scheduler.tasklet(async () => "promise"), sleep(1000)])
    })
    expect(result).toBe("promise")
    expect(clock.now()).toBe(0)
  })

  it("serves several schedulers on one clock", async () => {
    const clock = new VirtualClock()
    const [one, two] = [new Scheduler({ clock }), new Scheduler({ clock })]
    const log: string[] = []
    await Promise.all([
      one.main(function* () {
        for (let turn = 0; turn < 3; turn++) {
          yield* sleep(10)
          log.push(`one ${clock.now()}`)
        }
      }),
      two.main(function* () {
        for (let turn = 0; turn < 2; turn++) {
          yield* sleep(15)
          log.push(`two ${clock.now()}`)
        }
      }),
    ])
    expect(log).toEqual(["one 10", "two 15", "one 20", "two 30", "one 30"])
  })
})

describe("a virtual clock by hand", () => {
  it("moves only when told; run() takes in what is due", () => {
    const clock = new VirtualClock()
    const scheduler = new Scheduler({ clock })
    const log: number[] = []
    scheduler.tasklet(function* () {
      for (let turn = 0; turn < 3; turn++) {
        yield* sleep(10)
        log.push(clock.now())
      }
    })
    scheduler.run()
    clock.advance(9)
    scheduler.run()
    expect(log).toEqual([])
    clock.advance(1)
    scheduler.run()
    clock.advance(100)
    scheduler.run()
    expect(log).toEqual([10, 110])
  })

  it("takes sleep(0) in at the next look, and a time-out that is due with its operation counts as late", () => {
    const clock = new VirtualClock()
    const scheduler = new Scheduler({ clock })
    const log: string[] = []
    scheduler.tasklet(function* () {
      yield* sleep(0)
      log.push("zero")
      try {
        yield* timeout(5, sleep(5))
        log.push("in time")
      } catch (error) {
        log.push((error as { code: string }).code)
      }
    })
    scheduler.tasklet(function* () {
      yield* schedule()
      log.push("other")
    })
    scheduler.run()
    expect(log).toEqual(["other", "zero"])
    clock.advance(5)
    scheduler.run()
    expect(log.at(-1)).toBe("in time")
    expect(scheduler.statistics().timers).toBe(0)
  })

  it("holds 100,000 sleeps, and removes killed ones", () => {
    const clock = new VirtualClock()
    const scheduler = new Scheduler({ clock })
    let woken = 0
    const bees = Array.from({ length: 100_000 }, (_, index) =>
      scheduler.tasklet(function* () {
        yield* sleep((index * 7919) % 100_003)
        woken++
      }),
    )
    scheduler.run()
    for (let index = 0; index < 100_000; index += 2) bees[index]?.kill()
    expect(woken).toBe(1)
    expect(scheduler.statistics().timers).toBe(50_000)
    clock.advance(200_000)
    scheduler.run()
    expect(woken).toBe(50_001)
    expect(scheduler.statistics()).toMatchObject({ timers: 0, blocked: 0 })
  })
})

describe("the host's clock", () => {
  it("is monotonic, splits delays beyond 2^31-1 ms, and replaces an owner's alarm", () => {
    const clock = new HostClock()
    const before = clock.now()
    const owner = {}
    let woken = 0
    clock.setAlarm(owner, clock.now() + 2 ** 40, () => void woken++)
    clock.setAlarm(owner, clock.now() + 2 ** 41, () => void woken++)
    clock.setAlarm(owner, Infinity, () => void woken++)
    expect(woken).toBe(0)
    expect(clock.now()).toBeGreaterThanOrEqual(before)
    run()
  })
})

import { type ChoiceKind, Random, schedule, Scheduler, select } from "@vivarium/core"
import { VirtualClock } from "@vivarium/core/lowlevel"
import { describe, expect, it } from "vitest"

describe("Random", () => {
  it("gives the same numbers for the same seed, others for another", () => {
    const draw = (random: Random): number[] => [random.next(), random.integer(100), random.between(5, 6), random.next()]
    expect(draw(new Random(42))).toEqual(draw(new Random(42)))
    expect(draw(new Random(42))).not.toEqual(draw(new Random(43)))
    expect(draw(new Random())).toEqual(draw(new Random(1)))
  })

  it("stays within its limits, and reaches all of them", () => {
    const random = new Random(7)
    const seen = new Set<number>()
    for (let round = 0; round < 1000; round++) {
      seen.add(random.integer(6))
      const next = random.next()
      expect(next >= 0 && next < 1).toBe(true)
      const between = random.between(2, 3)
      expect(between >= 2 && between < 3).toBe(true)
    }
    expect([...seen].toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5])
  })

  it("takes negative and large seeds", () => {
    expect(new Random(-1).next()).not.toBe(new Random(1).next())
    expect(new Random(Number.MAX_SAFE_INTEGER).next()).toBeGreaterThanOrEqual(0)
  })
})

describe("pick", () => {
  it("makes every choice of the next tasklet, and is not asked when there is none", () => {
    const asked: [ChoiceKind, number][] = []
    const scheduler = new Scheduler({
      pick: (kind, count) => {
        asked.push([kind, count])
        return count - 1
      },
    })
    const log: string[] = []
    for (const name of ["a", "b", "c"]) {
      scheduler.tasklet(function* () {
        log.push(`${name}1`)
        yield* schedule()
        log.push(`${name}2`)
      })
    }
    scheduler.run()
    expect(log).toEqual(["c1", "c2", "b1", "b2", "a1", "a2"])
    expect(asked).toEqual([["tasklet", 3], ["tasklet", 3], ["tasklet", 2], ["tasklet", 2]])
  })

  it("that always gives 0 is round-robin", () => {
    const trace = (scheduler: Scheduler): string => {
      const log: string[] = []
      const flower = scheduler.channel<string>()
      for (const name of ["a", "b", "c"]) {
        scheduler.tasklet(function* () {
          log.push(name)
          if (name === "b") yield* flower.send(name)
          else yield* schedule()
          log.push(name.toUpperCase())
          if (name === "c") log.push(yield* flower.receive())
        })
      }
      scheduler.run()
      return log.join("")
    }
    expect(trace(new Scheduler({ pick: () => 0 }))).toBe(trace(new Scheduler()))
  })

  it("chooses among ready cases", () => {
    const asked: string[] = []
    const scheduler = new Scheduler({
      pick: (kind, count) => {
        asked.push(`${kind} ${count}`)
        return kind === "case" ? 1 : 0
      },
    })
    const flowers = ["a", "b", "c"].map(() => scheduler.channel<number>({ capacity: 1 }))
    flowers[0]?.trySend(0)
    flowers[2]?.trySend(2)
    const got: unknown[] = []
    scheduler.tasklet(function* () {
      got.push((yield* select({ a: flowers[0]?.receive(), b: flowers[1]?.receive(), c: flowers[2]?.receive() })).key)
    })
    scheduler.run()
    expect([got, asked]).toEqual([["c"], ["case 2"]])
  })

  it("chooses whether due timers come before or after what is ready", () => {
    for (const first of [0, 1]) {
      const clock = new VirtualClock()
      const asked: string[] = []
      const scheduler = new Scheduler({
        clock,
        pick: (kind, count) => {
          asked.push(`${kind} ${count}`)
          return kind === "timers" ? first : count - 1
        },
      })
      const log: string[] = []
      scheduler.tasklet(function* () {
        yield* scheduler.sleep(5)
        log.push("timer")
      })
      scheduler.run()
      scheduler.tasklet(function* () {
        clock.advance(5)
        yield* schedule()
        log.push("ready")
      })
      scheduler.run()
      expect(log).toEqual(first === 1 ? ["timer", "ready"] : ["ready", "timer"])
      expect(asked).toContain("timers 2")
    }
  })

  it.each([-1, 2, 0.5, NaN, undefined, "0"])("that gives %s is refused, in words", (index) => {
    const scheduler = new Scheduler({ pick: () => index as number })
    for (const name of ["a", "b"]) scheduler.tasklet({ name }, () => {})
    expect(() => scheduler.run()).toThrow(expect.objectContaining({ code: "invalid_argument", message: expect.stringMatching(/pick\("tasklet", 2\) must be an integer from 0 to 1/) as string }))
  })

  it("explores other orders of the same program, each of them repeatable", () => {
    const run = (seed: number): string => {
      const random = new Random(seed)
      const scheduler = new Scheduler({ pick: (_kind, count) => random.integer(count) })
      const log: string[] = []
      for (const name of ["a", "b", "c", "d"]) {
        scheduler.tasklet(function* () {
          for (let turn = 0; turn < 3; turn++) {
            log.push(name)
            yield* schedule()
          }
        })
      }
      scheduler.run()
      return log.join("")
    }
    const orders = new Set([1, 2, 3, 4, 5].map(run))
    expect(orders.size).toBe(5)
    expect(run(3)).toBe(run(3))
  })
})

import { type Channel, type Preference, race, Random, schedule, Scheduler, select, timeout, TimeoutError, trySelect, type Cases } from "@vivarium/core"
import { VirtualClock } from "@vivarium/core/lowlevel"
import { describe, expect, it } from "vitest"

const preferences: readonly (Preference | "scheduleAll")[] = ["receiver", "none", "sender", "scheduleAll"]

function flowerOf(scheduler: Scheduler, setting: Preference | "scheduleAll"): Channel<string> {
  const flower = scheduler.channel<string>(setting === "scheduleAll" ? {} : { preference: setting })
  flower.scheduleAll = setting === "scheduleAll"
  return flower
}

describe("select", () => {
  it("builds all cases once, in order", () => {
    const scheduler = new Scheduler()
    const built: string[] = []
    const rose = scheduler.channel<string>()
    const tulip = scheduler.channel<string>()
    const noted = (name: string, flower: Channel<string>): Channel<string> => (built.push(name), flower)
    scheduler.tasklet(() => tulip.send("x"))
    scheduler.tasklet(function* () {
      const { key } = yield* select({ a: noted("a", rose).receive(), b: noted("b", tulip).receive(), c: noted("c", rose).receive() })
      built.push(`took ${key}`)
    })
    scheduler.run()
    expect(built).toEqual(["a", "b", "c", "took b"])
  })

  it("lets exactly one offer happen, and the losers leave no trace", () => {
    const clock = new VirtualClock()
    const scheduler = new Scheduler({ clock })
    const rose = scheduler.channel<string>()
    const tulip = scheduler.channel<string>()
    const outcomes: unknown[] = []
    scheduler.tasklet(function* () {
      outcomes.push(yield* select({ rose: rose.receive(), put: tulip.send("offer"), tick: scheduler.sleep(5) }))
      yield* schedule()
    })
    scheduler.run()
    expect([rose.balance, tulip.balance, scheduler.statistics().timers]).toEqual([-1, 1, 1])
    rose.trySend("nectar")
    expect([rose.balance, tulip.balance, scheduler.statistics().timers]).toEqual([0, 0, 0])
    expect(tulip.tryReceive()).toBeUndefined()
    scheduler.run()
    expect(outcomes).toEqual([{ key: "rose", value: "nectar" }])
    expect(scheduler.statistics()).toMatchObject({ runnable: 0, blocked: 0, timers: 0 })
  })

  it("chooses among ready offers fairly by the seeded random, and the same seed chooses the same", () => {
    const draw = (random: number): string => {
      const scheduler = new Scheduler({ random })
      const cases = Object.fromEntries(["a", "b", "c"].map((key) => [key, scheduler.channel<number>({ capacity: 300 })]))
      for (const flower of Object.values(cases)) for (let drop = 0; drop < 300; drop++) flower.trySend(drop)
      let keys = ""
      scheduler.tasklet(function* () {
        const receives = Object.fromEntries(Object.entries(cases).map(([key, flower]) => [key, flower.receive()]))
        for (let round = 0; round < 300; round++) keys += (yield* select(receives)).key
      })
      scheduler.run()
      return keys
    }
    const keys = draw(1)
    for (const key of ["a", "b", "c"]) expect(keys.split(key).length - 1).toBeGreaterThan(70)
    expect(draw(1)).toBe(keys)
    expect(draw(2)).not.toBe(keys)
  })

  it("has a constant seed by default", () => {
    const numbers = [new Scheduler(), new Scheduler(), new Scheduler({ random: new Random(1) })].map(({ random }) => [random.next(), random.next()])
    expect(numbers[1]).toEqual(numbers[0])
    expect(numbers[2]).toEqual(numbers[0])
  })

  it("takes the first ready one with priority, also for trySelect and within nested choices", () => {
    const scheduler = new Scheduler()
    const [a, b] = [scheduler.channel<number>({ capacity: 20 }), scheduler.channel<number>({ capacity: 20 })]
    for (let drop = 0; drop < 20; drop++) {
      a.trySend(drop)
      b.trySend(drop)
    }
    const keys = new Set<string>()
    scheduler.tasklet(function* () {
      const empty = scheduler.channel<number>()
      for (let round = 0; round < 5; round++) keys.add((yield* select({ none: empty.receive(), b: b.receive(), a: a.receive() }, { priority: true })).key)
      for (let round = 0; round < 5; round++) keys.add((yield* select({ b: select({ b: b.receive(), a: a.receive() }, { priority: true }) })).value.key)
      for (let round = 0; round < 5; round++) keys.add(trySelect({ b: b.receive(), a: a.receive() }, { priority: true })?.key ?? "nothing")
    })
    scheduler.run()
    expect([...keys]).toEqual(["b"])
  })

  it("skips cases that are null or undefined", () => {
    const scheduler = new Scheduler()
    const flower = scheduler.channel<string>({ capacity: 1 })
    flower.trySend("x")
    const outcomes: unknown[] = []
    scheduler.tasklet(function* () {
      outcomes.push(yield* select({ off: null, gone: undefined, on: flower.receive() }))
      outcomes.push(trySelect({ off: null, on: flower.receive() }))
    })
    const stuck = scheduler.tasklet(() => select({ off: null as null }))
    scheduler.run()
    expect(outcomes).toEqual([{ key: "on", value: "x" }, undefined])
    expect(stuck.blocked).toBe(true)
    expect(stuck.waitingFor).toBe("select of nothing")
    stuck.kill()
    expect(stuck.alive).toBe(false)
  })

  it("puts integer-like keys first, as in any object", () => {
    const scheduler = new Scheduler()
    const flower = scheduler.channel<string>({ capacity: 2 })
    flower.trySend("x")
    const outcome = trySelect({ late: flower.receive(), 1: flower.receive() } as Cases, { priority: true })
    expect(outcome?.key).toBe("1")
  })
})

describe.each(preferences)("a ready case commits under the select (%s)", (setting) => {
  it.each(["send", "receive"])("in the same order as the plain %s", (direction) => {
    const trace = (selecting: boolean): string => {
      const scheduler = new Scheduler()
      const flower = flowerOf(scheduler, setting)
      const log: string[] = []
      scheduler.tasklet(function* () {
        if (direction === "send") log.push(`got ${yield* flower.receive()}`)
        else yield* flower.send("x")
        log.push("partner")
      })
      scheduler.run()
      for (const name of ["a", "b"]) {
        scheduler.tasklet(function* () {
          if (name === "b") {
            const operation = direction === "send" ? flower.send("x") : flower.receive()
            const outcome: unknown = selecting ? (yield* select({ only: operation, none: scheduler.channel().receive() })).value : yield* operation
            log.push(`caller ${String(outcome)}`)
          } else log.push(name)
          yield* schedule()
          log.push(`${name}'`)
        })
      }
      scheduler.tasklet(() => void log.push("bystander"))
      scheduler.run()
      return log.join(" ")
    }
    expect(trace(true)).toBe(trace(false))
  })

  it.each(["send", "receive"])("in the same order when a parked %s case is met", (direction) => {
    const trace = (selecting: boolean): string => {
      const scheduler = new Scheduler()
      const flower = flowerOf(scheduler, setting)
      const log: string[] = []
      scheduler.tasklet(function* () {
        const operation = direction === "send" ? flower.send("x") : flower.receive()
        const outcome: unknown = selecting ? (yield* select({ none: scheduler.channel().receive(), only: operation })).value : yield* operation
        log.push(`parked ${String(outcome)}`)
      })
      scheduler.run()
      scheduler.tasklet(function* () {
        if (direction === "send") log.push(yield* flower.receive())
        else yield* flower.send("x")
        log.push("partner")
      })
      scheduler.tasklet(() => void log.push("bystander"))
      scheduler.run()
      return log.join(" ")
    }
    expect(trace(true)).toBe(trace(false))
  })

  it("never meets itself with a send and a receive on one channel, but meets another of its kind", () => {
    const scheduler = new Scheduler()
    const flower = flowerOf(scheduler, setting)
    const outcomes: string[] = []
    const both = (name: string) =>
      scheduler.tasklet(function* () {
        const { key, value } = yield* select({ put: flower.send(name), get: flower.receive() })
        outcomes.push(`${name} ${key} ${String(value)}`)
      })
    const alone = both("one")
    scheduler.run()
    expect(alone.blocked).toBe(true)
    expect(flower.balance).toBe(0)
    expect(flower.waiters.map(({ id }) => id)).toEqual([alone.id, alone.id])
    void both("two")
    scheduler.run()
    expect(outcomes.toSorted()).toHaveLength(2)
    const [one, two] = outcomes.toSorted()
    expect([`${one} / ${two}`]).toEqual(
      one === "one put undefined" ? ["one put undefined / two get one"] : ["one get two / two put undefined"],
    )
    expect(flower.waiters).toEqual([])
  })

  it("can be killed, timed out or thrown into after the commit, before the resume", () => {
    const scheduler = new Scheduler()
    const flower = flowerOf(scheduler, setting)
    const log: unknown[] = []
    const receiver = scheduler.tasklet(function* () {
      log.push((yield* select({ drop: flower.receive(), none: null })).value)
    })
    scheduler.run()
    flower.trySend("lost")
    receiver.kill()
    expect(scheduler.statistics().droppedValues).toBe(1)
    const thrown = scheduler.tasklet(function* () {
      try {
        yield* select({ drop: flower.receive() })
      } catch (error) {
        log.push((error as Error).message)
      }
    })
    scheduler.run()
    flower.trySend("lost too")
    thrown.throw(new Error("thrown"))
    scheduler.run()
    expect(log).toEqual(["thrown"])
    expect(scheduler.statistics()).toMatchObject({ droppedValues: 2, blocked: 0 })
  })
})

describe("nested choices", () => {
  it("are flattened: inner offers compete with outer ones, and outcomes nest", () => {
    const clock = new VirtualClock()
    const scheduler = new Scheduler({ clock })
    const [a, b, c] = [scheduler.channel<string>(), scheduler.channel<string>(), scheduler.channel<string>()]
    const outcomes: unknown[] = []
    const nested = select({ a: a.receive(), inner: select({ b: b.receive(), late: timeout(10, c.receive()) }), race: race([b.receive(), null, c.receive()]) })
    for (let round = 0; round < 3; round++) {
      scheduler.tasklet(function* () {
        try {
          outcomes.push(yield* nested)
        } catch (error) {
          outcomes.push(error)
        }
      })
    }
    scheduler.run()
    expect([a.balance, b.balance, c.balance, scheduler.statistics().timers]).toEqual([-3, -6, -6, 3])
    a.trySend("from a")
    b.trySend("from b")
    expect([a.balance, b.balance, c.balance, scheduler.statistics().timers]).toEqual([-1, -2, -2, 1])
    clock.advance(10)
    scheduler.run()
    expect(outcomes).toEqual([{ key: "a", value: "from a" }, { key: "inner", value: { key: "b", value: "from b" } }, expect.any(TimeoutError)])
    expect([a.balance, b.balance, c.balance, scheduler.statistics().timers]).toEqual([0, 0, 0, 0])
  })

  it("of time-outs: the tighter one counts, whichever is outside", () => {
    const clock = new VirtualClock()
    const scheduler = new Scheduler({ clock })
    const flower = scheduler.channel<string>({ name: "rose" })
    const limits: unknown[] = []
    for (const operation of [timeout(5, timeout(9, flower.receive())), timeout(9, timeout(5, flower.receive()))]) {
      scheduler.tasklet(function* () {
        try {
          yield* operation
        } catch (error) {
          limits.push((error as TimeoutError).timeoutMs, clock.now(), (error as TimeoutError).code)
        }
      })
    }
    scheduler.run()
    clock.advance(5)
    scheduler.run()
    expect(limits).toEqual([5, 5, "timeout", 5, 5, "timeout"])
    expect(flower.balance).toBe(0)
  })

  it("let the operation win when both are ready at once", () => {
    const clock = new VirtualClock()
    const scheduler = new Scheduler({ clock })
    const flower = scheduler.channel<string>({ capacity: 1 })
    flower.trySend("x")
    const got: string[] = []
    scheduler.tasklet(function* () {
      got.push(yield* timeout(0, flower.receive()))
    })
    scheduler.run()
    expect(got).toEqual(["x"])
    expect(scheduler.statistics().timers).toBe(0)
  })

  it("lose to what woke the tasklet first: a time-out that fires before the resume has lost", () => {
    const clock = new VirtualClock()
    const scheduler = new Scheduler({ clock })
    const flower = scheduler.channel<string>({ preference: "none" })
    const got: string[] = []
    scheduler.tasklet(function* () {
      got.push(yield* timeout(5, flower.receive()))
    })
    scheduler.run()
    flower.trySend("in time")
    clock.advance(100)
    scheduler.run()
    expect(got).toEqual(["in time"])
  })

  it("with a limit of Infinity are no time-outs", () => {
    const scheduler = new Scheduler({ clock: new VirtualClock() })
    const flower = scheduler.channel<string>()
    const bee = scheduler.tasklet(() => timeout(Infinity, flower.receive()))
    scheduler.run()
    expect(scheduler.statistics().timers).toBe(0)
    bee.kill()
    expect(flower.balance).toBe(0)
  })
})

describe("trySelect", () => {
  it("lets a ready offer happen and the caller goes on", () => {
    const scheduler = new Scheduler()
    const flower = scheduler.channel<string>()
    const log: string[] = []
    scheduler.tasklet(function* () {
      log.push(yield* flower.receive())
    })
    scheduler.run()
    scheduler.tasklet(function* () {
      log.push(String(trySelect({ get: flower.receive(), put: flower.send("x") })?.key))
      log.push("goes on")
      yield* schedule()
      log.push("last")
    })
    scheduler.run()
    expect(log).toEqual(["put", "goes on", "x", "last"])
    expect(trySelect({ get: flower.receive(), tick: scheduler.sleep(0) })).toBeUndefined()
    expect(scheduler.statistics().timers).toBe(0)
  })
})

describe("a hundred thousand rounds of lost selects", () => {
  it("leave nothing behind", () => {
    const clock = new VirtualClock()
    const scheduler = new Scheduler({ clock })
    const [never, often] = [scheduler.channel<number>(), scheduler.channel<number>()]
    scheduler.tasklet(function* () {
      const cases = { never: never.receive(), often: often.receive(), tick: scheduler.sleep(1000) }
      for (let round = 0; round < 100_000; round++) yield* select(cases)
    })
    scheduler.tasklet(function* () {
      for (let round = 0; round < 100_000; round++) yield* often.send(round)
    })
    scheduler.run()
    expect([never.balance, often.balance, never.waiters.length]).toEqual([0, 0, 0])
    expect(scheduler.statistics()).toMatchObject({ timers: 0, runnable: 0, blocked: 0 })
  })
})

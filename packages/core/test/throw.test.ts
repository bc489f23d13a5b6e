import { call, schedule, scheduleRemove, Scheduler, select, Semaphore, run, tasklet, type Tasklet } from "@vivarium/core"
import { VirtualClock } from "@vivarium/core/lowlevel"
import { describe, expect, it } from "vitest"

const sting = new Error("sting")
const refused = (code: string): Error => expect.objectContaining({ name: "TaskletError", code }) as Error

describe("throw()", () => {
  it("raises at the point of waiting, at once, after the operation has been taken back; it can be caught there", () => {
    const scheduler = new Scheduler({ clock: new VirtualClock() })
    const flower = scheduler.channel<string>()
    const log: unknown[] = []
    const bee = scheduler.tasklet(function* () {
      try {
        yield* select({ get: flower.receive(), tick: scheduler.sleep(5) })
      } catch (error) {
        log.push(error, flower.balance, scheduler.statistics().timers)
      }
      yield* schedule()
      log.push("lives on")
    })
    scheduler.run()
    bee.throw(sting)
    expect(log).toEqual([sting, 0, 0])
    expect(log[0]).toBe(sting)
    scheduler.run()
    expect(log.at(-1)).toBe("lives on")
  })

  it("takes any value", () => {
    const scheduler = new Scheduler()
    const log: unknown[] = []
    const bee = scheduler.tasklet(function* () {
      for (let round = 0; round < 3; round++) {
        try {
          yield* scheduleRemove()
        } catch (error) {
          log.push(error)
        }
      }
    })
    scheduler.run()
    for (const value of [undefined, null, "text"]) bee.throw(value)
    expect(log).toEqual([undefined, null, "text"])
  })

  it("into a tasklet that has not started: its body never runs, the error is uncaught", () => {
    const scheduler = new Scheduler()
    let begun = 0
    for (const body of [function* () { begun++ }, () => void begun++]) {
      const bee = scheduler.tasklet(body)
      expect(() => bee.throw(sting)).toThrow(sting)
      expect(bee.alive).toBe(false)
    }
    expect(begun).toBe(0)
  })

  it("with pending appends: it happens at the tasklet's next turn", () => {
    const scheduler = new Scheduler()
    const flower = scheduler.channel<string>()
    const log: unknown[] = []
    const bee = scheduler.tasklet(function* () {
      try {
        yield* flower.receive()
      } catch (error) {
        log.push(error)
      }
    })
    scheduler.run()
    scheduler.tasklet(() => void log.push("before"))
    bee.throw(sting, { pending: true })
    expect([bee.alive, bee.blocked, bee.scheduled, flower.balance]).toEqual([true, false, true, 0])
    scheduler.run()
    expect(log).toEqual(["before", sting])
  })

  it("unwinds through the frames of calls in order", () => {
    const scheduler = new Scheduler()
    const log: unknown[] = []
    const bee = scheduler.tasklet(function* () {
      try {
        yield* call(function* () {
          try {
            yield* call(() => scheduleRemove())
          } finally {
            log.push("inner")
          }
        })
      } catch (error) {
        log.push(error)
      }
    })
    scheduler.run()
    bee.throw(sting)
    expect(log).toEqual(["inner", sting])
  })

  it("is refused for ended, unbound and executing tasklets, and nothing happens", () => {
    const scheduler = new Scheduler()
    const codes: unknown[] = []
    const ended = scheduler.tasklet(() => {})
    const bee: Tasklet = scheduler.tasklet(function* () {
      for (const attempt of [() => bee.throw(sting), () => bee.run()]) {
        try {
          attempt()
        } catch (error) {
          codes.push((error as { code: string }).code)
        }
      }
      yield* schedule()
      codes.push("goes on")
    })
    scheduler.run()
    expect(codes).toEqual(["executing", "executing", "goes on"])
    expect(() => ended.throw(sting)).toThrow(refused("dead"))
  })

  it("out of plain code raises an error that the tasklet does not catch", () => {
    const scheduler = new Scheduler()
    const bee = scheduler.tasklet(() => scheduleRemove())
    scheduler.run()
    expect(() => bee.throw(sting)).toThrow(sting)
    expect(bee.alive).toBe(false)
  })

  it("between wake and resume undoes the outcome: a permit goes on to the next", () => {
    const semaphore = new Semaphore(1)
    const log: unknown[] = []
    const holder = tasklet(function* () {
      yield* semaphore.acquire()
      yield* scheduleRemove()
      semaphore.release()
    })
    const first = tasklet(function* () {
      try {
        yield* semaphore.acquire()
      } catch (error) {
        log.push(error)
      }
    })
    tasklet(function* () {
      yield* semaphore.acquire()
      log.push("second")
      semaphore.release()
    })
    run()
    holder.run()
    first.throw(sting)
    run()
    expect(log).toEqual([sting, "second"])
    expect(semaphore.statistics()).toMatchObject({ available: 1, waiting: 0 })
  })

  it("of the joiner, then, makes the joined error uncaught again", () => {
    const scheduler = new Scheduler()
    const log: unknown[] = []
    const failing = scheduler.tasklet(function* () {
      yield* scheduleRemove()
      throw new Error("own")
    })
    const joiner = scheduler.tasklet(function* () {
      try {
        yield* failing
      } catch (error) {
        log.push(error)
      }
    })
    scheduler.run()
    failing.run()
    expect(() => joiner.throw(sting)).toThrow("own")
    expect(log).toEqual([sting])
  })
})

describe("run(), kill() and throw() of one tasklet", () => {
  it("act on it alone and return when it waits, yields or ends; bystanders keep their turn", () => {
    for (const how of ["waits", "yields", "ends"]) {
      const scheduler = new Scheduler()
      const log: string[] = []
      scheduler.tasklet(() => void log.push("one"))
      const bee = scheduler.tasklet(function* () {
        log.push("bee")
        if (how === "waits") yield* scheduler.channel().receive()
        if (how === "yields") yield* schedule()
        log.push("bee ends")
      })
      scheduler.tasklet(() => void log.push("two"))
      bee.run()
      log.push("returned")
      scheduler.run()
      const after = { waits: [], yields: ["bee ends"], ends: [] }[how] as string[]
      expect(log).toEqual(["bee", ...(how === "ends" ? ["bee ends"] : []), "returned", "one", "two", ...after])
    }
  })

  it("let a partner that it hands over to run as soon as the caller stops", () => {
    const scheduler = new Scheduler()
    const flower = scheduler.channel<string>()
    const log: string[] = []
    scheduler.tasklet(function* () {
      log.push(`partner ${yield* flower.receive()}`)
    })
    scheduler.run()
    const bee = scheduler.tasklet(function* () {
      yield* flower.send("x")
      log.push("bee")
    })
    scheduler.tasklet(function* () {
      bee.run()
      log.push("caller goes on")
      yield* schedule()
      log.push("caller again")
    })
    scheduler.tasklet(() => void log.push("bystander"))
    void bee.remove()
    scheduler.run()
    expect(log).toEqual(["caller goes on", "partner x", "bystander", "bee", "caller again"])
  })

  it("continue a paused tasklet, and refuse a blocked, an ended and an unbound one", () => {
    const scheduler = new Scheduler()
    const log: unknown[] = []
    const paused = scheduler.tasklet(function* () {
      log.push(yield* scheduleRemove<string | undefined>())
    })
    const blocked = scheduler.tasklet(() => scheduler.channel().receive())
    scheduler.run()
    paused.run()
    expect(log).toEqual([undefined])
    expect(() => paused.run()).toThrow(refused("dead"))
    expect(() => blocked.run()).toThrow(refused("blocked"))
    expect(() => blocked.run()).toThrow(/it waits for receive on a channel/)
  })

  it("raise past a nesting of 1,000", () => {
    const scheduler = new Scheduler()
    const depths: number[] = []
    const dig = (depth: number): void => {
      depths.push(depth)
      const next = scheduler.tasklet(dig, depth + 1)
      next.run()
    }
    const first = scheduler.tasklet(dig, 1)
    expect(() => first.run()).toThrow(refused("nesting"))
    expect(depths.at(-1)).toBe(1000)
  })
})

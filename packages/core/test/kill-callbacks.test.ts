import { action, call, type Operation, schedule, scheduleRemove, Scheduler, select, type Tasklet, until } from "@vivarium/core"
import { describe, expect, it } from "vitest"

function iterableOf(next: () => IteratorResult<number>, done: () => void = () => {}): Iterable<number> {
  return { [Symbol.iterator]: () => ({ next, return: () => (done(), { done: true, value: undefined }) }) }
}

describe("in a callback of an operation", () => {
  it.each<[string, (kill: () => void) => Operation<unknown>]>([
    ["the executor of action", (kill) => action(() => kill())],
    ["the function of until", (kill) => until(() => (kill(), new Promise(() => {})))],
  ])("a kill of its own tasklet is marked: %s runs to its end, then the tasklet ends", (_name, make) => {
    const scheduler = new Scheduler()
    const log: string[] = []
    const bee: Tasklet = scheduler.tasklet(function* () {
      try {
        yield* make(() => {
          bee.kill()
          log.push("callback goes on")
        })
        log.push("never")
      } finally {
        log.push("finally")
      }
    })
    scheduler.run()
    expect(log).toEqual(["callback goes on", "finally"])
    expect(bee.alive).toBe(false)
    expect(scheduler.statistics().external).toBe(0)
  })

  it("a kill in an executor cleans up once, and aborts the signal of until", () => {
    const scheduler = new Scheduler()
    const log: string[] = []
    const bees: Tasklet[] = []
    bees.push(scheduler.tasklet(() => action(() => {
      bees[0]?.kill()
      return () => void log.push("cleanup")
    })))
    bees.push(scheduler.tasklet(() => until((signal) => {
      signal.addEventListener("abort", () => log.push("aborted"))
      bees[1]?.kill()
      return new Promise(() => {})
    })))
    scheduler.run()
    expect(log).toEqual(["cleanup", "aborted"])
    expect(bees.map(({ alive }) => alive)).toEqual([false, false])
  })

  it("a kill in an iterator of sendAll is marked: the value is not sent, the iterator is told", () => {
    const scheduler = new Scheduler()
    const flower = scheduler.channel<number>({ capacity: 9 })
    const log: string[] = []
    let count = 0
    const bee: Tasklet = scheduler.tasklet(() =>
      flower.sendAll(iterableOf(() => {
        if (++count === 3) bee.kill()
        return { done: false, value: count }
      }, () => log.push("returned"))),
    )
    scheduler.run()
    expect(flower.length).toBe(2)
    expect(log).toEqual(["returned"])
    expect(bee.alive).toBe(false)
  })

  it("a kill of another tasklet happens at once", () => {
    const scheduler = new Scheduler()
    const log: string[] = []
    const other = scheduler.tasklet(function* () {
      try {
        yield* scheduleRemove()
      } finally {
        log.push("other's finally")
        yield* schedule()
        log.push("after its wait")
      }
    })
    scheduler.run()
    scheduler.tasklet(() => action<void>((resolve) => {
      other.kill()
      log.push("executor")
      resolve()
    }))
    scheduler.run()
    expect(log).toEqual(["other's finally", "executor", "after its wait"])
  })

  it.each(["created", "switched", "blocked", "woken", "ended", "channel"] as const)("a kill of the current tasklet in a %s hook is marked or harmless, and the scheduler goes on", (kind) => {
    const scheduler = new Scheduler({ onUncaught: (error) => { throw error } })
    const log: string[] = []
    const flower = scheduler.channel<number>()
    let armed = false
    using _tool = scheduler.instrument({
      [kind]: () => {
        if (!armed) return
        armed = false
        bee.kill()
      },
    })
    const bee: Tasklet = scheduler.tasklet(function* () {
      try {
        armed = true
        scheduler.tasklet(() => void log.push("child"))
        yield* flower.receive()
        log.push("never")
      } finally {
        log.push("finally")
      }
    })
    scheduler.run()
    bee.kill()
    scheduler.run()
    expect(log.toSorted()).toEqual(["child", "finally"])
    expect(bee.alive).toBe(false)
    expect(flower.balance).toBe(0)
    expect(scheduler.statistics()).toMatchObject({ runnable: 0, created: 2, ended: 2 })
  })

  it("a clean-up can kill its own tasklet, or the one that ran before: each ends once", () => {
    const scheduler = new Scheduler()
    const log: string[] = []
    let settle = (): void => {}
    const waits = function* (name: string) {
      try {
        yield* scheduleRemove()
      } finally {
        log.push(`${name} ended`)
      }
    }
    const own = scheduler.tasklet(function* () {
      try {
        yield* action<void>((resolve) => {
          settle = resolve
          return () => {
            log.push("cleanup")
            own.kill()
            other.kill()
          }
        })
        log.push("never")
      } finally {
        log.push("own ended")
      }
    })
    const other = scheduler.tasklet(waits, "other")
    scheduler.run()
    settle()
    scheduler.tasklet(() => {})
    void other.insert()
    other.kill()
    log.length = 0
    scheduler.run()
    expect(log).toEqual(["cleanup", "own ended"])
    expect(own.alive).toBe(false)
    expect(scheduler.statistics()).toMatchObject({ external: 0, runnable: 0, blocked: 0 })
  })

  it("a clean-up during a kill can kill its tasklet again without harm", () => {
    const scheduler = new Scheduler()
    const log: string[] = []
    const bee: Tasklet = scheduler.tasklet(function* () {
      try {
        yield* action(() => () => {
          log.push("cleanup")
          bee.kill()
        })
      } finally {
        log.push("finally")
      }
    })
    scheduler.run()
    bee.kill()
    expect(log).toEqual(["cleanup", "finally"])
    expect(bee.alive).toBe(false)
    scheduler.run()
    expect(scheduler.statistics()).toMatchObject({ external: 0, runnable: 0, blocked: 0, ended: 1 })
  })

  it("a clean-up that runs while nobody does kills the tasklet that ran last, at once", () => {
    const scheduler = new Scheduler()
    const log: string[] = []
    let settle = (): void => {}
    scheduler.tasklet(function* () {
      yield* action<void>((resolve) => {
        settle = resolve
        return () => {
          log.push(`current: ${scheduler.current?.name ?? "nobody"}`)
          last.kill()
          log.push("killed")
        }
      })
      log.push("settled")
    })
    scheduler.run()
    const last = scheduler.tasklet({ name: "last" }, function* () {
      try {
        yield* scheduler.channel().receive()
      } finally {
        log.push("last ended")
      }
    })
    // An entry that lets another one in: the second is taken in after `last` has run.
    scheduler.ingress.accept({ enter: () => settle() })
    scheduler.run()
    expect(log).toEqual(["current: nobody", "last ended", "killed", "settled"])
    expect(last.alive).toBe(false)
  })

  it.each(["own", "parent"])("a clean-up of a losing case can kill the %s tasklet: the outcome is undone", (whom) => {
    const scheduler = new Scheduler()
    const log: string[] = []
    const flower = scheduler.channel<string>()
    const cases: Tasklet[] = []
    const parent: Tasklet = scheduler.tasklet(function* () {
      try {
        yield* select({
          work: call(function* () {
            cases.push(scheduler.current as Tasklet)
            yield* action(() => () => {
              log.push("cleanup")
              ;(whom === "own" ? cases[0] : parent)?.kill()
            })
          }),
          drop: flower.receive(),
        })
        log.push("woken")
      } finally {
        log.push("finally")
      }
    })
    scheduler.run()
    expect(flower.trySend("x")).toBe(true)
    scheduler.run()
    expect(log).toEqual(whom === "own" ? ["cleanup", "woken", "finally"] : ["cleanup", "finally"])
    expect(scheduler.statistics()).toMatchObject({ droppedValues: whom === "own" ? 0 : 1, runnable: 0, blocked: 0, external: 0, ended: 2 })
  })
})

describe("an error in a callback", () => {
  it("of the executor, of until's function and of an iterator goes to the tasklet that performs", () => {
    const scheduler = new Scheduler()
    const sting = new Error("sting")
    const caught: unknown[] = []
    const fails = (): never => {
      throw sting
    }
    scheduler.tasklet(function* () {
      for (const operation of [action(fails), until(fails), scheduler.channel<number>().sendAll(iterableOf(fails))]) {
        try {
          yield* operation
        } catch (error) {
          caught.push(error)
        }
      }
    })
    scheduler.run()
    expect(caught).toEqual([sting, sting, sting])
    expect(scheduler.statistics().external).toBe(0)
  })

  it("of a clean-up during a kill is uncaught, and the kill goes on", () => {
    const scheduler = new Scheduler()
    const log: string[] = []
    const bee = scheduler.tasklet(function* () {
      try {
        yield* action(() => () => {
          throw new Error("cleanup failed")
        })
      } finally {
        log.push("finally")
      }
    })
    scheduler.run()
    expect(() => bee.kill()).toThrow("cleanup failed")
    expect(log).toEqual(["finally"])
    expect(bee.alive).toBe(false)
  })
})

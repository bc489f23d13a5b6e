import { action, Barrier, type Body, call, channel, Deferred, Event, Mutex, type Operation, Pool, run, schedule, scheduleRemove, Scheduler, select, Semaphore, sleep, tasklet, type Tasklet, timeout, until } from "@vivarium/core"
import { VirtualClock } from "@vivarium/core/lowlevel"
import { describe, expect, it } from "vitest"

/** Waits in an operation and logs what befalls it. */
function victim(log: string[], operation: Operation<unknown>, scheduler?: Scheduler): Tasklet {
  const body = function* () {
    try {
      yield* operation
      log.push("woken")
    } catch {
      log.push("caught")
    } finally {
      log.push("finally")
    }
    log.push("went on")
  }
  return scheduler === undefined ? tasklet(body) : scheduler.tasklet(body)
}

describe("kill()", () => {
  it("takes the operation back before finally runs, which runs at once; catch does not see it; nothing is reported", () => {
    const clock = new VirtualClock()
    const scheduler = new Scheduler({ clock })
    const flower = scheduler.channel<string>()
    const seen: unknown[] = []
    const bee = scheduler.tasklet(function* () {
      try {
        yield* select({ get: flower.receive(), put: flower.send("x"), tick: scheduler.sleep(10) })
      } catch {
        seen.push("caught")
      } finally {
        seen.push(flower.waiters.length, scheduler.statistics().timers, bee.blocked, bee.current)
      }
    })
    scheduler.run()
    expect(flower.waiters).toHaveLength(2)
    bee.kill()
    expect(seen).toEqual([0, 0, false, true])
    expect(bee.alive).toBe(false)
    expect(scheduler.current).toBeUndefined()
    expect(() => scheduler.run()).not.toThrow()
  })

  it.each<[string, (scheduler: Scheduler) => Operation<unknown>]>([
    ["send", (scheduler) => scheduler.channel<number>().send(1)],
    ["receive", (scheduler) => scheduler.channel().receive()],
    ["sleep", (scheduler) => scheduler.sleep(5)],
    ["timeout", (scheduler) => timeout(5, scheduler.channel().receive())],
    ["select", (scheduler) => select({ a: scheduler.channel().receive(), b: scheduler.sleep(1) })],
    ["schedule", () => schedule()],
    ["scheduleRemove", () => scheduleRemove()],
    ["until", () => until(new Promise(() => {}))],
    ["action", () => action(() => {})],
    ["call", (scheduler) => call(function* () { yield* scheduler.sleep(5) })],
    ["join", (scheduler) => scheduler.tasklet(() => scheduleRemove()).join()],
    ["sendAll", (scheduler) => scheduler.channel<number>().sendAll([1])],
    ["each", (scheduler) => scheduler.channel<number>().each(() => {})],
  ])("ends a tasklet that waits in %s, at once", (_name, make) => {
    const scheduler = new Scheduler({ clock: new VirtualClock() })
    const log: string[] = []
    const bee = victim(log, make(scheduler), scheduler)
    scheduler.run({ switches: 3 })
    bee.kill()
    expect(log.filter((line) => line !== "woken" && line !== "went on")).toEqual(["finally"])
    scheduler.run()
    expect(bee.alive).toBe(false)
    expect(scheduler.statistics()).toMatchObject({ timers: 0, external: 0 })
  })

  it("of a tasklet that has not started never calls its body; of an ended or unbound one it does nothing", () => {
    const scheduler = new Scheduler()
    let begun = 0
    for (const body of [function* () { begun++ }, () => void begun++] as Body[]) {
      const bee = scheduler.tasklet(body)
      bee.kill()
      expect(bee.alive).toBe(false)
      expect(() => bee.kill()).not.toThrow()
      const late = scheduler.tasklet(body)
      late.kill({ pending: true })
      expect(late.alive).toBe(true)
      scheduler.run()
      expect(late.alive).toBe(false)
    }
    expect(begun).toBe(0)
  })

  it("leaves bystanders their place: it is flat", () => {
    const scheduler = new Scheduler()
    const log: string[] = []
    scheduler.tasklet(() => {
      middle.kill()
      log.push("killer")
    })
    scheduler.tasklet(() => void log.push("one"))
    const middle = scheduler.tasklet(() => void log.push("never"))
    scheduler.tasklet(() => void log.push("two"))
    scheduler.run()
    expect(log).toEqual(["killer", "one", "two"])
  })

  it("makes the killed tasklet current while its finally runs, and the killer afterwards again", () => {
    const scheduler = new Scheduler()
    const seen: unknown[] = []
    const bee = scheduler.tasklet({ name: "bee" }, function* () {
      try {
        yield* scheduleRemove()
      } finally {
        seen.push(scheduler.current?.name)
      }
    })
    scheduler.run()
    scheduler.tasklet({ name: "wasp" }, () => {
      bee.kill()
      seen.push(scheduler.current?.name)
    })
    scheduler.run()
    expect(seen).toEqual(["bee", "wasp"])
  })

  it("with pending appends: it happens at the tasklet's next turn, and two are one", () => {
    const scheduler = new Scheduler()
    const log: string[] = []
    const flower = scheduler.channel<string>()
    const bee = victim(log, flower.receive(), scheduler)
    scheduler.run()
    scheduler.tasklet(() => void log.push("before"))
    bee.kill({ pending: true })
    bee.kill({ pending: true })
    expect([bee.alive, bee.blocked, bee.scheduled, flower.balance, scheduler.runCount]).toEqual([true, false, true, 0, 2])
    scheduler.run()
    expect(log).toEqual(["before", "finally"])
  })

  it("at once while one is pending happens at once", () => {
    const scheduler = new Scheduler()
    const log: string[] = []
    const bee = victim(log, scheduleRemove(), scheduler)
    scheduler.run()
    bee.kill({ pending: true })
    bee.kill()
    expect(log).toEqual(["finally"])
    scheduler.run()
    expect(scheduler.statistics()).toMatchObject({ runnable: 0, blocked: 0 })
  })

  it("beats a pending throw, whichever comes first", () => {
    const scheduler = new Scheduler()
    for (const order of ["throw first", "kill first"]) {
      const log: string[] = []
      const bee = victim(log, scheduleRemove(), scheduler)
      scheduler.run()
      if (order === "throw first") bee.throw(new Error("no"), { pending: true })
      bee.kill({ pending: true })
      bee.throw(new Error("no"), { pending: true })
      scheduler.run()
      expect(log).toEqual(["finally"])
      expect(bee.alive).toBe(false)
    }
  })
})

describe("kill of an executing tasklet", () => {
  it("marks it: it ends at its next wait instead of performing that", () => {
    const scheduler = new Scheduler()
    const flower = scheduler.channel<string>({ capacity: 1 })
    const log: string[] = []
    const bee = scheduler.tasklet(function* () {
      try {
        bee.kill()
        log.push("goes on")
        yield* flower.send("never sent")
        log.push("never")
      } finally {
        log.push("finally")
        yield* flower.send("sent in finally")
      }
    })
    scheduler.run()
    expect(log).toEqual(["goes on", "finally"])
    expect(flower.tryReceive()).toEqual({ value: "sent in finally" })
    expect(flower.tryReceive()).toBeUndefined()
    expect(bee.alive).toBe(false)
  })

  it("that waits no more ends normally", () => {
    const scheduler = new Scheduler()
    const results: unknown[] = []
    const bee = scheduler.tasklet(function* () {
      bee.kill()
      return "done"
    })
    scheduler.tasklet(function* () {
      results.push(yield* bee)
    })
    scheduler.run()
    expect(results).toEqual(["done"])
  })

  it.each(["kill", "kill pending", "twice"])("that is the caller of a nested run, marks it (%s)", (how) => {
    const scheduler = new Scheduler()
    const log: string[] = []
    const caller = scheduler.tasklet(function* () {
      try {
        scheduler.run()
        log.push("run returned")
        yield* schedule()
        log.push("never")
      } finally {
        log.push("finally")
      }
    })
    scheduler.tasklet(() => {
      caller.kill(how === "kill" ? undefined : { pending: how === "kill pending" })
      if (how === "twice") caller.kill()
      log.push("killed")
      expect(caller.alive).toBe(true)
    })
    scheduler.run()
    expect(log).toEqual(["killed", "run returned", "finally"])
    expect(caller.alive).toBe(false)
  })

  it("that has called kill() or throw() itself marks it too", () => {
    const scheduler = new Scheduler()
    const log: string[] = []
    const bee = scheduler.tasklet(function* () {
      try {
        yield* scheduleRemove()
      } finally {
        killer.kill()
        log.push("bee")
      }
    })
    scheduler.run()
    const killer = scheduler.tasklet(function* () {
      try {
        bee.kill()
        log.push("killer goes on")
        yield* schedule()
        log.push("never")
      } finally {
        log.push("killer")
      }
    })
    scheduler.run()
    expect(log).toEqual(["bee", "killer goes on", "killer"])
  })
})

describe("a finally that waits", () => {
  it("leaves the tasklet alive and waiting when kill() returns, and then it ends", () => {
    const scheduler = new Scheduler()
    const flower = scheduler.channel<string>()
    const log: string[] = []
    const bee = scheduler.tasklet(function* () {
      try {
        yield* scheduleRemove()
      } finally {
        log.push(yield* flower.receive())
      }
      log.push("never")
    })
    scheduler.run()
    bee.kill()
    expect([bee.alive, bee.blocked, flower.balance]).toEqual([true, true, -1])
    flower.trySend("cleaned")
    scheduler.run()
    expect(log).toEqual(["cleaned"])
    expect(bee.alive).toBe(false)
  })

  it("is cut short by a second kill, which takes its wait back", () => {
    const scheduler = new Scheduler()
    const flower = scheduler.channel<string>()
    const log: string[] = []
    const bee = scheduler.tasklet(function* () {
      try {
        try {
          yield* scheduleRemove()
        } finally {
          yield* flower.receive()
          log.push("never")
        }
      } finally {
        log.push("outer")
      }
    })
    scheduler.run()
    bee.kill()
    bee.kill()
    expect(log).toEqual(["outer"])
    expect([bee.alive, flower.balance]).toEqual([false, 0])
  })
})

describe("an error out of a finally", () => {
  const broken = new Error("broken")
  const breaks = function* () {
    try {
      yield* scheduleRemove()
    } finally {
      // eslint-disable-next-line no-unsafe-finally -- that is the point
      throw broken
    }
  }

  it("comes out of kill() in plain code", () => {
    const scheduler = new Scheduler()
    const bee = scheduler.tasklet(breaks)
    scheduler.run()
    expect(() => bee.kill()).toThrow(broken)
    expect(bee.alive).toBe(false)
    expect(() => scheduler.run()).not.toThrow()
  })

  it("is raised by the run that drives the killer at its next switch, never inside the killer", () => {
    const scheduler = new Scheduler()
    const log: string[] = []
    const bee = scheduler.tasklet(breaks)
    scheduler.run()
    scheduler.tasklet(function* () {
      bee.kill()
      log.push("killer goes on")
      yield* schedule()
      log.push("killer ends")
    })
    scheduler.tasklet(() => void log.push("next"))
    expect(() => scheduler.run()).toThrow(broken)
    expect(log).toEqual(["killer goes on"])
    scheduler.run()
    expect(log).toEqual(["killer goes on", "next", "killer ends"])
  })

  it("is not raised by a nested run that the killer calls: that one does not drive the killer", () => {
    const scheduler = new Scheduler()
    const log: string[] = []
    const bee = scheduler.tasklet(breaks)
    scheduler.run()
    scheduler.tasklet(() => {
      bee.kill()
      scheduler.tasklet(() => void log.push("inner"))
      scheduler.run()
      log.push("nested run returned")
    })
    expect(() => scheduler.run()).toThrow(broken)
    expect(log).toEqual(["inner", "nested run returned"])
  })

  it("goes to whoever joins", () => {
    const scheduler = new Scheduler()
    const caught: unknown[] = []
    const bee = scheduler.tasklet(breaks)
    scheduler.tasklet(function* () {
      try {
        yield* bee
      } catch (error) {
        caught.push(error)
      }
    })
    scheduler.run()
    bee.kill()
    scheduler.run()
    expect(caught).toEqual([broken])
  })
})

describe("kill between wake and resume", () => {
  it("of a receiver drops the value, and counts it", () => {
    const flower = channel<string>()
    const log: string[] = []
    const before = flower.scheduler.droppedValues
    const bee = victim(log, flower.receive())
    run()
    flower.trySend("dropped")
    bee.kill()
    expect(log).toEqual(["finally"])
    expect(flower.balance).toBe(0)
    expect(flower.scheduler.droppedValues).toBe(before + 1)
  })

  it("of a sender: the value has been received all the same", () => {
    const scheduler = new Scheduler()
    const flower = scheduler.channel<string>()
    const log: string[] = []
    const bee = victim(log, flower.send("x"), scheduler)
    scheduler.run()
    expect(flower.tryReceive()).toEqual({ value: "x" })
    bee.kill()
    expect(log).toEqual(["finally"])
    expect(scheduler.statistics().droppedValues).toBe(0)
  })

  it.each(["plain", "select", "timeout"])("passes a permit, a lock or a resource on to the next waiter (%s)", (form) => {
    const wrapped = <T>(operation: Operation<T>): Operation<unknown> =>
      form === "plain" ? operation : form === "select" ? select({ only: operation, none: channel().receive() }) : timeout(1e6, operation)
    const semaphore = new Semaphore(1)
    const mutex = new Mutex()
    const pool = new Pool(["r"])
    const primitives = [
      { take: semaphore.acquire(), free: () => semaphore.release() },
      { take: mutex.acquire(), free: () => mutex.release() },
      { take: pool.acquire(), free: () => pool.release("r") },
    ]
    for (const { free, take } of primitives) {
      const log: string[] = []
      const holder = tasklet(function* () {
        yield* take
        yield* scheduleRemove()
        free()
      })
      run()
      const first = victim(log, wrapped(take))
      const second = tasklet(function* () {
        yield* wrapped(take)
        log.push("second has it")
        free()
      })
      run()
      holder.run()
      expect(first.blocked).toBe(false)
      first.kill()
      run()
      expect(log).toEqual(["finally", "second has it"])
      expect(second.alive).toBe(false)
    }
    expect(semaphore.statistics()).toEqual({ permits: 1, available: 1, waiting: 0 })
    expect(mutex.statistics()).toEqual({ holder: undefined, waiting: 0 })
    expect(pool.statistics()).toEqual({ size: 1, available: 1, waiting: 0 })
  })

  it("of one who was woken by an event, a deferred, a barrier, a timer or an entry changes nothing for the others", () => {
    const event = new Event()
    const deferred = new Deferred<string>()
    const barrier = new Barrier(3)
    const wakes: [Operation<unknown>, () => void][] = [
      [event.wait(), () => event.set()],
      [deferred.wait(), () => deferred.resolve("x")],
      [barrier.wait(), () => tasklet(() => barrier.wait()).run()],
    ]
    for (const [operation, wakeThem] of wakes) {
      const log: string[] = []
      const first = victim(log, operation)
      const second = victim(log, operation)
      run()
      wakeThem()
      expect([first.blocked, second.blocked]).toEqual([false, false])
      first.kill()
      run()
      expect(log).toEqual(["finally", "woken", "finally", "went on"])
    }
  })

  it("of one whose sleep has ended, or whose promise has settled, ends it all the same", async () => {
    const clock = new VirtualClock()
    const scheduler = new Scheduler({ clock })
    const log: string[] = []
    const bees = [victim(log, sleep(5), scheduler), victim(log, until(Promise.resolve(1)), scheduler)]
    scheduler.run()
    await Promise.resolve()
    clock.advance(5)
    scheduler.tasklet(() => {
      for (const bee of bees) bee.kill()
    })
    scheduler.run({ switches: 1 })
    scheduler.run()
    expect(log).toEqual(["finally", "finally"])
    expect(scheduler.statistics()).toMatchObject({ timers: 0, external: 0, blocked: 0 })
  })

  it("of the joiner of a failed tasklet makes the error uncaught again", () => {
    const scheduler = new Scheduler()
    const sting = new Error("sting")
    const log: string[] = []
    const failing = scheduler.tasklet(function* () {
      yield* scheduleRemove()
      throw sting
    })
    const joiner = victim(log, failing.join(), scheduler)
    scheduler.run()
    failing.run()
    expect(joiner.blocked).toBe(false)
    expect(() => joiner.kill()).toThrow(sting)
    expect(log).toEqual(["finally"])
  })
})

describe("kills nested in finally blocks", () => {
  const chain = (length: number): { scheduler: Scheduler; bees: Tasklet[]; ended: () => number } => {
    const scheduler = new Scheduler()
    let ended = 0
    const bees: Tasklet[] = []
    for (let index = 0; index < length; index++) {
      bees.push(
        scheduler.tasklet(function* () {
          try {
            yield* scheduleRemove()
          } finally {
            bees[index + 1]?.kill()
            ended++
          }
        }),
      )
    }
    scheduler.run()
    return { scheduler, bees, ended: () => ended }
  }

  it("go 1,000 deep", () => {
    const { bees, ended } = chain(1000)
    bees[0]?.kill()
    expect(ended()).toBe(1000)
    expect(bees.some(({ alive }) => alive)).toBe(false)
  })

  it("raise beyond, in the one that would nest deeper, and nobody is lost", () => {
    const { bees, ended, scheduler } = chain(1001)
    expect(() => bees[0]?.kill()).toThrow(expect.objectContaining({ code: "nesting", message: expect.stringMatching(/1000 deep.*pending/s) as string }))
    expect(ended()).toBe(999)
    expect(bees.filter(({ alive }) => alive)).toHaveLength(1)
    bees[1000]?.kill()
    expect(scheduler.statistics().blocked).toBe(0)
  })
})

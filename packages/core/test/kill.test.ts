import { action, type Body, call, type Operation, schedule, scheduleRemove, Scheduler, select, timeout, until } from "@vivarium/core"
import { VirtualClock } from "@vivarium/core/lowlevel"
import { describe, expect, it } from "vitest"
import { victim } from "./fixtures/victim.ts"

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

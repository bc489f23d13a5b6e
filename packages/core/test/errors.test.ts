import { race, run, schedule, scheduleRemove, Scheduler, select, TaskletError, taskletOf, timeout, type Tasklet } from "@vivarium/core"
import { VirtualClock } from "@vivarium/core/lowlevel"
import { describe, expect, it } from "vitest"

const sting = new Error("sting")

/** A tasklet that fails when it is run. */
function failing(scheduler: Scheduler, error: unknown = sting, name = "wasp"): Tasklet<void> {
  const wasp = scheduler.tasklet({ name }, function* () {
    yield* scheduleRemove()
    throw error
  })
  scheduler.run()
  return wasp as Tasklet<void>
}

/** A tasklet that joins another and logs what it gets. */
function joiner(scheduler: Scheduler, target: Tasklet, log: unknown[]): Tasklet {
  return scheduler.tasklet(function* () {
    try {
      log.push(yield* target)
    } catch (error) {
      log.push(error)
    }
  })
}

describe("an uncaught error", () => {
  it("comes out of the innermost run() that was driving it, at once; the rest stay queued and the next run() goes on", () => {
    const scheduler = new Scheduler()
    const log: string[] = []
    scheduler.tasklet(() => void log.push("before"))
    scheduler.tasklet(() => { throw sting })
    scheduler.tasklet(() => void log.push("after"))
    expect(() => scheduler.run()).toThrow(sting)
    expect(log).toEqual(["before"])
    expect(scheduler.statistics().runnable).toBe(1)
    scheduler.run()
    expect(log).toEqual(["before", "after"])
  })

  it("is raised inside the tasklet that called the nested run, which may catch it", () => {
    const scheduler = new Scheduler()
    const log: unknown[] = []
    scheduler.tasklet(() => {
      scheduler.tasklet(() => { throw sting })
      try {
        scheduler.run()
      } catch (error) {
        log.push(error)
      }
    })
    scheduler.run()
    expect(log).toEqual([sting])
  })

  it("of a tasklet that t.run() resumed in plain code comes out of t.run()", () => {
    const scheduler = new Scheduler()
    const wasp = failing(scheduler)
    expect(() => wasp.run()).toThrow(sting)
    expect(() => scheduler.run()).not.toThrow()
  })

  it("is not told to the creator", () => {
    const scheduler = new Scheduler()
    const log: string[] = []
    scheduler.tasklet(function* () {
      try {
        scheduler.tasklet(() => { throw sting })
        yield* schedule()
        log.push("creator goes on")
      } catch {
        log.push("never")
      }
    })
    expect(() => scheduler.run()).toThrow(sting)
    scheduler.run()
    expect(log).toEqual(["creator goes on"])
  })

  it("is the original object, and taskletOf names the tasklet it was first uncaught in", () => {
    const scheduler = new Scheduler()
    const error = new Error("own")
    const wasp = failing(scheduler, error)
    const log: unknown[] = []
    const second = scheduler.tasklet({ name: "second" }, () => wasp.join())
    void joiner(scheduler, second, log)
    scheduler.run()
    wasp.run()
    scheduler.run()
    expect(log).toHaveLength(1)
    expect(log[0]).toBe(error)
    expect(taskletOf(error)?.name).toBe("wasp")
    expect(taskletOf(new Error("of nobody"))).toBeUndefined()
    for (const value of [undefined, null, 5, "text", Symbol("s")]) expect(taskletOf(value)).toBeUndefined()
  })

  it("is a frozen error unchanged, too", () => {
    const scheduler = new Scheduler()
    const frozen = Object.freeze(new Error("frozen"))
    scheduler.tasklet(() => { throw frozen })
    expect(() => scheduler.run()).toThrow(frozen)
    expect(taskletOf(frozen)).toBeDefined()
  })

  it.each([undefined, null, 0, "text", { reason: "object" }])("that is no Error comes as a TaskletError with the value (%j)", (value) => {
    const scheduler = new Scheduler()
    const wasp = scheduler.tasklet({ name: "wasp" }, () => { throw value })
    let raised: unknown
    try {
      scheduler.run()
    } catch (error) {
      raised = error
    }
    expect(raised).toBeInstanceOf(TaskletError)
    expect(raised).toMatchObject({ code: "not_an_error", value, message: expect.stringMatching(/wasp.*Throw Error objects/s) as string })
    expect(taskletOf(raised)?.id).toBe(wasp.id)
    const log: unknown[] = []
    void joiner(scheduler, wasp, log)
    scheduler.run()
    expect(log[0]).toBe(raised)
  })

  it("of an error of another JavaScript realm is no wrapped value", async () => {
    const { runInNewContext } = await import("node:vm")
    const foreign: unknown = runInNewContext("new TypeError('foreign')")
    const scheduler = new Scheduler()
    scheduler.tasklet(() => { throw foreign })
    let raised: unknown
    try {
      scheduler.run()
    } catch (error) {
      raised = error
    }
    expect(raised).toBe(foreign)
  })

  it("of several tasklets is raised by one run() each, in order", () => {
    const scheduler = new Scheduler()
    for (const name of ["a", "b"]) scheduler.tasklet(() => { throw new Error(name) })
    expect(() => scheduler.run()).toThrow("a")
    expect(() => scheduler.run()).toThrow("b")
    expect(() => scheduler.run()).not.toThrow()
  })
})

describe("joining", () => {
  it("gives the result, before and after the end, to every joiner", () => {
    const scheduler = new Scheduler()
    const log: unknown[] = []
    const bee = scheduler.tasklet(function* () {
      yield* schedule()
      return "honey"
    })
    void joiner(scheduler, bee, log)
    void joiner(scheduler, bee, log)
    scheduler.run()
    void joiner(scheduler, bee, log)
    scheduler.run()
    expect(log).toEqual(["honey", "honey", "honey"])
  })

  it("catches the error: it is not reported, and every joiner gets the original object in the order in which they came", () => {
    const scheduler = new Scheduler()
    const wasp = failing(scheduler)
    const log: unknown[] = []
    void joiner(scheduler, wasp, log)
    void joiner(scheduler, wasp, log)
    scheduler.run()
    wasp.run()
    expect(() => scheduler.run()).not.toThrow()
    void joiner(scheduler, wasp, log)
    scheduler.run()
    expect(log).toEqual([sting, sting, sting])
    for (const got of log) expect(got).toBe(sting)
  })

  it("after the report still fails with the same error, which is not reported again", () => {
    const scheduler = new Scheduler()
    const wasp = failing(scheduler)
    expect(() => wasp.run()).toThrow(sting)
    const log: unknown[] = []
    const late = joiner(scheduler, wasp, log)
    scheduler.run()
    expect(log).toEqual([sting])
    expect(late.alive).toBe(false)
    const killed = joiner(scheduler, wasp, log)
    killed.kill()
    expect(() => scheduler.run()).not.toThrow()
  })

  it("a killed tasklet fails with TaskletError, code killed", () => {
    const scheduler = new Scheduler()
    const log: unknown[] = []
    const bee = scheduler.tasklet({ name: "bee" }, () => scheduleRemove())
    void joiner(scheduler, bee, log)
    scheduler.run()
    bee.kill()
    void joiner(scheduler, bee, log)
    scheduler.run()
    const killed = expect.objectContaining({ name: "TaskletError", code: "killed", message: expect.stringMatching(/bee .*was killed.*catch this code/s) as string }) as unknown
    expect(log).toEqual([killed, killed])
  })

  it.each(["race", "select", "timeout"])("that loses a %s has not joined: the error is uncaught", (how) => {
    const clock = new VirtualClock()
    const scheduler = new Scheduler({ clock })
    const flower = scheduler.channel<string>()
    const wasp = failing(scheduler)
    const log: unknown[] = []
    scheduler.tasklet(function* () {
      if (how === "race") log.push(yield* race([wasp, flower.receive()]))
      if (how === "select") log.push((yield* select({ wasp, drop: flower.receive() })).value)
      if (how === "timeout") {
        try {
          yield* timeout(5, wasp)
        } catch (error) {
          log.push((error as { code: string }).code)
        }
      }
    })
    scheduler.run()
    if (how === "timeout") clock.advance(5)
    else flower.trySend("x")
    scheduler.run()
    expect(log).toEqual([how === "timeout" ? "timeout" : "x"])
    expect(() => wasp.run()).toThrow(sting)
  })

  it("that wins a select has joined", () => {
    const scheduler = new Scheduler()
    const wasp = failing(scheduler)
    const log: unknown[] = []
    scheduler.tasklet(function* () {
      try {
        yield* select({ wasp, drop: scheduler.channel().receive() })
      } catch (error) {
        log.push(error)
      }
    })
    scheduler.run()
    wasp.run()
    scheduler.run()
    expect(log).toEqual([sting])
  })

  it("by somebody who is killed before the end has not joined either", () => {
    const scheduler = new Scheduler()
    const wasp = failing(scheduler)
    const log: unknown[] = []
    const bee = joiner(scheduler, wasp, log)
    scheduler.run()
    bee.kill()
    expect(() => wasp.run()).toThrow(sting)
    expect(log).toEqual([])
  })

  it("is undone by a kill before the resume, unless another joiner has the error", () => {
    const scheduler = new Scheduler()
    for (const others of [0, 1]) {
      const wasp = failing(scheduler)
      const log: unknown[] = []
      const bee = joiner(scheduler, wasp, log)
      if (others > 0) void joiner(scheduler, wasp, log)
      scheduler.run()
      wasp.run()
      const raised: unknown[] = []
      for (const act of [() => bee.kill(), () => scheduler.run()]) {
        try {
          act()
        } catch (error) {
          raised.push(error)
        }
      }
      expect(raised).toEqual(others === 0 ? [sting] : [])
      expect(log).toHaveLength(others)
    }
  })

  it("is undone, and joined again by somebody who comes before the report", () => {
    const scheduler = new Scheduler()
    const wasp = failing(scheduler)
    const log: unknown[] = []
    const bee = joiner(scheduler, wasp, log)
    scheduler.run()
    wasp.run()
    scheduler.tasklet(function* () {
      bee.kill()
      try {
        yield* wasp
      } catch (error) {
        log.push(error)
      }
    })
    void bee.remove()
    scheduler.run()
    expect(log).toEqual([sting])
  })

  it("oneself waits for ever, and can be killed", () => {
    const scheduler = new Scheduler()
    const bee: Tasklet = scheduler.tasklet(function* () {
      yield* bee
    })
    scheduler.run()
    expect(bee.waitingFor).toBe(`the end of ${bee.name}`)
    bee.kill()
    expect(bee.alive).toBe(false)
    run()
  })
})

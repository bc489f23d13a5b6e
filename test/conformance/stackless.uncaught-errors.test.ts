import { type StarredBody, schedule, Scheduler, type Tasklet, taskletOf } from "@vivarium/core"
import { VirtualClock } from "@vivarium/core/lowlevel"
import { beforeEach, describe, expect, it } from "vitest"

let scheduler: Scheduler
let trace: unknown[]

beforeEach(() => {
  scheduler = new Scheduler()
  trace = []
})

function queue(...names: readonly string[]): void {
  for (const name of names) scheduler.tasklet({ name }, () => trace.push(name))
}

function failing(name: string): Tasklet<never> {
  return scheduler.tasklet({ name }, () => {
    throw new Error(name)
  })
}

function root<R>(body: StarredBody<[], R>): void {
  scheduler.tasklet({ name: "root" }, body)
  scheduler.run()
}

describe("uncaught errors", () => {
  it("EX-01: run() raises the error itself; the others stay queued and the next run() goes on", () => {
    queue("a")
    const error = new Error("lost")
    const lost = scheduler.tasklet(() => {
      throw error
    })
    queue("b")
    expect(() => scheduler.run()).toThrow(error)
    expect(trace).toEqual(["a"])
    expect(scheduler.runCount).toBe(1)
    expect(taskletOf(error)).toBe(lost)
    scheduler.run()
    expect(trace).toEqual(["a", "b"])
  })

  it("EX-02: a root that gives way does not see it; run() raises it, and the root goes on at the next run()", () => {
    scheduler.tasklet({ name: "root" }, function* () {
      void failing("lost")
      yield* schedule()
      trace.push("root")
    })
    expect(() => scheduler.run()).toThrow("lost")
    expect(trace).toEqual([])
    scheduler.run()
    expect(trace).toEqual(["root"])
  })

  it("EX-02: a root that waits in receive goes on waiting", () => {
    const channel = scheduler.channel<string>()
    scheduler.tasklet({ name: "root" }, function* () {
      void failing("lost")
      trace.push(yield* channel.receive())
    })
    expect(() => scheduler.run()).toThrow("lost")
    expect(channel.balance).toBe(-1)
    expect(channel.trySend("found")).toBe(true)
    scheduler.run()
    expect(trace).toEqual(["found"])
  })

  it("EX-02: from t.run() it is raised in plain code; in a tasklet it goes to the run that drives the caller, at its next switch", () => {
    expect(() => failing("in plain code").run()).toThrow("in plain code")
    queue("bystander")
    scheduler.tasklet({ name: "root" }, function* () {
      failing("lost").run()
      trace.push("root goes on")
      yield* schedule()
      trace.push("root ends")
    })
    scheduler.run({ switches: 1 })
    expect(() => scheduler.run()).toThrow("lost")
    expect(trace).toEqual(["bystander", "root goes on"])
    scheduler.run()
    expect(trace).toEqual(["bystander", "root goes on", "root ends"])
  })

  it("EX-02: the innermost run() raises it, inside the tasklet that called it", () => {
    root(() => {
      void failing("lost")
      queue("bystander")
      expect(() => scheduler.run()).toThrow("lost")
      trace.push("root")
    })
    expect(trace).toEqual(["root", "bystander"])
  })

  it("EX-02: a root that joins the tasklet gets the error instead, the object itself", () => {
    const lost = failing("lost").remove()
    root(function* () {
      void lost.insert()
      try {
        yield* lost
      } catch (error) {
        trace.push((error as Error).message, taskletOf(error) === lost)
      }
    })
    expect(trace).toEqual(["lost", true])
  })

  it("EX-02: an error is reported once; who joins later still gets it", () => {
    const lost = failing("lost")
    expect(() => scheduler.run()).toThrow("lost")
    scheduler.run()
    for (const name of ["first", "second"]) {
      root(function* () {
        try {
          yield* lost
        } catch (error) {
          trace.push(`${name}: ${(error as Error).message}`)
        }
      })
    }
    expect(trace).toEqual(["first: lost", "second: lost"])
  })

  it("EX-04: the creator of a failing tasklet is not told", () => {
    scheduler.tasklet({ name: "creator" }, function* () {
      void failing("lost")
      try {
        for (let turn = 0; turn < 3; turn++) yield* schedule()
        trace.push("untroubled")
      } catch {
        trace.push("told")
      }
    })
    expect(() => scheduler.run()).toThrow("lost")
    scheduler.run()
    expect(trace).toEqual(["untroubled"])
  })

  it("EX-05: under the event loop onUncaught is told once, of the error and its tasklet, and the others go on", async () => {
    scheduler = new Scheduler({ clock: new VirtualClock(), onUncaught: (error, tasklet) => trace.push([(error as Error).message, tasklet?.name]) })
    await scheduler.main(function* () {
      void failing("lost")
      queue("bystander")
      yield* scheduler.sleep(1)
      trace.push("main")
    })
    expect(trace).toEqual(["bystander", ["lost", "lost"], "main"])
  })

  it("EX-05: a plain run() raises the error all the same", () => {
    scheduler = new Scheduler({ onUncaught: () => trace.push("told") })
    void failing("lost")
    expect(() => scheduler.run()).toThrow("lost")
    expect(trace).toEqual([])
  })

  it("EX-07: onUncaught is given when the scheduler is made, and must be a function", () => {
    expect(() => new Scheduler({ onUncaught: "log" as never })).toThrow(expect.objectContaining({ argument: "onUncaught" }))
  })

  it("EX-09: a pending throw is reported when its target has run, not before", () => {
    const target = scheduler.tasklet(() => scheduler.channel().receive())
    scheduler.run()
    target.throw(new Error("late"), { pending: true })
    expect([target.alive, target.scheduled, target.blocked]).toEqual([true, true, false])
    queue("bystander")
    expect(() => scheduler.run()).toThrow("late")
    expect(trace).toEqual([])
    scheduler.run()
    expect(trace).toEqual(["bystander"])
  })

  it("EX-12: who joins a tasklet takes its error, so that run() returns normally", () => {
    const lost = failing("lost")
    scheduler.tasklet(function* () {
      try {
        yield* lost
      } catch (error) {
        trace.push(["handled", (error as Error).message, taskletOf(error)?.name])
      }
    })
    queue("bystander")
    void lost.remove()
    scheduler.run()
    void lost.insert()
    scheduler.run()
    expect(trace).toEqual(["bystander", ["handled", "lost", "lost"]])
  })
})

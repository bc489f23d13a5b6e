import { type StarredBody, currentTasklet, schedule, Scheduler, scheduleRemove, Tasklet } from "@vivarium/core"
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

function root<R>(body: StarredBody<[], R>): void {
  scheduler.tasklet({ name: "root" }, body)
  scheduler.run()
}

function fail(text: string): never {
  throw new Error(text)
}

/** Waits on a channel that nobody sends on, and logs how the wait ends. */
function waiter(name = "waiter", channel = scheduler.channel<unknown>()): Tasklet {
  return scheduler.tasklet({ name }, function* () {
    try {
      trace.push([name, yield* channel.receive()])
    } catch (error) {
      trace.push([`${name} caught`, error])
    } finally {
      trace.push(`${name} finally`)
    }
  })
}

describe("kill", () => {
  it("EX-10: a killed tasklet ends silently", () => {
    const one = waiter()
    scheduler.run()
    one.kill()
    scheduler.run()
    expect([one.alive, trace]).toEqual([false, ["waiter finally"]])
  })

  it("EX-10: a tasklet that kills itself ends at its next wait, silently, without performing it", () => {
    const channel = scheduler.channel<number>()
    const one = scheduler.tasklet(function* () {
      try {
        currentTasklet()?.kill()
        trace.push("still here")
        yield* channel.send(1)
        trace.push("never")
      } catch {
        trace.push("caught")
      } finally {
        trace.push("finally")
      }
    })
    scheduler.run()
    expect(trace).toEqual(["still here", "finally"])
    expect([one.alive, channel.balance]).toEqual([false, 0])
  })

  it("EX-11: catch does not see a kill, finally does", () => {
    const one = waiter()
    scheduler.run()
    one.kill()
    expect(trace).toEqual(["waiter finally"])
  })

  it("KL-01: a blocked tasklet has ended when kill() returns; its wait is taken back first", () => {
    const channel = scheduler.channel<number>()
    const one = scheduler.tasklet(function* () {
      try {
        yield* channel.receive()
      } finally {
        trace.push(["finally", channel.balance, one.current])
      }
    }) as Tasklet
    scheduler.run()
    root(() => {
      trace.push(one.kill(), one.alive, channel.balance, currentTasklet()?.name)
    })
    expect(trace).toEqual([["finally", 0, true], undefined, false, 0, "root"])
  })

  it.each(["send", "schedule", "scheduleRemove", "sleep", "join"] as const)("KL-01: a tasklet that waits in %s is killed at once", (kind) => {
    scheduler = new Scheduler({ clock: new VirtualClock() })
    const channel = scheduler.channel<number>()
    const other = waiter("other")
    const one = scheduler.tasklet(function* () {
      try {
        if (kind === "send") yield* channel.send(1)
        else if (kind === "schedule") yield* schedule()
        else if (kind === "scheduleRemove") yield* scheduleRemove()
        else if (kind === "sleep") yield* scheduler.sleep(1000)
        else yield* other
        trace.push("went on")
      } finally {
        trace.push("finally")
      }
    })
    scheduler.run({ switches: 2 })
    one.kill()
    expect([one.alive, scheduler.runCount, channel.balance, scheduler.statistics().timers]).toEqual([false, 0, 0, 0])
    scheduler.run()
    expect(trace).toEqual(["finally"])
  })

  it("KL-01: an error out of its finally block is never raised inside the killer, but by the run that drives it, at its next switch", () => {
    const fragile = () =>
      scheduler.tasklet(function* () {
        try {
          yield* scheduler.channel().receive()
        } finally {
          fail("broken finally")
        }
      })
    const [first, second] = [fragile(), fragile()]
    scheduler.run()
    scheduler.tasklet(function* () {
      first.kill()
      trace.push("killer goes on", first.alive)
      yield* schedule()
      trace.push("killer ends")
    })
    expect(() => scheduler.run()).toThrow("broken finally")
    expect(trace).toEqual(["killer goes on", false])
    scheduler.run()
    expect(trace.at(-1)).toBe("killer ends")
    expect(() => second.kill()).toThrow("broken finally")
  })

  it("KL-01: the caller of a nested run() is marked, and ends at its next wait", () => {
    const caller = scheduler.tasklet(function* () {
      try {
        scheduler.tasklet(() => {
          caller.kill()
          trace.push(caller.alive)
        })
        scheduler.run()
        trace.push("run returns")
        yield* schedule()
        trace.push("never")
      } finally {
        trace.push("finally")
      }
    }) as Tasklet
    scheduler.run()
    expect(trace).toEqual([true, "run returns", "finally"])
    expect(caller.alive).toBe(false)
  })

  it("KL-02: a pending kill unblocks and queues the tasklet, which dies at its next turn", () => {
    const channel = scheduler.channel<unknown>()
    const one = waiter("waiter", channel)
    scheduler.run()
    queue("before")
    one.kill({ pending: true })
    queue("after")
    expect([one.alive, one.scheduled, one.blocked, channel.balance]).toEqual([true, true, false, 0])
    expect(trace).toEqual([])
    scheduler.run()
    expect(trace).toEqual(["before", "waiter finally", "after"])
    expect(one.alive).toBe(false)
  })

  it.each([false, true])("KL-03: a queued tasklet that never started never runs, pending: %s", (pending) => {
    const one = scheduler.tasklet(() => trace.push("ran"))
    one.kill({ pending })
    expect([one.alive, scheduler.runCount]).toEqual([pending, pending ? 1 : 0])
    scheduler.run()
    expect([one.alive, scheduler.runCount, trace]).toEqual([false, 0, []])
  })

  it.each([false, true])("KL-04: kill does nothing to a dead, unbound or merely bound tasklet, pending: %s", (pending) => {
    const dead = scheduler.tasklet(() => "result")
    scheduler.run()
    dead.kill({ pending })
    root(function* () {
      trace.push(yield* dead)
    })
    const unbound = new Tasklet(null, scheduler)
    unbound.kill({ pending })
    const bound = unbound.bind((value: string) => trace.push(value))
    bound.kill({ pending })
    void bound.setup("ran")
    scheduler.run()
    expect(trace).toEqual(["result", "ran"])
  })

  it("KL-06: a finally that waits leaves the tasklet alive; the next kill cuts that short", () => {
    const channel = scheduler.channel<number>()
    const one = scheduler.tasklet(function* () {
      try {
        yield* channel.receive()
      } finally {
        try {
          yield* channel.receive()
          trace.push("never")
        } finally {
          trace.push("inner finally")
        }
      }
    })
    scheduler.run()
    one.kill()
    expect([one.alive, one.blocked, channel.balance, trace]).toEqual([true, true, -1, []])
    one.kill()
    expect([one.alive, channel.balance, trace]).toEqual([false, 0, ["inner finally"]])
  })

  it("KL-06: a finally whose wait comes true goes on to its end, and the tasklet ends there", () => {
    const channel = scheduler.channel<string>()
    const one = scheduler.tasklet(function* () {
      try {
        yield* channel.receive()
      } finally {
        trace.push(yield* channel.receive())
      }
      trace.push("never")
    })
    scheduler.run()
    one.kill()
    channel.trySend("last words")
    scheduler.run()
    expect([one.alive, trace]).toEqual([false, ["last words"]])
  })

  it("KL-08: kill of a queued tasklet moves nobody else", () => {
    queue("x1")
    const one = scheduler.tasklet(function* () {
      try {
        yield* schedule()
      } finally {
        trace.push("t finally")
      }
    })
    one.run()
    queue("x2")
    one.kill()
    trace.push("killed")
    scheduler.run()
    expect(trace).toEqual(["t finally", "killed", "x1", "x2"])
  })

  it("KL-09: two pending kills are one", () => {
    const channel = scheduler.channel<string>()
    const one = scheduler.tasklet(function* () {
      try {
        yield* channel.receive()
      } finally {
        trace.push(yield* channel.receive())
      }
    })
    scheduler.run()
    one.kill({ pending: true })
    one.kill({ pending: true })
    scheduler.run()
    expect([one.alive, one.blocked]).toEqual([true, true])
    channel.trySend("killed once")
    scheduler.run()
    expect([one.alive, trace]).toEqual([false, ["killed once"]])
  })

  it("KL-09: a kill beats a pending throw", () => {
    const one = waiter()
    scheduler.run()
    one.throw(new Error("lost"), { pending: true })
    one.kill({ pending: true })
    one.throw(new Error("late"), { pending: true })
    scheduler.run()
    expect(trace).toEqual(["waiter finally"])
  })
})

describe("throw", () => {
  const thrown: readonly [string, unknown][] = [
    ["an Error", new RangeError("lost")],
    ["text", "lost"],
    ["nothing", undefined],
    ["a function", Error],
  ]

  it.each(thrown)("TH-01: %s thrown into a waiting tasklet is seen there at once, as it is", (_, value) => {
    const channel = scheduler.channel<unknown>()
    const one = waiter("waiter", channel)
    scheduler.run()
    one.throw(value)
    expect(trace).toEqual([["waiter caught", value], "waiter finally"])
    expect((trace[0] as unknown[])[1]).toBe(value)
    expect([one.alive, channel.balance]).toEqual([false, 0])
  })

  it.each(thrown)("TH-02: %s thrown pending is seen when the tasklet has its turn", (_, value) => {
    const channel = scheduler.channel<unknown>()
    const one = waiter("waiter", channel)
    scheduler.run()
    one.throw(value, { pending: true })
    expect([one.alive, one.scheduled, one.blocked, channel.balance]).toEqual([true, true, false, 0])
    expect(trace).toEqual([])
    scheduler.run()
    expect(trace).toEqual([["waiter caught", value], "waiter finally"])
  })

  it("TH-01: an error that is not caught there is raised from throw() in plain code", () => {
    const one = scheduler.tasklet(() => scheduler.channel().receive())
    scheduler.run()
    const error = new Error("lost")
    expect(() => one.throw(error)).toThrow(error)
    expect(one.alive).toBe(false)
  })

  it("TH-01: thrown into a tasklet that has not started, it is raised before the first line of the body", () => {
    const one = scheduler.tasklet(() => trace.push("ran"))
    expect(() => one.throw(new Error("too early"))).toThrow("too early")
    expect([one.alive, trace]).toEqual([false, []])
  })

  it("TH-04: throw into a dead or unbound tasklet is refused; kill does nothing", () => {
    const dead = scheduler.tasklet(() => {})
    scheduler.run()
    for (const options of [{}, { pending: true }]) {
      expect(() => dead.throw(new Error("lost"), options)).toThrow(expect.objectContaining({ code: "dead" }))
      expect(() => new Tasklet(null, scheduler).throw(new Error("lost"), options)).toThrow(expect.objectContaining({ code: "unbound" }))
    }
    expect(dead.kill()).toBeUndefined()
  })

  it("TH-04: throw into an executing tasklet is refused", () => {
    root(() => {
      const self = currentTasklet() as Tasklet
      for (const options of [{}, { pending: true }]) {
        expect(() => self.throw(new Error("lost"), options)).toThrow(expect.objectContaining({ code: "executing" }))
      }
      trace.push("refused")
    })
    expect(trace).toEqual(["refused"])
  })

  it("TH-06: any value can be thrown; uncaught, a value that is no Error arrives in a TaskletError", () => {
    const one = scheduler.tasklet(() => scheduler.channel().receive())
    scheduler.run()
    expect(() => one.throw(7)).toThrow(expect.objectContaining({ code: "not_an_error", value: 7 }))
  })

  it("TH-07: the error keeps the stack of the place where it was made", () => {
    function makeInTheMeadow(): Error {
      return new Error("lost")
    }
    const one = waiter()
    scheduler.run()
    one.throw(makeInTheMeadow())
    const [, caught] = trace[0] as [string, Error]
    expect(caught.stack?.split("\n")[1]).toContain("makeInTheMeadow")
  })

  it("TH-08: throw at a runnable tasklet with a follower moves only that tasklet", () => {
    const one = scheduler.tasklet(function* () {
      try {
        yield* schedule()
      } catch {
        trace.push("caught")
      }
    })
    one.run()
    queue("a")
    trace.push("throw")
    one.throw(new Error("lost"))
    trace.push("after")
    scheduler.run()
    expect(trace).toEqual(["throw", "caught", "after", "a"])
  })

  it("TH-08: a tasklet that catches an error goes on waiting, and throw() returns then", () => {
    const channel = scheduler.channel<string>()
    const one = scheduler.tasklet(function* () {
      for (;;) {
        try {
          trace.push(yield* channel.receive())
        } catch (error) {
          trace.push((error as Error).message)
        }
      }
    })
    scheduler.run()
    one.throw(new Error("first"))
    one.throw(new Error("second"))
    expect([one.blocked, channel.balance]).toEqual([true, -1])
    channel.trySend("value")
    scheduler.run()
    expect(trace).toEqual(["first", "second", "value"])
  })
})

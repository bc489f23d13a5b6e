import { type StarredBody, currentTasklet, schedule, Scheduler, scheduleRemove, type Tasklet, TaskletError } from "@vivarium/core"
import { VirtualClock } from "@vivarium/core/lowlevel"
import { beforeEach, describe, expect, it } from "vitest"

let scheduler: Scheduler
let trace: unknown[]

beforeEach(() => {
  scheduler = new Scheduler()
  trace = []
})

/** Makes a tasklet that only logs its name. */
const logger = (name: string): Tasklet<number> => scheduler.tasklet({ name }, () => trace.push(name))

/** Queues one. */
function queue(...names: readonly string[]): void {
  for (const name of names) void logger(name)
}

function root<R>(body: StarredBody<[], R>): void {
  scheduler.tasklet({ name: "root" }, body)
  scheduler.run()
}

describe("the run queue", () => {
  it("SC-01: three tasklets run in the order of their creation", () => {
    queue("a", "b", "c")
    scheduler.run()
    expect(trace).toEqual(["a", "b", "c"])
  })

  it("SC-02: a tasklet created inside a tasklet runs behind all that are queued", () => {
    scheduler.tasklet(() => {
      queue("child")
      trace.push("parent ends")
    })
    queue("sibling")
    scheduler.run()
    expect(trace).toEqual(["parent ends", "sibling", "child"])
  })

  it("SC-03: schedule() gives all others a turn first", () => {
    for (const name of ["A", "B"]) {
      scheduler.tasklet(function* () {
        trace.push(name)
        yield* schedule()
        trace.push(`${name}'`)
      })
    }
    scheduler.run()
    expect(trace).toEqual(["A", "B", "A'", "B'"])
  })

  it("SC-04: schedule() with nobody else goes on at once, and gives nothing", () => {
    root(function* () {
      trace.push(yield* schedule(), "on")
    })
    expect(trace).toEqual([undefined, "on"])
  })

  it("SC-04: a value is brought by insert(), which scheduleRemove() gives", () => {
    const sleeper = scheduler.tasklet(function* () {
      trace.push(yield* scheduleRemove<string>())
    })
    scheduler.run()
    expect([sleeper.paused, sleeper.waitingFor]).toEqual([true, "insert()"])
    void sleeper.insert("good morning")
    scheduler.run()
    expect(trace).toEqual(["good morning"])
  })

  it("SC-18: remove() pauses a queued tasklet; on an unqueued or dead one it does nothing; it gives the tasklet", () => {
    const queued = logger("removed")
    expect(queued.remove()).toBe(queued)
    expect([queued.alive, queued.paused, queued.scheduled, scheduler.runCount]).toEqual([true, true, false, 0])
    expect(queued.remove()).toBe(queued)
    scheduler.run()
    expect(trace).toEqual([])
    void queued.insert()
    scheduler.run()
    expect(trace).toEqual(["removed"])
    expect(queued.remove()).toBe(queued)
    expect(queued.alive).toBe(false)
  })

  it("SC-18: insert() queues a tasklet once", () => {
    const queued = logger("once")
    expect(queued.insert()).toBe(queued)
    expect(scheduler.runCount).toBe(1)
    scheduler.run()
    expect(trace).toEqual(["once"])
  })

  it("SC-19: neither the current tasklet nor a blocked one can be removed", () => {
    const blocked = scheduler.tasklet(() => scheduler.channel().receive())
    root(() => {
      expect(() => currentTasklet()?.remove()).toThrow(TaskletError)
      expect(() => currentTasklet()?.remove()).toThrow(expect.objectContaining({ code: "executing" }))
      expect(() => blocked.remove()).toThrow(expect.objectContaining({ code: "blocked" }))
      trace.push("refused")
    })
    expect(trace).toEqual(["refused"])
    expect(blocked.blocked).toBe(true)
  })

  it("SC-25: tasklets() lists the current tasklet and the queue in its order, and none that is not queued", () => {
    const [first, second] = [logger("first"), logger("second")]
    void second.remove()
    queue("third")
    root(() => {
      void second.insert()
      trace.push(scheduler.tasklets().map(({ name }) => name))
    })
    expect(trace).toEqual(["first", "third", ["root", "second"], "second"])
    expect(scheduler.tasklets()).toEqual([])
    expect(first.alive).toBe(false)
  })

  it("SC-26: a tasklet sees itself as the scheduler's current one, and a run count that includes the queued root", () => {
    root(function* () {
      const other = scheduler.tasklet(() => {
        trace.push(scheduler.current === other, scheduler.runCount)
      })
      yield* schedule()
      trace.push("root")
    })
    expect(trace).toEqual([true, 2, "root"])
    expect(scheduler.runCount).toBe(0)
  })

  it("SC-27: currentTasklet() is the tasklet itself inside, nobody in plain code; main() runs a root that is called main", async () => {
    const virtual = new Scheduler({ clock: new VirtualClock() })
    expect(currentTasklet()).toBeUndefined()
    const one: Tasklet = virtual.tasklet(() => trace.push(currentTasklet() === one && one.current))
    await virtual.main(function* () {
      const before = currentTasklet()
      yield* schedule()
      trace.push(before?.name, currentTasklet() === before)
    })
    expect(trace).toEqual([true, "main", true])
    expect(currentTasklet()).toBeUndefined()
    expect(one.current).toBe(false)
  })
})

describe("run()", () => {
  it("SC-06: with an empty queue it returns nothing, at once", () => {
    expect(scheduler.run()).toBeUndefined()
  })

  it("SC-07: it returns although tasklets are blocked, without an error", () => {
    const channel = scheduler.channel<number>()
    scheduler.tasklet(() => channel.receive())
    scheduler.tasklet(() => channel.receive())
    scheduler.run()
    expect(channel.balance).toBe(-2)
    expect(scheduler.statistics().blocked).toBe(2)
  })

  it("SC-13: called in a tasklet, it returns when all others have ended or wait, the innermost first", () => {
    scheduler.tasklet(() => {
      trace.push("inner before")
      queue("i1")
      trace.push(scheduler.run(), "inner after")
    })
    queue("o")
    scheduler.run()
    trace.push("outer")
    expect(trace).toEqual(["inner before", "o", "i1", undefined, "inner after", "outer"])
  })

  it("SC-13: nested calls stack, the innermost returns first", () => {
    for (const name of ["a", "b"]) {
      scheduler.tasklet(() => {
        trace.push(`${name} runs`)
        scheduler.run()
        trace.push(`${name} returns`)
      })
    }
    queue("c")
    scheduler.run()
    expect(trace).toEqual(["a runs", "b runs", "c", "b returns", "a returns"])
  })

  it("SC-14: a worker does not return from run() while the root is runnable", () => {
    root(function* () {
      scheduler.tasklet(() => {
        trace.push("worker runs")
        scheduler.run()
        trace.push("worker returns")
      })
      for (const turn of [1, 2, 3]) {
        yield* schedule()
        trace.push(`root ${turn}`)
      }
    })
    expect(trace).toEqual(["worker runs", "root 1", "root 2", "root 3", "worker returns"])
  })

  it("SC-15: a worker runs everybody, then wakes the root that waits for it", () => {
    const channel = scheduler.channel<string>()
    let done = 0
    root(function* () {
      scheduler.tasklet(function* () {
        scheduler.run()
        done++
        yield* channel.send("from the worker")
      })
      trace.push(yield* channel.receive())
      done++
    })
    expect(trace).toEqual(["from the worker"])
    expect(done).toBe(2)
  })

  it("SC-28: a run of 10 switches with 200 tasklets queued leaves 190", () => {
    for (let left = 200; left > 0; left--) queue("one")
    scheduler.run({ switches: 10 })
    expect([trace.length, scheduler.runCount]).toEqual([10, 190])
    scheduler.run()
    expect([trace.length, scheduler.runCount]).toEqual([200, 0])
  })
})

describe("run() of one tasklet is flat: only that one moves", () => {
  it("SC-09: run() on the second of three", () => {
    const [, second] = ["a", "b", "c"].map(logger)
    second?.run()
    trace.push("main")
    scheduler.run()
    expect(trace).toEqual(["b", "main", "a", "c"])
  })

  it("SC-10: run() on the first of three", () => {
    const [first] = ["a", "b", "c"].map(logger)
    first?.run()
    trace.push("main")
    scheduler.run()
    expect(trace).toEqual(["a", "main", "b", "c"])
  })

  it("SC-11: run() inside a tasklet comes back to it before anybody else has a turn", () => {
    queue("rabbit")
    scheduler.tasklet(() => {
      const [dog] = ["dog", "cat", "monkey"].map(logger)
      dog?.run()
      trace.push("end bar")
    })
    queue("donkey")
    scheduler.run()
    expect(trace).toEqual(["rabbit", "dog", "end bar", "donkey", "cat", "monkey"])
  })

  it("SC-12: run() on a removed tasklet runs it, then the caller; the other queued one waits for its turn", () => {
    const removed = logger("removed").remove()
    queue("queued")
    removed.run()
    trace.push("main")
    scheduler.run()
    expect(trace).toEqual(["removed", "main", "queued"])
  })

  it("SC-12: run() returns when the tasklet waits, yields or ends", () => {
    const channel = scheduler.channel<number>()
    const stepper = scheduler.tasklet(function* () {
      trace.push("first")
      yield* schedule()
      trace.push("second")
      yield* scheduleRemove()
      trace.push("third")
      yield* channel.receive()
    })
    for (const state of ["scheduled", "paused", "blocked"] as const) {
      stepper.run()
      trace.push(stepper[state])
    }
    expect(trace).toEqual(["first", true, "second", true, "third", true])
    expect(() => stepper.run()).toThrow(expect.objectContaining({ code: "blocked" }))
  })

  it("SC-12: whom the tasklet hands over to runs as soon as the caller stops, ahead of the queue", () => {
    const channel = scheduler.channel<string>()
    scheduler.tasklet(function* () {
      trace.push(yield* channel.receive())
    })
    scheduler.run()
    queue("queued")
    const sender = scheduler.tasklet(function* () {
      yield* channel.send("handed over")
      trace.push("sender")
    })
    sender.run()
    trace.push("main")
    scheduler.run()
    expect(trace).toEqual(["main", "handed over", "queued", "sender"])
  })

  it("SC-22: instead of switch(), a tasklet inserts the other and pauses; the other inserts it again", () => {
    const caller = scheduler.tasklet(function* () {
      trace.push("caller")
      void other.insert()
      yield* scheduleRemove()
      trace.push("caller ends")
    })
    const other = scheduler.tasklet(function* () {
      trace.push("other", caller.paused)
      void caller.insert()
      yield* schedule()
      trace.push("other ends")
    })
    void other.remove()
    scheduler.run()
    expect(trace).toEqual(["caller", "other", true, "caller ends", "other ends"])
  })

  it("SC-23: run() on oneself, or on the caller of a run(), is refused", () => {
    root(() => {
      const self = currentTasklet() as Tasklet
      expect(() => self.run()).toThrow(expect.objectContaining({ code: "executing" }))
      scheduler.tasklet(() => {
        expect(() => self.run()).toThrow(expect.objectContaining({ code: "executing" }))
        trace.push("refused")
      })
      scheduler.run()
    })
    expect(trace).toEqual(["refused"])
  })

  it("SC-24: run() gives nothing", () => {
    expect(logger("one").run()).toBeUndefined()
  })
})

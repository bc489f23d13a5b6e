import { type MisuseError, schedule, Scheduler } from "@vivarium/core"
import { beforeEach, describe, expect, it } from "vitest"

let scheduler: Scheduler
let trace: unknown[]
let reported: unknown[]

beforeEach(() => {
  reported = []
  scheduler = new Scheduler({ onUncaught: (error) => reported.push(error) })
  trace = []
})

/** A yields once, B ends at once. */
function twoTasklets(): void {
  scheduler.tasklet({ name: "A" }, function* () {
    yield* schedule()
  })
  scheduler.tasklet({ name: "B" }, () => {})
}

const traceSwitches = (): Disposable => scheduler.instrument({ switched: (to, from) => trace.push([from?.name ?? null, to.name]) })

describe("the switched hook", () => {
  it("CB-01: it tells each switch as a pair, the run itself being nobody", () => {
    using _tool = traceSwitches()
    twoTasklets()
    scheduler.run()
    expect(trace).toEqual([[null, "A"], ["A", "B"], ["B", "A"]])
    trace.length = 0
    scheduler.tasklet({ name: "C" }, () => {})
    scheduler.run()
    expect(trace).toEqual([[null, "C"]])
  })

  it("CB-03: it is not called before the run, nor after its tool has been disposed of", () => {
    const tool = traceSwitches()
    twoTasklets()
    expect(trace).toEqual([])
    tool[Symbol.dispose]()
    using _other = scheduler.instrument({ switched: ({ name }) => trace.push(`other: ${name}`) })
    scheduler.run()
    expect(trace).toEqual(["other: A", "other: B", "other: A"])
  })

  it("CB-03: a tool that is disposed of in the middle of a run hears no more", () => {
    const tool = traceSwitches()
    scheduler.tasklet({ name: "A" }, () => tool[Symbol.dispose]())
    scheduler.tasklet({ name: "B" }, () => {})
    scheduler.run()
    expect(trace).toEqual([[null, "A"]])
  })

  it("CB-04: several tools stand side by side, in the order in which they were attached, and go one by one", () => {
    const first = scheduler.instrument({ switched: () => trace.push("first") })
    using _second = scheduler.instrument({ switched: () => trace.push("second") })
    scheduler.tasklet(() => {})
    scheduler.run()
    expect(trace).toEqual(["first", "second"])
    first[Symbol.dispose]()
    first[Symbol.dispose]()
    scheduler.tasklet(() => {})
    scheduler.run()
    expect(trace).toEqual(["first", "second", "second"])
  })

  it("CB-04: what is no hook is refused", () => {
    expect(() => scheduler.instrument(null as never)).toThrow(expect.objectContaining({ argument: "hooks" }))
    expect(() => scheduler.instrument({ switched: 7 as never })).toThrow(expect.objectContaining({ argument: "hooks.switched" }))
  })

  it("CB-05: an error in it goes to onUncaught; the other tools are told and scheduling goes on", () => {
    const error = new Error("in the hook")
    using _broken = scheduler.instrument({
      switched: () => {
        throw error
      },
    })
    using _sound = traceSwitches()
    twoTasklets()
    scheduler.run()
    expect(trace).toEqual([[null, "A"], ["A", "B"], ["B", "A"]])
    expect(reported).toEqual([error, error, error])
  })
})

describe("the channel hook", () => {
  it("CB-07: it is told the tasklet, the direction, whether it will block, and the value, before anything happens", () => {
    const channel = scheduler.channel<string>()
    using _tool = scheduler.instrument({
      channel: ({ channel: which, tasklet, action, willBlock, value }) => {
        expect(which).toBe(channel)
        trace.push([tasklet?.name, action, willBlock, value, channel.balance])
      },
    })
    scheduler.tasklet({ name: "receiver" }, function* () {
      yield* channel.receive()
      yield* channel.receive()
    })
    scheduler.tasklet({ name: "sender" }, function* () {
      yield* channel.send("nectar")
      yield* channel.send("pollen")
      yield* channel.send("nobody comes")
    })
    scheduler.run()
    expect(trace).toEqual([
      ["receiver", "receive", true, undefined, 0],
      ["sender", "send", false, "nectar", -1],
      ["receiver", "receive", true, undefined, 0],
      ["sender", "send", false, "pollen", -1],
      ["sender", "send", true, "nobody comes", 0],
    ])
  })

  it("CB-07: of sendError it is told the error", () => {
    const channel = scheduler.channel<never>()
    const error = new Error("withered")
    using _tool = scheduler.instrument({ channel: ({ value }) => trace.push(value) })
    scheduler.tasklet(() => channel.sendError(error))
    scheduler.run()
    expect(trace).toEqual([error])
  })

  it("CB-07: an error in it goes to onUncaught, and the exchange happens", () => {
    const channel = scheduler.channel<string>()
    const error = new Error("in the hook")
    using _tool = scheduler.instrument({
      channel: () => {
        throw error
      },
    })
    scheduler.tasklet(function* () {
      trace.push(yield* channel.receive())
    })
    scheduler.tasklet(() => channel.send("nectar"))
    scheduler.run()
    expect(trace).toEqual(["nectar"])
    expect(reported).toEqual([error, error])
  })
})

describe("what a hook may not do", () => {
  it.each(["created", "switched", "blocked", "woken", "ended", "channel"] as const)("CB-05: run() inside the hook %s is refused, and scheduling goes on", (hook) => {
    const channel = scheduler.channel<string>()
    let inside = false
    using _tool = scheduler.instrument({
      [hook]: () => {
        // Were run() not refused, the hooks of the tasklets that it drives would come back here without end.
        if (inside) return
        inside = true
        try {
          scheduler.run()
        } catch (error) {
          trace.push((error as MisuseError).code)
        } finally {
          inside = false
        }
      },
    })
    scheduler.tasklet(() => channel.receive())
    scheduler.tasklet(() => channel.send("nectar"))
    scheduler.run()
    expect(trace.length).toBeGreaterThan(0)
    expect(new Set(trace)).toEqual(new Set(["in_callback"]))
    expect(scheduler.statistics()).toMatchObject({ created: 2, ended: 2 })
  })
})

import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { call, channel, currentTasklet, InvalidArgumentError, type Operation, type Routine, schedule, Scheduler, scheduleRemove, Tasklet, TaskletError } from "@vivarium/core"
import { beforeEach, describe, expect, it } from "vitest"

let scheduler: Scheduler
let trace: unknown[]

beforeEach(() => {
  scheduler = new Scheduler()
  trace = []
})

function states(one: Tasklet): string {
  return (["alive", "scheduled", "blocked", "paused", "current"] as const).filter((state) => one[state]).join(" ")
}

const log = (...values: readonly unknown[]): number => trace.push(values)

describe("the life cycle", () => {
  it("TK-01: a tasklet without a body is not alive, nor anything else", () => {
    expect(states(new Tasklet(null, scheduler))).toBe("")
  })

  it("TK-02: a tasklet with a body but no arguments is bound, and not yet alive", () => {
    const bound = new Tasklet(log, scheduler)
    expect(states(bound)).toBe("")
    scheduler.run()
    expect(trace).toEqual([])
  })

  it("TK-03: bind() with a body and setup() make it alive and scheduled", () => {
    const one = new Tasklet(null, scheduler)
    expect(one.bind(log)).toBe(one)
    expect(one.setup(1, 2)).toBe(one)
    expect(states(one)).toBe("alive scheduled")
    scheduler.run()
    expect(trace).toEqual([[1, 2]])
  })

  it("TK-03: setup() is refused without a body, and when the tasklet is alive or has ended", () => {
    expect(() => new Tasklet(null, scheduler).setup()).toThrow(expect.objectContaining({ code: "unbound" }))
    const one = scheduler.tasklet(log)
    expect(() => one.setup()).toThrow(expect.objectContaining({ code: "alive" }))
    scheduler.run()
    expect(() => one.setup()).toThrow(expect.objectContaining({ code: "dead" }))
    expect(() => one.setup()).toThrow(TaskletError)
    expect(trace).toEqual([[]])
  })

  it("TK-04: bind() with arguments makes it alive and paused; insert() schedules it", () => {
    const one = new Tasklet(null, scheduler).bind(log, ["nectar"])
    expect(states(one)).toBe("alive paused")
    scheduler.run()
    expect(trace).toEqual([])
    void one.insert()
    expect(states(one)).toBe("alive scheduled")
    scheduler.run()
    expect(trace).toEqual([["nectar"]])
  })

  it("TK-06: bind(null) drops a paused tasklet; its finally block does not run", () => {
    const one = scheduler.tasklet(function* () {
      try {
        yield* scheduleRemove()
      } finally {
        trace.push("finally")
      }
    })
    scheduler.run()
    expect(states(one)).toBe("alive paused")
    void one.bind(null)
    expect(states(one)).toBe("")
    expect(() => one.setup()).toThrow(expect.objectContaining({ code: "unbound" }))
    scheduler.run()
    expect(trace).toEqual([])
  })

  it("TK-07: bind() is refused on the current, a queued or a blocked tasklet, and for what is no function", () => {
    const queued = scheduler.tasklet(log)
    expect(() => queued.bind(null)).toThrow(expect.objectContaining({ code: "alive" }))
    expect(() => queued.bind(log, [1])).toThrow(expect.objectContaining({ code: "alive" }))
    const blocked = scheduler.tasklet(() => scheduler.channel().receive())
    scheduler.tasklet(() => {
      expect(() => currentTasklet()?.bind(null)).toThrow(expect.objectContaining({ code: "executing" }))
      trace.push("refused")
    })
    scheduler.run()
    expect(() => blocked.bind(log)).toThrow(expect.objectContaining({ code: "blocked" }))
    expect(blocked.blocked).toBe(true)
    expect(() => new Tasklet(null, scheduler).bind(7 as never)).toThrow(InvalidArgumentError)
    expect(() => new Tasklet(7 as never, scheduler)).toThrow(InvalidArgumentError)
    expect(trace).toEqual([[], "refused"])
  })

  it("TK-08: bind() sets the body, the arguments, or both; the body gets exactly these arguments", () => {
    const one = new Tasklet<unknown>(null, scheduler)
    void one.bind(log, [1]).insert()
    scheduler.run()
    void one.bind(null, [2, 3]).insert()
    scheduler.run()
    void one.bind((...values: readonly unknown[]) => trace.push(["other", ...values])).setup(4)
    scheduler.run()
    expect(trace).toEqual([[1], [2, 3], ["other", 4]])
  })

  it("TK-08: bind() of a paused tasklet that has not started replaces its arguments", () => {
    const one = new Tasklet(null, scheduler).bind(log, [1])
    void one.bind(null, [2])
    expect(states(one)).toBe("alive paused")
    one.run()
    expect(trace).toEqual([[2]])
  })

  it("TK-08: arguments without a body are refused", () => {
    expect(() => new Tasklet(null, scheduler).bind(null, [1])).toThrow(expect.objectContaining({ code: "unbound" }))
  })

  it("TK-08: a tasklet that has ended can be bound and run again, and keeps its identity", () => {
    const one = scheduler.tasklet({ name: "Maya" }, log, 1)
    scheduler.run()
    const { id } = one
    void one.bind(null, [2]).insert()
    expect(states(one)).toBe("alive scheduled")
    scheduler.run()
    expect(trace).toEqual([[1], [2]])
    expect([one.id, one.name]).toEqual([id, "Maya"])
  })

  it("TK-09: run() and insert() on a tasklet without arguments are refused", () => {
    const bound = new Tasklet(null, scheduler).bind(log)
    expect(() => bound.run()).toThrow(expect.objectContaining({ code: "unbound" }))
    expect(() => bound.insert()).toThrow(expect.objectContaining({ code: "unbound" }))
    expect(trace).toEqual([])
  })

  it("TK-12: the current tasklet is scheduled; so is the caller of another's run(); the caller of run() is paused", () => {
    const self = scheduler.tasklet(() => {
      trace.push(["itself", states(self)])
      const other = scheduler.tasklet(() => trace.push(["in other.run()", states(self)]))
      other.run()
      scheduler.tasklet(() => trace.push(["in run()", states(self)]))
      scheduler.run()
      trace.push(["afterwards", states(self)])
    }) as Tasklet
    scheduler.run()
    expect(trace).toEqual([
      ["itself", "alive scheduled current"],
      ["in other.run()", "alive scheduled"],
      ["in run()", "alive paused"],
      ["afterwards", "alive scheduled current"],
    ])
  })

  it("TK-14: a tasklet that has ended is nothing any more, however it ended", () => {
    const ended = scheduler.tasklet(() => "result")
    const killed = scheduler.tasklet(() => scheduler.channel().receive())
    scheduler.run()
    killed.kill()
    const failed = scheduler.tasklet(() => {
      throw new Error("lost")
    })
    expect(() => scheduler.run()).toThrow("lost")
    for (const one of [ended, killed, failed]) {
      expect(states(one as Tasklet)).toBe("")
      expect(one.waitingFor).toBeUndefined()
      expect(() => one.insert()).toThrow(expect.objectContaining({ code: "dead" }))
      expect(() => one.run()).toThrow(expect.objectContaining({ code: "dead" }))
    }
  })
})

describe("TK-13: a blocked tasklet is alive, scheduled and blocked; met by a partner, it is scheduled only", () => {
  const meadow = (): { flower: ReturnType<typeof scheduler.channel<number>> } => ({ flower: scheduler.channel<number>() })
  type Meadow = ReturnType<typeof meadow>
  const waits: readonly [string, (place: Meadow) => Operation<unknown>, (place: Meadow) => unknown][] = [
    ["send", ({ flower }) => flower.send(1), ({ flower }) => flower.tryReceive()],
    ["sendAll", ({ flower }) => flower.sendAll([1]), ({ flower }) => flower.tryReceive()],
    ["receive", ({ flower }) => flower.receive(), ({ flower }) => flower.trySend(1)],
    ["receiveOrDone", ({ flower }) => flower.receiveOrDone(), ({ flower }) => flower.trySend(1)],
    ["each", ({ flower }) => flower.each(() => {}), ({ flower }) => flower.trySend(1)],
  ]

  it.each(waits)("TK-13: %s", (_, wait, meet) => {
    const place = meadow()
    const one = scheduler.tasklet(() => wait(place))
    scheduler.run()
    expect(states(one as Tasklet)).toBe("alive scheduled blocked")
    meet(place)
    expect(states(one as Tasklet)).toBe("alive scheduled")
  })

  it("TK-13: sendError", () => {
    const flower = scheduler.channel<number>()
    const one = scheduler.tasklet(() => flower.sendError(new Error("withered")))
    scheduler.run()
    expect(states(one as Tasklet)).toBe("alive scheduled blocked")
    expect(() => flower.tryReceive()).toThrow("withered")
    expect(states(one as Tasklet)).toBe("alive scheduled")
  })
})

describe("objects and memory", () => {
  it("TK-15: a subclass with fields of its own works", () => {
    class Bee extends Tasklet<unknown> {
      nectar = 0
    }
    const bee = new Bee(function* () {
      yield* schedule()
      ;(currentTasklet() as Bee).nectar++
    }, scheduler)
    void bee.setup()
    scheduler.run()
    expect(bee.nectar).toBe(1)
    expect(bee).toBeInstanceOf(Tasklet)
  })

  it("TK-15: a subclass whose constructor does not call the base is an error when it is made", () => {
    class Drone extends Tasklet {
      // @ts-expect-error The missing super() is the point.
      // oxlint-disable-next-line constructor-super
      constructor() {}
    }
    expect(() => new Drone()).toThrow(ReferenceError)
  })

  /** Collects garbage until a target has gone, or gives up after some rounds. Weak references hold for a turn of the host. */
  async function collected(reference: WeakRef<object>): Promise<boolean> {
    setFlagsFromString("--expose-gc")
    const collect = runInNewContext("gc") as () => void
    for (let round = 0; round < 10 && reference.deref() !== undefined; round++) {
      await new Promise((resolve) => setImmediate(resolve))
      collect()
    }
    return reference.deref() === undefined
  }

  it("TK-16: a tasklet that has ended, and a channel that nobody refers to, can be collected", async () => {
    const make = (): WeakRef<object>[] => {
      const flower = scheduler.channel<number>()
      const one = scheduler.tasklet(() => flower.receive())
      scheduler.tasklet(() => flower.send(1))
      scheduler.run()
      return [new WeakRef(one), new WeakRef(flower)]
    }
    for (const reference of make()) expect(await collected(reference)).toBe(true)
  })

  it("TK-17: a blocked tasklet that nobody can reach is collected; its finally block does not run", async () => {
    const make = (): WeakRef<object> => {
      const one = scheduler.tasklet(function* () {
        try {
          yield* channel<number>().receive()
        } finally {
          trace.push("finally")
        }
      })
      scheduler.run()
      expect(one.blocked).toBe(true)
      return new WeakRef(one)
    }
    expect(await collected(make())).toBe(true)
    scheduler.run()
    expect(trace).toEqual([])
  })

  // A million frames are the point of the row: it takes a good part of a second.
  it("TK-18: recursion through call() is a million levels deep, in two tasklets at once", { timeout: 30_000 }, () => {
    scheduler = new Scheduler({ limits: { slowSliceMs: Infinity } })
    function* depth(levels: number): Routine<number> {
      return levels === 0 ? yield* bottom() : 1 + (yield* call(depth, levels - 1))
    }
    function* bottom(): Routine<number> {
      yield* schedule()
      return 0
    }
    for (const levels of [1_000_000, 1000]) {
      scheduler.tasklet(function* () {
        trace.push(yield* call(depth, levels))
      })
    }
    scheduler.run()
    expect(trace).toEqual([1_000_000, 1000])
  })
})

describe("what is known of a tasklet", () => {
  it("TK-19: a tool counts how often a tasklet is switched to; the scheduler counts all switches", () => {
    const counts = new Map<string, number>()
    using _tool = scheduler.instrument({ switched: ({ name }) => counts.set(name, (counts.get(name) ?? 0) + 1) })
    for (const [name, turns] of [["a", 2], ["b", 5]] as const) {
      scheduler.tasklet({ name }, function* () {
        for (let left = turns; left > 1; left--) yield* schedule()
      })
    }
    scheduler.run()
    expect([...counts]).toEqual([["a", 2], ["b", 5]])
    expect(scheduler.statistics()).toMatchObject({ created: 2, ended: 2, switches: 7 })
  })

  it("TK-20: its name is the one given, the body's, or one made of its number", () => {
    function forage(): void {}
    const named = [
      scheduler.tasklet({ name: "Maya" }, forage),
      scheduler.tasklet(forage),
      scheduler.tasklet((() => () => {})()),
      new Tasklet(null, scheduler),
    ]
    expect(named.map(({ id, name }) => [id, name])).toEqual([[1, "Maya"], [2, "forage"], [3, "tasklet 3"], [4, "tasklet 4"]])
  })

  it("TK-20: a tool is told when it is created, starts and ends", () => {
    using _tool = scheduler.instrument({
      created: ({ name }) => trace.push(`${name} created`),
      switched: ({ name }) => trace.push(`${name} runs`),
      ended: ({ name }) => trace.push(`${name} ended`),
    })
    scheduler.tasklet({ name: "Maya" }, () => trace.push("body"))
    scheduler.run()
    expect(trace).toEqual(["Maya created", "Maya runs", "body", "Maya ended"])
  })
})

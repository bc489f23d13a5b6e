import { run, schedule, scheduleRemove, Scheduler, tasklet, until } from "@vivarium/core"
import { VirtualClock } from "@vivarium/core/lowlevel"
import { describe, expect, it } from "vitest"

describe("the run queue", () => {
  it("runs first in, first out; creation appends, schedule() moves to the end", () => {
    const scheduler = new Scheduler()
    const log: string[] = []
    for (const name of ["a", "b"]) {
      scheduler.tasklet(function* () {
        log.push(`${name}1`)
        if (name === "a") scheduler.tasklet(() => void log.push("child"))
        yield* schedule()
        log.push(`${name}2`)
      })
    }
    scheduler.run()
    expect(log).toEqual(["a1", "b1", "child", "a2", "b2"])
  })

  it("preempts nothing: a tasklet runs until it waits", () => {
    const scheduler = new Scheduler()
    const log: number[] = []
    scheduler.tasklet(() => {
      for (let turn = 0; turn < 1000; turn++) log.push(turn)
    })
    scheduler.tasklet(() => void log.push(-1))
    scheduler.run({ switches: 1 })
    expect(log).toHaveLength(1000)
    expect(log).not.toContain(-1)
  })

  it("lets a tasklet alone in it go on at once", () => {
    const scheduler = new Scheduler()
    let turns = 0
    scheduler.tasklet(function* () {
      for (; turns < 5; turns++) yield* schedule()
    })
    scheduler.run()
    expect(turns).toBe(5)
  })

  it("takes paused tasklets back by insert(), once, at the end", () => {
    const scheduler = new Scheduler()
    const log: unknown[] = []
    const sleeper = scheduler.tasklet(function* () {
      log.push(yield* scheduleRemove<string>())
    })
    scheduler.run()
    expect(sleeper).toMatchObject({ paused: true, alive: true, scheduled: false, blocked: false })
    scheduler.tasklet(() => void log.push("before"))
    void sleeper.insert("value").insert("ignored")
    expect(scheduler.runCount).toBe(2)
    scheduler.run()
    expect(log).toEqual(["before", "value"])
  })
})

describe("run()", () => {
  it("returns when the queue is empty, though tasklets still wait", () => {
    const scheduler = new Scheduler()
    const flower = scheduler.channel()
    const bee = scheduler.tasklet(() => flower.receive())
    scheduler.run()
    expect(bee.blocked).toBe(true)
    expect(flower.balance).toBe(-1)
    scheduler.run()
    expect(bee.alive).toBe(true)
  })

  it("never waits: timers that are not due stay", () => {
    const clock = new VirtualClock()
    const scheduler = new Scheduler({ clock })
    const bee = scheduler.tasklet(() => scheduler.sleep(1))
    scheduler.run()
    expect(bee.blocked).toBe(true)
    clock.advance(1)
    expect(bee.blocked).toBe(true)
    scheduler.run()
    expect(bee.alive).toBe(false)
  })

  it("takes in due timers and entries at its start, behind what is queued already", () => {
    const clock = new VirtualClock()
    const scheduler = new Scheduler({ clock })
    const log: string[] = []
    scheduler.tasklet(function* () {
      yield* scheduler.sleep(5)
      log.push("timer")
    })
    scheduler.run()
    clock.advance(5)
    scheduler.ingress.accept({ enter: () => log.push("entry") })
    scheduler.tasklet(() => void log.push("queued"))
    scheduler.run({ switches: 1 })
    expect(log).toEqual(["entry", "queued"])
    expect(scheduler.statistics()).toMatchObject({ timers: 0, runnable: 1, ingress: 0 })
    scheduler.run()
    expect(log).toEqual(["entry", "queued", "timer"])
  })

  it("takes them in again when the queue is empty, and not before", () => {
    const clock = new VirtualClock()
    const scheduler = new Scheduler({ clock })
    const log: string[] = []
    scheduler.tasklet(function* () {
      yield* scheduler.sleep(5)
      log.push("timer")
    })
    scheduler.tasklet(function* () {
      clock.advance(5)
      for (const turn of [1, 2]) {
        log.push(`turn ${turn}`)
        yield* schedule()
      }
    })
    scheduler.run()
    expect(log).toEqual(["turn 1", "turn 2", "timer"])
  })

  it("inside a tasklet is that tasklet's scheduler's", () => {
    const scheduler = new Scheduler()
    const log: string[] = []
    scheduler.tasklet(() => {
      tasklet(() => void log.push("inner"))
      run()
      log.push("outer")
    })
    scheduler.run()
    expect(log).toEqual(["inner", "outer"])
  })
})

describe("nested run() calls", () => {
  it("stack: the innermost returns first", () => {
    const scheduler = new Scheduler()
    const log: string[] = []
    scheduler.tasklet(() => {
      log.push("one calls")
      scheduler.run()
      log.push("one returns")
    })
    scheduler.tasklet(() => {
      log.push("two calls")
      scheduler.run()
      log.push("two returns")
    })
    scheduler.tasklet(function* () {
      log.push("three")
      yield* schedule()
      log.push("three ends")
    })
    scheduler.run()
    expect(log).toEqual(["one calls", "two calls", "three", "three ends", "two returns", "one returns"])
  })

  it("leave their caller alive, paused and not to be resumed", () => {
    const scheduler = new Scheduler()
    const seen: unknown[] = []
    const caller = scheduler.tasklet({ name: "caller" }, function* () {
      scheduler.run()
      seen.push("returned", caller.paused, caller.scheduled)
      yield* schedule()
    })
    scheduler.tasklet(() => {
      seen.push(caller.alive, caller.paused, caller.scheduled, caller.blocked)
      for (const attempt of [() => void caller.insert(), () => caller.run(), () => caller.throw(new Error("no"))]) {
        try {
          attempt()
        } catch (error) {
          seen.push((error as { code: string }).code)
        }
      }
    })
    scheduler.run()
    expect(seen).toEqual([true, true, false, false, "executing", "executing", "executing", "returned", false, true])
    expect(caller.alive).toBe(false)
  })

  it("give the caller back as current", () => {
    const scheduler = new Scheduler()
    const seen: boolean[] = []
    const caller = scheduler.tasklet(() => {
      scheduler.tasklet(() => void seen.push(caller.current))
      scheduler.run()
      seen.push(caller.current)
    })
    scheduler.run()
    expect(seen).toEqual([false, true])
    expect(scheduler.current).toBeUndefined()
  })

  it("raise past a depth of 1,000", () => {
    const scheduler = new Scheduler()
    let depth = 0
    const dig = (): void => {
      depth++
      scheduler.tasklet(dig)
      scheduler.run()
    }
    scheduler.tasklet(dig)
    expect(() => scheduler.run()).toThrow(expect.objectContaining({ name: "TaskletError", code: "nesting", message: expect.stringMatching(/1000 deep.*yield\*/s) as string }))
    expect(depth).toBe(1000)
  })
})

describe("a bounded run", () => {
  it("stops at the next switch past the limit and leaves the queue intact", () => {
    const scheduler = new Scheduler()
    const log: string[] = []
    for (const name of ["a", "b", "c"]) {
      scheduler.tasklet(function* () {
        log.push(`${name}1`)
        yield* schedule()
        log.push(`${name}2`)
      })
    }
    scheduler.run({ switches: 2 })
    expect(log).toEqual(["a1", "b1"])
    expect(scheduler.tasklets().map(({ id }) => id)).toEqual([3, 1, 2])
    scheduler.run()
    expect(log).toEqual(["a1", "b1", "c1", "a2", "b2", "c2"])
  })

  it("by time stops at the switch past the limit", () => {
    const clock = new VirtualClock()
    const scheduler = new Scheduler({ clock })
    let turns = 0
    scheduler.tasklet(function* () {
      for (; turns < 10; turns++) {
        clock.advance(4)
        yield* schedule()
      }
    })
    scheduler.run({ ms: 10 })
    expect(turns).toBe(2)
    expect(clock.now()).toBe(12)
    expect(scheduler.statistics().runnable).toBe(1)
    scheduler.run()
    expect(turns).toBe(10)
  })

  it("counts switches of its own, not those of other runs", () => {
    const scheduler = new Scheduler()
    let turns = 0
    scheduler.tasklet(function* () {
      for (;;) {
        turns++
        yield* schedule()
      }
    })
    for (let round = 1; round <= 3; round++) {
      scheduler.run({ switches: 10 })
      expect(turns).toBe(round * 10)
    }
  })

  it("inside a tasklet stops the inner run only", () => {
    const scheduler = new Scheduler()
    const log: string[] = []
    scheduler.tasklet(() => {
      scheduler.run({ switches: 1 })
      log.push("outer")
    })
    for (const name of ["a", "b"]) scheduler.tasklet(() => void log.push(name))
    scheduler.run()
    expect(log).toEqual(["a", "outer", "b"])
  })
})

describe("hand-overs", () => {
  it("run in hand-over order as soon as the caller stops, before everybody else", () => {
    const scheduler = new Scheduler()
    const log: string[] = []
    const flower = scheduler.channel<number>()
    for (const bee of ["x", "y", "z"]) {
      scheduler.tasklet(function* () {
        log.push(`${bee}${yield* flower.receive()}`)
      })
    }
    scheduler.run()
    scheduler.tasklet(function* () {
      for (const drop of [1, 2, 3]) expect(flower.trySend(drop)).toBe(true)
      log.push("caller goes on")
      yield* schedule()
      log.push("caller again")
    })
    scheduler.tasklet(() => void log.push("bystander"))
    scheduler.run()
    expect(log).toEqual(["caller goes on", "x1", "y2", "z3", "bystander", "caller again"])
  })

  it("stay first in order when a bounded run stops between them, and further ones queue behind", () => {
    const scheduler = new Scheduler()
    const log: string[] = []
    const flower = scheduler.channel<number>()
    for (const bee of ["w", "x", "y", "z"]) {
      scheduler.tasklet(function* () {
        log.push(`${bee}${yield* flower.receive()}`)
      })
    }
    scheduler.run()
    scheduler.tasklet(() => {
      for (const drop of [1, 2, 3]) flower.trySend(drop)
    })
    scheduler.tasklet(() => void log.push("bystander"))
    scheduler.run({ switches: 2 })
    expect(log).toEqual(["w1"])
    flower.trySend(4)
    scheduler.run()
    expect(log).toEqual(["w1", "x2", "y3", "z4", "bystander"])
  })

  it("of a parked send() run before the sender, after earlier trySends", () => {
    const scheduler = new Scheduler()
    const log: string[] = []
    const flower = scheduler.channel<number>()
    for (const bee of ["x", "y"]) {
      scheduler.tasklet(function* () {
        log.push(`${bee}${yield* flower.receive()}`)
      })
    }
    scheduler.run()
    scheduler.tasklet(function* () {
      flower.trySend(1)
      yield* flower.send(2)
      log.push("sender")
    })
    scheduler.run()
    expect(log).toEqual(["x1", "y2", "sender"])
  })

  it("that are killed or removed before they run leave the others in order", () => {
    const scheduler = new Scheduler()
    const log: string[] = []
    const flower = scheduler.channel<number>()
    const bees = ["w", "x", "y", "z"].map((bee) =>
      scheduler.tasklet(function* () {
        log.push(`${bee}${yield* flower.receive()}`)
      }),
    )
    scheduler.run()
    scheduler.tasklet(() => {
      for (const drop of [1, 2, 3]) flower.trySend(drop)
      bees[2]?.kill()
      flower.trySend(4)
      void bees[0]?.remove()
    })
    scheduler.tasklet(() => void log.push("bystander"))
    scheduler.run()
    expect(log).toEqual(["x2", "z4", "bystander"])
    void bees[0]?.insert()
    scheduler.run()
    expect(log.at(-1)).toBe("w1")
    expect(scheduler.statistics().droppedValues).toBe(1)
  })

  it("are no choice: pick is not asked about them", () => {
    const asked: string[] = []
    const scheduler = new Scheduler({
      pick: (kind, count) => {
        asked.push(`${kind} ${count}`)
        return count - 1
      },
    })
    const log: string[] = []
    const flower = scheduler.channel<number>()
    const bee = scheduler.tasklet(function* () {
      log.push(`got ${yield* flower.receive()}`)
    })
    bee.run()
    for (const name of ["a", "b"]) scheduler.tasklet(() => void log.push(name))
    flower.trySend(1)
    scheduler.run()
    expect(log).toEqual(["got 1", "b", "a"])
    expect(asked).toEqual(["tasklet 2"])
  })
})

describe("what comes from outside", () => {
  it("waits in line until a run takes it in, in order", async () => {
    const scheduler = new Scheduler()
    const log: string[] = []
    for (const name of ["a", "b"]) {
      scheduler.tasklet(function* () {
        log.push(yield* until(Promise.resolve(name)))
      })
    }
    scheduler.run()
    await Promise.resolve()
    await Promise.resolve()
    expect(scheduler.statistics()).toMatchObject({ ingress: 2, external: 2 })
    expect(log).toEqual([])
    scheduler.run()
    expect(log).toEqual(["a", "b"])
    expect(scheduler.statistics()).toMatchObject({ ingress: 0, external: 0 })
  })
})

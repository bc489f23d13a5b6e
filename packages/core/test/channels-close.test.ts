import { ChannelClosedError, type Preference, Scheduler, schedule, select, timeout, trySelect } from "@vivarium/core"
import { VirtualClock } from "@vivarium/core/lowlevel"
import { describe, expect, it } from "vitest"

const closedError = expect.objectContaining({ name: "ChannelClosedError", code: "channel_closed" }) as unknown

describe("close()", () => {
  it("wakes waiting receivers in FIFO order, appended: each kind in its own way", () => {
    const scheduler = new Scheduler()
    const log: unknown[] = []
    const flower = scheduler.channel<string>({ name: "rose" })
    scheduler.tasklet(function* () {
      try {
        yield* flower.receive()
      } catch (error) {
        log.push((error as Error).message)
      }
    })
    scheduler.tasklet(function* () {
      log.push(yield* flower.receiveOrDone())
    })
    scheduler.tasklet(function* () {
      log.push(yield* flower.each(() => {}))
    })
    scheduler.run()
    expect(flower.balance).toBe(-3)
    scheduler.tasklet(() => void log.push("queued before"))
    flower.close()
    expect(flower.balance).toBe(0)
    expect(log).toEqual([])
    scheduler.run()
    expect(log).toEqual(["queued before", expect.stringMatching(/cannot receive on channel "rose" that is closed.*receiveOrDone\(\)/), { done: true, value: undefined }, 0])
  })

  it("lets what waiting senders, a parked send case and the buffer offered be received, in order", () => {
    const scheduler = new Scheduler()
    const log: unknown[] = []
    const flower = scheduler.channel<string>({ capacity: 1 })
    for (const drop of ["buffered", "waiting"]) scheduler.tasklet(() => flower.send(drop))
    scheduler.tasklet(function* () {
      log.push((yield* select({ put: flower.send("parked case") })).key)
    })
    scheduler.run()
    flower.close()
    expect([flower.closing, flower.closed, flower.balance, flower.length]).toEqual([true, false, 2, 1])
    scheduler.tasklet(function* () {
      for (;;) {
        const received = yield* flower.receiveOrDone()
        log.push(received.done ? undefined : received.value)
        if (received.done) break
      }
    })
    scheduler.run()
    expect(log).toEqual(["buffered", "waiting", "parked case", undefined, "put"])
    expect([flower.closed, flower.balance, flower.length]).toEqual([true, 0, 0])
  })

  it.each<Preference>(["receiver", "none", "sender"])("makes new sends raise at once, and leaves the balance as it was (%s)", (preference) => {
    const scheduler = new Scheduler()
    const flower = scheduler.channel<string>({ preference })
    scheduler.tasklet(() => flower.send("offered before"))
    scheduler.run()
    flower.close()
    const raised: unknown[] = []
    scheduler.tasklet(function* () {
      for (const operation of [flower.send("late"), flower.sendError(new Error("late")), flower.sendAll(["late"]), select({ late: flower.send("late") })]) {
        try {
          yield* operation
        } catch (error) {
          raised.push(error)
        }
      }
    })
    scheduler.run()
    expect(raised).toEqual([closedError, closedError, closedError, closedError])
    expect((raised[0] as Error).message).toMatch(/cannot send on a channel that is closed.*(Only close|open\(\))/)
    expect(() => flower.trySend("late")).toThrow(ChannelClosedError)
    expect(() => trySelect({ late: flower.send("late") })).toThrow(ChannelClosedError)
    expect(flower.balance).toBe(1)
    expect(flower.tryReceive()).toEqual({ value: "offered before" })
  })

  it("twice is fine", () => {
    const flower = new Scheduler().channel()
    flower.close()
    expect(() => flower.close()).not.toThrow()
    expect(flower.closed).toBe(true)
  })

  it("makes receives on the drained channel fail for ever, without blocking", () => {
    const scheduler = new Scheduler()
    const flower = scheduler.channel<string>({ capacity: 2 })
    flower.trySend("last")
    flower.close()
    const log: unknown[] = []
    scheduler.tasklet(function* () {
      log.push(yield* flower.receive())
      for (let round = 0; round < 3; round++) {
        try {
          yield* flower.receive()
        } catch (error) {
          log.push(error)
        }
        log.push(yield* flower.receiveOrDone())
      }
    })
    scheduler.run({ switches: 1 })
    const end = { done: true, value: undefined }
    expect(log).toEqual(["last", closedError, end, closedError, end, closedError, end])
    expect(flower.tryReceive()).toBeUndefined()
  })

  it("ends an iteration from outside, and leaving early does not close", async () => {
    const scheduler = new Scheduler()
    const flower = scheduler.channel<number>({ capacity: 5 })
    for (const drop of [1, 2, 3]) flower.trySend(drop)
    const got: number[] = []
    for await (const drop of flower) {
      got.push(drop)
      break
    }
    expect(flower.closing).toBe(false)
    flower.close()
    for await (const drop of flower) got.push(drop)
    expect(got).toEqual([1, 2, 3])
  })

  it("happens at the end of a using block", () => {
    const scheduler = new Scheduler()
    let outer: { closed: boolean } | undefined
    {
      using flower = scheduler.channel()
      outer = flower
    }
    expect(outer.closed).toBe(true)
  })

  it("is not seen by values that were handed over before", () => {
    const scheduler = new Scheduler()
    const log: string[] = []
    const flower = scheduler.channel<string>()
    scheduler.tasklet(function* () {
      log.push(yield* flower.receive())
    })
    scheduler.run()
    flower.trySend("in time")
    flower.close()
    scheduler.run()
    expect(log).toEqual(["in time"])
  })

  it("by a tasklet that receives itself afterwards ends a loop of receives", () => {
    const scheduler = new Scheduler()
    const flower = scheduler.channel<number>()
    const counts: number[] = []
    scheduler.tasklet(function* () {
      counts.push(yield* flower.each(function* (drop) {
        if (drop === 2) flower.close()
        yield* schedule()
      }))
    })
    scheduler.tasklet(function* () {
      yield* flower.send(1)
      yield* flower.send(2)
    })
    scheduler.run()
    expect(counts).toEqual([2])
  })
})

describe("open()", () => {
  it("resets a closed channel", () => {
    const scheduler = new Scheduler()
    const log: string[] = []
    const flower = scheduler.channel<string>()
    flower.close()
    flower.open()
    expect([flower.closing, flower.closed]).toEqual([false, false])
    scheduler.tasklet(function* () {
      log.push(yield* flower.receive())
    })
    scheduler.tasklet(() => flower.send("again"))
    scheduler.run()
    expect(log).toEqual(["again"])
  })
})

describe("ChannelClosedError out of a select", () => {
  it.each(["closed before", "closed while parked"])("names the case (%s)", (when) => {
    const clock = new VirtualClock()
    const scheduler = new Scheduler({ clock })
    const errors: unknown[] = []
    const other = scheduler.channel<string>()
    const [rose, tulip, lily, iris] = ["rose", "tulip", "lily", "iris"].map((name) => scheduler.channel<string>({ name }))
    if (rose === undefined || tulip === undefined || lily === undefined || iris === undefined) throw new Error("four flowers")
    const controller = new AbortController()
    const operations = [
      select({ other: other.receive(), bee: rose.receive() }),
      timeout(10, select({ other: other.receive(), wasp: tulip.receive() })),
      select({ other: other.receive(), fly: lily.receive() }, { signal: controller.signal }),
      timeout(10, iris.receive()),
    ]
    const closeAll = (): void => {
      for (const flower of [rose, tulip, lily, iris]) flower.close()
    }
    if (when === "closed before") closeAll()
    scheduler.tasklet(function* () {
      for (const operation of operations) {
        try {
          yield* operation
        } catch (error) {
          errors.push((error as ChannelClosedError).channel, (error as ChannelClosedError).case)
        }
      }
    })
    scheduler.run()
    closeAll()
    scheduler.run()
    expect(errors).toEqual(["rose", "bee", "tulip", "wasp", "lily", "fly", "iris", undefined])
    expect(other.balance).toBe(0)
    expect(scheduler.statistics().timers).toBe(0)
  })

  it("names it for send cases, and for trySelect", () => {
    const scheduler = new Scheduler()
    const flower = scheduler.channel<string>()
    flower.close()
    const named = expect.objectContaining({ code: "channel_closed", case: "put" }) as Error
    expect(() => trySelect({ put: flower.send("x") })).toThrow(named)
    const bee = scheduler.tasklet(() => select({ put: flower.send("x") }))
    expect(() => bee.run()).toThrow(named)
  })
})

describe("sendError", () => {
  it.each<Preference>(["receiver", "none", "sender"])("raises the object itself at the receiver, whatever it is (%s)", (preference) => {
    const scheduler = new Scheduler()
    const flower = scheduler.channel<string>({ preference })
    const sting = new Error("sting")
    const errors: unknown[] = []
    const catchOne = function* () {
      try {
        yield* flower.receive()
      } catch (error) {
        errors.push(error)
      }
    }
    scheduler.tasklet(catchOne)
    scheduler.tasklet(() => flower.sendError(sting))
    scheduler.tasklet(() => flower.sendError("no Error"))
    scheduler.tasklet(catchOne)
    scheduler.run()
    expect(errors).toHaveLength(2)
    expect(errors).toContain(sting)
    expect(errors).toContain("no Error")
    expect(flower.balance).toBe(0)
  })

  it("travels through a buffer, tryReceive, receiveOrDone and select like a value", () => {
    const scheduler = new Scheduler()
    const flower = scheduler.channel<string>({ capacity: 5 })
    const stings = [1, 2, 3].map((one) => new Error(`sting ${one}`))
    scheduler.tasklet(function* () {
      yield* flower.send("first")
      for (const sting of stings) yield* flower.sendError(sting)
      yield* flower.send("last")
    })
    scheduler.run()
    expect(flower.length).toBe(5)
    expect(flower.tryReceive()).toEqual({ value: "first" })
    expect(() => flower.tryReceive()).toThrow(stings[0])
    const seen: unknown[] = []
    scheduler.tasklet(function* () {
      for (const operation of [flower.receiveOrDone(), select({ drop: flower.receive() })]) {
        try {
          yield* operation
        } catch (error) {
          seen.push(error)
        }
      }
      seen.push(yield* flower.receive())
    })
    scheduler.run()
    expect(seen).toEqual([stings[1], stings[2], "last"])
  })
})

import { Deferred, Event, Mutex, type Operation, Pool, run, Scheduler, select, Semaphore, sleep, tasklet } from "@vivarium/core"
import { VirtualClock } from "@vivarium/core/lowlevel"
import { getEventListeners } from "node:events"
import { describe, expect, it } from "vitest"

const reason = new Error("aborted by the test")

function kinds(scheduler: Scheduler | undefined): Record<string, (signal: AbortSignal) => Operation<unknown>> {
  const own = scheduler ?? new Scheduler()
  return {
    send: (signal) => own.channel<number>().send(1, { signal }),
    receive: (signal) => own.channel().receive({ signal }),
    receiveOrDone: (signal) => own.channel().receiveOrDone({ signal }),
    select: (signal) => select({ drop: own.channel().receive() }, { signal }),
    sleep: (signal) => sleep(50, { signal }),
  }
}

describe.each(Object.keys(kinds(undefined)))("%s with a signal", (kind) => {
  function perform(signal: AbortSignal) {
    const clock = new VirtualClock()
    const scheduler = new Scheduler({ clock })
    const log: unknown[] = []
    const operation = (kinds(scheduler)[kind] as (signal: AbortSignal) => Operation<unknown>)(signal)
    const bee = scheduler.tasklet(function* () {
      try {
        log.push(yield* operation)
      } catch (error) {
        log.push(error)
      }
    })
    scheduler.run()
    return { bee, log, scheduler }
  }

  it("that is aborted already raises its reason before performing", () => {
    const { log, scheduler } = perform(AbortSignal.abort(reason))
    expect(log).toEqual([reason])
    expect(log[0]).toBe(reason)
    expect(scheduler.statistics()).toMatchObject({ timers: 0, blocked: 0, switches: 1 })
  })

  it("that is aborted while it waits takes the waiter off at once, and appends it", () => {
    const controller = new AbortController()
    const { bee, log, scheduler } = perform(controller.signal)
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(1)
    scheduler.tasklet(() => void log.push("queued before"))
    controller.abort(reason)
    expect([bee.blocked, scheduler.statistics().timers, scheduler.runCount]).toEqual([false, 0, 2])
    expect(log).toEqual([])
    scheduler.run()
    expect(log).toEqual(["queued before", reason])
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(0)
  })

  it("takes its listener off when the tasklet is killed", () => {
    const controller = new AbortController()
    const { bee } = perform(controller.signal)
    bee.kill()
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(0)
  })
})

describe("a signal", () => {
  it("that fires between wake and resume has lost; its listener is off by then", () => {
    const scheduler = new Scheduler()
    const controller = new AbortController()
    const flower = scheduler.channel<string>()
    const log: string[] = []
    scheduler.tasklet(function* () {
      log.push(yield* flower.receive({ signal: controller.signal }))
    })
    scheduler.run()
    flower.trySend("won")
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(0)
    controller.abort(reason)
    scheduler.run()
    expect(log).toEqual(["won"])
  })

  it("that ends one waiter leaves its neighbours", () => {
    const scheduler = new Scheduler()
    const flower = scheduler.channel<string>()
    const controllers = [0, 1, 2].map(() => new AbortController())
    const log: string[] = []
    for (const [index, { signal }] of controllers.entries()) {
      scheduler.tasklet(function* () {
        try {
          log.push(`${index} ${yield* flower.receive({ signal })}`)
        } catch {
          log.push(`${index} aborted`)
        }
      })
    }
    scheduler.run()
    controllers[1]?.abort(reason)
    expect(flower.balance).toBe(-2)
    flower.trySend("a")
    flower.trySend("b")
    scheduler.run()
    expect(log).toEqual(["0 a", "2 b", "1 aborted"])
  })

  it("used for ten thousand waits that end otherwise gathers no listeners", () => {
    const scheduler = new Scheduler()
    const { signal } = new AbortController()
    const flower = scheduler.channel<number>()
    scheduler.tasklet(function* () {
      for (let round = 0; round < 10_000; round++) yield* flower.receive({ signal })
    })
    scheduler.tasklet(function* () {
      for (let round = 0; round < 10_000; round++) yield* flower.send(round, { signal })
    })
    scheduler.run()
    expect(getEventListeners(signal, "abort")).toHaveLength(0)
    expect(scheduler.statistics().blocked).toBe(0)
  })

  it("without a reason of its own raises the host's AbortError", () => {
    const scheduler = new Scheduler()
    const controller = new AbortController()
    const bee = scheduler.tasklet(() => scheduler.channel().receive({ signal: controller.signal }))
    scheduler.run()
    controller.abort()
    expect(() => scheduler.run()).toThrow(expect.objectContaining({ name: "AbortError" }))
    expect(bee.alive).toBe(false)
  })

  it("works for await from outside, and in a select as one of the cases", async () => {
    const scheduler = new Scheduler()
    const controller = new AbortController()
    const flower = scheduler.channel<string>()
    const outside = flower.receive({ signal: controller.signal }).then(undefined, (error: unknown) => error)
    const inside = scheduler.tasklet(() => select({ a: flower.receive({ signal: controller.signal }), b: flower.receive() }))
    scheduler.run()
    controller.abort(reason)
    expect(await outside).toBe(reason)
    await expect(inside.join()).rejects.toBe(reason)
    expect(flower.balance).toBe(0)
  })

  it.each<[string, (signal: AbortSignal) => [Operation<unknown>, () => { waiting: number }]]>([
    ["Semaphore", (signal) => { const one = new Semaphore(1); one.tryAcquire(); return [one.acquire({ signal }), () => one.statistics()] }],
    ["Mutex", (signal) => { const one = new Mutex(); tasklet(() => one.acquire()); return [one.acquire({ signal }), () => one.statistics()] }],
    ["Event", (signal) => { const one = new Event(); return [one.wait({ signal }), () => one.statistics()] }],
    ["Deferred", (signal) => { const one = new Deferred(); return [one.wait({ signal }), () => one.statistics()] }],
    ["Pool", (signal) => { const one = new Pool([1]); tasklet(() => one.acquire()); return [one.acquire({ signal }), () => one.statistics()] }],
  ])("takes a waiter off a %s", (_name, make) => {
    const controller = new AbortController()
    const [operation, statistics] = make(controller.signal)
    const log: unknown[] = []
    run()
    tasklet(function* () {
      try {
        yield* operation
      } catch (error) {
        log.push(error)
      }
    })
    run()
    expect(statistics().waiting).toBe(1)
    controller.abort(reason)
    expect(statistics().waiting).toBe(0)
    run()
    expect(log).toEqual([reason])
  })
})

import { action, channel, race, schedule, Scheduler, timeout, until } from "@vivarium/core"
import { VirtualClock } from "@vivarium/core/lowlevel"
import { describe, expect, it } from "vitest"

/** Lets pending microtasks run. */
const microtasks = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

describe("until()", () => {
  it("waits for a promise, gives its value or raises its original reason, and blocks this tasklet only", async () => {
    const scheduler = new Scheduler()
    const sting = new Error("sting")
    const log: unknown[] = []
    scheduler.tasklet(function* () {
      log.push(yield* until(Promise.resolve("value")))
      try {
        yield* until(Promise.reject(sting))
      } catch (error) {
        log.push(error)
      }
    })
    scheduler.tasklet(() => void log.push("bystander"))
    scheduler.run()
    expect(log).toEqual(["bystander"])
    expect(scheduler.statistics().external).toBe(1)
    for (let round = 0; round < 2; round++) {
      await microtasks()
      scheduler.run()
    }
    expect(log).toEqual(["bystander", "value", sting])
    expect(scheduler.statistics()).toMatchObject({ external: 0, lateRejections: 0 })
  })

  it("calls its function each time it is performed, with a signal of its own, not aborted when it settles", async () => {
    const scheduler = new Scheduler()
    const signals: AbortSignal[] = []
    const twice = until((signal) => (signals.push(signal), Promise.resolve(signals.length)))
    const results: number[] = []
    scheduler.tasklet(function* () {
      results.push(yield* twice, yield* twice)
    })
    for (let round = 0; round < 3; round++) {
      scheduler.run()
      await microtasks()
    }
    expect(results).toEqual([1, 2])
    expect(signals[0]).not.toBe(signals[1])
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, false])
  })

  it.each(["kill", "throw", "race", "timeout"])("aborts the signal when it is taken back (%s), before the tasklet's finally runs", (how) => {
    const clock = new VirtualClock()
    const scheduler = new Scheduler({ clock })
    const flower = scheduler.channel<string>()
    const log: string[] = []
    const fetching = until<string>((signal) => {
      signal.addEventListener("abort", () => log.push("aborted"))
      return new Promise(() => {})
    })
    const bee = scheduler.tasklet(function* () {
      try {
        if (how === "race") yield* race([fetching, flower.receive()])
        else if (how === "timeout") yield* timeout(5, fetching)
        else yield* fetching
      } catch {
        log.push("caught")
      } finally {
        log.push("finally")
      }
    })
    scheduler.run()
    if (how === "kill") bee.kill()
    if (how === "throw") bee.throw(new Error("sting"))
    if (how === "race") flower.trySend("x")
    if (how === "timeout") clock.advance(5)
    scheduler.run()
    expect(log).toEqual(["aborted", ...(how === "throw" || how === "timeout" ? ["caught"] : []), "finally"])
    expect(scheduler.statistics()).toMatchObject({ external: 0, blocked: 0 })
  })

  it("counts a losing promise's rejection instead of swallowing it", async () => {
    const scheduler = new Scheduler()
    const flower = scheduler.channel<string>()
    let reject = (_error: Error): void => {}
    const promise = new Promise<never>((_resolve, fail) => (reject = fail))
    scheduler.tasklet(() => race([until(promise), flower.receive()]))
    const killed = scheduler.tasklet(() => until(promise))
    scheduler.run()
    flower.trySend("x")
    killed.kill()
    scheduler.run()
    reject(new Error("too late"))
    await microtasks()
    expect(scheduler.statistics().lateRejections).toBe(2)
  })

  it("that has rejected, but is killed before it is taken in, is counted too", async () => {
    const scheduler = new Scheduler()
    const bee = scheduler.tasklet(() => until(Promise.reject(new Error("in line"))))
    scheduler.run()
    await microtasks()
    expect(scheduler.statistics().ingress).toBe(1)
    bee.kill()
    scheduler.run()
    expect(scheduler.statistics()).toMatchObject({ lateRejections: 1, ingress: 0, external: 0 })
  })
})

describe("action()", () => {
  it("finishes at once when it is resolved during the executor; later it is appended", () => {
    const scheduler = new Scheduler()
    const log: string[] = []
    let later = (_value: string): void => {}
    scheduler.tasklet(function* () {
      log.push(yield* action<string>((resolve) => resolve("at once")))
      log.push(yield* action<string>((resolve) => {
        later = resolve
      }))
    })
    scheduler.tasklet(() => void log.push("bystander"))
    scheduler.run()
    expect(log).toEqual(["at once", "bystander"])
    scheduler.tasklet(() => {
      later("appended")
      log.push("resolver goes on")
    })
    scheduler.tasklet(() => void log.push("queued before"))
    scheduler.run()
    expect(log.slice(2)).toEqual(["resolver goes on", "queued before", "appended"])
  })

  it("counts the first resolve or reject only, and late rejections in statistics()", () => {
    const scheduler = new Scheduler()
    const results: unknown[] = []
    scheduler.tasklet(function* () {
      results.push(yield* action<number>((resolve, reject) => {
        resolve(1)
        resolve(2)
        reject(new Error("late"))
      }))
    })
    scheduler.run()
    expect(results).toEqual([1])
    expect(scheduler.statistics().lateRejections).toBe(1)
  })

  it("raises what it is rejected with, whatever that is", () => {
    const scheduler = new Scheduler()
    const caught: unknown[] = []
    let later = (_error: unknown): void => {}
    scheduler.tasklet(function* () {
      for (const operation of [action((_resolve, reject) => reject("at once")), action((_resolve, reject) => void (later = reject))]) {
        try {
          yield* operation
        } catch (error) {
          caught.push(error)
        }
      }
    })
    scheduler.run()
    later("later")
    scheduler.run()
    expect(caught).toEqual(["at once", "later"])
  })

  it.each(["resolved at once", "resolved later", "rejected", "killed", "thrown into", "loses", "times out", "killed between settle and resume"])("cleans up exactly once (%s)", (how) => {
    const clock = new VirtualClock()
    const scheduler = new Scheduler({ clock })
    const flower = scheduler.channel<string>()
    let cleaned = 0
    let settle = { resolve: (): void => {}, reject: (_error: unknown): void => {} }
    const operation = action<void>((resolve, reject) => {
      settle = { resolve, reject }
      if (how === "resolved at once") resolve()
      return () => void cleaned++
    })
    const bee = scheduler.tasklet(function* () {
      try {
        if (how === "loses") yield* race([operation, flower.receive()])
        else if (how === "times out") yield* timeout(5, operation)
        else yield* operation
      } catch {
        yield* schedule()
      }
    })
    scheduler.run()
    if (how === "resolved later") settle.resolve()
    if (how === "rejected") settle.reject(new Error("no"))
    if (how === "killed") bee.kill()
    if (how === "thrown into") bee.throw(new Error("no"))
    if (how === "loses") flower.trySend("x")
    if (how === "times out") clock.advance(5)
    if (how === "killed between settle and resume") {
      settle.resolve()
      scheduler.tasklet(() => bee.kill())
      scheduler.run({ switches: 1 })
    }
    scheduler.run()
    settle.resolve()
    settle.reject(new Error("late"))
    scheduler.run()
    expect(cleaned).toBe(1)
    expect(bee.alive).toBe(false)
    expect(scheduler.statistics()).toMatchObject({ external: 0, timers: 0, ingress: 0, blocked: 0 })
  })

  it("raises an error of its clean-up at the tasklet that has settled it", () => {
    const scheduler = new Scheduler()
    const caught: unknown[] = []
    let later = (): void => {}
    const broken = new Error("cleanup")
    scheduler.tasklet(function* () {
      for (const atOnce of [true, false]) {
        try {
          yield* action<void>((resolve) => {
            if (atOnce) resolve()
            else later = resolve
            return () => {
              throw broken
            }
          })
        } catch (error) {
          caught.push(error)
        }
      }
    })
    scheduler.run()
    later()
    scheduler.run()
    expect(caught).toEqual([broken, broken])
    expect(scheduler.statistics().external).toBe(0)
  })

  it("may start tasklets, send without waiting and settle others in its executor", () => {
    const scheduler = new Scheduler()
    const log: string[] = []
    const flower = scheduler.channel<string>()
    scheduler.tasklet(function* () {
      log.push(yield* flower.receive())
    })
    scheduler.run()
    scheduler.tasklet(function* () {
      yield* action<void>((resolve) => {
        scheduler.tasklet(() => void log.push("child"))
        flower.trySend("sent")
        resolve()
      })
      log.push("done")
    })
    scheduler.run()
    expect(log).toEqual(["done", "sent", "child"])
    expect(channel().balance).toBe(0)
  })

  it("of another scheduler's tasklet enters through that scheduler's ingress", () => {
    const one = new Scheduler()
    const two = new Scheduler()
    let settle = (_value: string): void => {}
    const log: string[] = []
    one.tasklet(function* () {
      log.push(yield* action<string>((resolve) => void (settle = resolve)))
    })
    one.run()
    two.tasklet(() => settle("across"))
    two.run()
    expect(one.statistics()).toMatchObject({ ingress: 1, runnable: 0 })
    one.run()
    expect(log).toEqual(["across"])
  })
})

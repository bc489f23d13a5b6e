import { action, call, channel, currentTasklet, MisuseError, NotInTaskletError, type Operation, run, schedule, scheduleRemove, Scheduler, select, sleep, until } from "@vivarium/core"
import { VirtualClock } from "@vivarium/core/lowlevel"
import { describe, expect, it } from "vitest"

const world = () => ({ scheduler: new Scheduler({ clock: new VirtualClock() }), log: [] as unknown[] })
const misuse = (code: string, text: RegExp): unknown => expect.objectContaining({ name: "MisuseError", code, message: expect.stringMatching(text) as string })
const untyped = (body: () => Generator<unknown, unknown, unknown>) => body as unknown as () => Generator<never, unknown, unknown>
const iterable = (operation: Operation<unknown>): Iterable<unknown> => operation as unknown as Iterable<unknown>

describe("a yield without its star", () => {
  it.each<[string, (scheduler: Scheduler) => unknown, RegExp]>([
    ["an operation", (scheduler) => scheduler.channel({ name: "rose" }).receive(), /receive on channel "rose".*wrong: const value = yield channel.*right: const value = yield\* channel/s],
    ["nothing", () => undefined, /undefined.*wrong: yield\n.*right: yield\* schedule\(\)/s],
    ["a number", () => 5, /yielded 5.*right: yield\* schedule\(\)/s],
    ["a promise", () => Promise.resolve(1), /a Promise.*wrong: const value = yield promise.*right: const value = yield\* until\(promise\)/s],
    ["a routine", () => (function* () {})(), /a Generator.*wrong: const result = yield routine\(\).*right: const result = yield\* routine\(\)/s],
    ["a tasklet", (scheduler) => scheduler.tasklet(() => {}), /wrong: const result = yield bee.*right: const result = yield\* bee/s],
  ])("of %s is raised there, with the wrong and the right line, and can be caught", (_name, yielded, text) => {
    const { log, scheduler } = world()
    const bee = scheduler.tasklet(
      untyped(function* () {
        try {
          yield yielded(scheduler)
        } catch (error) {
          log.push(error)
        }
        yield* schedule()
        log.push("goes on")
      }),
    )
    scheduler.run()
    expect(log).toEqual([misuse("missing_star", text), "goes on"])
    expect(log[0]).toBeInstanceOf(MisuseError)
    expect(bee.alive).toBe(false)
  })

  it("in a frame of call is raised in that frame", () => {
    const { log, scheduler } = world()
    scheduler.tasklet(function* () {
      yield* call(untyped(function* () {
        try {
          yield sleep(1)
        } catch (error) {
          log.push(error)
        }
      }))
      log.push("returned")
    })
    scheduler.run()
    expect(log).toEqual([misuse("missing_star", /sleep\(1\)/), "returned"])
  })
})

describe("an operation outside of a tasklet", () => {
  it.each<[string, () => Operation<unknown>]>([
    ["receive", () => channel().receive()],
    ["send", () => channel<number>().send(1)],
    ["sleep", () => sleep(1)],
    ["select", () => select({ tick: sleep(1) })],
    ["schedule", () => schedule()],
    ["scheduleRemove", () => scheduleRemove()],
    ["call", () => call(() => {})],
    ["until", () => until(Promise.resolve())],
    ["action", () => action(() => {})],
    ["join", () => new Scheduler().tasklet(() => {}).join()],
  ])("%s raises with both cures, however it is driven", (_name, make) => {
    const told = expect.objectContaining({ name: "NotInTaskletError", code: "not_in_tasklet", message: expect.stringMatching(/outside of a tasklet.*right: tasklet\(.*right: const value = await/s) as string }) as Error
    expect(() => [...iterable(make())]).toThrow(told)
    const routine = (function* () {
      yield* make()
    })()
    expect(() => routine.next()).toThrow(told)
    expect(() => routine.next()).not.toThrow()
    expect(() => { for (const _value of iterable(make())) break }).toThrow(NotInTaskletError)
  })

  it("is no current tasklet", () => {
    expect(currentTasklet()).toBeUndefined()
    run()
    expect(currentTasklet()).toBeUndefined()
  })
})

describe("driven by hand", () => {
  const text = /driven by hand.*first wait has been taken back.*wrong: for \(const value of channel\.receive\(\)\).*\[\.\.\.routine\(\)\].*right: const value = yield\* channel\.receive\(\).*yield\* routine\(\)/s

  it.each<[string, (scheduler: Scheduler) => Operation<unknown>]>([
    ["receive", (scheduler) => scheduler.channel().receive()],
    ["send", (scheduler) => scheduler.channel<number>().send(1)],
    ["sleep", (scheduler) => scheduler.sleep(5)],
    ["select", (scheduler) => select({ a: scheduler.channel().receive(), b: scheduler.sleep(1) })],
    ["schedule", () => schedule()],
    ["scheduleRemove", () => scheduleRemove()],
    ["call", () => call(() => {})],
    ["action", () => action(() => {})],
  ])("a %s in for…of, in a spread and in a spread routine raises, and the tasklet can go on", (_name, make) => {
    const { log, scheduler } = world()
    const bee = scheduler.tasklet(function* () {
      const attempts = [
        () => { for (const _value of iterable(make(scheduler))) log.push("body of the loop") },
        () => [...iterable(make(scheduler))],
        () => [...(function* () { yield* make(scheduler) })()],
      ]
      for (const attempt of attempts) {
        try {
          attempt()
          log.push("never")
        } catch (error) {
          log.push(error)
        }
      }
      yield* schedule()
      log.push("goes on")
    })
    scheduler.run()
    expect(log).toEqual(["body of the loop", misuse("driven_by_hand", text), misuse("driven_by_hand", text), misuse("driven_by_hand", text), "goes on"])
    expect(bee.alive).toBe(false)
    expect(scheduler.statistics()).toMatchObject({ timers: 0, external: 0, runnable: 0, blocked: 0 })
  })

  it.each<[string, (scheduler: Scheduler) => Operation<unknown>]>([
    ["sleep", (scheduler) => scheduler.sleep(5)],
    ["schedule", () => schedule()],
    ["call", () => call(() => {})],
  ])("a %s that is left after its first wait raises at the next wait, or at the end of the body", (_name, make) => {
    for (const then of ["waits", "ends", "throws"]) {
      const { log, scheduler } = world()
      const bee = scheduler.tasklet(function* () {
        for (const _value of iterable(make(scheduler))) break
        if (then === "throws") throw new Error("own")
        if (then === "waits") {
          try {
            yield* schedule()
          } catch (error) {
            log.push(error)
          }
        }
      })
      try {
        scheduler.run()
      } catch (error) {
        log.push("raised", error)
      }
      const told = misuse("driven_by_hand", text)
      const own = expect.objectContaining({ message: "own" }) as unknown
      expect(log).toEqual({ waits: [told], ends: ["raised", told], throws: ["raised", own] }[then])
      expect(bee.alive).toBe(false)
      expect(scheduler.statistics()).toMatchObject({ timers: 0, runnable: 0, blocked: 0 })
    }
  })

  it("a frame of call that ends so raises in its caller, which can go on", () => {
    const { log, scheduler } = world()
    scheduler.tasklet(function* () {
      try {
        yield* call(() => {
          for (const _value of iterable(call(() => {}))) break
        })
      } catch (error) {
        log.push((error as { code: string }).code)
      }
      yield* schedule()
      log.push("goes on")
    })
    scheduler.run()
    expect(log).toEqual(["driven_by_hand", "goes on"])
  })
})

describe("waiting or run() in a callback", () => {
  it.each<[string, (callback: () => void, scheduler: Scheduler) => Operation<unknown>]>([
    ["the executor of action", (callback) => action(() => callback())],
    ["the function of until", (callback) => until(() => (callback(), Promise.resolve()))],
    ["an iterator of sendAll", (callback, scheduler) => scheduler.channel<number>().sendAll({ [Symbol.iterator]: () => ({ next: () => (callback(), { done: true, value: undefined }) }) })],
    ["a clean-up", (callback) => action<void>((resolve) => (resolve(), callback))],
  ])("raises in %s, with the cure, and the tasklet can go on", (_name, make) => {
    const { log, scheduler } = world()
    scheduler.tasklet(function* () {
      for (const callback of [() => scheduler.run(), () => void [...iterable(schedule())], () => void [...iterable(scheduler.channel().receive())], () => run()]) {
        try {
          yield* make(callback, scheduler)
          log.push("never")
        } catch (error) {
          log.push((error as { code: string }).code, /(start a tasklet there|resolve\(\) and wait outside)/.test((error as Error).message))
        }
      }
      yield* schedule()
      log.push("goes on")
    })
    scheduler.run()
    expect(log).toEqual(["in_callback", true, "in_callback", true, "in_callback", true, "in_callback", true, "goes on"])
    expect(scheduler.statistics()).toMatchObject({ external: 0, runnable: 0, blocked: 0 })
  })
})

describe("a hook that acts on the channel it is told of", () => {
  it("loses and doubles nothing", () => {
    const { log, scheduler } = world()
    const flower = scheduler.channel<string>({ preference: "none" })
    for (const name of ["a", "b"]) {
      scheduler.tasklet(function* () {
        log.push(`${name} ${yield* flower.receive()}`)
      })
    }
    scheduler.run()
    flower.waiters.at(1)?.kill()
    let armed = true
    using _tool = scheduler.instrument({
      channel: () => {
        if (!armed) return
        armed = false
        flower.trySend("from the hook")
      },
    })
    const sender = scheduler.tasklet(() => flower.send("from the tasklet"))
    scheduler.run()
    expect(log).toEqual(["a from the hook"])
    expect([sender.blocked, flower.balance]).toEqual([true, 1])
    expect(flower.tryReceive()).toEqual({ value: "from the tasklet" })
  })
})

describe("a thenable", () => {
  it("unwraps: an async function that returns a tasklet joins it, and an object around it prevents that", async () => {
    const scheduler = new Scheduler()
    const bee = scheduler.tasklet(() => "honey")
    expect(await (async () => bee)()).toBe("honey")
    expect((await (async () => ({ bee }))()).bee).toBe(bee)
  })

  it("that travels through a channel is passed unwrapped, to an async iterator too", async () => {
    const scheduler = new Scheduler()
    const flower = scheduler.channel<unknown>({ capacity: 3 })
    const thenable = { then: (): never => { throw new Error("never called") } }
    flower.trySend(thenable)
    flower.trySend(thenable)
    flower.close()
    const got: unknown[] = []
    scheduler.tasklet(function* () {
      got.push(yield* flower.receive())
    })
    scheduler.run()
    const iterator = flower[Symbol.asyncIterator]()
    const next = await iterator.next()
    got.push(next.value)
    expect(got[0]).toBe(thenable)
    expect(got[1]).toBe(thenable)
    expect((await iterator.next()).done).toBe(true)
  })
})

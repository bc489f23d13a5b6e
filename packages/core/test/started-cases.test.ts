import { action, all, call, group, race, run, Scheduler, schedule, select, tasklet, timeout, trySelect, until } from "@vivarium/core"
import { VirtualClock } from "@vivarium/core/lowlevel"
import { describe, expect, it } from "vitest"

function world() {
  const clock = new VirtualClock()
  return { clock, scheduler: new Scheduler({ clock }), log: [] as unknown[] }
}

describe("started operations as cases", () => {
  it("do not begin while an offer is ready", () => {
    const { log, scheduler } = world()
    const flower = scheduler.channel<string>({ capacity: 1 })
    flower.trySend("x")
    scheduler.tasklet(function* () {
      log.push(yield* select({ started: call(() => void log.push("begun")), offer: flower.receive() }))
    })
    scheduler.run()
    expect(log).toEqual([{ key: "offer", value: "x" }])
  })

  it("begin in order, and stop beginning as soon as one settles", () => {
    const { log, scheduler } = world()
    const begin = (name: string, settles: boolean) =>
      action<string>((resolve) => {
        log.push(`begin ${name}`)
        if (settles) resolve(name)
        return () => void log.push(`clean ${name}`)
      })
    scheduler.tasklet(function* () {
      log.push(yield* select({ a: begin("a", false), b: begin("b", true), c: begin("c", true) }))
    })
    scheduler.run()
    expect(log).toEqual(["begin a", "begin b", "clean b", "clean a", { key: "b", value: "b" }])
    expect(scheduler.statistics()).toMatchObject({ external: 0, blocked: 0 })
  })

  it("are killed when they lose; what they did stays done", () => {
    const { log, scheduler } = world()
    const flower = scheduler.channel<string>()
    scheduler.tasklet(function* () {
      const outcome = yield* select({
        work: call(function* () {
          log.push("did something")
          try {
            yield* scheduler.channel().receive()
          } catch {
            log.push("never: a kill is not caught")
          } finally {
            log.push("finally")
          }
        }),
        drop: flower.receive(),
      })
      log.push(outcome.key)
    })
    scheduler.run()
    flower.trySend("x")
    scheduler.run()
    expect(log[0]).toBe("did something")
    expect((log.slice(1) as string[]).toSorted()).toEqual(["drop", "finally"])
    expect(scheduler.statistics().blocked).toBe(0)
  })

  it("win with their value or their original error", () => {
    const { log, scheduler } = world()
    const sting = new Error("sting")
    scheduler.tasklet(function* () {
      log.push(yield* select({ value: call(function* () { yield* schedule(); return 7 }), none: scheduler.channel().receive() }))
      try {
        yield* race([call(function* () { yield* schedule(); throw sting }), scheduler.channel().receive()])
      } catch (error) {
        log.push(error)
      }
      try {
        yield* race([call(() => { throw sting }), scheduler.channel().receive()])
      } catch (error) {
        log.push(error)
      }
    })
    scheduler.run()
    expect(log).toEqual([{ key: "value", value: 7 }, sting, sting])
    expect(log[2]).toBe(sting)
  })

  it("may make an offer ready while they begin: then the offer happens and they are killed", () => {
    const { log, scheduler } = world()
    const flower = scheduler.channel<string>({ capacity: 1 })
    scheduler.tasklet(function* () {
      const outcome = yield* select({
        work: call(function* () {
          flower.trySend("made ready")
          try {
            yield* scheduler.channel().receive()
          } finally {
            log.push("killed")
          }
        }),
        drop: flower.receive(),
      })
      log.push(outcome)
    })
    scheduler.run()
    expect(log).toEqual(["killed", { key: "drop", value: "made ready" }])
    expect(flower.length).toBe(0)
  })

  it("may kill their parent while they begin, or later: the others are killed with it", () => {
    const { log, scheduler } = world()
    const noted = (name: string, kills: boolean, waits: boolean) =>
      call(function* () {
        log.push(`begin ${name}`)
        try {
          if (waits) yield* schedule()
          if (kills) parent.kill()
          yield* scheduler.channel().receive()
        } finally {
          log.push(`finally ${name}`)
        }
      })
    let parent = scheduler.tasklet(function* () {
      try {
        yield* select({ a: noted("a", false, false), b: noted("b", true, false), c: noted("c", false, false) })
      } finally {
        log.push("parent")
      }
    })
    scheduler.run()
    expect(log).toEqual(["begin a", "begin b", "finally a", "finally b", "parent"])
    expect(parent.alive).toBe(false)
    log.length = 0
    parent = scheduler.tasklet(function* () {
      try {
        yield* select({ a: noted("a", false, false), b: noted("b", true, true) })
      } finally {
        log.push("parent")
      }
    })
    scheduler.run()
    expect(log).toEqual(["begin a", "begin b", "finally a", "parent", "finally b"])
    expect(scheduler.statistics().blocked).toBe(0)
  })

  it("that fail when they are killed have an uncaught error of their own", () => {
    const { log, scheduler } = world()
    const flower = scheduler.channel<string>()
    const broken = new Error("broken finally")
    scheduler.tasklet(function* () {
      const outcome = yield* select({
        work: call(function* () {
          try {
            yield* scheduler.channel().receive()
          } finally {
            // eslint-disable-next-line no-unsafe-finally -- that is the point
            throw broken
          }
        }),
        drop: flower.receive(),
      })
      log.push(outcome.key)
    })
    scheduler.run()
    flower.trySend("x")
    expect(() => scheduler.run()).toThrow(broken)
    scheduler.run()
    expect(log).toEqual(["drop"])
  })

  it("are killed when the select is killed, timed out or thrown into", () => {
    const { clock, log, scheduler } = world()
    const work = (name: string) =>
      call(function* () {
        try {
          yield* scheduler.channel().receive()
        } finally {
          log.push(`finally ${name}`)
        }
      })
    const killed = scheduler.tasklet(() => select({ a: work("killed"), b: null }))
    const thrown = scheduler.tasklet(() => race([work("thrown")]))
    const late = scheduler.tasklet(() => timeout(5, work("timed out")))
    scheduler.run()
    killed.kill()
    expect(log).toEqual(["finally killed"])
    expect(() => thrown.throw(new Error("thrown"))).toThrow("thrown")
    expect(log).toEqual(["finally killed", "finally thrown"])
    clock.advance(5)
    expect(() => scheduler.run()).toThrow(expect.objectContaining({ code: "timeout" }))
    scheduler.run()
    expect(log).toEqual(["finally killed", "finally thrown", "finally timed out"])
    expect([killed.alive, thrown.alive, late.alive]).toEqual([false, false, false])
    expect(scheduler.statistics()).toMatchObject({ blocked: 0, timers: 0 })
  })

  it("that have settled but not been taken lose when the parent is killed then", () => {
    const { log, scheduler } = world()
    const parent = scheduler.tasklet(() => select({ work: call(function* () { yield* schedule(); log.push("done"); return 1 }) }))
    do scheduler.run({ switches: 1 })
    while (parent.blocked)
    expect(log).toEqual(["done"])
    expect(parent.scheduled).toBe(true)
    parent.kill()
    scheduler.run()
    expect(parent.alive).toBe(false)
    expect(scheduler.statistics().blocked).toBe(0)
  })

  it("that failed but have not been taken are uncaught when the parent is killed then", () => {
    const { scheduler } = world()
    const sting = new Error("sting")
    const parent = scheduler.tasklet(() => select({ work: call(function* () { yield* schedule(); throw sting }) }))
    do scheduler.run({ switches: 1 })
    while (parent.blocked)
    expect(parent.scheduled).toBe(true)
    expect(() => parent.kill()).toThrow(sting)
    expect(parent.alive).toBe(false)
    expect(() => scheduler.run()).not.toThrow()
  })

  it("are not begun by trySelect", () => {
    const { log } = world()
    expect(trySelect({ a: call(() => void log.push("begun")), b: action(() => void log.push("begun")), c: until(() => { log.push("begun"); return Promise.resolve() }) })).toBeUndefined()
    expect(log).toEqual([])
  })

  it("may be groups, all, sendAll and each", () => {
    const log: unknown[] = []
    const bee = tasklet(function* () {
      log.push(yield* race([group(function* (members) { return yield* members.spawn(() => 1) })]))
      log.push(yield* race([all([call(() => 1), call(() => 2)])]))
    })
    run()
    expect(log).toEqual([1, [1, 2]])
    expect(bee.alive).toBe(false)
  })

  it("are not begun under a block trap", () => {
    const { log, scheduler } = world()
    const bee = scheduler.tasklet(function* () {
      bee.blockTrap = true
      try {
        yield* select({ a: call(() => void log.push("begun")), b: scheduler.channel().receive() })
      } catch (error) {
        log.push((error as { code: string }).code)
      }
    })
    scheduler.run()
    expect(log).toEqual(["block_trap"])
  })
})

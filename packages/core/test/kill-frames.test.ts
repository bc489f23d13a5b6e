import { call, type Routine, schedule, scheduleRemove, Scheduler } from "@vivarium/core"
import { describe, expect, it } from "vitest"

describe("kills through the frames of call", () => {
  it("unwind them in order, innermost first", () => {
    const scheduler = new Scheduler()
    const log: string[] = []
    function* frame(level: number): Routine<void> {
      try {
        if (level === 3) yield* scheduleRemove()
        else yield* call(frame, level + 1)
        log.push("never")
      } catch {
        log.push("caught")
      } finally {
        log.push(`finally ${level}`)
      }
      log.push("never")
    }
    const bee = scheduler.tasklet(frame, 0)
    scheduler.run()
    bee.kill()
    expect(log).toEqual(["finally 3", "finally 2", "finally 1", "finally 0"])
    expect(bee.alive).toBe(false)
  })

  it("let a call made in a finally return normally, and then go on unwinding", () => {
    const scheduler = new Scheduler()
    const log: string[] = []
    function* cleaning(name: string): Routine<string> {
      log.push(`${name} begins`)
      yield* schedule()
      return `${name} done`
    }
    function* inner(): Routine<void> {
      try {
        yield* scheduleRemove()
      } finally {
        log.push(yield* call(cleaning, "inner"))
      }
      log.push("never")
    }
    const bee = scheduler.tasklet(function* () {
      try {
        yield* call(inner)
        log.push("never")
      } finally {
        log.push(yield* call(cleaning, "outer"))
      }
    })
    scheduler.run()
    bee.kill()
    expect(log).toEqual(["inner begins"])
    expect(bee.alive).toBe(true)
    scheduler.run()
    expect(log).toEqual(["inner begins", "inner done", "outer begins", "outer done"])
    expect(bee.alive).toBe(false)
  })

  it("let an error be caught in a call made in a finally", () => {
    const scheduler = new Scheduler()
    const log: string[] = []
    const bee = scheduler.tasklet(function* () {
      try {
        yield* scheduleRemove()
      } finally {
        try {
          yield* call(function* () {
            yield* schedule()
            throw new Error("in the cleaning")
          })
        } catch (error) {
          log.push((error as Error).message)
        }
        log.push("goes on cleaning")
      }
      log.push("never")
    })
    scheduler.run()
    bee.kill()
    scheduler.run()
    expect(log).toEqual(["in the cleaning", "goes on cleaning"])
    expect(bee.alive).toBe(false)
  })

  it("a second kill cuts short the call in the finally, then the finally, and the outer frames still unwind", () => {
    const scheduler = new Scheduler()
    const log: string[] = []
    function* slow(): Routine<void> {
      try {
        yield* scheduleRemove()
      } finally {
        log.push("slow")
      }
    }
    function* inner(): Routine<void> {
      try {
        yield* scheduleRemove()
      } finally {
        yield* call(slow)
        log.push("never")
      }
    }
    const bee = scheduler.tasklet(function* () {
      try {
        yield* call(inner)
      } finally {
        log.push("outer")
      }
    })
    scheduler.run()
    bee.kill()
    expect(bee.paused).toBe(true)
    bee.kill()
    expect(log).toEqual(["slow", "outer"])
    expect(bee.alive).toBe(false)
  })

  it("an error thrown into a call in a finally replaces the kill, as in JavaScript", () => {
    const scheduler = new Scheduler()
    const sting = new Error("sting")
    const log: unknown[] = []
    const bee = scheduler.tasklet(function* () {
      try {
        yield* call(function* () {
          try {
            yield* scheduleRemove()
          } finally {
            yield* call(() => scheduleRemove())
          }
        })
      } catch (error) {
        log.push(error)
      }
      return "survived"
    })
    scheduler.run()
    bee.kill()
    bee.throw(sting)
    expect(log).toEqual([sting])
    expect(bee.alive).toBe(false)
    scheduler.tasklet(function* () {
      log.push(yield* bee)
    })
    scheduler.run()
    expect(log).toEqual([sting, "survived"])
  })

  it("a return in a finally does not revive the frames outside", () => {
    const scheduler = new Scheduler()
    const log: string[] = []
    const bee = scheduler.tasklet(function* () {
      yield* call(function* () {
        try {
          yield* scheduleRemove()
        } finally {
          // eslint-disable-next-line no-unsafe-finally -- that is the point
          return "swallowed"
        }
      })
      log.push("never")
    })
    scheduler.run()
    bee.kill()
    expect(log).toEqual([])
    expect(bee.alive).toBe(false)
  })

  it("a mark takes effect at the next call, which is not begun", () => {
    const scheduler = new Scheduler()
    const log: string[] = []
    const bee = scheduler.tasklet(function* () {
      try {
        yield* call(function* () {
          bee.kill()
          yield* call(() => void log.push("never"))
        })
      } finally {
        log.push("finally")
      }
    })
    scheduler.run()
    expect(log).toEqual(["finally"])
  })

  it("kill before the first resume unwinds nothing, and after the last neither", () => {
    const scheduler = new Scheduler()
    const log: string[] = []
    const bee = scheduler.tasklet(function* () {
      try {
        yield* call(function* () {
          yield* schedule()
        })
      } finally {
        log.push("finally")
      }
    })
    bee.kill()
    expect(log).toEqual([])
  })
})

describe("deep calls", () => {
  const depth = 1_000_000

  it("return a million levels, and resume at any depth", () => {
    const scheduler = new Scheduler({ limits: { slowSliceMs: Infinity } })
    let result = 0
    function* down(left: number): Routine<number> {
      if (left > 0) return 1 + (yield* call(down, left - 1))
      yield* schedule()
      return 0
    }
    scheduler.tasklet(function* () {
      result = yield* call(down, depth)
    })
    scheduler.run()
    expect(result).toBe(depth)
  }, 30_000)

  it("raise an error through a million frames, each of which may catch it", () => {
    const scheduler = new Scheduler({ limits: { slowSliceMs: Infinity } })
    let seen = 0
    let caught: unknown
    const bottom = new Error("bottom")
    function* down(left: number): Routine<void> {
      if (left === 0) throw bottom
      try {
        yield* call(down, left - 1)
      } catch (error) {
        seen++
        throw error
      }
    }
    scheduler.tasklet(function* () {
      try {
        yield* call(down, depth)
      } catch (error) {
        caught = error
      }
    })
    scheduler.run()
    expect(seen).toBe(depth)
    expect(caught).toBe(bottom)
  }, 30_000)

  it("unwind a million frames when killed", () => {
    const scheduler = new Scheduler({ limits: { slowSliceMs: Infinity } })
    let unwound = 0
    function* down(left: number): Routine<void> {
      try {
        if (left === 0) yield* scheduleRemove()
        else yield* call(down, left - 1)
      } finally {
        unwound++
      }
    }
    const bee = scheduler.tasklet(down, depth)
    scheduler.run()
    bee.kill()
    expect(unwound).toBe(depth + 1)
    expect(bee.alive).toBe(false)
  }, 30_000)
})

describe("a finally that waits", () => {
  /** Cleans up by waiting, twice, and tells where it is. */
  function* visit(log: string[]): Routine<void> {
    try {
      yield* scheduleRemove()
    } finally {
      log.push("leaving")
      yield* schedule()
      yield* schedule()
      log.push("left")
    }
  }

  it("lets the frame around it go on where JavaScript delegates: a limit of the language", () => {
    const scheduler = new Scheduler()
    const log: string[] = []
    const bee = scheduler.tasklet(function* () {
      yield* visit(log)
      log.push("went on")
    })
    scheduler.run()
    bee.kill()
    scheduler.run()
    expect(log).toEqual(["leaving", "left", "went on"])
    expect(bee.alive).toBe(false)
  })

  it("is waited for, and the frame around it unwound, where it was called by call()", () => {
    const scheduler = new Scheduler()
    const log: string[] = []
    const bee = scheduler.tasklet(function* () {
      try {
        yield* call(visit, log)
        log.push("never")
      } finally {
        log.push("home")
      }
    })
    scheduler.run()
    bee.kill()
    scheduler.run()
    expect(log).toEqual(["leaving", "left", "home"])
    expect(bee.alive).toBe(false)
  })

  it("ends with a second kill, and so does the frame around it", () => {
    const scheduler = new Scheduler()
    const log: string[] = []
    const bee = scheduler.tasklet(function* () {
      for (;;) yield* visit(log)
    })
    scheduler.run()
    bee.kill()
    bee.kill()
    expect(log).toEqual(["leaving"])
    expect(bee.alive).toBe(false)
  })
})

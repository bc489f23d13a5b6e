import { action, all, call, type Group, group, race, schedule, scheduleRemove, Scheduler, sleep, type Tasklet, timeout } from "@vivarium/core"
import { VirtualClock } from "@vivarium/core/lowlevel"
import { describe, expect, it } from "vitest"

function world() {
  const clock = new VirtualClock()
  return { clock, scheduler: new Scheduler({ clock }), log: [] as unknown[] }
}

describe("group()", () => {
  it("waits until all members have ended, and gives the body's result", async () => {
    const { clock, log, scheduler } = world()
    const result = await scheduler.main(() =>
      group(function* (bees) {
        for (const ms of [3, 1, 2]) {
          bees.spawn(function* (duration: number) {
            yield* sleep(duration)
            log.push(duration)
          }, ms)
        }
        expect(bees.size).toBe(4)
        return "body"
      }),
    )
    expect(result).toBe("body")
    expect(log).toEqual([1, 2, 3])
    expect(clock.now()).toBe(3)
  })

  it("begins its body at once; members are appended", () => {
    const { log, scheduler } = world()
    scheduler.tasklet(function* () {
      yield* group(function* (bees) {
        bees.spawn(() => void log.push("member"))
        log.push("body")
        yield* schedule()
        log.push("body again")
      })
    })
    scheduler.tasklet(() => void log.push("other"))
    scheduler.run()
    expect(log).toEqual(["body", "other", "member", "body again"])
  })

  it.each(["body", "member"])("the first failure of a %s cancels the rest and is raised as the original object", (who) => {
    const { log, scheduler } = world()
    const sting = new Error("sting")
    scheduler.tasklet(function* () {
      try {
        yield* group(function* (bees) {
          bees.spawn(function* () {
            try {
              yield* scheduleRemove()
            } finally {
              log.push("cancelled")
              yield* schedule()
              log.push("after cleaning")
            }
          })
          yield* schedule()
          if (who === "body") throw sting
          bees.spawn(() => {
            throw sting
          })
          yield* scheduleRemove()
        })
      } catch (error) {
        log.push(error)
      }
    })
    scheduler.run()
    expect(log).toEqual(["cancelled", "after cleaning", sting])
    expect(scheduler.statistics()).toMatchObject({ blocked: 0, runnable: 0 })
  })

  it("leaves an error to the joiner that waits for it: the group goes on", () => {
    const { log, scheduler } = world()
    scheduler.tasklet(function* () {
      log.push(
        yield* group(function* (bees) {
          const wasp = bees.spawn(function* () {
            yield* schedule()
            throw new Error("sting")
          })
          const bee = bees.spawn(function* () {
            yield* schedule()
            yield* schedule()
            return "honey"
          })
          try {
            yield* wasp
          } catch {
            log.push("caught")
          }
          return yield* bee
        }),
      )
    })
    scheduler.run()
    expect(log).toEqual(["caught", "honey"])
  })

  it("further errors, while it cancels, are uncaught errors of their own", () => {
    const { log, scheduler } = world()
    scheduler.tasklet(function* () {
      try {
        yield* group(function* (bees) {
          bees.spawn(function* () {
            try {
              yield* scheduleRemove()
            } finally {
              // eslint-disable-next-line no-unsafe-finally -- that is the point
              throw new Error("second")
            }
          })
          yield* schedule()
          throw new Error("first")
        })
      } catch (error) {
        log.push((error as Error).message)
      }
    })
    expect(() => scheduler.run()).toThrow("second")
    scheduler.run()
    expect(log).toEqual(["first"])
  })

  it.each(["kill", "timeout", "race"])("ended from outside (%s) kills all members and waits for their finally blocks", (how) => {
    const { clock, log, scheduler } = world()
    const flower = scheduler.channel()
    const bees = group(function* (members) {
      for (const name of ["a", "b"]) {
        members.spawn(function* () {
          try {
            yield* scheduleRemove()
          } finally {
            yield* schedule()
            log.push(`${name} cleaned`)
          }
        })
      }
      yield* scheduleRemove()
    })
    const parent = scheduler.tasklet(function* () {
      try {
        if (how === "race") yield* race([bees, flower.receive()])
        else if (how === "timeout") yield* timeout(5, bees)
        else yield* bees
      } catch (error) {
        log.push((error as { code: string }).code)
      } finally {
        log.push("parent")
      }
    })
    scheduler.run()
    if (how === "kill") parent.kill()
    if (how === "race") flower.trySend(1)
    if (how === "timeout") clock.advance(5)
    scheduler.run()
    const cleaned = ["a cleaned", "b cleaned"]
    expect(log.filter((line) => cleaned.includes(line as string))).toEqual(cleaned)
    expect(log.filter((line) => !cleaned.includes(line as string))).toEqual(how === "timeout" ? ["timeout", "parent"] : ["parent"])
    expect(log.at(-1) === "parent" || how !== "kill").toBe(true)
    expect(scheduler.statistics()).toMatchObject({ blocked: 0, runnable: 0, timers: 0 })
  })

  it("kills what is spawned while it cancels or is being killed", () => {
    for (const how of ["failure", "kill"]) {
      const { log, scheduler } = world()
      let members: Group | undefined
      const parent = scheduler.tasklet(function* () {
        try {
          yield* group(function* (bees) {
            members = bees
            bees.spawn(function* () {
              try {
                yield* scheduleRemove()
              } finally {
                void members?.spawn(() => scheduleRemove())
                log.push("spawned in finally")
              }
            })
            yield* schedule()
            if (how === "failure") throw new Error("failure")
            yield* scheduleRemove()
          })
        } catch (error) {
          log.push((error as Error).message)
        }
      })
      scheduler.run()
      if (how === "kill") parent.kill()
      scheduler.run()
      expect(log).toEqual(how === "failure" ? ["spawned in finally", "failure"] : ["spawned in finally"])
      expect(parent.alive).toBe(false)
      expect(scheduler.statistics()).toMatchObject({ blocked: 0, runnable: 0 })
    }
  })

  it("refuses to spawn after its end, with the cure", () => {
    const { scheduler } = world()
    let members: Group | undefined
    scheduler.tasklet(() => group((bees) => void (members = bees)))
    scheduler.run()
    expect(() => members?.spawn(() => {})).toThrow(expect.objectContaining({ code: "dead", message: expect.stringMatching(/has ended.*Spawn from inside/) as string }))
  })

  it("raises code killed when its body is killed by somebody else, after the members have ended", () => {
    const { log, scheduler } = world()
    let body: Tasklet | undefined
    scheduler.tasklet(function* () {
      try {
        yield* group(function* (bees) {
          body = scheduler.current
          bees.spawn(function* () {
            yield* schedule()
            yield* schedule()
            log.push("member ended")
          })
          yield* scheduleRemove()
        })
      } catch (error) {
        log.push((error as { code: string }).code)
      }
    })
    scheduler.run({ switches: 2 })
    body?.kill()
    scheduler.run()
    expect(log).toEqual(["member ended", "killed"])
  })

  it("nests, and an inner failure passes through to the outermost", () => {
    const { log, scheduler } = world()
    const sting = new Error("sting")
    scheduler.tasklet(function* () {
      try {
        yield* group(function* (outer) {
          outer.spawn(function* () {
            try {
              yield* scheduleRemove()
            } finally {
              log.push("outer member")
            }
          })
          yield* group(function* (inner) {
            inner.spawn(() => {
              throw sting
            })
            try {
              yield* scheduleRemove()
            } finally {
              log.push("inner body")
            }
          })
        })
      } catch (error) {
        log.push(error)
      }
    })
    scheduler.run()
    expect(log).toEqual(["inner body", "outer member", sting])
  })

  it.each(["group", "select"])("nested in the body of a %s, far too deep, raises in words instead of overflowing the stack", (kind) => {
    const { scheduler } = world()
    let depth = 0
    const deeper = (): unknown => {
      if (++depth > 5000) return "bottom"
      return kind === "group" ? group(deeper) : race([call(deeper)])
    }
    scheduler.tasklet(deeper)
    expect(() => scheduler.run()).toThrow(expect.objectContaining({ code: "nesting" }))
    expect(depth).toBeGreaterThan(300)
    expect(scheduler.statistics()).toMatchObject({ blocked: 0, runnable: 0 })
    const shallow = scheduler.tasklet(() => group(() => "works again"))
    scheduler.run()
    expect(shallow.alive).toBe(false)
  })
})

describe("all()", () => {
  it("gives the values in order, of operations and tasklets alike; an empty list finishes at once", async () => {
    const { clock, scheduler } = world()
    const result = await scheduler.main(function* () {
      expect(yield* all([])).toEqual([])
      const bee = scheduler.tasklet(function* () {
        yield* sleep(5)
        return "bee"
      })
      return yield* all([sleep(9), bee, call(() => 7)])
    })
    expect(result).toEqual([undefined, "bee", 7])
    expect(clock.now()).toBe(9)
  })

  it("cancels the rest on the first failure, whichever comes first in time", () => {
    const { log, scheduler } = world()
    const sting = new Error("sting")
    const cleaned = (name: string) => action(() => () => void log.push(`clean ${name}`))
    scheduler.tasklet(function* () {
      try {
        yield* all([cleaned("a"), call(function* () { yield* schedule(); throw sting }), cleaned("b"), scheduler.channel().receive()])
      } catch (error) {
        log.push(error)
      }
    })
    scheduler.run()
    expect(log).toEqual(["clean a", "clean b", sting])
    expect(scheduler.statistics()).toMatchObject({ external: 0, blocked: 0 })
  })
})

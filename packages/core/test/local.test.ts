import { call, group, Local, schedule, scheduleRemove, Scheduler, select } from "@vivarium/core"
import { AsyncLocalStorage } from "node:async_hooks"
import { describe, expect, it } from "vitest"

describe("Local", () => {
  it("is a copy-on-write snapshot taken at creation: later changes on either side are not seen by the other", () => {
    const scheduler = new Scheduler()
    const user = new Local("nobody")
    const log: string[] = []
    scheduler.tasklet(function* () {
      user.set("Maya")
      const child = scheduler.tasklet(function* () {
        log.push(`child ${user.get()}`)
        user.set("child's own")
        yield* schedule()
        log.push(`child ${user.get()}`)
      })
      user.set("Willy")
      yield* child
      log.push(`parent ${user.get()}`)
    })
    scheduler.run()
    expect(log).toEqual(["child Maya", "child child's own", "parent Willy"])
    expect(user.get()).toBe("nobody")
  })

  it("is kept across waits, calls and started cases, and passed on to members of groups", () => {
    const scheduler = new Scheduler()
    const user = new Local(0)
    const seen: number[] = []
    scheduler.tasklet(function* () {
      user.set(7)
      yield* schedule()
      seen.push(user.get())
      seen.push(yield* call(() => user.get()))
      seen.push((yield* select({ only: call(() => user.get()) })).value)
      seen.push(yield* group(function* (members) {
        return yield* members.spawn(() => user.get())
      }))
    })
    scheduler.tasklet(() => void seen.push(user.get()))
    scheduler.run()
    expect(seen).toEqual([0, 7, 7, 7, 7])
  })

  it("with() runs a body with another value, and restores the old one however the body ends", () => {
    const scheduler = new Scheduler()
    const user = new Local("outer")
    const log: string[] = []
    const bee = scheduler.tasklet(function* () {
      user.set("before")
      log.push(yield* user.with("inner", () => user.get()))
      log.push(user.get())
      try {
        yield* user.with("inner", function* () {
          yield* schedule()
          throw new Error(user.get())
        })
      } catch (error) {
        log.push((error as Error).message, user.get())
      }
      try {
        yield* user.with("inner", () => scheduleRemove())
      } finally {
        log.push(`finally ${user.get()}`)
      }
    })
    scheduler.run()
    bee.kill()
    expect(log).toEqual(["inner", "before", "inner", "before", "finally before"])
  })

  it("may hold undefined, and several do not mix", () => {
    const scheduler = new Scheduler()
    const [one, two] = [new Local<number | undefined>(1), new Local(2)]
    const log: unknown[] = []
    scheduler.tasklet(() => {
      one.set(undefined)
      two.set(20)
      log.push(one.get(), two.get())
    })
    scheduler.run()
    expect(log).toEqual([undefined, 20])
    expect([one.get(), two.get()]).toEqual([1, 2])
  })

  it("cannot be set outside of a tasklet, with the cure", () => {
    const user = new Local(1)
    expect(() => user.set(2)).toThrow(expect.objectContaining({ name: "NotInTaskletError", message: expect.stringMatching(/Local\.set\(\).*right: tasklet\(/s) as string }))
  })
})

describe("the host's AsyncLocalStorage", () => {
  it("is carried with a tasklet only when asked for, across waits, errors and kills", () => {
    const scheduler = new Scheduler()
    const storage = new AsyncLocalStorage<string>()
    const log: unknown[] = []
    const body = function* (name: string) {
      log.push(`${name} ${storage.getStore()}`)
      try {
        yield* schedule()
        log.push(`${name} ${storage.getStore()}`)
        yield* scheduleRemove()
      } finally {
        log.push(`${name} ${storage.getStore()}`)
      }
    }
    const [asked, plain] = storage.run("request", () => [
      scheduler.tasklet({ context: AsyncLocalStorage.snapshot() }, body, "asked"),
      scheduler.tasklet(body, "plain"),
    ]) as [ReturnType<typeof scheduler.tasklet>, ReturnType<typeof scheduler.tasklet>]
    scheduler.run()
    asked.kill()
    plain.kill()
    expect(log).toEqual(["asked request", "plain undefined", "asked request", "plain undefined", "asked request", "plain undefined"])
  })

  it("is carried with plain, async and operation bodies, too", async () => {
    const scheduler = new Scheduler()
    const storage = new AsyncLocalStorage<string>()
    const log: unknown[] = []
    storage.run("request", () => {
      const context = AsyncLocalStorage.snapshot()
      scheduler.tasklet({ context }, () => void log.push(storage.getStore()))
      scheduler.tasklet({ context }, async () => {
        await Promise.resolve()
        log.push(storage.getStore())
      })
      scheduler.tasklet({ context }, () => call(() => void log.push(storage.getStore())))
    })
    await scheduler.main(() => scheduler.sleep(0))
    expect(log).toHaveLength(3)
    expect(log.slice(0, 2)).toEqual(["request", "request"])
  })
})

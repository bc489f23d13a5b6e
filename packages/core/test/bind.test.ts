import { channel, group, main, run, schedule, scheduleRemove, Scheduler, select, sleep, tasklet, Tasklet, TaskletError, timeout, until } from "@vivarium/core"
import { AsyncLocalStorage } from "node:async_hooks"
import { describe, expect, it } from "vitest"

describe("bind()", () => {
  it("on a paused tasklet is a kill to those who have joined it", () => {
    const paused = tasklet(() => scheduleRemove())
    let seen: unknown
    tasklet(function* () {
      try {
        yield* paused
      } catch (error) {
        seen = error
      }
    })
    run()
    expect(paused.paused).toBe(true)
    void paused.bind(null)
    run()
    expect(seen).toBeInstanceOf(TaskletError)
    expect(seen).toMatchObject({ code: "killed" })
    void paused.bind(() => 7, []).insert()
    let again: unknown
    tasklet(function* () {
      again = yield* paused
    })
    run()
    expect(again).toBe(7)
  })

  it("keeps those who have joined a tasklet before it was started", () => {
    const later = new Tasklet<number>()
    let result: unknown
    tasklet(function* () {
      result = yield* later
    })
    run()
    void later.bind(function* (drops: number) {
      yield* schedule()
      return drops
    }, [3]).insert()
    run()
    expect(result).toBe(3)
  })

  it("counts what is bound again as created again, so that the numbers agree", () => {
    const scheduler = new Scheduler()
    const bee = new Tasklet(() => 1, scheduler)
    expect(scheduler.statistics()).toMatchObject({ created: 0, blocked: 0 })
    for (let round = 0; round < 3; round++) {
      void bee.bind(() => round, []).insert()
      scheduler.run()
    }
    expect(scheduler.statistics()).toMatchObject({ created: 3, ended: 3, blocked: 0 })
  })
})

describe("a body that returns a tasklet", () => {
  it("joins it, and is killed at once where it waits", () => {
    const flower = channel<number>()
    const bee = tasklet(() => flower.receive())
    const follower = tasklet(() => bee)
    const second = tasklet(() => bee)
    run()
    follower.kill()
    expect(follower.alive).toBe(false)
    flower.trySend(5)
    let result: unknown
    tasklet(function* () {
      result = yield* second
    })
    run()
    expect(result).toBe(5)
  })
})

describe("a carried context", () => {
  it("goes with a group's body and with started cases", async () => {
    const storage = new AsyncLocalStorage<string>()
    const seen: (string | undefined)[] = []
    const context = storage.run("hive", () => AsyncLocalStorage.snapshot())
    await main({ context }, function* () {
      yield* group(function* () {
        seen.push(storage.getStore())
        yield* sleep(0)
        seen.push(storage.getStore())
      })
      yield* timeout(1000, until(async () => seen.push(storage.getStore())))
    })
    expect(seen).toEqual(["hive", "hive", "hive"])
  })
})

describe("the channel hook", () => {
  it("is told of the cases of a select that parks, and of trySelect", () => {
    const scheduler = new Scheduler()
    const rose = scheduler.channel<number>({ name: "rose" })
    const told: string[] = []
    const tool = scheduler.instrument({
      channel: ({ action, tasklet: actor, willBlock }) => told.push(`${actor?.name ?? "outside"} ${action} ${willBlock ? "blocks" : "goes on"}`),
    })
    scheduler.tasklet({ name: "bee" }, function* () {
      yield* select({ take: rose.receive(), tick: scheduler.sleep(1000) })
    })
    scheduler.run()
    rose.trySend(1)
    tool[Symbol.dispose]()
    expect(told).toEqual(["bee receive blocks", "outside send goes on"])
  })
})

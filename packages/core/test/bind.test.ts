import { run, schedule, scheduleRemove, Scheduler, tasklet, Tasklet, TaskletError } from "@vivarium/core"
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

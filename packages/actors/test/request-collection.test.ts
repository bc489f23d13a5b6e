import { all, type Routine, select, sleep } from "@vivarium/core"
import { Actor, RequestCollection } from "@vivarium/actors"
import { describe, expect, it } from "vitest"
import { Stage } from "./fixtures/stage.ts"

class Flower extends Actor {
  *nectar(ms: number): Routine<number> {
    yield* sleep(ms)
    return ms
  }
}

function collect(stage: Stage, ...times: readonly number[]): RequestCollection<string, number> {
  const requests = new RequestCollection<string, number>()
  for (const ms of times) requests.add(stage.system.spawn(Flower).request.nectar(ms), `after ${ms}`)
  return requests
}

describe("a collection of requests", () => {
  it("gives those that had answered before they were added in the order of their answers", async () => {
    await using stage = new Stage()
    const slow = stage.system.spawn(Flower).request.nectar(20)
    const fast = stage.system.spawn(Flower).request.nectar(10)
    stage.pass(30)
    const requests = new RequestCollection<string, number>().add(slow, "slow").add(fast, "fast")
    expect(stage.outcome(() => requests.next()).value).toMatchObject({ label: "fast" })
    expect(stage.outcome(() => requests.next()).value).toMatchObject({ label: "slow" })
    expect(stage.outcome(() => requests.next()).value).toBeUndefined()
  })

  it("is read with await, too", async () => {
    await using stage = new Stage()
    const requests = collect(stage, 0)
    expect(await requests.next()).toEqual({ kind: "ok", label: "after 0", value: 0 })
    await stage.scheduler.main(function* () {
      expect(yield* requests.next()).toBeUndefined()
    })
  })

  it("serves several who wait, first come first served, and tells those who are left that there is nothing", async () => {
    await using stage = new Stage()
    const requests = collect(stage, 20, 10)
    const waits = [1, 2, 3].map(() => stage.begin(() => requests.next()))
    stage.pass(30)
    expect(waits.map(({ value }) => value?.label)).toEqual(["after 10", "after 20", undefined])
    expect(waits.every(({ settled }) => settled)).toBe(true)
  })

  it("puts an answer back that nobody took", async () => {
    await using stage = new Stage()
    const requests = collect(stage, 10)
    const waiter = stage.scheduler.tasklet(function* () {
      yield* requests.next()
    })
    stage.pass()
    stage.scheduler.tasklet(function* () {
      yield* sleep(10)
      waiter.kill()
    })
    stage.system.spawn(Flower)
    stage.pass(10)
    expect(waiter.alive).toBe(false)
    expect(stage.outcome(() => requests.next()).value).toMatchObject({ label: "after 10" })
  })

  it("loses nothing as a case of a select that another case wins", async () => {
    await using stage = new Stage()
    const requests = collect(stage, 20)
    const first = stage.begin(() => select({ answer: requests.next({ timeoutMs: 15 }), tick: sleep(10) }))
    stage.pass(20)
    expect(first.value).toMatchObject({ key: "tick" })
    expect(stage.outcome(() => requests.next()).value).toMatchObject({ value: 20 })
  })

  it("counts a time-out of 0 only if nothing has come", async () => {
    await using stage = new Stage()
    const requests = collect(stage, 0, 50)
    stage.pass(1)
    expect(stage.outcome(() => requests.next({ timeoutMs: 0, keep: true })).value).toMatchObject({ label: "after 0" })
    expect(stage.outcome(() => requests.next({ timeoutMs: 0, keep: true }))).toMatchObject({ code: "timeout" })
    expect(requests.size).toBe(1)
    expect([requests.abandon(), requests.abandon()]).toEqual([1, 0])
  })

  it("gives a request that is abandoned by hand as a failure", async () => {
    await using stage = new Stage()
    const pending = stage.system.spawn(Flower).request.nectar(20)
    const requests = new RequestCollection<string, number>().add(pending, "rose")
    stage.pass()
    pending.abandon()
    expect(stage.outcome(() => requests.next()).value).toMatchObject({ kind: "failed", label: "rose", error: { code: "abandoned" } })
  })

  it("lets a request stand in several collections", async () => {
    await using stage = new Stage()
    const pending = stage.system.spawn(Flower).request.nectar(20)
    const here = new RequestCollection<string, number>().add(pending, "here")
    const there = new RequestCollection<string, number>().add(pending, "there")
    const both = stage.begin(() => all([here.next(), there.next()]))
    stage.pass(20)
    expect(both.value).toMatchObject([{ label: "here" }, { label: "there" }])
  })

  it("refuses bad options, and a request of another scheduler", async () => {
    await using stage = new Stage()
    await using other = new Stage()
    const requests = collect(stage, 5)
    expect(() => requests.next({ timeoutMs: -1 })).toThrow("timeoutMs must be a number of milliseconds")
    expect(() => requests.next({ keep: 1 as never })).toThrow("keep must be true or false")
    expect(() => requests.next({ wait: true } as never)).toThrow("options.wait must be left out")
    expect(() => requests.add(other.system.spawn(Flower).request.nectar(1), "other")).toThrow("of the same scheduler")
    expect(requests.abandon()).toBe(1)
  })

  it("takes 10,000 requests, and keeps their order", async () => {
    await using stage = new Stage()
    const flower = stage.system.spawn(Flower, { mailbox: { capacity: 20_000 } })
    const requests = new RequestCollection<number, number>()
    for (let index = 0; index < 10_000; index++) requests.add(flower.request.nectar(0), index)
    const labels: number[] = []
    const reading = stage.scheduler.tasklet(function* () {
      for (let one = yield* requests.next(); one !== undefined; one = yield* requests.next()) labels.push(one.label)
    })
    for (let turn = 0; turn < 10_000 && reading.alive; turn++) stage.pass(0)
    expect([labels.length, labels.every((label, index) => label === index)]).toEqual([10_000, true])
  })
})

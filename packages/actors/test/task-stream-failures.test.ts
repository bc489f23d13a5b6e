import { type Routine, select, sleep } from "@vivarium/core"
import { Task } from "@vivarium/actors"
import { describe, expect, it } from "vitest"
import { Stage, wordOf } from "./fixtures/stage.ts"
import { after, elements, errorOf, inProcess } from "./fixtures/tasks.ts"

describe("a task of a stream that crashes", () => {
  const body = (n: number): number => {
    if (n === 2) throw new Error("stung")
    return n
  }

  it("ends an owner that does not trap exits, with its reason, and the other tasks", async () => {
    await using stage = new Stage()
    const ended: unknown[] = []
    stage.system.events.on("ended", ({ reason, ref }) => ended.push([String(ref), wordOf(reason)]))
    const outcome = await inProcess(stage, () => Task.stream([1, 2, 3], (n) => (n === 3 ? after(100, n) : body(n)), { maxConcurrency: 3 }).toArray() as unknown as Routine<unknown>)
    stage.pass()
    expect([outcome.at, outcome.value, outcome.error]).toEqual([0, undefined, undefined])
    expect(ended).toContainEqual([String(outcome.owner), "stung"])
    expect(stage.system.statistics().processes).toBe(0)
  })

  it("is an element for one that traps exits", async () => {
    await using stage = new Stage()
    const outcome = await inProcess(
      stage,
      function* (self) {
        const results = elements(yield* Task.stream([1, 2, 3], body).toArray())
        return [results, (yield* select({ message: self.receive(), tick: sleep(1) })).key]
      },
      { trapExit: true },
    )
    expect(outcome.value).toEqual([[1, ["stung", 2], 3], "tick"])
    expect(stage.crashes.length).toBe(1)
  })

  it("is an element with link: false, whatever the owner does", async () => {
    await using stage = new Stage()
    const outcome = await inProcess(stage, function* () {
      return elements(yield* Task.stream([1, 2, 3], body, { link: false }).toArray())
    })
    expect(outcome.value).toEqual([1, ["stung", 2], 3])
  })

  it("is an element also if it ends normally, but without a result", async () => {
    await using stage = new Stage()
    const outcome = await inProcess(stage, function* () {
      return elements(yield* Task.stream([1, 2], (n, self) => (n === 1 ? self.stop() : n)).toArray())
    })
    expect(outcome.value).toEqual([["normal", 1], 2])
  })
})

describe("a task of a stream that takes too long", () => {
  it("ends the stream, and its tasks before that is raised", async () => {
    await using stage = new Stage()
    const outcome = await inProcess(stage, function* (self) {
      const stream = Task.stream([10, 6000, 7000], (n) => after(n, n))
      const first = yield* stream.next()
      const raised = yield* errorOf(stream.next())
      return [first, raised, self.children, yield* stream.next(), stage.clock.now()]
    })
    expect(outcome.value).toMatchObject([{ value: { value: 10 } }, { code: "timeout", task: "task #3" }, [], { done: true }, 5000])
    expect(String((outcome.value as unknown[])[1])).toContain("task #3 of a stream did not end within 5000 ms, so the stream is over")
  })

  it("is raised by the next who asks, if nobody waits then", async () => {
    await using stage = new Stage()
    const outcome = await inProcess(stage, function* (self) {
      const stream = Task.stream([1, 50], (n) => after(n, n), { timeoutMs: 20 })
      yield* stream.next()
      yield* sleep(100)
      return [self.children, yield* errorOf(stream.next())]
    })
    expect(outcome.value).toMatchObject([[], { code: "timeout" }])
  })

  it("frees its place with onTimeout kill; its `finally` runs up to its first wait", async () => {
    await using stage = new Stage()
    const log: unknown[] = []
    const outcome = await inProcess(stage, function* () {
      const stream = Task.stream(
        [100, 1, 100, 2],
        function* (ms) {
          try {
            return yield* after(ms, ms)
          } finally {
            if (ms === 100) {
              log.push(`finally at ${stage.clock.now()}`)
              yield* sleep(10)
              log.push("never")
            }
          }
        },
        { maxConcurrency: 1, timeoutMs: 50, onTimeout: "kill" },
      )
      return [elements(yield* stream.toArray()), stage.clock.now()]
    })
    expect(outcome.value).toEqual([[["timeout", 100], 1, ["timeout", 100], 2], 103])
    expect(log).toEqual(["finally at 50", "finally at 101"])
    expect(stage.crashes).toEqual([])
  })
})

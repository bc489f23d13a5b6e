import { all, type Routine, select, sleep, until } from "@vivarium/core"
import { ExitReason, type Process, Task } from "@vivarium/actors"
import { describe, expect, it } from "vitest"
import { Stage } from "./fixtures/stage.ts"
import { after, elements, errorOf, inProcess, naturals } from "./fixtures/tasks.ts"

describe("a stream of tasks", () => {
  it("starts nothing before it is asked, and then only so many at a time", async () => {
    await using stage = new Stage()
    const asked: unknown[] = []
    const outcome = await inProcess(stage, function* (self) {
      using stream = Task.stream(naturals(asked), (n) => after(10, n), { maxConcurrency: 3 })
      yield* sleep(5)
      const before = [...asked]
      const first = yield* stream.next()
      const running = [asked.length, self.children.length]
      yield* stream.next()
      return [before, first, running, asked.length]
    })
    expect(outcome.value).toEqual([[], { done: false, value: { kind: "ok", value: 0 } }, [3, 0], 4])
    expect(asked.at(-1)).toBe("closed")
  })

  it("runs 8 at a time, unless told otherwise", async () => {
    await using stage = new Stage()
    const outcome = await inProcess(stage, function* (self) {
      using stream = Task.stream(naturals(), (n) => after(10, n))
      yield* select({ next: stream.next(), tick: sleep(5) })
      return self.children.length
    })
    expect(outcome.value).toBe(8)
  })

  it.each([true, false])("never has more at hand than it may run, however slowly they are taken: ordered %s", async (ordered) => {
    await using stage = new Stage()
    let finished = 0
    const outcome = await inProcess(stage, function* () {
      const most: number[] = []
      using stream = Task.stream(naturals(), () => after(1, finished++), { maxConcurrency: 4, ordered })
      for (let taken = 1; taken <= 20; taken++) {
        yield* stream.next()
        yield* sleep(100)
        most.push(finished - taken)
      }
      return Math.max(...most)
    })
    expect(outcome.value).toBe(3)
  })

  it("starts others while an early one keeps the rest waiting, but keeps 1,000 results at most", async () => {
    await using stage = new Stage()
    const asked: unknown[] = []
    const outcome = await inProcess(stage, function* () {
      using stream = Task.stream(naturals(asked), (n) => (n === 0 ? after(4000, n) : n), { maxConcurrency: 2 })
      return [yield* stream.next(), asked.length, stage.clock.now()]
    })
    expect(outcome.value).toMatchObject([{ value: { value: 0 } }, 1001, 4000])
  })

  it("gives an empty list of an empty one, and is over for good", async () => {
    await using stage = new Stage()
    const outcome = await inProcess(stage, function* () {
      const stream = Task.stream([], (n) => n)
      return [yield* stream.toArray(), yield* stream.next(), yield* stream.toArray(), yield* stream.each(() => {})]
    })
    expect(outcome.value).toEqual([[], { done: true }, [], 0])
  })

  it("calls a body for each element, which may wait, and counts them", async () => {
    await using stage = new Stage()
    const outcome = await inProcess(stage, function* () {
      const log: unknown[] = []
      const count = yield* Task.stream([3, 1, 2], (n) => after(n, n)).each(function* (one) {
        yield* sleep(10)
        log.push(one.kind === "ok" && one.value, stage.clock.now())
      })
      return [count, log]
    })
    expect(outcome.value).toEqual([3, [3, 13, 1, 23, 2, 33]])
  })

  it("takes plain and async bodies, and gives each its process", async () => {
    await using stage = new Stage()
    const outcome = await inProcess(stage, function* () {
      const plain = yield* Task.stream("ab", (letter, self) => `${letter} ${String(self.self)}`).toArray()
      const late = yield* Task.stream([1, 2], async (n) => n * 2).toArray()
      return [...elements(plain), ...elements(late)]
    })
    expect(outcome.error).toBeUndefined()
    expect(outcome.value).toEqual(["a task #2", "b task #3", 2, 4])
  })

  it("serves several members of its owner's groups", async () => {
    await using stage = new Stage()
    const outcome = await inProcess(stage, function* () {
      const stream = Task.stream([30, 10, 20], (n) => after(n, n), { ordered: false })
      return yield* all([stream.next(), stream.next(), stream.next(), stream.next()])
    })
    const values = outcome.value?.map((one) => (one.done ? "end" : one.value.kind === "ok" && one.value.value))
    expect(new Set(values)).toEqual(new Set([10, 20, 30, "end"]))
  })

  it("loses nothing when next() is taken back", async () => {
    await using stage = new Stage()
    const outcome = await inProcess(stage, function* () {
      const stream = Task.stream([20, 40], (n) => after(n, n))
      const first = yield* select({ next: stream.next(), tick: sleep(10) })
      return [first.key, ...elements(yield* stream.toArray())]
    })
    expect(outcome.value).toEqual(["tick", 20, 40])
  })
})

describe("a stream that is left early", () => {
  it.for(["using", "each", "toArray", "for await"] as const)("leaves no task, no link, no message and no timer behind: %s", async (way) => {
    await using stage = new Stage()
    const log: unknown[] = []
    const items = naturals(log)
    const body = function* (n: number): Routine<number> {
      try {
        yield* sleep(n === 0 ? 1 : 10_000)
        return n
      } finally {
        log.push(`ended ${n}`)
      }
    }
    const outcome = await inProcess(
      stage,
      function* (self) {
        const stream = Task.stream(items, body, { maxConcurrency: 3, timeoutMs: Infinity })
        if (way === "using") {
          using closed = stream
          yield* closed.next()
        } else if (way === "each") {
          const raised = yield* errorOf(
            stream.each(() => {
              throw new Error("enough")
            }),
          )
          log.push(String(raised))
        } else if (way === "toArray") yield* select({ all: stream.toArray(), tick: sleep(5) })
        else {
          yield* until(async () => {
            for await (const one of stream) {
              if (one.kind === "ok") break
            }
          })
        }
        const now = stage.clock.now()
        const left = way === "using" || way === "toArray" ? [] : self.children
        yield* sleep(1)
        const message = yield* select({ message: self.receive(), tick: sleep(1) })
        return [left, self.children, message.key, now]
      },
      { trapExit: true },
    )
    expect(outcome.error).toBeUndefined()
    expect(outcome.value).toEqual([[], [], "tick", way === "toArray" ? 5 : 1])
    expect(log.slice(0, 4)).toEqual([0, 1, 2, "ended 0"])
    expect(log.filter((word) => String(word).startsWith("ended")).length).toBe(way === "toArray" ? 4 : 3)
    expect(log).toContain("closed")
    expect(stage.crashes).toEqual([])
  })

  it("is over: closing twice is fine, and next() tells so", async () => {
    await using stage = new Stage()
    const outcome = await inProcess(stage, function* () {
      const stream = Task.stream([1, 2], (n) => n)
      yield* stream.next()
      stream.close()
      stream.close()
      return yield* stream.next()
    })
    expect(outcome.value).toEqual({ done: true })
  })

  it("that was never asked has never begun", async () => {
    await using stage = new Stage()
    const log: unknown[] = []
    await inProcess(stage, function* () {
      using stream = Task.stream(naturals(log), (n) => n)
      void stream
    })
    expect(log).toEqual([])
  })

  it("by another tasklet ends who waits for the next element", async () => {
    await using stage = new Stage()
    const outcome = await inProcess(stage, function* () {
      const stream = Task.stream([100], (n) => after(n, n))
      const closing = function* (): Routine {
        yield* sleep(10)
        stream.close()
      }
      const [next] = yield* all([stream.next(), until(async () => {}), select({ closed: stage.scheduler.tasklet(closing) })])
      return [next, stage.clock.now()]
    })
    expect(outcome.value).toEqual([{ done: true }, 10])
  })

  it.for([ExitReason.normal, ExitReason.custom("gone"), ExitReason.kill])("by the end of its owner kills its tasks: $kind", async (reason) => {
    await using stage = new Stage()
    const log: unknown[] = []
    const owner = stage.system.spawn(function* (self: Process<unknown>) {
      const stream = Task.stream(naturals(log), () => sleep(1000), { maxConcurrency: 2 })
      yield* select({ next: stream.next(), end: sleep(10) })
      if (reason.kind !== "normal") self.signalExit(self.self, reason)
      else return
      yield* sleep(1000)
    })
    stage.pass(5)
    expect(stage.system.statistics().processes).toBe(3)
    stage.pass(5)
    stage.pass()
    expect([owner.alive, stage.system.statistics().processes, log]).toEqual([false, 0, [0, 1, "closed"]])
  })

  it("by the end of the system ends with everything else", async () => {
    const stage = new Stage()
    stage.system.spawn(function* () {
      yield* Task.stream(naturals(), () => sleep(1000)).toArray()
    })
    stage.pass()
    expect(stage.system.statistics().processes).toBe(9)
    await stage[Symbol.asyncDispose]()
  })
})

import { all, type Routine, select, sleep } from "@vivarium/core"
import { Actor, type StreamResult, Task } from "@vivarium/actors"
import { describe, expect, it } from "vitest"
import { shown, Stage } from "./fixtures/stage.ts"
import { after, elements, errorOf, inProcess } from "./fixtures/tasks.ts"

describe("the items of a stream", () => {
  it("that raise end it with that error, and nothing is left", async () => {
    await using stage = new Stage()
    const broken = new Error("no more flowers")
    function* items(): Generator<number, void, undefined> {
      yield 1
      yield 1000
      throw broken
    }
    const outcome = await inProcess(stage, function* (self) {
      const stream = Task.stream(items(), (n) => after(n, n))
      const raised = yield* errorOf(stream.next())
      return [raised === broken, self.children, yield* stream.next()]
    })
    expect(outcome.value).toEqual([true, [], { done: true }])
  })

  it("whose iterator cannot be closed are left all the same: that error is nobody's", async () => {
    await using stage = new Stage()
    const items: Iterable<number> = {
      [Symbol.iterator]: () => ({
        next: () => ({ done: false, value: 1 }),
        return: () => {
          throw new Error("cannot be closed")
        },
      }),
    }
    const outcome = await inProcess(stage, function* () {
      using stream = Task.stream(items, (n) => n)
      return yield* stream.next()
    })
    expect([outcome.value, stage.uncaught.splice(0)]).toMatchObject([{ value: { value: 1 } }, [{ message: "cannot be closed" }]])
  })

  it("cannot wait: their iterator is a callback", async () => {
    await using stage = new Stage()
    const outcome = await inProcess(stage, function* () {
      const items = { [Symbol.iterator]: () => ({ next: () => stage.scheduler.sleep(1)[Symbol.iterator]().next() }) }
      return yield* errorOf(Task.stream(items as unknown as number[], (n) => n).next())
    })
    expect(outcome.value).toMatchObject({ code: "in_callback" })
  })

  it("may close the stream themselves while they are asked", async () => {
    await using stage = new Stage()
    const log: unknown[] = []
    const outcome = await inProcess(stage, function* (self) {
      function* items(): Generator<number, void, undefined> {
        try {
          yield 1
          stream.close()
          yield 2
        } finally {
          log.push("closed")
        }
      }
      const stream = Task.stream(items(), (n) => after(n, n))
      const end = yield* stream.next()
      yield* sleep(1)
      return [end, self.children]
    })
    expect([outcome.value, log]).toEqual([[{ done: true }, []], ["closed"]])
  })

  it("may come from an async iterable, which is asked when there is room", async () => {
    await using stage = new Stage()
    const log: unknown[] = []
    async function* items(): AsyncGenerator<number, void, undefined> {
      try {
        for (let n = 0; n < 5; n++) {
          await stage.scheduler.sleep(10)
          log.push(`gives ${n} at ${stage.clock.now()}`)
          yield n
        }
      } finally {
        log.push("closed")
      }
    }
    const outcome = await inProcess(stage, function* () {
      return elements(yield* Task.stream(items(), (n) => after(35, n), { maxConcurrency: 2 }).toArray())
    })
    expect(outcome.value).toEqual([0, 1, 2, 3, 4])
    expect(log).toEqual(["gives 0 at 10", "gives 1 at 20", "gives 2 at 55", "gives 3 at 65", "gives 4 at 100", "closed"])
  })

  it("of an async iterable that is left early are given up: it is closed, and who waits is told", async () => {
    await using stage = new Stage()
    const log: unknown[] = []
    const never: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise(() => {}),
        return: () => {
          log.push("closed")
          return Promise.reject(new Error("cannot be closed"))
        },
      }),
    }
    const outcome = await inProcess(stage, function* () {
      const stream = Task.stream(never, (n) => n)
      const closing = stage.scheduler.tasklet(function* () {
        yield* sleep(10)
        stream.close()
      })
      const [next] = yield* all([stream.next(), closing])
      return next
    })
    expect([outcome.value, log]).toEqual([{ done: true }, ["closed"]])
    await stage.turns()
    expect(stage.uncaught.splice(0)).toMatchObject([{ message: "cannot be closed" }])
  })

  it("of an async iterable do not keep a stream going that is closed while tasks run", async () => {
    await using stage = new Stage()
    const items: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => {
        let n = 0
        return { next: () => (n === 0 ? Promise.resolve({ done: false, value: ++n }) : new Promise(() => {})) }
      },
    }
    const outcome = await inProcess(stage, function* (self) {
      const stream = Task.stream(items, (n) => after(1000, n))
      const closing = stage.scheduler.tasklet(function* () {
        yield* sleep(10)
        stream.close()
      })
      const [next] = yield* all([stream.next(), closing])
      return [next, self.children, stage.clock.now()]
    })
    expect(outcome.value).toEqual([{ done: true }, [], 10])
  })

  it("of an async iterable that rejects end it with that error, also if nobody waited then", async () => {
    await using stage = new Stage()
    async function* items(): AsyncGenerator<number, void, undefined> {
      yield 1
      await stage.scheduler.sleep(5)
      throw new Error("no more flowers")
    }
    const outcome = await inProcess(stage, function* (self) {
      const stream = Task.stream(items(), (n) => after(n, n))
      const first = yield* stream.next()
      const tick = yield* select({ next: stream.next(), tick: sleep(1) })
      yield* sleep(50)
      return [first, tick.key, yield* errorOf(stream.next()), self.children]
    })
    expect(outcome.value).toMatchObject([{ value: { value: 1 } }, "tick", { message: "no more flowers" }, []])
  })
})

describe("who a stream belongs to", () => {
  it("is the process that made it: another one is refused", async () => {
    await using stage = new Stage()
    const outcome = await inProcess(stage, function* () {
      const stream = Task.stream([1], (n) => n)
      const stranger = Task.async(() => stream.next(), { link: false })
      const result = yield* Task.yield(stranger)
      return [shown(result), yield* stream.toArray()]
    })
    expect(outcome.value).toMatchObject([{ reason: { error: { code: "not_owner" } } }, [{ value: 1 }]])
  })

  it("is whom `from` names, in an async method", async () => {
    await using stage = new Stage()
    class Bee extends Actor {
      async forage(): Promise<unknown[]> {
        await Promise.resolve()
        const nectar: unknown[] = []
        for await (const one of Task.stream([3, 1, 2], (n, self) => after(n, [n, ...self.callers]), { from: this })) nectar.push(one.kind === "ok" && one.value)
        return nectar
      }
    }
    const bee = stage.system.spawn(Bee)
    expect(await bee.call.forage()).toEqual([[3, bee], [1, bee], [2, bee]])
  })

  it("is nobody in plain code: crashes are elements", async () => {
    await using stage = new Stage()
    const { system } = stage
    const results: unknown[] = []
    const stream = Task.stream([1, 0, 2], (n) => (n === 0 ? Promise.reject(new Error("stung")) : after(n, n)), { system })
    for await (const one of stream) results.push(one)
    expect(elements(results as StreamResult<unknown, unknown>[])).toEqual([1, ["stung", 0], 2])
    expect(await stream.next()).toEqual({ done: true })
  })

  it("tells its tasks of a call cycle through it", async () => {
    await using stage = new Stage()
    class Hive extends Actor {
      honey(): number {
        return 1
      }
      *all(): Routine<unknown> {
        return elements(yield* Task.stream([1], () => hive.call.honey(), { link: false }).toArray())
      }
    }
    const hive = stage.system.spawn(Hive)
    const outcome = stage.outcome(() => hive.call.all())
    expect(outcome.value).toEqual([[expect.stringContaining("for each waits for the next: task #2 -> Hive #1 -> task #2"), 1]])
  })
})

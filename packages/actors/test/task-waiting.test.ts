import { inspect } from "node:util"
import { all, type Routine, schedule, select, sleep } from "@vivarium/core"
import { Actor, ExitReason, Task } from "@vivarium/actors"
import { describe, expect, it } from "vitest"
import { Stage } from "./fixtures/stage.ts"
import { after, inProcess } from "./fixtures/tasks.ts"

describe("waiting for tasks", () => {
  it("is a case of a select like any other, and leaves nothing when it loses", async () => {
    await using stage = new Stage()
    const outcome = await inProcess(stage, function* () {
      const slow = Task.async(() => after(20, "slow"))
      const fast = Task.async(() => after(10, "fast"))
      const first = yield* select({ slow: Task.await(slow), fast: Task.await(fast), tick: sleep(15) })
      return [first, yield* Task.await(slow)]
    })
    expect(outcome.value).toEqual([{ key: "fast", value: "fast" }, "slow"])
  })

  it("can be done by members of the owner's groups", async () => {
    await using stage = new Stage()
    const outcome = await inProcess(stage, function* () {
      const task = Task.async(() => after(10, 1))
      return yield* all([Task.await(task), Task.yield(task), Task.awaitMany([task, task])])
    })
    expect(outcome.value).toEqual([1, { kind: "ok", value: 1 }, [1, 1]])
  })

  it("of none gives none at once", async () => {
    await using stage = new Stage()
    const outcome = await inProcess(stage, function* () {
      return [yield* Task.awaitMany([]), yield* Task.yieldMany([]), yield* Task.yieldMany([], { onTimeout: "kill" })]
    })
    expect(outcome.value).toEqual([[], [], []])
  })

  it("for several counts those that have ended before", async () => {
    await using stage = new Stage()
    const outcome = await inProcess(stage, function* () {
      const early = Task.async(() => "early")
      const ignored = Task.async(() => "ignored")
      yield* schedule()
      Task.ignore(ignored)
      const all = yield* Task.awaitMany([early, Task.async(() => after(10, "late"))])
      return [all, yield* Task.yieldMany([early, ignored], { timeoutMs: 5 }), stage.clock.now()]
    })
    expect(outcome.value).toEqual([["early", "late"], [{ kind: "ok", value: "early" }, undefined], 15])
  })

  it("says what it waits for", async () => {
    await using stage = new Stage()
    const { scheduler, system } = stage
    const tasks = [Task.async(() => after(10, 1), { system }), Task.async(() => after(10, 1), { system })] as const
    const waiters = [
      scheduler.tasklet(function* () {
        yield* Task.await(tasks[0])
      }),
      scheduler.tasklet(function* () {
        yield* Task.awaitMany(tasks)
      }),
    ]
    stage.pass()
    expect(waiters.map(({ waitingFor }) => waitingFor)).toEqual(["the result of task #1", "the results of 2 tasks"])
    expect([inspect(tasks[0]), String(tasks[0])]).toEqual(["Task (task #1)", "task #1"])
    stage.pass(10)
  })

  it("says which of them are late", async () => {
    await using stage = new Stage()
    const outcome = await inProcess(stage, function* () {
      const bees = [0, 30, 20].map((ms) => Task.async(() => after(ms, ms), { label: `bee ${ms}` }))
      return yield* Task.awaitMany(bees, { timeoutMs: 10 })
    })
    expect(outcome.error).toMatchObject({ code: "timeout", task: 'task "bee 30" (#3)', reason: { kind: "timeout" } })
    expect(String(outcome.error)).toBe(
      'TaskError: 2 of 3 tasks (task "bee 30" (#3), task "bee 20" (#4)) did not end within 10 ms, and go on, until their owner ends. Allow more with { timeoutMs }, ask with Task.yield(), or end it with Task.shutdown().',
    )
  })

  it("raises the failure that came first in time, also when both are there already", async () => {
    await using stage = new Stage()
    const outcome = await inProcess(
      stage,
      function* () {
        const failing = (ms: number) =>
          Task.async(function* (self) {
            yield* sleep(ms)
            yield* self.stop(ExitReason.custom(ms))
          })
        const tasks = [failing(20), failing(10)]
        yield* sleep(30)
        return yield* Task.awaitMany(tasks)
      },
      { trapExit: true },
    )
    expect(outcome.error).toMatchObject({ code: "exit", reason: { value: 10 } })
  })

  it("without a time-out waits for ever", async () => {
    await using stage = new Stage()
    const outcome = await inProcess(stage, function* () {
      return yield* Task.await(Task.async(() => after(100_000, "late")), { timeoutMs: Infinity })
    })
    expect(outcome.value).toBe("late")
  })

  it("with `limit` gives what there is as soon as so many have ended", async () => {
    await using stage = new Stage()
    const outcome = await inProcess(stage, function* () {
      const tasks = [30, 10, 20].map((ms) => Task.async(() => after(ms, ms)))
      return [yield* Task.yieldMany(tasks, { limit: 2, onTimeout: "kill" }), stage.clock.now(), tasks[0]?.ref.alive]
    })
    expect(outcome.value).toEqual([[undefined, { kind: "ok", value: 10 }, { kind: "ok", value: 20 }], 20, true])
  })

  it.for([
    ["nothing", true, { kind: "ok", value: 30 }],
    ["ignore", true, undefined],
    ["kill", false, { kind: "exit", reason: { kind: "killed" } }],
  ] as const)("with onTimeout %s, one that is late goes on: %s", async ([onTimeout, alive, later]) => {
    await using stage = new Stage()
    const outcome = await inProcess(stage, function* (self) {
      const task = Task.async(() => after(30, 30))
      const results = yield* Task.yieldMany([task], { timeoutMs: 10, onTimeout })
      const then = [results, task.ref.alive, stage.clock.now()]
      return [...then, yield* Task.yield(task), self.self.alive]
    })
    expect(outcome.value).toEqual([[undefined], alive, 10, later, true])
  })

  it("that is taken back while a task is shut down has it killed", async () => {
    await using stage = new Stage()
    const outcome = await inProcess(stage, function* () {
      const task = Task.async(function* (self) {
        self.trapExit = true
        yield* self.receive((_message: unknown) => false)
      })
      yield* schedule()
      yield* select({ ended: Task.shutdown(task, { timeoutMs: Infinity }), tick: sleep(10) })
      yield* schedule()
      return task.ref.alive
    })
    expect([outcome.value, outcome.at]).toEqual([false, 10])
  })

  it("by shutdown of one that ends for a reason of its own gives that", async () => {
    await using stage = new Stage()
    const detailed = ExitReason.shutdownWith("had to")
    const tidyUp = (): void => {
      throw new Error("cannot tidy up")
    }
    const outcome = await inProcess(stage, function* () {
      const own = Task.async(function* (self) {
        self.trapExit = true
        yield* self.receive()
        yield* self.stop(detailed)
      })
      const failing = Task.async(function* () {
        try {
          yield* sleep(1000)
        } finally {
          tidyUp()
        }
      })
      yield* schedule()
      return [yield* Task.shutdown(own), yield* Task.shutdown(failing, { timeoutMs: Infinity })]
    })
    expect(outcome.value).toMatchObject([{ kind: "exit", reason: detailed }, { kind: "exit", reason: { error: { message: "cannot tidy up" } } }])
  })

  it("by shutdown lets the task clean up in time, which `finally` may use", async () => {
    await using stage = new Stage()
    const log: unknown[] = []
    const outcome = await inProcess(stage, function* () {
      const task = Task.async(function* () {
        try {
          yield* sleep(1000)
        } finally {
          yield* sleep(20)
          log.push(stage.clock.now())
        }
      })
      yield* schedule()
      return [yield* Task.shutdown(task, { timeoutMs: 50 }), stage.clock.now()]
    })
    expect([outcome.value, log]).toEqual([[undefined, 20], [20]])
  })

  it("that waits itself for its owner is refused", async () => {
    await using stage = new Stage()
    class Hive extends Actor {
      honey(): number {
        return 1
      }
      *waits(): Routine<unknown> {
        const task = Task.async(() => hive.call.honey(), { link: false })
        yield* sleep(1)
        expect(yield* Task.yield(task, { timeoutMs: 1 })).toBeUndefined()
        return yield* Task.await(task)
      }
    }
    const hive = stage.system.spawn(Hive)
    const waits = stage.begin(() => hive.call.waits())
    stage.pass(1)
    stage.pass(1)
    const text = "task #2 would never end, for each waits for the next: Hive #1 -> task #2 -> Hive #1. Answer its call first, or let it cast."
    expect(waits.error).toMatchObject({ reason: { error: { code: "call_cycle", message: text } } })
  })

  it("that then calls its owner tells the task of the cycle", async () => {
    await using stage = new Stage()
    class Hive extends Actor {
      honey(): number {
        return 1
      }
      *waits(): Routine<unknown> {
        return yield* Task.yield(
          Task.async(
            function* () {
              yield* sleep(1)
              return yield* hive.call.honey()
            },
            { link: false },
          ),
        )
      }
    }
    const hive = stage.system.spawn(Hive)
    const waits = stage.begin(() => hive.call.waits())
    stage.pass(1)
    expect(waits.value).toMatchObject({ kind: "exit", reason: { error: { code: "call_cycle" } } })
  })
})

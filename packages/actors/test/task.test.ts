import { all, Deferred, type Routine, schedule, select, sleep, tasklet, until } from "@vivarium/core"
import { Actor, Down, ExitReason, type Process, Task } from "@vivarium/actors"
import { describe, expect, it } from "vitest"
import { type Attempt, shown, Stage, wordOf } from "./fixtures/stage.ts"

function* after<T>(ms: number, value: T): Routine<T> {
  yield* sleep(ms)
  return value
}

/** Runs a body as a process of its own until it has ended, on time that jumps; gives what has come of it. */
async function inProcess<T>(stage: Stage, body: (self: Process<unknown>) => Routine<T>, options: { readonly trapExit?: boolean } = {}): Promise<Attempt<T>> {
  const attempt: Attempt<T> = { settled: false }
  const done = new Deferred(stage.scheduler)
  stage.system.spawn(function* owner(self: Process<unknown>) {
    try {
      attempt.value = yield* body(self)
    } catch (error) {
      attempt.error = error
    } finally {
      attempt.settled = true
      attempt.at = stage.clock.now()
      done.resolve()
    }
  }, options)
  await stage.scheduler.main(() => done.wait())
  return attempt
}

describe("Task.async", () => {
  it("takes plain, generator and async bodies, and those that return an operation or a tasklet", async () => {
    await using stage = new Stage()
    const values = await inProcess(stage, function* () {
      return yield* Task.awaitMany([
        Task.async(() => 1),
        Task.async(() => after(1, 2)),
        Task.async(async () => 3),
        Task.async(() => sleep(1)),
        Task.async(() => tasklet(() => 5)),
        Task.async(() => until(Promise.resolve(6))),
        Task.async(() => undefined),
      ])
    })
    expect(values.value).toEqual([1, 2, 3, undefined, 5, 6, undefined])
  })

  it("gives a body its process and its arguments", async () => {
    await using stage = new Stage()
    const outcome = await inProcess(stage, function* () {
      const task = Task.async((self, a: number, b: string) => [self.self, a, b], { args: [1, "two"] })
      return [yield* Task.await(task), task.ref]
    })
    const [result, ref] = outcome.value as [unknown, unknown]
    expect(result).toEqual([ref, 1, "two"])
  })

  it("shows in reports by the name of its body and its label", async () => {
    await using stage = new Stage()
    const outcome = await inProcess(stage, function* () {
      const tasks = [Task.async(() => 1), Task.async(function fetchAll() {}), Task.async(() => 1, { label: "of the queen" })]
      yield* Task.awaitMany(tasks)
      return tasks.map(String)
    })
    expect(outcome.value).toEqual(["task #2", "fetchAll #3", 'task "of the queen" (#4)'])
  })

  it("belongs to the process that is current, also in a generator method of an actor", async () => {
    await using stage = new Stage()
    class Bee extends Actor {
      *forage(): Routine<unknown> {
        const task = Task.async((self) => [self.ancestors, self.callers])
        return [task.owner === this.self, yield* Task.await(task), this.children]
      }
    }
    const bee = stage.system.spawn(Bee)
    expect(stage.outcome(() => bee.call.forage()).value).toEqual([true, [[bee], [bee]], []])
  })

  it("belongs to whom `from` names, in async code", async () => {
    await using stage = new Stage()
    class Bee extends Actor {
      async forage(): Promise<unknown> {
        await Promise.resolve()
        const task = Task.async(async (self) => self.callers, { from: this })
        return [task.owner === this.self, await Task.await(task)]
      }
    }
    const bee = stage.system.spawn(Bee)
    expect(await bee.call.forage()).toEqual([true, [bee]])
  })

  it("belongs to nobody if it was started for a system: any code may wait for it, and its crash is its own", async () => {
    await using stage = new Stage()
    const { system } = stage
    const task = Task.async(() => after(0, 42), { system })
    const crashing = Task.async(
      () => {
        throw new Error("stung")
      },
      { system },
    )
    expect(await Task.await(task)).toBe(42)
    const other = await inProcess(stage, function* () {
      return yield* Task.await(task)
    })
    expect(await Task.yield(crashing)).toMatchObject({ kind: "exit", reason: { error: { message: "stung" } } })
    expect([task.owner, task.monitor, other.value]).toEqual([undefined, undefined, 42])
    expect(stage.crashes.map(({ ref }) => ref)).toEqual([crashing.ref])
  })

  it("has its result although a kill comes before the owner looks", async () => {
    await using stage = new Stage()
    const outcome = await inProcess(stage, function* () {
      const task = Task.async(() => "done")
      yield* schedule()
      task.ref.exit(ExitReason.kill)
      return yield* Task.await(task)
    })
    expect(outcome.value).toBe("done")
  })

  it("is ended by a crash of its owner, with the same reason, and its `finally` runs", async () => {
    await using stage = new Stage()
    const log: string[] = []
    const reasons: unknown[] = []
    stage.system.events.on("ended", ({ reason, ref }) => reasons.push(`${String(ref)}: ${String(wordOf(reason))}`))
    const owner = stage.system.spawn(function* owner() {
      const task = Task.async(function* () {
        try {
          yield* sleep(100)
        } finally {
          log.push("finally")
        }
      })
      yield* Task.await(task)
    })
    stage.pass()
    owner.exit(ExitReason.custom("gone"))
    stage.pass()
    expect([log, reasons]).toEqual([["finally"], [`${String(owner)}: gone`, "task #2: gone"]])
  })

  it("aborts the signal of an async body that is ended, and drops what comes of it", async () => {
    await using stage = new Stage()
    const log: unknown[] = []
    const outcome = await inProcess(stage, function* () {
      const task = Task.async(async (self) => {
        self.signal.addEventListener("abort", () => log.push("aborted"))
        await new Promise((resolve) => {
          self.signal.addEventListener("abort", resolve)
        })
        log.push("went on")
        return "late"
      })
      yield* schedule()
      return yield* Task.shutdown(task, { brutal: true })
    })
    await stage.turns()
    expect([outcome.settled, outcome.value, log]).toEqual([true, undefined, ["aborted", "went on"]])
    expect(stage.system.statistics().abandoned).toBe(1)
  })

  it("lets an async body that is shut down settle: its result is given", async () => {
    await using stage = new Stage()
    const outcome = await inProcess(stage, function* () {
      const task = Task.async(async (self) => {
        await new Promise((resolve) => {
          self.signal.addEventListener("abort", resolve)
        })
        return "saved"
      })
      yield* schedule()
      return yield* Task.shutdown(task)
    })
    await stage.turns()
    expect(outcome.value).toEqual({ kind: "ok", value: "saved" })
  })
})

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

describe("a task without a link", () => {
  it("is told of by a Down, once, whatever ends it, unless its owner has waited for it", async () => {
    await using stage = new Stage()
    const outcome = await inProcess(stage, function* (self) {
      const link = false
      const failing = (): never => {
        throw new Error("stung")
      }
      const waited = Task.async(failing, { link })
      yield* Task.yield(waited)
      const shut = Task.async(() => after(10, 1), { link })
      yield* schedule()
      yield* Task.shutdown(shut)
      const ignored = Task.async(failing, { link })
      Task.ignore(ignored)
      const told = [Task.async(failing, { link }), Task.async(() => 1, { link })]
      yield* sleep(1)
      const downs = [yield* self.receive(), yield* self.receive()] as Down[]
      const nothing = yield* select({ message: self.receive(), tick: sleep(1) })
      return [downs.map((down) => [wordOf(down.reason), told.findIndex(({ monitor }) => monitor === down.monitor)]), nothing.key, yield* Task.yield(told[1] as Task<number>)]
    })
    expect(outcome.error).toBeUndefined()
    expect(outcome.value).toEqual([[["stung", 0], ["normal", 1]], "tick", { kind: "ok", value: 1 }])
  })

  it("reaches an actor's down() with its monitor", async () => {
    await using stage = new Stage()
    const log: unknown[] = []
    class Owner extends Actor {
      #task: Task<never> | undefined
      begin(): void {
        this.#task = Task.async(
          () => {
            throw new Error("stung")
          },
          { link: false },
        )
      }
      down(monitor: unknown, from: unknown, reason: ExitReason): void {
        log.push(monitor === this.#task?.monitor, from === this.#task?.ref, wordOf(reason))
      }
    }
    stage.outcome(() => stage.system.spawn(Owner).call.begin())
    stage.pass()
    expect(log).toEqual([true, true, "stung"])
  })

  it("outlives its owner", async () => {
    await using stage = new Stage()
    let task: Task<number> | undefined
    const owner = stage.system.spawn(function* () {
      task = Task.async(() => after(10, 1), { link: false })
      yield* sleep(100)
    })
    stage.pass()
    owner.exit(ExitReason.custom("gone"))
    stage.pass()
    expect([owner.alive, task?.ref.alive]).toEqual([false, true])
    stage.pass(10)
  })
})

describe("a trapping owner", () => {
  it("gets the Exit of a linked task that crashes, and await fails with the reason", async () => {
    await using stage = new Stage()
    const outcome = await inProcess(
      stage,
      function* (self) {
        const task = Task.async(() => {
          throw new Error("stung")
        })
        const result = yield* Task.yield(task)
        return [result?.kind, shown(yield* self.receive())]
      },
      { trapExit: true },
    )
    expect(outcome.value).toEqual(["exit", "exit of task #2: stung"])
  })
})

describe("bad input", () => {
  it("names what is wrong, and the right call", async () => {
    await using stage = new Stage()
    const { system } = stage
    const bad: readonly [() => unknown, string][] = [
      [() => Task.async(5 as never, { system }), "body must be a function, best a generator function, got 5. right: Task.async(function* () { … })"],
      [() => Task.async(() => 1, { system, args: 5 as never }), "args must be an array of the arguments behind self"],
      [() => Task.async(() => 1, { system, restart: true } as never), "options.restart must be left out: the options are link, from, system, label, args"],
      [() => Task.async(() => 1, { system, link: true }), "link must be left out where system is given"],
      [() => Task.async(() => 1, { system, link: 1 as never }), "link must be true or false, got 1"],
      [() => Task.async(() => 1, { system: {} as never }), "system must be a System"],
      [() => Task.async(() => 1, { from: {} as never }), "from must be an actor or a raw process"],
      [() => Task.async(() => 1, { system, label: 1 as never }), "label must be a string"],
      [() => Task.await(5 as never), "task must be a task, got 5. right: Task.await(Task.async(load))"],
      [() => Task.await({} as never), "task must be a task"],
      [() => Task.awaitMany({} as never), "tasks must be an array of tasks"],
      [() => Task.awaitMany([1] as never), "task must be a task, got 1"],
      [() => Task.await(Task.async(() => 1, { system }), { timeoutMs: -1 }), "timeoutMs must be a finite number of milliseconds, 0 or more, got -1. right: Task.await(task, { timeoutMs: 1000 })"],
      [() => Task.yield(Task.async(() => 1, { system }), { timeout: 1 } as never), "options.timeout must be left out"],
      [() => Task.yieldMany([], { limit: 0 }), "limit must be an integer, 1 or more"],
      [() => Task.yieldMany([], { onTimeout: "exit" as never }), "onTimeout must be one of nothing, ignore, kill"],
      [() => Task.shutdown(Task.async(() => 1, { system }), { brutal: true, timeoutMs: 5 } as never), "timeoutMs must be left out where brutal is true"],
      [() => Task.shutdown(Task.async(() => 1, { system }), { brutal: 1 as never }), "brutal must be true or false"],
      [() => Task.ignore(undefined as never), "task must be a task"],
    ]
    for (const [call, text] of bad) expect(call).toThrow(text)
    stage.pass()
  })

  it("needs an owner or a system: outside of both it says how to name one", () => {
    expect(() => Task.async(() => 1)).toThrow("right: Task.async(load, { from: this }) in an async method")
    expect(() => Task.stream([1], (n) => n)).toThrow("right: Task.stream(urls, load, { system }) in plain code")
  })

  it("cannot have both", async () => {
    await using stage = new Stage()
    const outcome = await inProcess(stage, function* (self) {
      Task.async(() => 1, { from: self, system: stage.system })
    })
    expect(outcome.error).toMatchObject({ code: "invalid_argument", argument: "system" })
  })

  it("is refused where the owner has ended, or the system has stopped", async () => {
    const stage = new Stage()
    let ended: Process<unknown> | undefined
    stage.system.spawn((self: Process<unknown>) => {
      ended = self
    })
    stage.pass()
    expect(() => Task.async(() => 1, { from: ended as Process<unknown> })).toThrow("has ended, so it can do nothing any more")
    await stage[Symbol.asyncDispose]()
    expect(() => Task.async(() => 1, { system: stage.system })).toThrow("nothing can be started in it any more")
  })
})

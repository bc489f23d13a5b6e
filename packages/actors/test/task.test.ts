import { type Routine, schedule, select, sleep, tasklet, until } from "@vivarium/core"
import { Actor, type Down, ExitReason, Task } from "@vivarium/actors"
import { describe, expect, it } from "vitest"
import { shown, Stage, wordOf } from "./fixtures/stage.ts"
import { after, inProcess } from "./fixtures/tasks.ts"

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
    expect([outcome.at, outcome.value, log]).toEqual([0, undefined, ["aborted", "went on"]])
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

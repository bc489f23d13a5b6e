import { type Routine, schedule, sleep } from "@vivarium/core"
import { ActorError, Down, Exit, ExitReason, type Process, Task, TaskError } from "@vivarium/actors"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { idle, OtpWorld, shown, unread } from "./otp-world.ts"

let world: OtpWorld
beforeEach(() => {
  world = new OtpWorld()
})
afterEach(async () => {
  await world.end()
})

const unknown = ExitReason.custom("unknown")
const trapping = { trapExit: true }

function* after<T>(ms: number, value: T): Routine<T> {
  yield* sleep(ms)
  return value
}

/** A body that ends its process with a reason. */
function ending(reason: ExitReason) {
  return function* (self: Process<unknown>): Routine<never> {
    return yield* self.stop(reason)
  }
}

/** A body that does not end when it is asked to. */
function* stubborn(self: Process<unknown>): Routine {
  self.trapExit = true
  yield* idle(self)
}

function* errorOf(waiting: Generator<never, unknown> | Iterable<unknown>): Routine<unknown> {
  try {
    yield* waiting as Routine<unknown>
  } catch (error) {
    return error
  }
  throw new Error("nothing was raised")
}

describe("a task and who waits for it", () => {
  it.for(["await", "yield", "shutdown", "ignore"] as const)("K02: %s by another process than the owner is refused with not_owner", async (what) => {
    await world.process(function* (self) {
      const task = Task.async(() => 1)
      const stranger = Task.async(() => Task[what](task), { link: false })
      expect(yield* Task.yield(stranger)).toMatchObject({ kind: "exit", reason: { kind: "error", error: { code: "not_owner" } } })
      expect(yield* Task.await(task)).toBe(1)
      expect(yield* unread(self)).toEqual([])
    })
    expect(world.reports[0]?.reason).toMatchObject({ error: expect.any(ActorError) })
  })

  it("K03: yield of one that has finished gives its value, and again", async () => {
    await world.process(function* () {
      const task = Task.async(() => "done")
      yield* schedule()
      expect(yield* Task.yield(task, { timeoutMs: 0 })).toEqual({ kind: "ok", value: "done" })
      expect(yield* Task.yield(task, { timeoutMs: 0 })).toEqual({ kind: "ok", value: "done" })
    })
  })

  it("K03: yield of one that has not finished gives nothing when the time is up, and can be asked again", async () => {
    await world.process(function* () {
      const task = Task.async(() => after(30, "done"))
      expect(yield* Task.yield(task, { timeoutMs: 0 })).toBeUndefined()
      expect(yield* Task.yield(task, { timeoutMs: 20 })).toBeUndefined()
      expect(world.clock.now()).toBe(20)
      expect(yield* Task.yield(task)).toEqual({ kind: "ok", value: "done" })
    })
  })

  it("K03: yield of one that has died gives its reason", async () => {
    await world.process(function* () {
      const task = Task.async(ending(unknown))
      expect(yield* Task.yield(task)).toEqual({ kind: "exit", reason: unknown })
    }, trapping)
  })

  it("K04: shutdown of one that runs ends it and gives nothing", async () => {
    await world.process(function* (self) {
      const task = Task.async(() => after(1000, "never"))
      yield* schedule()
      expect(yield* Task.shutdown(task)).toBeUndefined()
      expect([task.ref.alive, world.clock.now()]).toEqual([false, 0])
      expect(yield* unread(self)).toEqual([])
    }, trapping)
  })

  it("K04: shutdown of one that has replied already gives the reply", async () => {
    await world.process(function* () {
      const task = Task.async(() => "done")
      yield* schedule()
      expect(yield* Task.shutdown(task)).toEqual({ kind: "ok", value: "done" })
    })
  })

  it("K04: shutdown of one that died gives its reason", async () => {
    await world.process(function* () {
      const task = Task.async(ending(unknown), { link: false })
      yield* schedule()
      expect(yield* Task.shutdown(task)).toEqual({ kind: "exit", reason: unknown })
    })
  })

  it("K04: shutdown of one that is stubborn kills it after the time-out and says so", async () => {
    await world.process(function* (self) {
      const task = Task.async(stubborn)
      yield* schedule()
      expect(yield* Task.shutdown(task, { timeoutMs: 10 })).toEqual({ kind: "exit", reason: ExitReason.killed })
      expect([task.ref.alive, world.clock.now()]).toEqual([false, 10])
      expect(yield* unread(self)).toEqual([])
    }, trapping)
  })

  it("K04: a brutal shutdown ends even the stubborn at once and gives nothing", async () => {
    await world.process(function* (self) {
      const task = Task.async(stubborn)
      yield* schedule()
      expect(yield* Task.shutdown(task, { brutal: true })).toBeUndefined()
      expect([task.ref.alive, world.clock.now()]).toEqual([false, 0])
      expect(yield* unread(self)).toEqual([])
    })
  })

  it("K06: ignore before completion gives nothing, and a later await times out", async () => {
    await world.process(function* () {
      const task = Task.async(() => after(10, "done"))
      expect(Task.ignore(task)).toBeUndefined()
      yield* sleep(20)
      expect(task.ref.alive).toBe(false)
      expect(yield* errorOf(Task.await(task, { timeoutMs: 5 }))).toMatchObject({ code: "timeout" })
    })
  })

  it("K06: ignore after completion gives the value, and a later await times out", async () => {
    await world.process(function* () {
      const task = Task.async(() => "done")
      yield* schedule()
      expect(Task.ignore(task)).toEqual({ kind: "ok", value: "done" })
      expect(yield* errorOf(Task.await(task, { timeoutMs: 5 }))).toMatchObject({ code: "timeout" })
    })
  })
})

describe("Task.await (section 10)", () => {
  it("fails with the reason of a task that crashes", async () => {
    await world.process(function* (self) {
      const boom = new Error("boom")
      const task = Task.async(() => {
        throw boom
      })
      const error = yield* errorOf(Task.await(task))
      expect(error).toBeInstanceOf(TaskError)
      expect(error).toMatchObject({ code: "exit", cause: boom, reason: { kind: "error", error: boom } })
      expect(yield* unread(self)).toEqual([{ exit: boom, from: String(task.ref) }])
    }, trapping)
  })

  it("ends by the link where the owner does not trap exits", async () => {
    await world.process(function* (self) {
      const { monitor } = self.spawnMonitor(function* () {
        yield* Task.await(Task.async(ending(unknown)))
      })
      expect(shown(yield* self.receive())).toMatchObject({ down: "unknown" })
      expect(monitor.active).toBe(false)
    })
  })

  it("takes 5,000 ms at most; the task goes on and dies with its owner", async () => {
    await world.process(function* (self) {
      let task: Task<string> | undefined
      const { ref } = self.spawnMonitor(function* (mine: Process) {
        task = Task.async(() => after(20_000, "late"))
        const error = yield* errorOf(Task.await(task))
        expect(error).toMatchObject({ code: "timeout", reason: ExitReason.timeout })
        expect(world.clock.now()).toBe(5000)
        yield* idle(mine)
      })
      yield* sleep(6000)
      expect([task?.ref.alive, world.clock.now()]).toEqual([true, 6000])
      ref.exit(unknown)
      expect(yield* self.receive()).toBeInstanceOf(Down)
      yield* schedule()
      expect(task?.ref.alive).toBe(false)
    })
  })

  it("leaves nothing in the mailbox of an owner that does not wait: no result, no Down", async () => {
    await world.process(function* (self) {
      Task.async(() => "done")
      yield* sleep(1)
      expect(yield* unread(self)).toEqual([])
    })
  })
})

describe("Task.await_many and yield_many (section 10)", () => {
  it("give all in order, within one deadline", async () => {
    await world.process(function* () {
      const tasks = [Task.async(() => after(30, "a")), Task.async(() => after(10, 2)), Task.async(() => true)] as const
      expect(yield* Task.awaitMany(tasks, { timeoutMs: 31 })).toEqual(["a", 2, true])
      expect(world.clock.now()).toBe(30)
    })
  })

  it("await_many: the first failure in time wins, at once", async () => {
    await world.process(function* () {
      const later = Task.async(function* (self) {
        yield* sleep(20)
        yield* self.stop(ExitReason.custom("later"))
      })
      const first = Task.async(function* (self) {
        yield* sleep(10)
        yield* self.stop(ExitReason.custom("first"))
      })
      expect(yield* errorOf(Task.awaitMany([Task.async(() => after(50, 1)), later, first]))).toMatchObject({ reason: { value: "first" } })
      expect(world.clock.now()).toBe(10)
    }, trapping)
  })

  it("yield_many tells which have ended, which died and which not", async () => {
    await world.process(function* () {
      const tasks = [Task.async(() => after(100, 1)), Task.async(ending(unknown)), Task.async(() => 3)]
      expect(yield* Task.yieldMany(tasks, { timeoutMs: 10 })).toEqual([undefined, { kind: "exit", reason: unknown }, { kind: "ok", value: 3 }])
    }, trapping)
  })
})

describe("Task.async_stream", () => {
  it("K07: keeps the order of the items, slowest first", async () => {
    await world.process(function* () {
      const stream = Task.stream([400, 300, 200, 100], (ms) => after(ms, ms), { maxConcurrency: 4 })
      expect(yield* stream.toArray()).toEqual([400, 300, 200, 100].map((value) => ({ kind: "ok", value })))
      expect(world.clock.now()).toBe(400)
    })
  })

  it("K08: gives the results as they come, if the order is not kept", async () => {
    await world.process(function* () {
      const stream = Task.stream([400, 300, 200, 100], (ms) => after(ms, ms), { maxConcurrency: 4, ordered: false })
      expect(yield* stream.toArray()).toEqual([100, 200, 300, 400].map((value) => ({ kind: "ok", value })))
    })
  })

  it("K10: kills those alone that take too long", async () => {
    await world.process(function* (self) {
      const stream = Task.stream([100, 1, 100, 1], (ms) => after(ms, ms), { timeoutMs: 50, onTimeout: "kill" })
      const late = { kind: "exit", reason: ExitReason.timeout, item: 100 }
      expect(yield* stream.toArray()).toEqual([late, { kind: "ok", value: 1 }, late, { kind: "ok", value: 1 }])
      expect(yield* unread(self)).toEqual([])
      expect(self.children).toEqual([])
    })
  })

  it("K11: gives exits as elements to an owner that traps, and sends it no Exit", async () => {
    await world.process(function* (self) {
      const stream = Task.stream([1, 2, 3, 4], (n, mine) => mine.stop(ExitReason.custom(n)))
      expect(yield* stream.toArray()).toEqual([1, 2, 3, 4].map((n) => ({ kind: "exit", reason: ExitReason.custom(n), item: n })))
      expect(yield* unread(self)).toEqual([])
    }, trapping)
  })
})

describe("async_nolink and callers", () => {
  it("K13: a crash leaves the caller alive, and it gets a Down", async () => {
    await world.process(function* (self) {
      const task = Task.async(ending(unknown), { link: false })
      const down = yield* self.receive((message): message is Down => message instanceof Down)
      expect([down.monitor === task.monitor, down.reason]).toEqual([true, unknown])
      expect(yield* unread(self)).toEqual([])
    })
  })

  it("K13: no Down is left once the caller has waited for it", async () => {
    await world.process(function* (self) {
      const task = Task.async(ending(unknown), { link: false })
      expect(yield* errorOf(Task.await(task))).toMatchObject({ reason: unknown })
      expect(yield* unread(self)).toEqual([])
    })
  })

  it("K14: callers of nested tasks are the chain of those who asked, the nearest first", async () => {
    await world.process(function* (self) {
      const nested = Task.async(function* (parent) {
        const callers = yield* Task.await(Task.async((child) => child.callers))
        return [callers, [parent.self, ...parent.callers]] as const
      })
      const [callers, expected] = yield* Task.await(nested)
      expect(callers).toEqual(expected)
      expect(callers).toEqual([nested.ref, self.self])
      expect(self.callers).toEqual([])
    })
  })

  it("K14: tasks of a stream have callers, too", async () => {
    await world.process(function* (self) {
      expect(yield* Task.stream([0], (_item, mine) => mine.callers).toArray()).toEqual([{ kind: "ok", value: [self.self] }])
    })
  })
})

describe("links of tasks (section 10)", () => {
  it("a normal end of the owner ends no task; a trapping owner gets the Exit of each linked task", async () => {
    await world.process(function* (self) {
      let task: Task<number> | undefined
      self.spawn(() => {
        task = Task.async(() => after(10, 1))
      })
      const mine = Task.async(() => 1)
      yield* sleep(5)
      expect(task?.ref.alive).toBe(true)
      const exit = yield* self.receive()
      expect(exit).toBeInstanceOf(Exit)
      expect(shown(exit)).toEqual({ exit: "normal", from: String(mine.ref) })
    }, trapping)
  })
})

/** What a receive has been handed, and its tasklet has not seen, is not lost: it goes back to its place. */
import { all, call, Event, type Operation, schedule, select, sleep, type Routine } from "@vivarium/core"
import { Actor, Down, type Process, type Ref } from "@vivarium/actors"
import { describe, expect, it } from "vitest"
import { shown, Stage } from "./fixtures/stage.ts"

const isB = (message: unknown): boolean => message === "b"

/** Whatever is unread, as it stands. */
function* drain(self: Process): Routine<unknown[]> {
  const found: unknown[] = []
  self.self.send("end")
  for (let message = yield* self.receive(); message !== "end"; message = yield* self.receive()) found.push(message)
  return found
}

describe("a message that was handed to a branch which is killed before it runs", () => {
  it.each<[string, string[], string[], string[]]>([
    ["stands behind what was skipped when it came", ["a", "a"], [], ["a", "a", "b"]],
    ["stands before what has come since", [], ["c"], ["b", "c"]],
    ["stands between the two", ["a"], ["c"], ["a", "b", "c"]],
  ])("%s", async (_name, before, since, expected) => {
    await using stage = new Stage()
    const bell = new Event(stage.scheduler)
    const got: unknown[] = []
    const raw = stage.system.spawn(function* (self: Process) {
      try {
        // The second branch runs first, and fails: the first has been handed its message then, but has not seen it.
        yield* all([self.receive(isB), failing(bell)])
      } catch (error) {
        got.push((error as Error).message)
      }
      got.push(...(yield* drain(self)))
    })
    for (const message of before) raw.send(message)
    stage.pass()
    bell.set()
    raw.send("b")
    for (const message of since) raw.send(message)
    stage.pass()
    expect(got).toEqual(["failed", ...expected])
  })

  it.each<[string, string[]]>([
    ["exit", ["exit of process #1: normal", "down of process #1: normal"]],
    ["down", ["exit of process #1: normal", "down of process #1: normal"]],
  ])("may be told by the system, and is told once: %s", async (kind, expected) => {
    await using stage = new Stage()
    const bell = new Event(stage.scheduler)
    const got: unknown[] = []
    const target = stage.system.spawn(function* (self: Process) { yield* self.receive() })
    stage.system.spawn(
      function* (self: Process) {
        self.link(target)
        self.monitor(target)
        try {
          yield* all([self.receive((message: unknown) => String(shown(message)).startsWith(kind)), failing(bell)])
        } catch (error) {
          got.push((error as Error).message)
        }
        got.push(...(yield* drain(self)).map(shown))
      },
      { trapExit: true },
    )
    stage.pass()
    // Whoever tells it comes first, then the branch that fails, then the one that was told.
    target.send("end")
    bell.set()
    stage.pass()
    expect(got).toEqual(["failed", ...expected])
  })

  it("may be a tick, which then counts as unread: the next one waits for it", async () => {
    await using stage = new Stage()
    const got: unknown[] = []
    const raw = stage.system.spawn(function* (self: Process) {
      const fails = call(function* () {
        yield* sleep(5)
        throw new Error("failed")
      })
      // Its timer is made second, so it is handed its tick when the other branch is about to run already.
      const receives = call(function* () {
        self.sendAfter(5, "tick", { everyMs: 5 })
        return yield* self.receive((message: unknown) => message === "tick")
      })
      try {
        yield* all([fails, receives])
      } catch (error) {
        got.push((error as Error).message)
      }
      yield* sleep(20)
      got.push(...(yield* drain(self)))
    })
    for (let ms = 0; ms < 25; ms++) stage.pass(1)
    expect([got, raw.alive]).toEqual([["failed", "tick"], false])
  })
})

describe("a receive that loses a select", () => {
  it("takes nothing, and leaves no trace", async () => {
    await using stage = new Stage()
    const got: unknown[] = []
    const raw = stage.system.spawn(function* (self: Process) {
      got.push((yield* select({ message: self.receive(isB), late: sleep(5) })).key)
      got.push(...(yield* drain(self)))
    })
    raw.send("a")
    stage.pass(5)
    raw.send("b")
    stage.pass()
    expect(got).toEqual(["late", "a"])
  })
})

describe("a guard", () => {
  it("that raises fails its own receive, takes nothing, and hurts neither the sender nor another receive", async () => {
    await using stage = new Stage()
    const got: unknown[] = []
    const raw = stage.system.spawn(function* (self: Process) {
      const raises = call(function* (): Routine {
        try {
          yield* self.receive((_message: unknown): boolean => { throw new Error("in the guard") })
        } catch (error) {
          got.push((error as Error).message)
        }
      })
      const [, message] = yield* all([raises, self.receive()])
      got.push(message)
      yield* raises
      got.push(...(yield* drain(self)))
    })
    stage.pass()
    expect([raw.send("a"), raw.send("b")]).toEqual([true, true])
    stage.pass()
    expect(got).toEqual(["in the guard", "a", "in the guard", "b"])
  })

  it("may look at the process, but not wait", async () => {
    await using stage = new Stage()
    const got: unknown[] = []
    const raw: Ref<Process> = stage.system.spawn(function* (self: Process) {
      got.push(yield* self.receive((message: unknown) => message === self.self.id))
      got.push(yield* self.receive((message: unknown) => {
        if (message !== "last") self.self.send("last")
        return message === "last"
      }))
    })
    stage.pass()
    for (const message of [7, 1, "x"]) raw.send(message)
    stage.pass()
    expect(got).toEqual([1, "last"])
  })

  it("of a Down's own message that raises ends an actor, and fails a raw process's receive", async () => {
    await using stage = new Stage()
    const got: unknown[] = []
    const fails = { message: (_down: Down): never => { throw new Error("in message") } }
    class Watcher extends Actor {
      watch(of: Ref<unknown>) {
        this.monitor(of, fails)
      }
      info() {}
    }
    const target = stage.system.spawn(function* (self: Process) { yield* self.receive() })
    const watcher = stage.system.spawn(Watcher)
    watcher.cast.watch(target)
    stage.system.spawn(function* (self: Process) {
      const monitor = self.monitor(target, fails)
      try {
        yield* self.receive()
      } catch (error) {
        got.push((error as Error).message)
      }
      self.demonitor(monitor, { flush: true })
      yield* schedule()
      got.push(...(yield* drain(self)))
    })
    stage.pass()
    target.send("end")
    stage.pass()
    expect([got, watcher.alive, stage.ends]).toEqual([["in message"], false, ["in message"]])
  })
})

/** Fails as soon as the bell has rung. */
function failing(bell: Event): Operation<never> {
  return call(function* () {
    yield* bell.wait()
    throw new Error("failed")
  })
}

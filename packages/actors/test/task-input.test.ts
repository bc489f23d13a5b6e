import { type Process, Task } from "@vivarium/actors"
import { describe, expect, it } from "vitest"
import { Stage } from "./fixtures/stage.ts"
import { inProcess } from "./fixtures/tasks.ts"

describe("bad input of a task", () => {
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

describe("bad input of a stream", () => {
  it("is told by name, with the right call", async () => {
    await using stage = new Stage()
    const { system } = stage
    const stream = (options: object): unknown => Task.stream([1], (n) => n, { system, ...options })
    const bad: readonly [() => unknown, string][] = [
      [() => Task.stream(5 as never, (n) => n, { system }), "items must be an iterable or an async iterable, got 5. right: Task.stream(urls, load)"],
      [() => Task.stream(null as never, (n) => n, { system }), "items must be an iterable"],
      [() => Task.stream([1], 5 as never, { system }), "body must be a function"],
      [() => stream({ concurrency: 5 }), "options.concurrency must be left out: the options are maxConcurrency, ordered, timeoutMs, onTimeout, link, from, system"],
      [() => stream({ maxConcurrency: 0 }), "maxConcurrency must be an integer, 1 or more, got 0"],
      [() => stream({ maxConcurrency: Infinity }), "maxConcurrency must be an integer"],
      [() => stream({ ordered: "no" }), "ordered must be true or false"],
      [() => stream({ timeoutMs: "5" }), "timeoutMs must be a finite number of milliseconds"],
      [() => stream({ onTimeout: "ignore" }), 'onTimeout must be "exit" or "kill"'],
      [() => stream({ link: true }), "link must be left out where system is given"],
      [() => Task.stream([1], (n) => n, { system }).each(5 as never), "body must be a function of an element"],
    ]
    for (const [call, text] of bad) expect(call).toThrow(text)
  })
})

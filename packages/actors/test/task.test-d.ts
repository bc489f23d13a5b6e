import type { MissingStar, Operation, Received } from "@vivarium/core"
import { type Routine, sleep } from "@vivarium/core"
import { type CollectedAnswer, type Pending, type Process, RequestCollection, type StreamResult, type System, Task, type TaskResult, type TaskStream } from "@vivarium/actors"
import { describe, expectTypeOf, it } from "vitest"

declare const system: System
declare const self: Process<unknown>
declare const url: string

function* load(address: string): Routine<number> {
  yield* sleep(1)
  return address.length
}

describe("the result of a task", () => {
  it("follows the kind of body", () => {
    expectTypeOf(Task.async(() => 5)).toEqualTypeOf<Task<number>>()
    expectTypeOf(Task.async(async () => 5)).toEqualTypeOf<Task<number>>()
    expectTypeOf(Task.async(() => load(url))).toEqualTypeOf<Task<number>>()
    expectTypeOf(Task.async(() => sleep(5))).toEqualTypeOf<Task<void>>()
    expectTypeOf(
      Task.async(function* () {
        return (yield* load(url)) > 5
      }),
    ).toEqualTypeOf<Task<boolean>>()
    expectTypeOf(Task.async((me) => me, { system, link: false, label: "x" })).toEqualTypeOf<Task<Process<unknown>>>()
    expectTypeOf(Task.async((me: Process<string>) => me.receive(), { from: self })).toEqualTypeOf<Task<string>>()
  })

  it("is what waiting gives", () => {
    const task = Task.async(() => 5)
    expectTypeOf(Task.await(task)).toEqualTypeOf<Operation<number>>()
    expectTypeOf(Task.yield(task, { timeoutMs: 0 })).toEqualTypeOf<Operation<TaskResult<number> | undefined>>()
    expectTypeOf(Task.shutdown(task, { brutal: true })).toEqualTypeOf<Operation<TaskResult<number> | undefined>>()
    expectTypeOf(Task.ignore(task)).toEqualTypeOf<TaskResult<number> | undefined>()
  })

  it("of several is a tuple, or a list", () => {
    const number = Task.async(() => 5)
    const text = Task.async(() => "five")
    expectTypeOf(Task.awaitMany([number, text])).toEqualTypeOf<Operation<[number, string]>>()
    expectTypeOf(Task.awaitMany([number] as Task<number>[])).toEqualTypeOf<Operation<number[]>>()
    expectTypeOf(Task.yieldMany([number, text])).toEqualTypeOf<Operation<[TaskResult<number> | undefined, TaskResult<string> | undefined]>>()
  })

  it("varies with its type, and only one way", () => {
    expectTypeOf<Task<5>>().toExtend<Task<number>>()
    expectTypeOf<Task<number>>().not.toExtend<Task<5>>()
  })
})

describe("the arguments of a task", () => {
  it("must fit its body", () => {
    expectTypeOf(Task.async((_me, address: string) => load(address), { args: [url] })).toEqualTypeOf<Task<number>>()
    expectTypeOf(Task.async((_me, address, count) => [address, count] as const, { args: [url, 5] })).toEqualTypeOf<Task<readonly [string, number]>>()
    Task.async((_me, count = 5) => count)
    // @ts-expect-error: the argument is missing
    Task.async((_me, address: string) => load(address))
    // @ts-expect-error: the argument is no string
    Task.async((_me, address: string) => load(address), { args: [5] })
    // @ts-expect-error: there is one too few
    Task.async((_me, address: string, count: number) => load(address.repeat(count)), { args: [url] })
  })

  it("cannot be misspelt options, nor a body whose yield has no star", () => {
    // @ts-expect-error: no such option
    Task.async(() => 5, { links: false })
    // @ts-expect-error: the options exclude each other
    void Task.shutdown(Task.async(() => 5), { brutal: true, timeoutMs: 5 })
    // @ts-expect-error: a yield without its star
    Task.async(function* () {
      yield sleep(5)
    })
    expectTypeOf<MissingStar>().toHaveProperty("missingStar")
  })
})

describe("a stream", () => {
  it("knows its items and its results", () => {
    const stream = Task.stream([url], (address) => load(address))
    expectTypeOf(stream).toEqualTypeOf<TaskStream<number, string>>()
    expectTypeOf(stream.next()).toEqualTypeOf<Operation<Received<StreamResult<number, string>>>>()
    expectTypeOf(stream.toArray()).toEqualTypeOf<Operation<StreamResult<number, string>[]>>()
    expectTypeOf(stream.each((one) => one.kind)).toEqualTypeOf<Operation<number>>()
    expectTypeOf(Task.stream(new Set([5]), async (count, me) => [count, me] as const)).toEqualTypeOf<TaskStream<readonly [number, Process<unknown>], number>>()
    expectTypeOf(Task.stream({} as AsyncIterable<string>, load)).toEqualTypeOf<TaskStream<number, string>>()
  })

  it("refuses a body for other items", () => {
    expectTypeOf(load).parameters.toEqualTypeOf<[string]>()
    // @ts-expect-error: load takes strings
    Task.stream([5], load)
    // @ts-expect-error: 5 is no iterable
    Task.stream(5, (item) => item)
  })
})

describe("a collection of requests", () => {
  it("gives labels and values back", () => {
    const requests = new RequestCollection<string, number>().add({} as Pending<number>, "rose")
    expectTypeOf(requests.next()).toEqualTypeOf<Operation<CollectedAnswer<string, number> | undefined>>()
    // @ts-expect-error: a request for something else
    requests.add({} as Pending<string>, "lily")
  })
})

/** Agents: what Elixir's do, in every kind of function, and how they fail. */
import { Actor, Agent, type CallError, ExitReason, named, type Process, Registry, refuse, StartError } from "@vivarium/actors"
import { InvalidArgumentError, sleep } from "@vivarium/core"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { Stage } from "./fixtures/stage.ts"

let stage: Stage
beforeEach(() => {
  stage = new Stage()
})
afterEach(async () => {
  await stage[Symbol.asyncDispose]()
})

const counter = () => stage.system.spawn(Agent<number>, { args: [() => 0], name: "honey" })

describe("starting", () => {
  it("waits for the first state, be it given at once, by a generator, an operation or a promise", async () => {
    const { system } = stage
    const starts = stage.begin(function* () {
      const plain = yield* Agent.start(system, () => 1)
      const generator = yield* Agent.start(system, function* () {
        yield* sleep(1)
        return 2
      })
      const operation = yield* Agent.start(system, () => sleep(1))
      const promise = yield* Agent.start(system, async () => 4)
      return [yield* plain.call.get((n) => n), yield* generator.call.get((n) => n), yield* operation.call.get((n) => n), yield* promise.call.get((n) => n)]
    })
    stage.pass(1)
    stage.pass(1)
    await stage.turns()
    expect(starts.value).toEqual([1, 2, undefined, 4])
  })

  it("fails with what the function threw", () => {
    const failed = stage.outcome(() =>
      Agent.start(stage.system, () => {
        throw new RangeError("no honey")
      }),
    )
    expect([failed.code, String((failed.error as Error).cause)]).toEqual(["init_failed", "RangeError: no honey"])
  })

  it("takes the options of any actor: a name is taken once, in a system or a registry", () => {
    const hives = new Registry<string>({ keys: "unique" })
    const honey = stage.outcome(() => Agent.start(stage.system, () => 1, { name: hives.via("linden"), label: "honey" })).value
    expect([honey?.name, honey?.label]).toEqual(["registry/linden", "honey"])
    const failed = stage.outcome(() => Agent.start(stage.system, () => 2, { name: hives.via("linden") }))
    expect([failed.error instanceof StartError, failed.code, (failed.error as StartError).ref === honey]).toEqual([true, "already_started", true])
    expect(stage.outcome(() => named(Agent<number>, hives.via("linden")).call.get((n) => n)).value).toBe(1)
  })

  it("in an actor or a raw process makes a child", () => {
    const children: number[] = []
    class Hive extends Actor {
      *init() {
        yield* Agent.start(this, () => 1)
        children.push(this.children.length)
      }
    }
    stage.system.spawn(Hive)
    stage.system.spawn(function* (self: Process) {
      yield* Agent.start(self, () => 1)
      children.push(self.children.length)
    })
    stage.pass()
    expect(children).toEqual([1, 1])
  })

  it.each([0, undefined, null, {}])("without a function is refused: %o", (initial) => {
    expect(() => Agent.start(stage.system, initial as never)).toThrow(InvalidArgumentError)
    const failed = stage.outcome(() => stage.system.start(Agent<number>, { args: [initial as never] }))
    expect(failed.code).toBe("init_failed")
  })
})

describe("functions", () => {
  it("get gives what is read, update changes, getAndUpdate does both; a cast does not wait", () => {
    const honey = counter()
    const results = stage.outcome(function* () {
      const first = yield* honey.call.update((n) => n + 3)
      honey.cast.update((n) => n * 2)
      return [first, yield* honey.call.get((n) => `${n} drops`), yield* honey.call.getAndUpdate((n) => [`had ${n}`, n - 1]), yield* honey.call.get((n) => n)]
    })
    expect(results.value).toEqual([undefined, "6 drops", "had 6", 5])
  })

  it("may wait, of any kind; nobody gets in between", async () => {
    const honey = counter()
    const log: number[] = []
    honey.cast.update(function* (n) {
      yield* sleep(10)
      return n + 1
    })
    honey.cast.update(async (n) => n * 10)
    const waited = stage.begin(() => honey.call.getAndUpdate(async (n) => [n, n + 5] as const))
    const read = stage.begin(() =>
      honey.call.get(function* (n) {
        yield* sleep(1)
        log.push(n)
        return n
      }),
    )
    stage.pass()
    expect([waited.settled, read.settled]).toEqual([false, false])
    stage.pass(10)
    await stage.turns()
    stage.pass(1)
    expect([waited.value, read.value, log]).toEqual([10, 15, [15]])
  })

  it("run inside the agent: it is the current process", () => {
    const honey = counter()
    const names = stage.outcome(() => honey.call.get(() => stage.system.processes.length))
    expect(names.value).toBe(1)
    const failed = stage.outcome(() => honey.call.get(() => honey.call.get((n) => n)))
    expect(((failed.error as CallError).cause as CallError).code).toBe("calling_self")
  })

  it("that throw end the agent, with the error as its reason, and a report", () => {
    const honey = counter()
    const failed = stage.outcome(() =>
      honey.call.update(() => {
        throw new Error("spilt")
      }),
    )
    expect([failed.code, String((failed.error as Error).cause), honey.alive]).toEqual(["exit", "Error: spilt", false])
    expect(stage.crashes.map(({ message, state }) => [message?.method, state])).toEqual([["update", 0]])
  })

  it("that refuse fail the call alone, and change nothing", () => {
    const honey = counter()
    const failed = stage.outcome(() =>
      honey.call.update(() => {
        throw refuse(new Error("not now"))
      }),
    )
    expect([failed.code, String((failed.error as Error).cause), honey.alive, stage.outcome(() => honey.call.get((n) => n)).value]).toEqual(["refused", "Error: not now", true, 0])
  })

  it("that are none, or give no pair, are the caller's mistake: the agent lives, its state as it was", () => {
    const honey = counter()
    for (const call of [
      honey.call.get(7 as never),
      honey.call.update(7 as never),
      honey.call.getAndUpdate(undefined as never),
      honey.call.getAndUpdate(() => 7 as never),
    ]) {
      const failed = stage.outcome(() => call)
      expect([failed.code, (failed.error as Error).cause instanceof InvalidArgumentError]).toEqual(["refused", true])
    }
    expect([honey.alive, stage.outcome(() => honey.call.get((n) => n)).value]).toEqual([true, 0])
  })

  it("time out like any call, and go on", () => {
    const honey = counter()
    const late = stage.begin(() =>
      honey.with({ timeoutMs: 5 }).call.getAndUpdate(function* (n) {
        yield* sleep(10)
        return [n, n + 1]
      }),
    )
    stage.pass(5)
    expect(late.code).toBe("timeout")
    stage.pass(5)
    expect(stage.outcome(() => honey.call.get((n) => n)).value).toBe(1)
  })
})

describe("as an actor", () => {
  it("shows its state to tools, which may replace it", () => {
    const honey = counter()
    expect(stage.outcome(() => honey.replaceState((n: number) => n + 7)).value).toBe(7)
    expect([stage.outcome(() => honey.getState()).value, stage.outcome(() => honey.call.get((n) => n)).value]).toEqual([7, 7])
  })

  it("answers requests that are collected later, in order", () => {
    const honey = counter()
    const taken = honey.request.getAndUpdate((n) => [n, n + 1])
    const read = honey.request.get((n) => n)
    const collected = stage.outcome(function* () {
      return [yield* read, yield* taken]
    })
    expect(collected.value).toEqual([1, 0])
  })

  it("can be subclassed: with messages of its own about the state", () => {
    class Honey extends Agent<number> {
      *taste() {
        return (yield* this.get((n) => n)) > 0 ? "sweet" : "nothing"
      }
    }
    const honey = stage.system.spawn(Honey, { args: [() => 1] })
    expect(stage.outcome(() => honey.call.taste()).value).toBe("sweet")
    expect(stage.outcome(() => honey.call.get((n) => n + 1)).value).toBe(2)
  })

  it("ends when it is asked to", () => {
    const honey = counter()
    expect(stage.outcome(() => honey.stop(ExitReason.shutdown)).settled).toBe(true)
    expect(honey.cast.update((n) => n)).toBe(false)
  })
})

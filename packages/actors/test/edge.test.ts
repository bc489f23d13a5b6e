import { Actor, ActorError, CallError, edge, MessageSchemaError, type ProtocolFor, type StandardSchema, System } from "@vivarium/actors"
import { type Routine, Scheduler, until } from "@vivarium/core"
import { VirtualClock } from "@vivarium/core/lowlevel"
import { describe, expect, it } from "vitest"
import { z } from "zod"

class Counter extends Actor {
  static readonly protocol = { increment: z.tuple([z.number().int()]), info: z.string() } satisfies ProtocolFor<Counter>
  count = 0
  readonly heard: string[] = []

  increment(by: number): number {
    this.count += by
    return this.count
  }

  reset(): void {
    this.count = 0
  }

  info(message: string): void {
    this.heard.push(message)
  }
}

function makeWorld(): { readonly scheduler: Scheduler; readonly system: System } {
  const scheduler = new Scheduler({ clock: new VirtualClock() })
  return { scheduler, system: new System({ scheduler, log: false }) }
}

async function inWorld(body: (system: System) => Routine): Promise<void> {
  const { scheduler, system } = makeWorld()
  await scheduler.main(function* () {
    yield* body(system)
    yield* system.stop()
  })
}

/** A schema that takes a host's turn to answer, and refuses what is not positive. */
const slowly: StandardSchema<[number]> = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate: async (value) => {
      await Promise.resolve()
      const [amount] = value as [number]
      return amount > 0 ? { value: [amount * 10] } : { issues: [{ message: "must be positive", path: [0] }] }
    },
  },
}

class Slow extends Actor {
  static readonly protocol = { add: slowly }
  readonly added: number[] = []

  add(amount: number): readonly number[] {
    this.added.push(amount)
    return [...this.added]
  }
}

describe("an edge", () => {
  it("lets in what the protocol allows, and answers", () =>
    inWorld(function* (system) {
      const way = edge(system.spawn(Counter))
      expect(yield* way.call("increment", [2])).toBe(2)
      expect(yield* way.cast("increment", [3])).toBe(true)
      expect(yield* way.call("increment", [0])).toBe(5)
    }))

  it("refuses arguments that do not fit before the method is reached, and says what is wrong", () =>
    inWorld(function* (system) {
      const counter = system.spawn(Counter)
      let error: unknown
      try {
        yield* edge(counter).call("increment", ["two"])
      } catch (caught) {
        error = caught
      }
      expect(error).toBeInstanceOf(MessageSchemaError)
      expect(error).toBeInstanceOf(CallError)
      expect((error as MessageSchemaError).code).toBe("schema")
      expect((error as MessageSchemaError).method).toBe("increment")
      expect((error as MessageSchemaError).issues).toHaveLength(1)
      expect(yield* counter.call.increment(0)).toBe(0)
    }))

  it.each(["reset", "stop", "init", "constructor", "toString", "__proto__", "count", "nothing"])("does not know %s, which the protocol does not name", (method) =>
    inWorld(function* (system) {
      const counter = system.spawn(Counter)
      let error: unknown
      try {
        yield* edge(counter).call(method, [])
      } catch (caught) {
        error = caught
      }
      expect(error).toBeInstanceOf(ActorError)
      expect((error as ActorError).code).toBe("unknown_method")
      expect((error as ActorError).message).toContain("increment")
      expect(counter.alive).toBe(true)
    }))

  it("makes a dead letter of a cast or a message that does not fit", () =>
    inWorld(function* (system) {
      const counter = system.spawn(Counter)
      const way = edge(counter)
      expect(yield* way.cast("increment", [1.5])).toBe(false)
      expect(yield* way.cast("reset", [])).toBe(false)
      expect(yield* way.send(7)).toBe(false)
      expect(yield* way.send("seven")).toBe(true)
      expect(system.deadLetters.map(({ because, method }) => [because, method])).toEqual([["schema", "increment"], ["schema", "reset"], ["schema", undefined]])
      expect(yield* counter.getState()).toMatchObject({ count: 0, heard: ["seven"] })
    }))

  it("keeps what comes behind an asynchronous schema waiting, in order", () =>
    inWorld(function* (system) {
      const way = edge(system.spawn(Slow))
      const all = Promise.all([way.call("add", [1]), way.cast("add", [-1]), way.call("add", [2]), way.call("add", [3])])
      expect(yield* until(all)).toEqual([[10], false, [10, 20], [10, 20, 30]])
    }))

  it("fails a call to an actor that has ended, and makes a dead letter of a cast", () =>
    inWorld(function* (system) {
      const counter = system.spawn(Counter)
      const way = edge(counter)
      yield* counter.stop()
      let error: unknown
      try {
        yield* way.call("increment", [1])
      } catch (caught) {
        error = caught
      }
      expect((error as CallError).code).toBe("noproc")
      expect(yield* way.cast("increment", [1])).toBe(false)
      expect(system.deadLetters.map(({ because }) => because)).toEqual(["dead"])
    }))

  it("raises what a schema itself does wrong", () =>
    inWorld(function* (system) {
      class Broken extends Actor {
        static readonly protocol = {
          poke: {
            "~standard": {
              version: 1 as const,
              vendor: "test",
              validate: (): never => {
                throw new Error("the schema is broken")
              },
            },
          },
        }
        poke(): void {}
      }
      const way = edge(system.spawn(Broken))
      for (const operation of [way.call("poke", []), way.cast("poke", [])]) {
        let error: unknown
        try {
          yield* operation
        } catch (caught) {
          error = caught
        }
        expect((error as Error).message).toBe("the schema is broken")
      }
    }))
})

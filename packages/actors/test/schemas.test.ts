/** Protocols: what the schemas of a class let in, from inside with `validate: true`. Any Standard Schema will do. */
import { Actor, type CallError, MessageSchemaError, type Process, type ProtocolFor, type Ref, type StandardSchema, StartError } from "@vivarium/actors"
import { describe, expect, it } from "vitest"
import { z } from "zod"
import { Stage } from "./fixtures/stage.ts"

/** A schema written by hand, in a few lines, as the standard allows. */
function handWritten<T>(check: (value: unknown) => string | undefined, later = false): StandardSchema<T> {
  const judge = (value: unknown) => {
    const wrong = check(value)
    return wrong === undefined ? { value: value as T } : { issues: [{ message: wrong, path: [0, { key: "nectar" }] }] }
  }
  return { "~standard": { version: 1, vendor: "test", validate: (value) => (later ? Promise.resolve(judge(value)) : judge(value)) } }
}

class Counter extends Actor {
  count = 0
  static protocol = {
    increment: z.tuple([z.number().int().positive()]),
    store: handWritten<[{ nectar: number }]>((args) => (typeof (args as [{ nectar?: unknown }])[0]?.nectar === "number" ? undefined : "no nectar")),
    raises: handWritten<[]>(() => { throw new Error("in the schema") }),
    later: handWritten<[]>(() => undefined, true),
    rejects: { "~standard": { version: 1, vendor: "test", validate: async () => { throw new Error("late") } } } as StandardSchema<[]>,
  } satisfies ProtocolFor<Counter>
  increment(by: number) {
    return (this.count += by)
  }
  store(what: { nectar: number }) {
    return (this.count += what.nectar)
  }
  raises() {
    this.count = NaN
  }
  later() {
    this.count = NaN
  }
  rejects() {
    this.count = NaN
  }
  free(by: unknown) {
    return by
  }
}

/** Whatever is passed, the compiler says nothing. */
const wrong = (value: unknown): never => value as never

function counter(stage: Stage, validate = true): { readonly ref: Ref<Counter>; readonly count: () => unknown } {
  const ref = stage.system.spawn(Counter, { name: "counter", validate })
  return { ref, count: () => (stage.outcome(() => ref.getState()).value as Counter).count }
}

describe("with validate: true", () => {
  it("what fits reaches the method, and methods without a schema take anything", async () => {
    await using stage = new Stage()
    const { ref } = counter(stage)
    expect(stage.outcome(() => ref.call.increment(2)).value).toBe(2)
    expect(stage.outcome(() => ref.call.store({ nectar: 3 })).value).toBe(5)
    expect(stage.outcome(() => ref.call.free("anything")).value).toBe("anything")
    expect(ref.cast.increment(1)).toBe(true)
  })

  it("a bad call fails with the issues before the method is reached; nobody crashes", async () => {
    await using stage = new Stage()
    const { count, ref } = counter(stage)
    const { error } = stage.outcome(() => ref.call.increment(-0.5))
    expect(error).toBeInstanceOf(MessageSchemaError)
    expect(error).toMatchObject({ code: "schema", callee: 'Counter "counter" (#1)', method: "increment", reason: { kind: "custom", value: "schema" } })
    const { issues } = error as MessageSchemaError
    expect(issues.map(({ path }) => path)).toEqual([[0]])
    expect(String(error)).toMatch(/the arguments of increment\(\) of Counter "counter" \(#1\) do not fit its protocol: at 0: .*Send what the schema of "increment" allows/)
    expect([count(), stage.crashes]).toEqual([0, []])
  })

  it("too few and too many arguments do not fit a tuple", async () => {
    await using stage = new Stage()
    const { ref } = counter(stage)
    for (const args of [[], [1, 2], ["1"], [undefined]]) {
      expect(stage.outcome(() => (ref.call.increment as (...args: unknown[]) => ReturnType<typeof ref.call.increment>)(...args)).code).toBe("schema")
    }
  })

  it("a schema written by hand tells its issues and paths as it likes", async () => {
    await using stage = new Stage()
    const { ref } = counter(stage)
    const { error } = stage.outcome(() => ref.call.store(wrong({})))
    expect((error as MessageSchemaError).issues).toEqual([{ message: "no nectar", path: [0, { key: "nectar" }] }])
    expect(String(error)).toMatch(/at 0\.nectar: no nectar/)
  })

  it("a bad request settles as failed, a bad cast is a dead letter with the reason schema, also one that would wait", async () => {
    await using stage = new Stage()
    const { count, ref } = counter(stage)
    const pending = ref.request.increment(wrong("x"))
    expect(pending.settled).toBe(true)
    expect(stage.outcome(() => pending).code).toBe("schema")
    expect(ref.cast.increment(wrong("y"))).toBe(false)
    expect(stage.outcome(() => ref.with({ wait: true }).cast.increment(wrong("z"))).value).toBe(false)
    expect(stage.lost).toEqual(['increment ["y"] schema', 'increment ["z"] schema'])
    expect(count()).toBe(0)
  })

  it("a schema that answers with a promise, or raises, refuses the message; its sender is told, not hurt", async () => {
    await using stage = new Stage()
    const { count, ref } = counter(stage)
    expect(String(stage.outcome(() => ref.call.later()).error)).toMatch(/the schema answers with a promise.*Use a synchronous schema/)
    expect(String(stage.outcome(() => ref.call.raises()).error)).toMatch(/the schema raised Error: in the schema/)
    expect(stage.outcome(() => ref.call.rejects()).code).toBe("schema")
    expect([ref.cast.later(), ref.cast.raises(), ref.cast.rejects()]).toEqual([false, false, false])
    await stage.turns()
    expect(count()).toBe(0)
  })

  it("an uncaught one in a caller ends it with reason error, as any CallError does", async () => {
    await using stage = new Stage()
    const { ref } = counter(stage)
    class Caller extends Actor {
      *ask() {
        yield* ref.call.increment(wrong("x"))
      }
    }
    const { error } = stage.outcome(() => stage.system.spawn(Caller).call.ask())
    expect((error as CallError).cause).toBeInstanceOf(MessageSchemaError)
  })

  it("can be the rule of the whole system, and an actor may be let off", async () => {
    await using stage = new Stage({ validate: true })
    const strict = stage.system.spawn(Counter)
    const free = stage.system.spawn(Counter, { validate: false })
    expect(stage.outcome(() => strict.call.increment(wrong("x"))).code).toBe("schema")
    expect(stage.outcome(() => free.call.increment(wrong("x"))).value).toBe("0x")
  })
})

describe("a plain message, with validate", () => {
  it("must fit the schema for info, sent at once or waiting for room; else it is a dead letter", async () => {
    await using stage = new Stage()
    const heard: unknown[] = []
    class Listener extends Actor {
      static readonly protocol = { info: z.string() }
      info(message: string) {
        heard.push(message)
      }
    }
    const ref = stage.system.spawn(Listener, { validate: true })
    const patient = ref.with({ wait: true })
    const sent = [ref.send("one"), ref.send(wrong(2)), ref.with({}).send(wrong(3)), stage.outcome(() => patient.send("four")).value, stage.outcome(() => patient.send(wrong(5))).value]
    stage.pass()
    expect([sent, heard]).toEqual([[true, false, false, true, false], ["one", "four"]])
    expect(stage.system.deadLetters.map(({ because, message }) => [because, message])).toEqual([["schema", 2], ["schema", 3], ["schema", 5]])
  })
})

describe("without validate", () => {
  it("the compiler's word is taken: nothing is checked inside of the process", async () => {
    await using stage = new Stage()
    const { ref } = counter(stage, false)
    expect(stage.outcome(() => ref.call.increment(wrong("x"))).value).toBe("0x")
  })
})

describe("a protocol that makes no sense", () => {
  it.each<[string, unknown, string, RegExp]>([
    ["no object", 5, "Wrong.protocol", /must be an object of schemas by method, got 5/],
    ["null", null, "Wrong.protocol", /must be an object of schemas by method/],
    ["a method that is not there", { wrok: z.tuple([]) }, "Wrong.protocol.wrok", /left out: Wrong has no method of that name/],
    ["a lifecycle method", { init: z.tuple([]) }, "Wrong.protocol.init", /left out/],
    ["no schema", { work: 5 }, "Wrong.protocol.work", /a schema with ~standard\.validate.*right: z\.tuple\(\[z\.number\(\)\]\)/],
    ["a schema that is null", { work: null }, "Wrong.protocol.work", /a schema/],
  ])("is refused at the first spawn: %s", async (_name, protocol, argument, text) => {
    await using stage = new Stage()
    class Wrong extends Actor {
      static protocol = protocol
      work() {}
    }
    expect(() => stage.system.spawn(Wrong)).toThrow(expect.objectContaining({ code: "invalid_argument", argument, message: expect.stringMatching(text) as string }))
    expect(stage.outcome(() => stage.system.start(Wrong)).error).not.toBeInstanceOf(StartError)
    expect(stage.system.processes).toEqual([])
  })
})

describe("receive()", () => {
  it("takes messages by a schema, in clauses and alone, and leaves the others", async () => {
    await using stage = new Stage()
    const got: unknown[] = []
    const raw = stage.system.spawn(function* (self: Process) {
      got.push(yield* self.receive(z.number()))
      got.push(yield* self.receive(z.object({ kind: z.literal("order"), bees: z.number() })))
      got.push(yield* self.receive(handWritten<string>((value) => (typeof value === "string" ? undefined : "no string"))))
      got.push(yield* self.receive())
    })
    for (const message of ["a", { kind: "order" }, { kind: "order", bees: 2 }, 7]) raw.send(message)
    stage.pass()
    expect(got).toEqual([7, { kind: "order", bees: 2 }, "a", { kind: "order" }])
  })

  it("refuses a schema that answers with a promise: that is an error where the receive stands, and the message stays", async () => {
    await using stage = new Stage()
    const got: unknown[] = []
    const raw = stage.system.spawn(function* (self: Process) {
      for (let count = 0; count < 2; count++) {
        try {
          yield* self.receive(handWritten(() => undefined, true))
        } catch (error) {
          got.push(String(error))
        }
      }
      got.push(yield* self.receive())
    })
    // Once when it comes while the receive waits, once when it is there already.
    stage.pass()
    raw.send("message")
    stage.pass()
    expect(got).toEqual([expect.stringMatching(/guard must be a schema that answers at once/), expect.stringMatching(/guard must be a schema that answers at once/), "message"])
  })
})

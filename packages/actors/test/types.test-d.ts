import { type Operation, type Routine, sleep, Tasklet } from "@vivarium/core"
import {
  Actor, after, type ArgumentsOf, become, type CallFacade, type CastFacade, type Down, type Exit, type ExitReason, type Later, type Monitor, named, on, type Pending, type Process, type Ref, type RefWaiting, type RefWith, refuse, type RequestFacade, selfOf, stop, System, Timeout,
} from "@vivarium/actors"
import { describe, expectTypeOf, it } from "vitest"
import { z } from "zod"

interface Tick {
  readonly kind: "tick"
  readonly at: number
}

interface Order {
  readonly kind: "order"
  readonly bees: number
}

const isOrder = (message: unknown): message is Order => typeof message === "object"

const isTick = (message: unknown): message is Tick => typeof message === "object"

class Hive extends Actor {
  honey = 0
  readonly assigned = (by: number) => by
  #count = 0
  init(honey: number, _name = "hive") {
    this.honey = honey
  }
  plain(by = 1) {
    return (this.#count += by)
  }
  nothing() {}
  *generator(ms: number): Routine<string> {
    yield* sleep(ms)
    return "generator"
  }
  *inferred() {
    yield* sleep(1)
    return { honey: this.honey }
  }
  async later(flag: boolean): Promise<boolean> {
    return flag
  }
  operation(): Operation<Date> {
    return sleep(1) as unknown as Operation<Date>
  }
  joined(): Tasklet<bigint> {
    return new Tasklet<bigint>()
  }
  putOff() {
    return this.replyLater<symbol>()
  }
  async putOffLater() {
    return this.replyLater<symbol>()
  }
  *putOffWaiting() {
    yield* sleep(1)
    return this.replyLater<symbol>()
  }
  rest(...names: readonly string[]) {
    return names.length
  }
  fails(): number {
    throw refuse(new Error("no"))
  }
  either(ask: boolean) {
    return ask ? this.replyLater<number>() : "at once"
  }
  *eitherWaiting(ask: boolean) {
    yield* sleep(1)
    return ask ? this.replyLater<number>() : "at once"
  }
  async eitherLater(ask: boolean) {
    return ask ? this.replyLater<number>() : "at once"
  }
  get getter() {
    return () => 1
  }
  private hidden() {
    return 1
  }
  protected guarded() {
    return this.hidden()
  }
  info(message: Tick) {
    return message.at
  }
  exit(_from: Ref<unknown> | undefined, _reason: ExitReason) {}
  down(_monitor: Monitor, _from: Ref<unknown> | string, _reason: ExitReason) {}
  terminate(_reason: ExitReason) {}
  snapshot() {
    return this.#count
  }
  restore(_state: unknown) {}
}

class Bare extends Actor {
  work() {}
}

class Optional extends Actor {
  init(_honey = 1) {}
}

declare const system: System
declare const hive: Ref<Hive>

describe("results of calls", () => {
  it("follow the kind of method: plain, generator, async, operation, tasklet, later", () => {
    expectTypeOf(hive.call.plain()).toEqualTypeOf<Operation<number>>()
    expectTypeOf(hive.call.nothing()).toEqualTypeOf<Operation<void>>()
    expectTypeOf(hive.call.generator(1)).toEqualTypeOf<Operation<string>>()
    expectTypeOf(hive.call.inferred()).toEqualTypeOf<Operation<{ honey: number }>>()
    expectTypeOf(hive.call.later(true)).toEqualTypeOf<Operation<boolean>>()
    expectTypeOf(hive.call.operation()).toEqualTypeOf<Operation<Date>>()
    expectTypeOf(hive.call.joined()).toEqualTypeOf<Operation<bigint>>()
    expectTypeOf(hive.call.putOff()).toEqualTypeOf<Operation<symbol>>()
    expectTypeOf(hive.call.putOffLater()).toEqualTypeOf<Operation<symbol>>()
    expectTypeOf(hive.call.putOffWaiting()).toEqualTypeOf<Operation<symbol>>()
    expectTypeOf(hive.call.fails()).toEqualTypeOf<Operation<number>>()
    expectTypeOf(hive.call.either(true)).toEqualTypeOf<Operation<number | "at once">>()
    expectTypeOf(hive.call.eitherWaiting(true)).toEqualTypeOf<Operation<number | "at once">>()
    expectTypeOf(hive.call.eitherLater(true)).toEqualTypeOf<Operation<number | "at once">>()
  })

  it("come out of yield* and await", async () => {
    function* body() {
      expectTypeOf(yield* hive.call.generator(1)).toEqualTypeOf<string>()
      expectTypeOf(yield* hive.with({ timeoutMs: 5 }).call.plain(1)).toEqualTypeOf<number>()
      expectTypeOf(yield* hive.request.later(true)).toEqualTypeOf<boolean>()
      expectTypeOf(yield* hive.stop()).toEqualTypeOf<void>()
      expectTypeOf(yield* system.start(Bare)).toEqualTypeOf<Ref<Bare>>()
      expectTypeOf(yield* hive.with({ wait: true }).cast.plain()).toEqualTypeOf<boolean>()
    }
    void body
    expectTypeOf<Awaited<ReturnType<typeof hive.call.plain>>>().toEqualTypeOf<number>()
    expectTypeOf<Awaited<Pending<string>>>().toEqualTypeOf<string>()
  })

  it("of casts are booleans, of requests something to be collected", () => {
    expectTypeOf(hive.cast.generator(1)).toEqualTypeOf<boolean>()
    expectTypeOf(hive.request.generator(1)).toEqualTypeOf<Pending<string>>()
    expectTypeOf(hive.request.putOff()).toEqualTypeOf<Pending<symbol>>()
    expectTypeOf(hive.call).toEqualTypeOf<CallFacade<Hive>>()
    expectTypeOf(hive.cast).toEqualTypeOf<CastFacade<Hive>>()
    expectTypeOf(hive.request).toEqualTypeOf<RequestFacade<Hive>>()
  })

  it("keep the arguments: optional ones, and the rest", () => {
    expectTypeOf(hive.call.plain).parameters.toEqualTypeOf<[by?: number | undefined]>()
    expectTypeOf(hive.cast.rest("a", "b")).toEqualTypeOf<boolean>()
    // @ts-expect-error a text is wanted
    hive.cast.rest(1)
    expectTypeOf(hive.request.later).parameters.toEqualTypeOf<[flag: boolean]>()
    // @ts-expect-error a number is wanted
    void hive.call.plain("1")
    // @ts-expect-error an argument is missing
    hive.cast.generator()
    // @ts-expect-error one too many
    void hive.request.nothing(1)
  })
})

describe("what can be called", () => {
  it("are the public methods of one's own", () => {
    expectTypeOf<keyof CallFacade<Bare>>().toEqualTypeOf<"work">()
    expectTypeOf<keyof CastFacade<Hive>>().toEqualTypeOf<
      // Fields with functions cannot be told from methods: named at run time, they are an error.
      "assigned" | "getter" |
      "plain" | "nothing" | "generator" | "inferred" | "later" | "operation" | "joined" | "putOff" | "putOffLater" | "putOffWaiting" | "rest" | "fails" | "either" | "eitherWaiting" | "eitherLater"
    >()
  })

  it("is no missing, private, protected, lifecycle or inherited method, and no verb or field", () => {
    expectTypeOf<"misspelt" | "hidden" | "guarded" | "init" | "info" | "terminate" | "snapshot" | "spawn" | "stop" | "honey">().exclude<keyof CallFacade<Hive>>().toBeString()
    // @ts-expect-error there is no such method
    hive.cast.misspelt()
    // @ts-expect-error private
    hive.cast.hidden()
    // @ts-expect-error protected
    void hive.call.guarded()
    // @ts-expect-error a life-cycle method
    hive.cast.init(1)
    // @ts-expect-error a life-cycle method
    hive.cast.info({ kind: "tick", at: 1 })
    // @ts-expect-error a life-cycle method
    void hive.call.terminate({ kind: "normal" })
    // @ts-expect-error a life-cycle method
    void hive.call.snapshot()
    // @ts-expect-error a verb
    hive.cast.spawn(Bare)
    // @ts-expect-error a verb
    void hive.call.stop()
    // @ts-expect-error a field
    void hive.call.honey
    // @ts-expect-error a raw process has no methods
    void (system.spawn(function* (_self: Process) {})).call.work
  })

  it("is inherited from a class of one's own", () => {
    class Queen extends Hive {
      rule() {
        return "queen"
      }
    }
    const queen = {} as Ref<Queen>
    expectTypeOf(queen.call.rule()).toEqualTypeOf<Operation<string>>()
    expectTypeOf(queen.call.plain()).toEqualTypeOf<Operation<number>>()
  })
})

describe("with()", () => {
  it("keeps the types; with wait: true casts and sends are operations", () => {
    expectTypeOf(hive.with({ timeoutMs: 5 })).toEqualTypeOf<RefWith<Hive>>()
    expectTypeOf(hive.with({ wait: true })).toEqualTypeOf<RefWaiting<Hive>>()
    expectTypeOf(hive.with({ timeoutMs: 5 }).cast.plain()).toEqualTypeOf<boolean>()
    expectTypeOf(hive.with({ wait: true }).cast.plain()).toEqualTypeOf<Operation<boolean>>()
    expectTypeOf(hive.with({ wait: true }).call.plain()).toEqualTypeOf<Operation<number>>()
    expectTypeOf(hive.with({ timeoutMs: 5 }).send({ kind: "tick", at: 1 })).toEqualTypeOf<boolean>()
    expectTypeOf(hive.with({ wait: true, timeoutMs: 5 }).send({ kind: "tick", at: 1 })).toEqualTypeOf<Operation<boolean>>()
    // @ts-expect-error no such option
    hive.with({ timeout: 5 })
    // @ts-expect-error a reference is not who calls
    hive.with({ from: hive })
  })
})

describe("messages", () => {
  it("of an actor are what its info takes", () => {
    expectTypeOf<Parameters<Ref<Hive>["send"]>>().toEqualTypeOf<[message: Tick]>()
    // @ts-expect-error no tick
    hive.send({ kind: "order", bees: 1 })
    expectTypeOf({} as Ref<Bare>).toHaveProperty("send").parameter(0).toEqualTypeOf<unknown>()
  })

  it("of a raw process are what it declares", () => {
    const raw = system.spawn(function* (self: Process<Order>) {
      expectTypeOf(yield* self.receive()).toEqualTypeOf<Order>()
    })
    expectTypeOf(raw).toEqualTypeOf<Ref<Process<Order>>>()
    expectTypeOf<Parameters<(typeof raw)["send"]>>().toEqualTypeOf<[message: Order]>()
    // @ts-expect-error no order
    raw.send("order")
  })

  it("are narrowed by guards in receive and on, by type guards and by schemas", () => {
    system.spawn(function* (self: Process) {
      expectTypeOf(yield* self.receive()).toEqualTypeOf<unknown>()
      expectTypeOf(yield* self.receive(isOrder)).toEqualTypeOf<Order>()
      expectTypeOf(yield* self.receive(z.object({ honey: z.number() }))).toEqualTypeOf<{ honey: number }>()
      const outcome = yield* self.receive(
        on(isOrder, (order) => {
          expectTypeOf(order).toEqualTypeOf<Order>()
          return order.bees
        }),
        on(z.string(), (text) => {
          expectTypeOf(text).toEqualTypeOf<string>()
          return text
        }),
        on(isTick, function* (tick) {
          expectTypeOf(tick).toEqualTypeOf<Tick>()
          yield* sleep(1)
          return true
        }),
        on((message: bigint) => message > 1n, async (message) => message),
        after(1000, () => null),
      )
      expectTypeOf(outcome).toEqualTypeOf<number | string | boolean | bigint | null>()
    })
    system.spawn(function* (self: Process<Order | Tick>) {
      expectTypeOf(yield* self.receive((message) => message.kind === "order")).toEqualTypeOf<Order>()
      expectTypeOf(yield* self.receive((message: Order | Tick) => Math.random() > 0.5 || message.kind === "tick")).toEqualTypeOf<Order | Tick>()
    })
  })

  it("of the system have classes", () => {
    expectTypeOf<Down["reason"]>().toEqualTypeOf<ExitReason>()
    expectTypeOf<Exit["from"]>().toEqualTypeOf<Ref<unknown> | undefined>()
    expectTypeOf(new Object() as Timeout<Tick>).toHaveProperty("message").toEqualTypeOf<Tick>()
  })
})

describe("spawning", () => {
  it("takes the arguments of init by type: needed if init needs them, optional if it does not", () => {
    expectTypeOf<ArgumentsOf<typeof Hive>>().toEqualTypeOf<[honey: number, _name?: string | undefined]>()
    expectTypeOf(system.spawn(Hive, { args: [1] })).toEqualTypeOf<Ref<Hive>>()
    expectTypeOf(system.spawn(Hive, { args: [1, "name"], name: "hive" })).toEqualTypeOf<Ref<Hive>>()
    expectTypeOf(system.spawn(Optional)).toEqualTypeOf<Ref<Optional>>()
    expectTypeOf(system.spawn(Optional, { args: [2] })).toEqualTypeOf<Ref<Optional>>()
    expectTypeOf(system.spawn(Bare)).toEqualTypeOf<Ref<Bare>>()
    expectTypeOf(system.start(Hive, { args: [1] })).toEqualTypeOf<Operation<Ref<Hive>>>()
    // @ts-expect-error init needs an argument
    system.spawn(Hive)
    // @ts-expect-error init needs an argument
    system.spawn(Hive, { name: "hive" })
    // @ts-expect-error it is no number
    system.spawn(Hive, { args: ["1"] })
    // @ts-expect-error there is no init
    system.spawn(Bare, { args: [1] })
    // @ts-expect-error init needs an argument
    void system.start(Hive)
    // @ts-expect-error no such option
    system.spawn(Bare, { nmae: "bare" })
  })

  it("of raw processes takes the arguments behind self", () => {
    const body = function* (self: Process<Tick>, bees: number, name?: string) {
      yield* self.receive()
      return bees + (name ?? "").length
    }
    expectTypeOf(system.spawn(body, { args: [1] })).toEqualTypeOf<Ref<Process<Tick>>>()
    expectTypeOf(system.spawn((_self: Process<Order>) => 5)).toEqualTypeOf<Ref<Process<Order>>>()
    expectTypeOf(system.spawn(async (_self: Process) => {})).toEqualTypeOf<Ref<Process>>()
    // @ts-expect-error an argument is missing
    system.spawn(body)
    // @ts-expect-error it is no number
    system.spawn(body, { args: ["1"] })
  })

  it("inside of a process is typed the same way", () => {
    class Parent extends Actor {
      *work() {
        expectTypeOf(this.spawn(Hive, { args: [1] })).toEqualTypeOf<Ref<Hive>>()
        expectTypeOf(this.spawnLink(Bare)).toEqualTypeOf<Ref<Bare>>()
        expectTypeOf(this.spawnMonitor(Bare).ref).toEqualTypeOf<Ref<Bare>>()
        expectTypeOf(yield* this.startLink(Hive, { args: [1] })).toEqualTypeOf<Ref<Hive>>()
        expectTypeOf(this.self).toEqualTypeOf<Ref<unknown>>()
        expectTypeOf(selfOf<Parent>(this)).toEqualTypeOf<Ref<Parent>>()
        expectTypeOf(this.sender).toEqualTypeOf<Ref<unknown> | undefined>()
        expectTypeOf(yield* this.stop()).toEqualTypeOf<never>()
        // @ts-expect-error init needs an argument
        this.spawnLink(Hive)
        // @ts-expect-error init needs an argument
        void this.start(Hive)
      }
    }
    expectTypeOf<keyof CallFacade<Parent>>().toEqualTypeOf<"work">()
  })

  it("refuses what is no class of actors and no body", () => {
    expectTypeOf(system.spawn(class extends Actor {}).send(1)).toEqualTypeOf<boolean>()
    // @ts-expect-error a plain class
    system.spawn(class {})
    // @ts-expect-error an instance
    system.spawn({})
    // @ts-expect-error the function is wanted, not what it returned
    system.spawn((function* () {})())
  })

  it("by name is typed by the class that is given", () => {
    expectTypeOf(named(Hive, "hive")).toEqualTypeOf<Ref<Hive>>()
    expectTypeOf(named(Hive, "hive", { system }).call.generator(1)).toEqualTypeOf<Operation<string>>()
    // @ts-expect-error no class of actors
    void named(class {}, "hive")
  })
})

describe("references", () => {
  it("of one class are no references of another, but all are references", () => {
    expectTypeOf<Ref<Hive>>().not.toExtend<Ref<Bare>>()
    const take = (..._refs: readonly (Ref<never> | Ref<unknown>)[]) => {}
    take(hive, {} as Ref<Bare>, {} as Ref<Process<Order>>)
    expectTypeOf<Ref<Hive>>().not.toHaveProperty("then")
  })
})

describe("become and init results", () => {
  it("are typed by the class", () => {
    class Door extends Actor {
      knocks = 0
      knock() {
        return "closed"
      }
      open() {
        this.become<Door>({
          knock() {
            expectTypeOf(this).toExtend<Door>()
            this.knocks++
            return "open"
          },
        })
        // @ts-expect-error another result
        become<Door>({ knock: () => 5 })
      }
    }
    void Door
    expectTypeOf(stop()).not.toBeAny()
    expectTypeOf<Later<number>["reply"]>().parameter(0).toEqualTypeOf<number>()
  })
})

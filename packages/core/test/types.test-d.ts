import {
  all, call, type Channel, channel, group, main, type Operation, Pool, race, type ReceiveChannel, type Received, type Routine, run, scheduleRemove, Scheduler, select, type SendChannel, sleep, tasklet, Tasklet, timeout, trySelect, until,
} from "@vivarium/core"
import { describe, expectTypeOf, it } from "vitest"

interface Insect {
  readonly legs: number
}
interface Bee extends Insect {
  readonly honey: string
}
function* forage(flights: number): Routine<string> {
  yield* sleep(flights)
  return "nectar"
}

describe("results", () => {
  it("of tasklets follow the kind of body", () => {
    expectTypeOf(tasklet(forage, 1)).toEqualTypeOf<Tasklet<string>>()
    expectTypeOf(tasklet({ name: "bee" }, forage, 1)).toEqualTypeOf<Tasklet<string>>()
    expectTypeOf(tasklet(() => 5)).toEqualTypeOf<Tasklet<number>>()
    expectTypeOf(tasklet(async () => 5)).toEqualTypeOf<Tasklet<number>>()
    expectTypeOf(tasklet(() => sleep(1))).toEqualTypeOf<Tasklet<void>>()
    expectTypeOf(new Scheduler().tasklet(forage, 1)).toEqualTypeOf<Tasklet<string>>()
  })

  it("of main, call and group do, too", () => {
    expectTypeOf(main(forage, 1)).toEqualTypeOf<Promise<string>>()
    expectTypeOf(main({ closedWorld: true }, async () => 5)).toEqualTypeOf<Promise<number>>()
    expectTypeOf(call(forage, 1)).toEqualTypeOf<Operation<string>>()
    expectTypeOf(call(() => 5)).toEqualTypeOf<Operation<number>>()
    expectTypeOf(group(function* (bees) { return yield* bees.spawn(forage, 1) })).toEqualTypeOf<Operation<string>>()
    expectTypeOf(new Pool([1]).with((one) => one)).toEqualTypeOf<Operation<number>>()
  })

  it("of select are a union that its key tells apart", () => {
    const flower = channel<Bee>()
    function* body() {
      const outcome = yield* select({ bee: flower.receive(), tick: sleep(1), off: null as Operation<boolean> | null, joined: tasklet(forage, 1) })
      expectTypeOf(outcome.key).toEqualTypeOf<"bee" | "tick" | "off" | "joined">()
      if (outcome.key === "bee") expectTypeOf(outcome.value).toEqualTypeOf<Bee>()
      if (outcome.key === "tick") expectTypeOf(outcome.value).toEqualTypeOf<void>()
      if (outcome.key === "off") expectTypeOf(outcome.value).toEqualTypeOf<boolean>()
      if (outcome.key === "joined") expectTypeOf(outcome.value).toEqualTypeOf<string>()
    }
    void body
    expectTypeOf(trySelect({ bee: flower.receive() })).toEqualTypeOf<{ readonly key: "bee"; readonly value: Bee } | undefined>()
  })

  it("of race, all, timeout and until", () => {
    const flower = channel<Bee>()
    expectTypeOf(race([flower.receive(), sleep(1), null, tasklet(() => 5)])).toEqualTypeOf<Operation<Bee | void | number>>()
    expectTypeOf(all([flower.receive(), sleep(1), tasklet(() => 5)])).toEqualTypeOf<Operation<[Bee, void, number]>>()
    expectTypeOf(timeout(5, flower.receive())).toEqualTypeOf<Operation<Bee>>()
    expectTypeOf(timeout(5, tasklet(() => 5))).toEqualTypeOf<Operation<number>>()
    expectTypeOf(until(Promise.resolve(5))).toEqualTypeOf<Operation<number>>()
    expectTypeOf(until(async (signal) => signal.aborted)).toEqualTypeOf<Operation<boolean>>()
    expectTypeOf(scheduleRemove<Bee>()).toEqualTypeOf<Operation<Bee>>()
  })

  it("of yield* and await are the operation's", async () => {
    const flower = channel<Bee>()
    function* body() {
      expectTypeOf(yield* flower.receive()).toEqualTypeOf<Bee>()
      expectTypeOf(yield* flower.receiveOrDone()).toEqualTypeOf<Received<Bee>>()
      expectTypeOf(yield* flower.send({ legs: 6, honey: "" })).toEqualTypeOf<void>()
      expectTypeOf(yield* flower.sendAll([])).toEqualTypeOf<number>()
      expectTypeOf(yield* tasklet(forage, 1)).toEqualTypeOf<string>()
      expectTypeOf(yield* forage(1)).toEqualTypeOf<string>()
    }
    void body
    expectTypeOf<Awaited<ReturnType<typeof flower.receive>>>().toEqualTypeOf<Bee>()
    expectTypeOf<Awaited<Tasklet<string>>>().toEqualTypeOf<string>()
    expectTypeOf(flower.tryReceive()).toEqualTypeOf<{ readonly value: Bee } | undefined>()
  })
})

describe("the compiler refuses", () => {
  it("a plain yield in a routine", () => {
    function* plain(): Routine<void> {
      // @ts-expect-error a number is no wait
      yield 5
    }
    function* starless(): Routine<void> {
      // @ts-expect-error an operation is waited for with yield*
      yield sleep(1)
    }
    expectTypeOf(plain).returns.toEqualTypeOf<Routine<void>>()
    expectTypeOf(starless).returns.toEqualTypeOf<Routine<void>>()
    // @ts-expect-error a number is no wait
    tasklet(function* () { yield 5 })
    // @ts-expect-error nor is nothing
    tasklet(function* () { yield })
    // @ts-expect-error nor an operation without the star, in whatever takes a body
    void main(function* () { yield sleep(1) })
    // @ts-expect-error in a call
    void call(function* () { yield sleep(1) })
    // @ts-expect-error in a scheduler's tasklet
    new Scheduler().tasklet(function* () { yield sleep(1) })
  })

  it("arguments that do not fit the body", () => {
    expectTypeOf(call(forage, 1)).toEqualTypeOf<Operation<string>>()
    // @ts-expect-error a number is missing
    tasklet(forage)
    // @ts-expect-error it is no number
    tasklet(forage, "one")
    // @ts-expect-error one too many
    void call(forage, 1, 2)
  })

  it("generator instances, promises and wrong options", () => {
    expectTypeOf(race([sleep(1)])).toEqualTypeOf<Operation<void>>()
    // @ts-expect-error the function is wanted, not what it returned
    tasklet(forage(1))
    // @ts-expect-error a promise is wrapped by until()
    void race([Promise.resolve(1)])
    // @ts-expect-error a promise is wrapped by until()
    void timeout(5, Promise.resolve(1))
    // @ts-expect-error no such option
    run({ turns: 5 })
    // @ts-expect-error no such preference
    void channel({ preference: "left" })
    // @ts-expect-error no such case
    void select({ bee: 5 })
    // @ts-expect-error values of one type only
    void channel<number>().send("text")
  })
})

describe("one-way views", () => {
  it("let a receiver of bees stand for a receiver of insects, and a sender the other way round", () => {
    const bees: Channel<Bee> = channel<Bee>()
    const insects: Channel<Insect> = channel<Insect>()
    expectTypeOf(bees).toExtend<ReceiveChannel<Insect>>()
    expectTypeOf(insects).toExtend<SendChannel<Bee>>()
    expectTypeOf<ReceiveChannel<Bee>>().toExtend<ReceiveChannel<Insect>>()
    expectTypeOf<SendChannel<Insect>>().toExtend<SendChannel<Bee>>()
    expectTypeOf<ReceiveChannel<Insect>>().not.toExtend<ReceiveChannel<Bee>>()
    expectTypeOf<SendChannel<Bee>>().not.toExtend<SendChannel<Insect>>()
    expectTypeOf<Channel<Bee>>().not.toExtend<Channel<Insect>>()
    expectTypeOf<Channel<Insect>>().not.toExtend<Channel<Bee>>()
  })

  it("have the rights of their side only", () => {
    const receiving: ReceiveChannel<Bee> = channel<Bee>()
    const sending: SendChannel<Bee> = channel<Bee>()
    // @ts-expect-error no right to send
    void receiving.send
    // @ts-expect-error no right to close
    void receiving.close
    // @ts-expect-error no right to receive
    void sending.receive
    // @ts-expect-error no right to iterate
    void sending[Symbol.asyncIterator]
    expectTypeOf(receiving.receive()).toEqualTypeOf<Operation<Bee>>()
    expectTypeOf<Parameters<SendChannel<Bee>["send"]>[0]>().toEqualTypeOf<Bee>()
    expectTypeOf(sending.trySend({ legs: 6, honey: "" })).toEqualTypeOf<boolean>()
  })
})

import "@vivarium/testkit/vitest"
import { Actor, Down, type ExitReason, type Process, type Ref, System } from "@vivarium/actors"
import type { Operation } from "@vivarium/core"
import { child, supervisor, type SupervisorRef } from "@vivarium/supervision"
import * as fc from "fast-check"
import { describe, expect, expectTypeOf, it, type TestContext } from "vitest"
import { assertExits, assertReceived, createProbe, type MethodCall, startSupervised, stopSupervised, testSystem } from "@vivarium/testkit"
import { scheduled } from "@vivarium/testkit/fast-check"

class Hive extends Actor {
  init(_honey: number) {}
  store(drops: number) {
    return drops
  }
  *rob(who: string): Generator<never, string> {
    return who
  }
}
class Listening extends Hive {
  info(_message: "buzz") {}
}
class Plain extends Actor {}
const system = new System()

describe("probes", () => {
  it("know what they are sent", () => {
    const probe = createProbe<"a" | "b">(system)
    expectTypeOf(probe.ref).toEqualTypeOf<Ref<Process<"a" | "b">>>()
    expectTypeOf(probe.received).toEqualTypeOf<readonly ("a" | "b")[]>()
    expectTypeOf(probe.expectMessage()).toEqualTypeOf<Operation<"a" | "b">>()
    expectTypeOf(probe.expectMessage("a")).toEqualTypeOf<Operation<"a" | "b">>()
    expectTypeOf(probe.expectMessage((message): message is "a" => message === "a")).toEqualTypeOf<Operation<"a">>()
    expectTypeOf(probe.expectMessage(Down)).toEqualTypeOf<Operation<Down>>()
    expectTypeOf(probe.receiveMany(2)).toEqualTypeOf<Operation<("a" | "b")[]>>()
    expectTypeOf(probe.expectDown(probe.ref)).toEqualTypeOf<Operation<ExitReason>>()
    // @ts-expect-error: no such message
    probe.ref.send("c")
    // @ts-expect-error: no such message
    void probe.expectMessage("c")
  })

  it("take anything if nothing is said", () => {
    expectTypeOf(createProbe(system).expectMessage()).toEqualTypeOf<Operation<unknown>>()
    createProbe(system).ref.send({ any: "thing" })
  })

  it("stand in for actors", () => {
    const hive = createProbe(system, { as: Hive })
    expectTypeOf(hive.ref).toExtend<Ref<Hive>>()
    expectTypeOf(hive.ref.call.store(1)).toEqualTypeOf<Operation<number>>()
    expectTypeOf(hive.expectMessage()).toEqualTypeOf<Operation<MethodCall<"store", [drops: number]> | MethodCall<"rob", [who: string]>>>()
    expectTypeOf(createProbe(system, { as: Listening }).expectMessage()).toEqualTypeOf<Operation<MethodCall<"store", [drops: number]> | MethodCall<"rob", [who: string]> | "buzz">>()
    // @ts-expect-error: the argument is a number
    void hive.expectMessage({ method: "store", args: ["1"] })
    assertReceived(hive, { method: "store", args: [1] })
  })

  it("send what others take", () => {
    const listening = system.spawn(Listening, { args: [1] })
    expectTypeOf(createProbe(system).send(listening, "buzz")).toEqualTypeOf<boolean>()
    // @ts-expect-error: no such message
    createProbe(system).send(listening, "hum")
  })
})

describe("startSupervised()", () => {
  it("gives the reference of what it starts", () => {
    expectTypeOf(startSupervised(Hive, { args: [1] })).toEqualTypeOf<Operation<Ref<Hive>>>()
    expectTypeOf(startSupervised(Plain)).toEqualTypeOf<Operation<Ref<Plain>>>()
    expectTypeOf(startSupervised(child(Hive, { args: [1] }))).toEqualTypeOf<Operation<Ref<Hive>>>()
    expectTypeOf(startSupervised(supervisor({ children: [Plain] }), { system })).toEqualTypeOf<Operation<SupervisorRef>>()
    expectTypeOf(startSupervised({ what: Plain, id: 1 })).toEqualTypeOf<Operation<Ref<unknown> | undefined>>()
    expectTypeOf(stopSupervised("hive")).toEqualTypeOf<Operation<void>>()
    expectTypeOf(testSystem()).toEqualTypeOf<System>()
  })

  it("takes the options of a child, a system and a test", () => {
    const inside = (test: TestContext) => startSupervised(Hive, { args: [1], id: "hive", name: "hive", restart: "temporary", system, test })
    expectTypeOf(inside).returns.toEqualTypeOf<Operation<Ref<Hive>>>()
    // @ts-expect-error: init takes a number
    void startSupervised(Hive)
    // @ts-expect-error: init takes a number
    void startSupervised(Hive, { args: ["1"], system })
    // @ts-expect-error: no such option
    void startSupervised(Plain, { nmae: "x" })
    // @ts-expect-error: a yield without a star
    void startSupervised(function* () {
      yield 1
    })
  })
})

describe("matchers", () => {
  it("wait or do not wait", () => {
    const probe = createProbe(system)
    expectTypeOf(expect(system).toHaveNoLeaks()).toEqualTypeOf<void>()
    expectTypeOf(expect(probe).toHaveReceived("x")).toEqualTypeOf<void>()
    expectTypeOf(expect(probe.ref).toExitWith("normal", { withinMs: 3 })).toEqualTypeOf<Promise<void>>()
    expectTypeOf(expect(probe.ref).not.toExitWith(RangeError)).toEqualTypeOf<Promise<void>>()
    expectTypeOf(expect(() => 1).toDeadlock({ strategy: "pct" })).toEqualTypeOf<Promise<void>>()
    // @ts-expect-error: no such reason
    void expect(probe.ref).toExitWith("dead")
    expectTypeOf(assertExits(probe.ref, "killed")).toEqualTypeOf<Operation<ExitReason>>()
  })
})

describe("scheduled()", () => {
  it("gives the scenario what is drawn", () => {
    const property = scheduled(fc.nat(), fc.array(fc.string()), function* ({ check }, number, words) {
      expectTypeOf(number).toEqualTypeOf<number>()
      expectTypeOf(words).toEqualTypeOf<string[]>()
      check(true)
    })
    expectTypeOf(property).toExtend<fc.IAsyncProperty<[number, string[], number[]]>>()
    expectTypeOf(scheduled({ maxChoices: 10 }, fc.nat(), function* () {})).toExtend<fc.IAsyncProperty<[number, number[]]>>()
    expectTypeOf(scheduled(function* () {})).toExtend<fc.IAsyncProperty<[number[]]>>()
    // @ts-expect-error: it draws numbers
    scheduled(fc.nat(), function* (_world, _word: string) {})
  })
})

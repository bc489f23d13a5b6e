import { Actor, Agent, named, type Pending, type Process, type Ref, type RefWith, System } from "@vivarium/actors"
import { type Operation, sleep } from "@vivarium/core"
import { describe, expectTypeOf, it } from "vitest"

const system = new System()
declare const honey: Ref<Agent<number>>

describe("an agent", () => {
  it("has the type of what it starts with", () => {
    expectTypeOf(Agent.start(system, () => 0)).toEqualTypeOf<Operation<Ref<Agent<number>>>>()
    expectTypeOf(Agent.start(system, async () => new Map<string, number>())).toEqualTypeOf<Operation<Ref<Agent<Map<string, number>>>>>()
    expectTypeOf(
      Agent.start(system, function* () {
        yield* sleep(1)
        return "state"
      }),
    ).toEqualTypeOf<Operation<Ref<Agent<string>>>>()
    class Hive extends Actor {
      init() {
        expectTypeOf(Agent.start(this, () => 0, { name: "honey" })).toEqualTypeOf<Operation<Ref<Agent<number>>>>()
      }
    }
    expectTypeOf((self: Process) => Agent.start(self, () => 0)).returns.toEqualTypeOf<Operation<Ref<Agent<number>>>>()
    expectTypeOf(system.spawn(Agent<number>, { args: [() => 0] })).toEqualTypeOf<Ref<Agent<number>>>()
    expectTypeOf(named(Agent<number>, "honey")).toEqualTypeOf<Ref<Agent<number>>>()
    void Hive
    // @ts-expect-error a first state is needed
    system.spawn(Agent<number>)
    // @ts-expect-error of another type
    system.spawn(Agent<number>, { args: [() => "none"] })
    // @ts-expect-error no such option
    void Agent.start(system, () => 0, { size: 7 })
  })

  it("gives what its functions give", () => {
    expectTypeOf(honey.call.get((drops) => `${drops}`)).toEqualTypeOf<Operation<string>>()
    expectTypeOf(honey.call.get(async (drops) => drops)).toEqualTypeOf<Operation<number>>()
    expectTypeOf(honey.call.update((drops) => drops + 1)).toEqualTypeOf<Operation<void>>()
    expectTypeOf(honey.call.getAndUpdate((drops) => [`${drops}`, drops + 1])).toEqualTypeOf<Operation<string>>()
    expectTypeOf(honey.call.getAndUpdate(async (drops) => [`${drops}`, drops + 1])).toEqualTypeOf<Operation<string>>()
    expectTypeOf(
      honey.call.getAndUpdate(function* (drops) {
        yield* sleep(1)
        return [`${drops}`, drops + 1]
      }),
    ).toEqualTypeOf<Operation<string>>()
    expectTypeOf(honey.cast.update((drops) => drops + 1)).toEqualTypeOf<boolean>()
    expectTypeOf(honey.request.get((drops) => `${drops}`)).toEqualTypeOf<Pending<string>>()
    expectTypeOf(honey.with({ timeoutMs: 1 })).toEqualTypeOf<RefWith<Agent<number>>>()
    expectTypeOf(honey.with({ timeoutMs: 1 }).call.get((drops) => `${drops}`)).toEqualTypeOf<Operation<string>>()
    // @ts-expect-error the state is a number
    void honey.call.update(() => "none")
    // @ts-expect-error the state is a number
    honey.cast.update(() => "none")
    // @ts-expect-error no pair
    void honey.call.getAndUpdate((drops) => drops)
  })

  it("can be subclassed", () => {
    class Honey extends Agent<number> {
      taste(spoons: number) {
        return spoons > 0
      }
    }
    const honey = system.spawn(Honey, { args: [() => 0] })
    expectTypeOf(honey.call.taste(1)).toEqualTypeOf<Operation<boolean>>()
    expectTypeOf(honey.call.get((drops) => drops)).toEqualTypeOf<Operation<number>>()
  })

  it("is a reference like others", () => {
    const refs: Ref<unknown>[] = [honey]
    const link: Ref<never> | Ref<unknown> = honey
    expectTypeOf(refs[0]).toEqualTypeOf<Ref<unknown> | undefined>()
    void link
  })
})

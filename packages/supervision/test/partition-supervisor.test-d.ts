import { Actor, ignore, named, type Process, type Ref, type System } from "@vivarium/actors"
import type { Operation } from "@vivarium/core"
import { child, dynamicSupervisor, type DynamicSupervisorRef, PartitionSupervisor, partialChild, partitionSupervisor, type PartitionSupervisorRef, SupervisorRef, type Tree } from "@vivarium/supervision"
import { describe, expectTypeOf, it } from "vitest"

declare const system: System
declare const combs: PartitionSupervisorRef<Ref<Comb>>

class Comb extends Actor {
  init(_number?: number) {}
  store(honey: string) {
    return honey.length
  }
}
class Shy extends Actor {
  init() {
    return Math.random() > 0.5 ? ignore : undefined
  }
}
class Combs extends PartitionSupervisor<Ref<Comb>> {
  init(partitions: number) {
    return { partitions, child: Comb }
  }
}

describe("the reference of a partition", () => {
  it("follows what is given as the child", () => {
    expectTypeOf(partitionSupervisor({ partitions: 2, child: child(Comb) })).toEqualTypeOf<Tree<PartitionSupervisorRef<Ref<Comb>>>>()
    expectTypeOf(partitionSupervisor({ partitions: 2, child: partialChild(Comb) })).toEqualTypeOf<Tree<PartitionSupervisorRef<Ref<Comb>>>>()
    expectTypeOf(partitionSupervisor({ partitions: 2, child: Comb })).toEqualTypeOf<Tree<PartitionSupervisorRef<Ref<Comb>>>>()
    expectTypeOf(partitionSupervisor({ partitions: 2, child: [Comb, 1] })).toEqualTypeOf<Tree<PartitionSupervisorRef<Ref<Comb>>>>()
    expectTypeOf(partitionSupervisor({ partitions: 2, child: Shy })).toEqualTypeOf<Tree<PartitionSupervisorRef<Ref<Shy> | undefined>>>()
    expectTypeOf(partitionSupervisor({ partitions: 2, child: dynamicSupervisor() })).toEqualTypeOf<Tree<PartitionSupervisorRef<DynamicSupervisorRef>>>()
    expectTypeOf(partitionSupervisor({ partitions: 2, child: { what: Comb } })).toEqualTypeOf<Tree<PartitionSupervisorRef<Ref<unknown> | undefined>>>()
    expectTypeOf(partitionSupervisor({ partitions: 2, child: function* (_self: Process<string>) {} })).toEqualTypeOf<Tree<PartitionSupervisorRef<Ref<Process<string>>>>>()
  })

  it("is what starting and looking up give", () => {
    expectTypeOf(system.start(partitionSupervisor({ partitions: 2, child: Comb }))).toEqualTypeOf<Operation<PartitionSupervisorRef<Ref<Comb>>>>()
    expectTypeOf(combs.partition("Maya")).toEqualTypeOf<Ref<Comb> | undefined>()
    expectTypeOf(named(Comb, combs.via("Maya"))).toEqualTypeOf<Ref<Comb>>()
    expectTypeOf(system.spawn(Combs, { args: [2] }).partition(1)).toEqualTypeOf<Ref<Comb> | undefined>()
    expectTypeOf(combs).toExtend<SupervisorRef>()
  })

  it("numbers and operations", () => {
    expectTypeOf(combs.partitions).toEqualTypeOf<number>()
    expectTypeOf(combs.resize(1)).toEqualTypeOf<Operation<number>>()
    expectTypeOf(combs.startChild(Comb)).toEqualTypeOf<Operation<never>>()
  })
})

describe("what the compiler refuses", () => {
  it("keys that have no value of their own, and options that are not there", () => {
    expectTypeOf(combs).not.toHaveProperty("autoShutdown")
    // @ts-expect-error an object
    combs.partition({ id: 1 })
    // @ts-expect-error nothing
    combs.via(undefined)
    // @ts-expect-error auto-shutdown is not offered
    partitionSupervisor({ partitions: 2, child: Comb, autoShutdown: "any_significant" })
    // @ts-expect-error no number
    partitionSupervisor({ child: Comb })
    // @ts-expect-error no array
    partitionSupervisor({ partitions: 2, child: partialChild(Comb), withArguments: (_, partition) => partition })
  })
})

/** What a user sees of partition supervisors, beside the rows of the conformance list. */
import { Actor, ExitReason, named, NameTakenError, NoProcessError, type Process, type Ref, StartError } from "@vivarium/actors"
import { InvalidArgumentError, sleep } from "@vivarium/core"
import { child, type ChildId, dynamicSupervisor, partialChild, PartitionSupervisor, partitionSupervisor, PartitionSupervisorRef, type Strategy, supervisor, SupervisorError } from "@vivarium/supervision"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { childrenOf, TendedStage } from "./fixtures/tended-stage.ts"

let stage: TendedStage
beforeEach(() => {
  stage = new TendedStage()
  failures.clear()
  started.length = 0
})
afterEach(async () => {
  await stage[Symbol.asyncDispose]()
})

const shot = ExitReason.custom("shot")

/** Which combs fail to start, and how often. */
const failures = new Map<unknown, number>()
const started: unknown[] = []

class Comb extends Actor {
  #number: unknown
  *init(number?: unknown) {
    this.#number = number
    started.push(number)
    const left = failures.get(number) ?? 0
    failures.set(number, left - 1)
    if (left > 0) throw new Error("no wax")
    yield* sleep(0)
  }
  number() {
    return this.#number
  }
}

const numbered = { child: partialChild(Comb), withArguments: (_: readonly unknown[], partition: number) => [partition] }

/** Starts a partition supervisor of combs that know their numbers. */
function combs(partitions: number, strategy: Strategy = "one_for_one", more = {}): PartitionSupervisorRef<Ref<Comb>> {
  const starting = stage.begin(() => stage.system.start(partitionSupervisor({ ...numbered, partitions, strategy, ...more })))
  stage.pass(1)
  return starting.value as PartitionSupervisorRef<Ref<Comb>>
}

/** Does something that may take a moment. */
function settled<T>(wait: Parameters<typeof stage.begin<T>>[0]): ReturnType<typeof stage.begin<T>> {
  const attempt = stage.begin(wait)
  stage.pass(1)
  expect(attempt.settled).toBe(true)
  return attempt
}

/** Which partition serves a key. */
function idOf(top: PartitionSupervisorRef<Ref<Comb>>, key: Parameters<typeof top.partition>[0]): ChildId | undefined {
  const ref = top.partition(key)
  return top.whichChildren().find((one) => one.ref === ref)?.id
}

describe("a key", () => {
  it("that is an integer goes by the remainder of its absolute value, a bigint as the same number", () => {
    const top = combs(5)
    const keys = [0, -0, 7, -7, 2 ** 53, 1e300, 7n, -7n, 10n ** 30n + 3n]
    expect(keys.map((key) => idOf(top, key))).toEqual([0, 0, 2, 2, (2 ** 53) % 5, 1e300 % 5, 2, 2, 3])
  })

  it("that is a string has the same partition in every run", () => {
    const top = combs(4)
    expect(["Maya", "Willy", "Flip", "Thekla"].map((key) => idOf(top, key))).toEqual([1, 2, 1, 2])
  })

  it.each([["short ones", (n: number) => `${n}`], ["that differ in one place", (n: number) => `user:${n}:profile`], ["that end alike", (n: number) => `${n}@meadow.example`]])(
    "strings %s are spread evenly",
    (_which, keyOf) => {
      const top = combs(8)
      const counts = new Map<unknown, number>()
      const numbers = new Map(top.whichChildren().map(({ id, ref }) => [ref as unknown, id]))
      for (let n = 0; n < 8000; n++) {
        const id = numbers.get(top.partition(keyOf(n)))
        counts.set(id, (counts.get(id) ?? 0) + 1)
      }
      expect(counts.size).toBe(8)
      for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(150)
    },
  )

  it("can be a fraction, true or false, a symbol or a reference", () => {
    const top = combs(3)
    const keys = [1.5, Number.NaN, Infinity, true, false, Symbol("rose"), Symbol.iterator, top, named(Comb, "comb", { system: stage.system })]
    for (const key of keys) expect([key, idOf(top, key)]).toEqual([key, expect.any(Number)])
    expect([idOf(top, true), idOf(top, false), idOf(top, top)]).toEqual([1, 0, top.id % 3])
    expect(idOf(top, Symbol("rose"))).toBe(idOf(top, "rose"))
  })

  it.each([[undefined], [null], [{}], [["a"]], [() => 1], [new Date(0)]])("%s is refused, for it has no value to choose by", (key) => {
    const top = combs(3)
    expect(() => top.partition(key as never)).toThrow(InvalidArgumentError)
    expect(() => top.via(key as never)).toThrow("a number, a bigint, a string, true or false, a symbol, or a reference")
  })
})

describe("a via", () => {
  it("finds the partition that serves its key after restarts", () => {
    const top = combs(3)
    const comb = named(Comb, top.via(1))
    const before = top.partition(1)
    before?.exit(shot)
    expect(comb.alive).toBe(false)
    stage.pass(1)
    expect([comb.alive, top.partition(1) === before, settled(() => comb.call.number()).value]).toEqual([true, false, 1])
  })

  it("survives the restart of the supervisor itself, if that has a name", () => {
    const tree = supervisor({ children: [partitionSupervisor({ ...numbered, partitions: 3, name: "combs" }), partitionSupervisor({ ...numbered, partitions: 3, id: "unnamed" })] })
    const starting = stage.begin(() => stage.system.start(tree))
    stage.pass(1)
    const top = starting.value as NonNullable<typeof starting.value>
    const vias = top.whichChildren().map(({ ref }) => (ref as unknown as PartitionSupervisorRef).via("Maya"))
    const [unnamed, comb] = vias.map((via) => named(Comb, via)) as [Ref<Comb>, Ref<Comb>]
    for (const { ref } of top.whichChildren()) ref?.exit(ExitReason.kill)
    stage.pass(1)
    expect([comb.alive, unnamed.alive]).toEqual([true, false])
    expect([String(comb), String(unnamed)]).toEqual(['Comb "combs Maya"', 'Comb "unnamed Maya"'])
    expect(settled(() => unnamed.call.number()).code).toBe("noproc")
  })

  it("is not misled by somebody else who has the name later", () => {
    const top = combs(3, "one_for_one", { name: "combs" })
    const comb = named(Comb, top.via(1))
    settled(() => top.stop())
    stage.system.spawn(Comb, { name: "combs" })
    stage.pass(1)
    expect([comb.alive, comb.cast.number()]).toEqual([false, false])
  })

  it("is nobody while the partition does not run", () => {
    const top = combs(2, "one_for_one", { child: partialChild(Comb, { restart: "temporary" }) })
    const comb = named(Comb, top.via(1))
    top.partition(1)?.exit(shot)
    stage.pass(1)
    expect([top.partition(1), comb.alive, top.partitions, childrenOf(top)]).toEqual([undefined, false, 2, ["0"]])
  })

  it("is no name that can be taken", () => {
    const top = combs(2)
    expect(() => stage.system.spawn(Comb, { name: top.via(1) })).toThrow(InvalidArgumentError)
    expect(() => stage.system.spawn(Comb, { name: top.via(1) })).not.toThrow(NameTakenError)
  })
})

describe("resizing", () => {
  it("takes keys away from those that go before the first of them is told to stop", () => {
    class Slow extends Comb {
      *terminate() {
        yield* sleep(100)
      }
    }
    const top = combs(4, "one_for_one", { child: partialChild(Slow) })
    const resizing = stage.begin(() => top.resize(1))
    stage.pass(50)
    expect([resizing.settled, top.partitions, top.partition(3) === top.child(0), childrenOf(top)]).toEqual([false, 1, true, ["0", "1", "2", "3"]])
    for (let step = 0; step < 3; step++) stage.pass(100)
    expect([resizing.value, childrenOf(top)]).toEqual([4, ["0"]])
  })

  it("gives keys to new ones when all of them run", () => {
    const top = combs(3)
    settled(() => top.resize(1))
    const seen: number[] = []
    stage.system.events.on("supervisor", () => seen.push(top.partitions))
    const resizing = settled(() => top.resize(3))
    expect(seen).toEqual([1, 1])
    expect([resizing.settled, top.partitions, idOf(top, 2)]).toEqual([true, 3, 2])
  })

  it("to minus zero is to zero", () => {
    const top = combs(3)
    expect([settled(() => top.resize(-0)).value, top.partitions]).toEqual([3, 0])
    expect(settled(() => top.resize(-0)).value).toBe(0)
    expect(settled(() => top.resize(3)).value).toBe(0)
  })

  it("that fails to start one leaves as many as there were", () => {
    const top = combs(4)
    settled(() => top.resize(1))
    failures.set(3, 1)
    const attempt = settled(() => top.resize(4))
    expect(attempt.error).toBeInstanceOf(StartError)
    expect([top.partitions, childrenOf(top)]).toEqual([1, ["0"]])
    expect(settled(() => top.resize(4)).value).toBe(1)
    expect(childrenOf(top)).toEqual(["0", "1", "2", "3"])
  })

  it.each(["one_for_one", "one_for_all", "rest_for_one"] as const)("leaves nothing behind that a restart of the group would start (%s)", (strategy) => {
    const top = combs(4, strategy)
    settled(() => top.resize(2))
    top.partition(0)?.exit(shot)
    stage.pass(1)
    expect([top.partitions, childrenOf(top)]).toEqual([2, ["0", "1"]])
    settled(() => top.resize(4))
    expect(childrenOf(top)).toEqual(["0", "1", "2", "3"])
  })

  it.each(["one_for_one", "one_for_all", "rest_for_one"] as const)("takes one away that waits for its restart, and the rest goes on (%s)", (strategy) => {
    const top = combs(4, strategy, { child: partialChild(Comb, { backoff: { minMs: 1000, jitter: 0 } }) })
    top.partition(3)?.exit(shot)
    stage.pass(1)
    expect(childrenOf(top).at(-1)).toBe("3 restarting")
    settled(() => top.resize(3))
    expect([childrenOf(top), stage.timers]).toEqual([["0", "1", "2"], 0])
  })

  it("is done by several one after another", () => {
    const top = combs(3)
    const all = [0, 3, 1, 2].map((partitions) => stage.begin(() => top.resize(partitions)))
    stage.pass(1)
    stage.pass(1)
    expect([all.map(({ value }) => value), childrenOf(top)]).toEqual([[3, 0, 3, 1], ["0", "1"]])
  })

  it("is forgotten when the supervisor is restarted: it begins with all", () => {
    const starting = stage.begin(() => stage.system.start(supervisor({ children: [partitionSupervisor({ ...numbered, partitions: 3, id: "combs" })] })))
    stage.pass(1)
    const top = (): PartitionSupervisorRef => starting.value?.child("combs") as unknown as PartitionSupervisorRef
    settled(() => top().resize(1))
    top().exit(ExitReason.kill)
    stage.pass(1)
    expect(top().partitions).toBe(3)
  })
})

describe("its children", () => {
  it("are made once: the arguments of one that is started again are not asked for again", () => {
    const asked: number[] = []
    const top = combs(3, "one_for_one", { withArguments: (_: unknown, partition: number) => [asked.push(partition)] })
    settled(() => top.resize(0))
    settled(() => top.resize(3))
    top.partition(1)?.exit(shot)
    stage.pass(1)
    expect([asked, started]).toEqual([[0, 1, 2], [1, 2, 3, 1, 2, 3, 2]])
  })

  it("can be stopped and restarted by their numbers, and looked at", () => {
    const top = combs(2)
    settled(() => top.terminateChild(1))
    expect([childrenOf(top), top.partition(1), top.partitions]).toEqual([["0", "1 stopped"], undefined, 2])
    settled(() => top.restartChild(1))
    expect([childrenOf(top), top.childSpec(1)?.args, top.childSpec(2)]).toEqual([["0", "1"], [1], undefined])
    settled(() => top.terminateChild(1))
    settled(() => top.resize(1))
    expect(childrenOf(top)).toEqual(["0"])
  })

  it("cannot be added or deleted one by one", () => {
    const top = combs(2)
    expect(() => top.startChild(Comb)).toThrow(expect.objectContaining({ code: "partition_supervisor" }) as SupervisorError)
    expect(() => top.deleteChild(1)).toThrow("is a partition supervisor, so deleteChild() is not for it")
  })

  it("are whatever a child can be: a body, a task-like function, an object with a start function, a tree", () => {
    const heard: unknown[] = []
    function* body(self: Process<string>, partition: number) {
      for (;;) heard.push([partition, yield* self.receive()])
    }
    const bodies = settled(() => stage.system.start(partitionSupervisor({ ...numbered, partitions: 2, child: partialChild(body) }))).value
    bodies?.partition(1)?.send("buzz")
    const starts = settled(() => stage.system.start(partitionSupervisor({ ...numbered, partitions: 2, child: { id: "own", start: (host, partition: number) => host.spawn(body, { args: [partition * 10] }) } }))).value
    starts?.partition(1)?.send("hum" as never)
    const trees = settled(() => stage.system.start(partitionSupervisor({ partitions: 2, child: supervisor({ children: [Comb] }) }))).value
    stage.pass(1)
    expect(heard).toEqual([[1, "buzz"], [10, "hum"]])
    expect(trees?.partition(1)?.countChildren().active).toBe(1)
  })

  it.each([
    ["a name", child(Comb, { name: "comb" }), "child.name"],
    ["a name of its own tree", dynamicSupervisor({ name: "bees" }), "child.name"],
  ])("cannot have %s", (_what, given, field) => {
    expect(() => partitionSupervisor({ partitions: 2, child: given })).toThrow(expect.objectContaining({ code: "invalid_argument", field }) as Error)
  })

  it("that are trees get no arguments, and those of a wrong withArguments fail the start", () => {
    expect(() => partitionSupervisor({ ...numbered, partitions: 2, child: dynamicSupervisor() })).toThrow("use its class form")
    const attempt = settled(() => stage.system.start(partitionSupervisor({ ...numbered, partitions: 2, withArguments: (() => "x") as never })))
    expect(attempt.code).toBe("init_failed")
    expect((attempt.error as StartError).cause).toMatchObject({ code: "invalid_argument", message: expect.stringContaining("withArguments(…, 0) must be an array") })
  })

  it("are stopped in reverse if one fails to start", () => {
    failures.set(2, 1)
    const attempt = settled(() => stage.system.start(partitionSupervisor({ ...numbered, partitions: 3 })))
    expect((attempt.error as StartError).message).toContain('child "2" was not started')
    expect(stage.news()).toEqual(["child_started 0", "child_started 1", "start_error 2 no wax", "child_stopped 1 shutdown", "child_stopped 0 shutdown"])
  })
})

describe("the supervisor", () => {
  class Combs extends PartitionSupervisor<Ref<Comb>> {
    init(partitions: number) {
      return { ...numbered, partitions }
    }
  }

  it("has a class form, whose references are the same", () => {
    const top = settled(() => stage.system.start(Combs, { args: [3] })).value as PartitionSupervisorRef<Ref<Comb>>
    expect(top).toBeInstanceOf(PartitionSupervisorRef)
    expect([top.partitions, settled(() => named(Comb, top.via(2)).call.number()).value]).toEqual([3, 2])
  })

  it("shows what it is, and each partition, in the tree", () => {
    const top = combs(2, "rest_for_one", { id: "combs" })
    expect(top.tree()).toMatchObject({ id: "combs", name: "partition supervisor", strategy: "rest_for_one", children: [{ id: 0, name: "Comb" }, { id: 1, name: "Comb" }] })
  })

  it("can be given other flags, and keeps its partitions and their number", () => {
    const top = combs(3)
    settled(() => top.resize(2))
    settled(() => top.changeFlags({ strategy: "one_for_all", maxRestarts: 1 }))
    const before = top.whichChildren().map(({ ref }) => ref)
    top.partition(0)?.exit(shot)
    stage.pass(1)
    expect([top.partitions, top.tree().maxRestarts, top.whichChildren().filter(({ ref }) => before.includes(ref))]).toEqual([2, 1, []])
    expect(settled(() => top.resize(3)).value).toBe(2)
    expect(() => top.changeFlags({ autoShutdown: "any_significant" } as never)).toThrow("a partition supervisor does not stop by itself")
  })

  it("has no partitions while it starts, and cannot be asked once it has ended", () => {
    class Late extends PartitionSupervisor {
      *init() {
        yield* sleep(100)
        return { ...numbered, partitions: 2 }
      }
    }
    const top = stage.system.spawn(Late)
    stage.pass(1)
    expect([top.partitions, top.partition(1)]).toEqual([0, undefined])
    stage.pass(101)
    expect(top.partitions).toBe(2)
    settled(() => top.stop())
    expect(() => top.partitions).toThrow(NoProcessError)
    expect(() => top.partition(1)).toThrow(NoProcessError)
    expect(settled(() => top.resize(1)).code).toBe("noproc")
  })
})

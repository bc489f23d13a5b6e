import { type Routine, sleep } from "@vivarium/core"
import { Actor, Agent, CallError, ExitReason, named, NoProcessError, type Ref, Registry } from "@vivarium/actors"
import { child, dynamicSupervisor, type PartitionOptions, PartitionSupervisor, partialChild, partitionSupervisor, type PartitionSupervisorRef, SpecError, SupervisorError } from "@vivarium/supervision"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { counts, inWords, noted, trace, TreeWorld } from "./otp-supervisor-fixtures.ts"
import { raised } from "./otp-world.ts"

let world: TreeWorld
beforeEach(() => {
  world = new TreeWorld()
})
afterEach(async () => {
  await world.end()
})

const killed = ExitReason.custom("shot")

/** Knows with what it was started. */
class Comb extends Actor {
  #args: readonly unknown[] = []
  init(...args: readonly unknown[]) {
    this.#args = args
    trace.push(`${args.join(" ")} starts`)
  }
  args() {
    return this.#args
  }
  terminate(reason: ExitReason) {
    trace.push(`${this.#args.join(" ")} ends: ${inWords(reason)}`)
  }
}

const three = { partitions: 3, child: partialChild(Comb, { args: ["comb"] }), withArguments: (args: readonly unknown[], partition: number) => [...args, partition] }

type Combs = PartitionSupervisorRef<Ref<Comb>>

/** Runs a test inside of a process, with three combs. */
async function under(options: Omit<Partial<PartitionOptions>, "child">, body: (top: Combs) => Routine): Promise<void> {
  await world.process(function* () {
    yield* body(yield* world.system.start(partitionSupervisor({ ...three, ...options })))
  })
}

function argsOf(top: Combs, key: number): Ref<Comb>["call"] {
  return named(Comb, top.via(key)).call
}

describe("PartitionSupervisor", () => {
  it("D09: keys 0..3 and -1 go to the partitions 0, 1, 2, 0 and 1, each with its own arguments", async () => {
    await under({}, function* (top) {
      expect(top.partitions).toBe(3)
      for (const [key, partition] of [[0, 0], [1, 1], [2, 2], [3, 0], [-1, 1]] as const) {
        expect(top.partition(key)).toBe(top.child(partition))
        expect(yield* argsOf(top, key).args()).toEqual(["comb", partition])
      }
    })
  })

  it("D09: the arguments are the same after a restart", async () => {
    await under({}, function* (top) {
      top.partition(1)?.exit(killed)
      yield* sleep(0)
      expect(yield* argsOf(top, 1).args()).toEqual(["comb", 1])
      expect(noted().filter((line) => line.startsWith("comb 1"))).toEqual(["comb 1 starts", "comb 1 ends: shot", "comb 1 starts"])
    })
  })

  it("D10: with 0 partitions a look-up fails with no_partitions, of whatever kind", async () => {
    await under({}, function* (top) {
      const comb = named(Comb, top.via(0))
      yield* top.resize(0)
      expect([top.partitions, counts(top)]).toEqual([0, [0, 0, 0, 0]])
      expect(() => top.partition(0)).toThrow(expect.objectContaining({ code: "no_partitions" }) as SupervisorError)
      expect((yield* raised(SupervisorError, comb.call.args())).code).toBe("no_partitions")
    })
  })

  it.each([4, -1, 1.5, Number.NaN, Infinity, "2"])("D10: resizing from 3 to %s is refused, and nothing changes", async (partitions) => {
    await under({}, function* (top) {
      const error = yield* raised(Error, top.resize(partitions as number))
      expect(error).toMatchObject({ code: "invalid_argument", value: partitions })
      expect([top.partitions, counts(top)]).toEqual([3, [3, 3, 0, 3]])
    })
  })

  it("D10: any number of resizes from 0 to what it was started with, each giving the number before", async () => {
    await under({}, function* (top) {
      let before = 3
      for (const partitions of [2, 1, 0, 1, 2, 3, 0, 3, 3, 1]) {
        expect(yield* top.resize(partitions)).toBe(before)
        expect([top.partitions, counts(top)]).toEqual([partitions, [partitions, partitions, 0, partitions]])
        before = partitions
      }
    })
  })

  it("D10: stops the last ones, the youngest first, and starts them again as they were", async () => {
    await under({}, function* (top) {
      const first = top.partition(0)
      noted()
      yield* top.resize(1)
      expect([noted(), top.partition(1) === first]).toEqual([["comb 2 ends: shutdown", "comb 1 ends: shutdown"], true])
      yield* top.resize(3)
      expect([noted(), top.partition(0) === first]).toEqual([["comb 1 starts", "comb 2 starts"], true])
    })
  })
})

describe("the rest of it (section 10)", () => {
  it("lists all partitions, and counts them", async () => {
    await under({}, function* (top) {
      yield* sleep(0)
      const expected = [2, 1, 0].map((id) => ({ id, ref: top.partition(id), state: "running", kind: "worker" }))
      expect(top.whichChildren()).toEqual(expected)
      expect(counts(top)).toEqual([3, 3, 0, 3])
    })
  })

  it("has dynamic supervisors as its partitions, and each key its own", async () => {
    await world.process(function* () {
      const top = yield* world.system.start(partitionSupervisor({ partitions: 4, child: dynamicSupervisor() }))
      expect(counts(top)).toEqual([4, 4, 4, 0])
      for (let key = 0; key < 100; key++) yield* top.partition(`key ${key}`)?.startChild(child(Agent, { args: [() => key] })) ?? []
      const all = [0, 1, 2, 3].map((partition) => top.partition(partition)?.countChildren().active ?? 0)
      expect(all.reduce((sum, one) => sum + one)).toBe(100)
      expect(Math.min(...all)).toBeGreaterThan(10)
    })
  })

  it("can have a name of a registry", async () => {
    await world.process(function* () {
      const registry = new Registry<string>({ keys: "unique", system: world.system })
      const top = yield* world.system.start(partitionSupervisor({ ...three, name: registry.via("combs") }))
      expect(yield* argsOf(top, 5).args()).toEqual(["comb", 2])
      yield* top.stop()
      expect((yield* raised(CallError, argsOf(top, 5).args())).code).toBe("noproc")
    })
  })

  it("is one_for_one unless told otherwise, with 3 restarts in 5,000 ms", async () => {
    await under({}, function* (top) {
      expect(top.tree()).toMatchObject({ strategy: "one_for_one", maxRestarts: 3, withinMs: 5000 })
      const others = [top.partition(0), top.partition(2)]
      top.partition(1)?.exit(killed)
      yield* sleep(0)
      expect([top.partition(0), top.partition(2)]).toEqual(others)
      for (let crash = 0; crash < 3; crash++) {
        top.partition(0)?.exit(killed)
        yield* sleep(0)
      }
      expect(top.alive).toBe(false)
      expect(() => top.partition(0)).toThrow(NoProcessError)
    })
  })

  it.each([
    ["partitions", { ...three, partitions: 0 }],
    ["partitions", { child: Comb }],
    ["child", { partitions: 1 }],
    ["withArguments", { ...three, withArguments: 123 }],
    ["autoShutdown", { ...three, autoShutdown: "any_significant" }],
    ["strategy", { ...three, strategy: "simple_one_for_one" }],
    ["child.significant", { ...three, child: child(Comb, { restart: "transient", significant: true }) }],
  ])("a wrong %s is refused, with an error that names it", async (field, options) => {
    expect(() => partitionSupervisor(options as never)).toThrow(expect.objectContaining({ code: "invalid_argument", field }) as SpecError)
    class Combs extends PartitionSupervisor {
      init() {
        return options as unknown as PartitionOptions
      }
    }
    await world.process(function* () {
      const error = yield* raised(Error, world.system.start(Combs))
      expect(error.cause).toMatchObject({ code: "invalid_argument", field })
    })
  })
})

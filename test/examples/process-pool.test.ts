// The program is really run, in a process of its own: that is why its test is slow.
import { ExitReason, isOrderly, type Process, type Ref } from "@vivarium/actors"
import { Random, type Routine, sleep, tasklet } from "@vivarium/core"
import { supervisor, type SupervisorRef } from "@vivarium/supervision"
import { describe, expect, it } from "vitest"
import type { PoolServer } from "../../examples/process-pool/pool-server.ts"
import { pool, poolOf } from "../../examples/process-pool/pool.ts"
import { endingOf, runExample } from "./story.ts"
import { inVirtualWorld, type VirtualWorld } from "./virtual-world.ts"

it("the process pool prints what its README shows", { timeout: 60_000 }, async () => {
  expect(await runExample("process-pool")).toEqual(endingOf("process-pool"))
})

interface Scene extends VirtualWorld {
  readonly pools: SupervisorRef
  readonly server: Ref<PoolServer<[name: string, ms: number]>>
  /** Which jobs were begun, in order, and which were done. */
  readonly begun: string[]
  readonly done: string[]
  /** The most that ran at the same time. */
  readonly most: () => number
}

function inScene(size: number, play: (scene: Scene) => Routine): Promise<void> {
  return inVirtualWorld(function* (world) {
    const begun: string[] = []
    const done: string[] = []
    let running = 0
    let most = 0
    function* work(_self: Process, name: string, ms: number): Routine {
      begun.push(name)
      most = Math.max(most, ++running)
      try {
        yield* sleep(ms)
        if (name.endsWith("!")) throw new Error(name)
        done.push(name)
      } finally {
        running--
      }
    }
    const pools = yield* world.system.start(supervisor({ id: "pools", children: [pool({ name: "pool", size, work })] }))
    yield* play({ ...world, pools, server: poolOf("pool", work), begun, done, most: () => most })
  })
}

describe("the process pool", () => {
  it("starts at once what has a place, and nothing else", () =>
    inScene(2, function* ({ done, server }) {
      const workers = [yield* server.call.run("one", 10), yield* server.call.run("two", 20), yield* server.call.run("three", 10)]
      expect(workers.map((worker) => worker?.alive)).toEqual([true, true, undefined])
      yield* sleep(15)
      expect(yield* server.call.run("four", 10)).toBeDefined()
      yield* sleep(100)
      expect(done).toEqual(["one", "two", "four"])
    }))

  it("lets those who wait come first, in the order in which they came", () =>
    inScene(1, function* ({ begun, server }) {
      yield* server.call.run("one", 10)
      const two = server.request.runSync("two", 10)
      yield* server.call.runAsync("three", 10)
      // At this moment the first worker ends. What was asked before comes before.
      const late = tasklet(function* () {
        yield* sleep(10)
        return yield* server.call.run("four", 10)
      })
      expect(yield* late).toBeUndefined()
      expect((yield* two)?.alive).toBe(true)
      yield* sleep(100)
      expect(begun).toEqual(["one", "two", "three"])
    }))

  it("gives the place of a worker that has crashed to the next one", () =>
    inScene(1, function* ({ done, pools, server, system }) {
      yield* server.call.run("one!", 10)
      yield* server.call.runAsync("two!", 10)
      yield* server.call.runAsync("three", 10)
      yield* sleep(100)
      expect(done).toEqual(["three"])
      expect(system.statistics().crashed).toBe(2)
      expect(pools.tree()).toMatchObject({ restarts: 0, children: [{ restarts: 0, children: [{ restarts: 0, children: [] }, {}] }] })
    }))

  it("starts nothing for callers who have given up", () =>
    inScene(1, function* ({ begun, server }) {
      yield* server.call.run("one", 100)
      const impatient = server.with({ timeoutMs: 50 }).request.runSync("two", 10)
      const patient = server.request.runSync("three", 10)
      yield* sleep(60)
      expect(() => impatient.take()).toThrow("did not answer")
      expect(yield* server.call.waiting()).toBe(1)
      yield* patient
      expect(begun).toEqual(["one", "three"])
    }))

  it.for(["server", "workers"])("is there again when its %s have crashed, without the workers and the queue of before", (what) =>
    inScene(2, function* ({ done, pools, server, system }) {
      const workers = [yield* server.call.run("one", 1000), yield* server.call.run("two", 1000)]
      const waiting = server.request.runSync("three", 10)
      yield* sleep(1)
      const inside = pools.child("pool") as SupervisorRef
      inside.child(what)?.exit(ExitReason.kill)
      yield* sleep(1)
      expect(() => waiting.take()).toThrow(`ended during runSync()`)
      expect(workers.map((worker) => worker?.alive)).toEqual([false, false])
      expect(yield* server.call.waiting()).toBe(0)
      expect(yield* server.call.run("four", 10)).toBeDefined()
      yield* sleep(2000)
      expect(done).toEqual(["four"])
      expect(system.names.toSorted()).toEqual(["pool", "pool/workers"])
    }))

  it("is a matter of the supervisor above when it crashes twice", () =>
    inScene(2, function* ({ pools, server }) {
      const before = pools.child("pool")
      for (let time = 0; time < 2; time++) {
        server.exit(ExitReason.error(new Error("stung")))
        yield* sleep(1000)
      }
      expect(before?.alive).toBe(false)
      expect(isOrderly(yield* (before as Ref<unknown>).join())).toBe(true)
      expect(server.alive).toBe(true)
      expect(pools.tree()).toMatchObject({ restarts: 1, children: [{ id: "pool", restarts: 0 }] })
    }))

  it.for(Array.from({ length: 10 }, (_, seed) => seed))("runs each job once and never too many, whoever comes when: seed %s", (seed) =>
    inScene(3, function* ({ begun, most, server }) {
      const chance = new Random(seed)
      const wanted: string[] = []
      for (let number = 0; number < 100; number++) {
        const name = chance.integer(4) === 0 ? `${number}!` : String(number)
        const ms = chance.integer(30)
        if (chance.integer(2) === 0) {
          yield* server.call.runAsync(name, ms)
          wanted.push(name)
        } else if ((yield* server.call.run(name, ms)) !== undefined) wanted.push(name)
        yield* sleep(chance.integer(12))
      }
      yield* sleep(10_000)
      expect(begun).toEqual(wanted)
      expect(most()).toBe(3)
    }))
})

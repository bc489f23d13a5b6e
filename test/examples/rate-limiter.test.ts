// The program is really run, in a process of its own: that is why its test is slow.
import { CallError, ExitReason, type Ref } from "@vivarium/actors"
import { type Routine, sleep, type Tasklet, tasklet } from "@vivarium/core"
import { describe, expect, it } from "vitest"
import { Bucket } from "../../examples/rate-limiter/bucket.ts"
import { acquire, Limiter } from "../../examples/rate-limiter/limiter.ts"
import { endingOf, runExample } from "./story.ts"
import { inVirtualWorld, type VirtualWorld } from "./virtual-world.ts"

it("the rate limiter prints what its README shows", { timeout: 60_000 }, async () => {
  expect(await runExample("rate-limiter")).toEqual(endingOf("rate-limiter"))
})

const limits = { burst: 3, refillMs: 100, queue: 4, idleMs: 1000 }

interface Scene extends VirtualWorld {
  readonly limiter: Ref<Limiter>
  /** Asks for a token; gives the time at which it came, or the code of the failure. */
  readonly visit: (client: string) => Tasklet<number | string>
}

function inScene(play: (scene: Scene) => Routine): Promise<void> {
  return inVirtualWorld(function* (world) {
    const limiter = yield* world.system.start(Limiter, { args: [limits] })
    const visit = (client: string): Tasklet<number | string> => {
      return tasklet(function* () {
        try {
          yield* acquire(limiter, client)
          return world.now()
        } catch (error) {
          if (error instanceof CallError) return error.code
          throw error
        }
      })
    }
    yield* play({ ...world, limiter, visit })
  })
}

function* outcomes(visits: readonly Tasklet<number | string>[]): Routine<readonly (number | string)[]> {
  const all: (number | string)[] = []
  for (const one of visits) all.push(yield* one)
  return all
}

const times = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make)

describe("the rate limiter", () => {
  it("lets a burst pass at once, and then one after each interval, first come first served", () =>
    inScene(function* ({ visit }) {
      expect(yield* outcomes(times(6, () => visit("Ada")))).toEqual([0, 0, 0, 100, 200, 300])
    }))

  it("lets through no more than a burst and a token for each interval, whenever they come", () =>
    inScene(function* ({ visit }) {
      const visits: Tasklet<number | string>[] = []
      for (const pause of [0, 10, 250, 30, 0, 0, 400, 170, 0, 0, 0, 60, 900, 0, 0, 0, 0]) {
        yield* sleep(pause)
        visits.push(visit("Ada"))
      }
      const passed = (yield* outcomes(visits)).map(Number)
      expect(passed).toEqual(passed.toSorted((one, other) => one - other))
      const windows = passed.flatMap((from, index) => passed.slice(index).map((until, more) => ({ ms: until - from, passed: more + 1 })))
      expect(windows.filter((window) => window.passed > limits.burst + Math.ceil(window.ms / limits.refillMs))).toEqual([])
    }))

  it("keeps clients apart", () =>
    inScene(function* ({ visit }) {
      const ada = times(5, () => visit("Ada"))
      const ben = times(2, () => visit("Ben"))
      expect(yield* outcomes(ben)).toEqual([0, 0])
      expect(yield* outcomes(ada)).toEqual([0, 0, 0, 100, 200])
    }))

  it("refuses who would have to wait behind too many, and fails a flood before it is read", () =>
    inScene(function* ({ visit }) {
      const flood = times(20, () => visit("Mallory"))
      yield* sleep(0)
      const late = visit("Mallory")
      expect(yield* outcomes([late])).toEqual(["refused"])
      expect(yield* outcomes(flood)).toEqual([0, 0, 0, 100, 200, 300, 400, ...times(13, () => "mailbox_full")])
    }))

  it("spends no token on callers who have given up", () =>
    inScene(function* ({ limiter, now, visit }) {
      yield* outcomes(times(3, () => visit("Ada")))
      const bucket = yield* limiter.call.bucketOf("Ada")
      const impatient = times(3, () => bucket.with({ timeoutMs: 50 }).request.take())
      const patient = visit("Ada")
      yield* sleep(60)
      for (const one of impatient) expect(() => one.take()).toThrow("did not answer")
      expect(yield* patient).toBe(100)
      expect(now()).toBe(100)
    }))

  it("ends buckets that are full and idle, and makes new ones, full again", () =>
    inScene(function* ({ limiter, system, visit }) {
      yield* outcomes(times(5, () => visit("Ada")))
      // Served last at 200, full again at 500.
      yield* sleep(1299)
      expect(yield* limiter.call.clients()).toEqual(["Ada"])
      yield* sleep(2)
      expect(yield* limiter.call.clients()).toEqual([])
      expect(yield* outcomes(times(4, () => visit("Ada")))).toEqual([1501, 1501, 1501, 1601])
      expect(system.statistics().crashed).toBe(0)
    }))

  it("serves whoever comes at the moment at which the bucket ends itself", () =>
    inScene(function* ({ limiter, visit }) {
      yield* limiter.call.bucketOf("Ada")
      const early = tasklet(function* () {
        yield* sleep(1000)
        return yield* visit("Ada")
      })
      yield* sleep(1000)
      const late = visit("Ada")
      expect([yield* early, yield* late]).toEqual([1000, 1000])
    }))

  it("goes on with a new bucket when one was killed, and fails those who waited there", () =>
    inScene(function* ({ limiter, visit }) {
      const waiting = times(5, () => visit("Ada"))
      yield* sleep(1)
      const bucket = yield* limiter.call.bucketOf("Ada")
      bucket.exit(ExitReason.kill)
      expect(yield* outcomes(waiting)).toEqual([0, 0, 0, "exit", "exit"])
      expect(yield* visit("Ada")).toBe(1)
      expect(yield* limiter.call.clients()).toEqual(["Ada"])
    }))
})

describe("a bucket", () => {
  it("has no timer that runs while it is full", () =>
    inVirtualWorld(function* ({ now, system }) {
      const bucket = yield* system.start(Bucket, { args: [{ ...limits, idleMs: 1e9 }] })
      yield* bucket.call.take()
      yield* sleep(101)
      const { scheduler } = system
      const { switches } = scheduler
      yield* sleep(100_000)
      expect(scheduler.switches - switches).toBeLessThan(10)
      expect(now()).toBe(100_101)
    }))
})

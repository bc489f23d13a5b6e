/** Back-off of one child: how long it waits, when it is given up, and what can be done with it meanwhile. */
import { Actor, ExitReason, type Ref, StartError } from "@vivarium/actors"
import { Scheduler } from "@vivarium/core"
import { VirtualClock } from "@vivarium/core/lowlevel"
import { type BackoffOptions, child, supervisor, type SupervisorOptions, type SupervisorRef } from "@vivarium/supervision"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { childrenOf, nodeOf, TendedStage } from "./fixtures/tended-stage.ts"

/** How many starts of which child are still to fail. */
let failures: Map<string, number>
let stage: TendedStage

class Bee extends Actor {
  #name = ""
  init(name: string) {
    this.#name = name
    const left = failures.get(name) ?? 0
    if (left === 0) return
    failures.set(name, left - 1)
    throw new Error("rain")
  }
  sting() {
    throw new Error(`${this.#name} stung`)
  }
  work() {
    return "works"
  }
}

const bee = (id: string, backoff?: BackoffOptions) => child(Bee, { id, args: [id], backoff })
const EVEN = { minMs: 100, maxMs: 100, jitter: 0 }

beforeEach(() => {
  failures = new Map()
  stage = new TendedStage()
})
afterEach(async () => {
  await stage[Symbol.asyncDispose]()
})

/** A supervisor that gives up at the first restart that counts. */
function tend(backoff: BackoffOptions, options: SupervisorOptions = {}): SupervisorRef {
  const top = stage.value(() => stage.system.start(supervisor({ id: "top", maxRestarts: 0, children: [bee("maya", backoff)], ...options })))
  stage.news()
  return top
}

function crash(top: SupervisorRef, id = "maya"): void {
  ;(top.child(id) as Ref<Bee>).cast.sting()
  stage.pass()
}

/** The delays of as many crashes in a row, by the reports; each restart comes when its delay is over, and not before. */
function delaysOf(top: SupervisorRef, crashes: number): number[] {
  const delays: number[] = []
  for (let round = 0; round < crashes; round++) {
    crash(top)
    const { delayMs } = stage.told.at(-1) as { readonly delayMs: number }
    delays.push(delayMs)
    expect(nodeOf(top, "maya")).toMatchObject({ state: "restarting", restartsInMs: expect.closeTo(delayMs) as number, attempts: round + 1 })
    stage.pass(delayMs - 1e-3)
    expect(childrenOf(top)).toEqual(["maya restarting"])
    stage.pass(2e-3)
    expect(childrenOf(top)).toEqual(["maya"])
  }
  return delays
}

describe("the delays", () => {
  it("grow by the factor, up to the longest", () => {
    expect(delaysOf(tend({ minMs: 10, maxMs: 500, factor: 3, jitter: 0 }), 7)).toEqual([10, 30, 90, 270, 500, 500, 500])
  })

  it("are all the same with a factor of 1, and nothing with a first one of 0", () => {
    expect(delaysOf(tend({ minMs: 25, factor: 1, jitter: 0 }), 4)).toEqual([25, 25, 25, 25])
    const top = tend({ minMs: 0, jitter: 0 })
    for (let round = 0; round < 5; round++) {
      crash(top)
      stage.pass(1e-6)
      expect(childrenOf(top)).toEqual(["maya"])
    }
  })

  it("begin with 10 ms, double, and end at 30 s, give or take a fifth", () => {
    const delays = delaysOf(tend({}), 15)
    for (const [index, delay] of delays.entries()) {
      const middle = Math.min(30_000, 10 * 2 ** index)
      expect(delay).toBeGreaterThanOrEqual(middle * 0.8)
      expect(delay).toBeLessThanOrEqual(middle * 1.2)
    }
    expect(new Set(delays.map((delay, index) => delay / Math.min(30_000, 10 * 2 ** index))).size).toBe(15)
  })

  it("do not overflow, however often it fails", () => {
    failures.set("maya", 0)
    const top = tend({ minMs: 1, maxMs: 1000, factor: 1e300, jitter: 0 })
    expect(delaysOf(top, 5)).toEqual([1, 1000, 1000, 1000, 1000])
  })

  it.each([0.5, 1])("are spread by a jitter of %d over the whole of its range, never below 0", (jitter) => {
    const delays = delaysOf(tend({ minMs: 100, maxMs: 100, jitter }), 100)
    const [least, most] = [Math.min(...delays), Math.max(...delays)]
    expect([least >= 100 * (1 - jitter), least < 100 * (1 - 0.8 * jitter), most > 100 * (1 + 0.8 * jitter), most <= 100 * (1 + jitter)]).toEqual([true, true, true, true])
  })

  it("are drawn from the seed of the scheduler: the same seed gives the same ones", async () => {
    const drawn: number[][] = []
    for (const seed of [7, 7, 8]) {
      const clock = new VirtualClock()
      const scheduler = new Scheduler({ clock, random: seed })
      const seeded = new TendedStage({ scheduler })
      const top = await scheduler.main(() => seeded.system.start(supervisor({ children: [bee("maya", { minMs: 100 })] })))
      for (let round = 0; round < 5; round++) {
        ;(top.child("maya") as Ref<Bee>).cast.sting()
        scheduler.run()
        clock.advance(10_000)
        scheduler.run()
      }
      drawn.push(seeded.told.flatMap(({ delayMs }) => delayMs ?? []))
      await scheduler.main(() => seeded.system.stop())
    }
    expect(drawn[0]).toHaveLength(5)
    expect(drawn[1]).toEqual(drawn[0])
    expect(drawn[2]).not.toEqual(drawn[0])
  })

  it("draw nothing at random where there is no jitter", () => {
    const before = new Scheduler().random.next()
    expect(new Scheduler().random.next()).toBe(before)
    delaysOf(tend(EVEN), 3)
    expect(stage.scheduler.random.next()).toBe(before)
  })
})

describe("after a healthy time", () => {
  it("the next failure counts as the first one: at resetAfterMs, not before", () => {
    const top = tend({ minMs: 10, jitter: 0, resetAfterMs: 1000 })
    for (const delay of [10, 20, 40]) {
      crash(top)
      stage.pass(delay)
    }
    stage.pass(999)
    crash(top)
    expect([nodeOf(top, "maya").attempts, stage.told.at(-1)?.delayMs]).toEqual([4, 80])
    stage.pass(80)
    stage.pass(1000)
    crash(top)
    expect([nodeOf(top, "maya").attempts, stage.told.at(-1)?.delayMs]).toEqual([1, 10])
  })

  it("never, with resetAfterMs Infinity", () => {
    const top = tend({ minMs: 10, jitter: 0, resetAfterMs: Infinity })
    delaysOf(top, 1)
    stage.pass(1e12)
    crash(top)
    expect(nodeOf(top, "maya").attempts).toBe(2)
  })

  it("is counted from its last start, so delays and failed starts are no health", () => {
    const top = tend({ minMs: 1000, jitter: 0, resetAfterMs: 500 })
    failures.set("maya", 2)
    crash(top)
    stage.pass(1000)
    stage.pass(2000)
    expect(nodeOf(top, "maya").attempts).toBe(3)
    stage.pass(4000)
    expect(childrenOf(top)).toEqual(["maya"])
    stage.pass(499)
    crash(top)
    expect([nodeOf(top, "maya").attempts, stage.told.at(-1)?.delayMs]).toEqual([4, 8000])
  })
})

describe("after maxAttempts", () => {
  it("the supervisor gives up, with shutdown and the detail gave_up", () => {
    const top = tend({ ...EVEN, maxAttempts: 3 })
    delaysOf(top, 3)
    const ends: ExitReason[] = []
    stage.system.events.on("ended", ({ reason, ref }) => ref === top && ends.push(reason))
    crash(top)
    expect([top.alive, ends]).toEqual([false, [ExitReason.shutdownWith("gave_up")]])
    expect(stage.told.at(-1)).toMatchObject({ context: "shutdown", attempt: 4, note: expect.stringContaining("3") as string })
    expect(stage.timers).toBe(0)
  })

  it("counts failed starts, too", () => {
    const top = tend({ ...EVEN, maxAttempts: 3 })
    failures.set("maya", 9)
    crash(top)
    for (let round = 0; round < 3; round++) {
      expect(nodeOf(top, "maya").attempts).toBe(round + 1)
      stage.pass(100)
    }
    expect([top.alive, failures.get("maya")]).toEqual([false, 6])
  })

  it("stops those beside it, the youngest first, and lets the parent decide", () => {
    const inner = supervisor({ id: "inner", children: [bee("willy"), bee("maya", { ...EVEN, maxAttempts: 1 })] })
    const outer = stage.value(() => stage.system.start(supervisor({ id: "outer", children: [inner] })))
    const first = outer.child("inner") as SupervisorRef
    crash(first)
    stage.pass(100)
    crash(first)
    const second = outer.child("inner") as SupervisorRef
    expect([first.alive, second.alive, childrenOf(second), outer.tree().restarts]).toEqual([false, true, ["willy", "maya"], 1])
    expect(nodeOf(second, "maya").attempts).toBe(0)
  })

  it("a health of resetAfterMs begins a new count", () => {
    const top = tend({ ...EVEN, maxAttempts: 1, resetAfterMs: 1000 })
    for (let round = 0; round < 5; round++) {
      crash(top)
      stage.pass(100)
      stage.pass(1000)
    }
    expect(childrenOf(top)).toEqual(["maya"])
  })
})

describe("the restart window", () => {
  it("does not count what backs off: not its failures, nor its failed starts", () => {
    const top = tend(EVEN)
    failures.set("maya", 50)
    crash(top)
    for (let round = 0; round < 51; round++) stage.pass(100)
    expect([childrenOf(top), top.tree().restarts]).toEqual([["maya"], 0])
  })

  it("counts its sisters that do not", () => {
    const top = tend(EVEN, { children: [bee("maya", EVEN), bee("willy")] })
    crash(top)
    expect(top.alive).toBe(true)
    crash(top, "willy")
    expect([top.alive, stage.timers]).toEqual([false, 0])
  })

  it("has nothing to do with a child that ends in order and is transient", () => {
    const top = tend(EVEN, { children: [child(Bee, { id: "maya", args: ["maya"], restart: "transient", backoff: EVEN })] })
    stage.value(() => (top.child("maya") as Ref<Bee>).stop())
    expect([childrenOf(top), stage.timers]).toEqual([["maya stopped"], 0])
  })
})

describe("the first start", () => {
  it("is not delayed: if it fails, so does the supervisor", () => {
    failures.set("maya", 1)
    const { error } = stage.outcome(() => stage.system.start(supervisor({ children: [bee("maya", EVEN)] })))
    expect(error).toBeInstanceOf(StartError)
    expect(stage.timers).toBe(0)
  })

  it("by startChild is not, either: it fails, and nothing is kept", () => {
    const top = tend(EVEN, { children: [] })
    failures.set("willy", 1)
    expect(stage.outcome(() => top.startChild(bee("willy", EVEN))).error).toBeInstanceOf(StartError)
    expect([childrenOf(top), stage.timers]).toEqual([[], 0])
  })
})

import "@vivarium/testkit/vitest"
import { Actor, ExitReason, type Ref, System } from "@vivarium/actors"
import { channel, main, Scheduler, sleep } from "@vivarium/core"
import { VirtualClock } from "@vivarium/core/lowlevel"
import { beforeEach, describe, expect, it } from "vitest"
import { createProbe, startSupervised, testSystem } from "@vivarium/testkit"

class Hive extends Actor {
  fly(where: string) {
    if (where === "web") throw new RangeError("caught")
  }
}

/** What a matcher raises. */
async function errorOf(matching: () => unknown): Promise<{ readonly message: string; readonly actual?: unknown; readonly expected?: unknown }> {
  try {
    await matching()
  } catch (error) {
    return error as Error
  }
  throw new Error("the matcher has passed")
}

describe("toHaveNoLeaks()", () => {
  it("passes of what has been stopped", async () => {
    const scheduler = new Scheduler()
    const system = new System({ name: "meadow", scheduler })
    await system.start(Hive, { name: "hive" })
    expect(system).not.toHaveNoLeaks()
    const error = await errorOf(() => expect(system).toHaveNoLeaks())
    expect(error.message).toBe('nothing was expected to be left, but there is: 1 process of meadow (Hive "hive" (#1)); 1 name of meadow ("hive").')
    await system.stop()
    expect(system).toHaveNoLeaks()
    expect(scheduler).toHaveNoLeaks()
    expect((await errorOf(() => expect(system).not.toHaveNoLeaks())).message).toBe("something was expected to be left, but nothing is.")
  })

  it("tells of a scheduler", async () => {
    const scheduler = new Scheduler({ clock: new VirtualClock() })
    scheduler.tasklet(() => sleep(10))
    scheduler.run()
    expect((await errorOf(() => expect(scheduler).toHaveNoLeaks())).message).toMatch(/there is: 1 tasklet.*; 1 timer \(due in 10 ms\)\.$/)
  })
})

describe("toExitWith()", () => {
  it.each(["error", RangeError, ExitReason.error(new RangeError("caught")), ({ kind }: ExitReason) => kind === "error", undefined] as const)("takes %o", async (reason) => {
    const system = testSystem({ log: false })
    const hive = system.spawn(Hive)
    hive.cast.fly("web")
    await expect(hive).toExitWith(reason)
  })

  it("says with which reason it has ended", async () => {
    const hive = testSystem({ log: false }).spawn(Hive)
    hive.cast.fly("web")
    await expect(hive).not.toExitWith("normal")
    const error = await errorOf(() => expect(hive).toExitWith("normal"))
    expect(error.message).toBe("Hive #1 was expected to end with the reason normal, but it ended with RangeError: caught.")
    expect(error).toMatchObject({ actual: { kind: "error" }, expected: { kind: "normal" } })
    expect((await errorOf(() => expect(hive).not.toExitWith("error"))).message).toBe("Hive #1 was expected not to end with the reason error, but it ended with RangeError: caught.")
  })

  it("waits no longer than it is told", async () => {
    const clock = new VirtualClock()
    const system = new System({ scheduler: new Scheduler({ clock }) })
    const hive = system.spawn(Hive)
    await expect(hive).not.toExitWith()
    expect(clock.now()).toBe(3000)
    const error = await errorOf(() => expect(hive).toExitWith("normal", { withinMs: 500 }))
    expect(error.message).toBe("Hive #1 was expected to end with the reason normal within 500 ms, but it lives on.")
    expect(clock.now()).toBe(3500)
    await system.stop()
  })
})

describe("toHaveReceived()", () => {
  it("looks for one message among all, asymmetric matchers included", async () => {
    const probe = createProbe<unknown>(testSystem())
    probe.ref.send({ order: 7, item: "honey" })
    expect(probe).toHaveReceived({ order: 7, item: "honey" })
    expect(probe).toHaveReceived(expect.objectContaining({ item: expect.stringContaining("hon") }))
    expect(probe).toHaveReceived((message: unknown) => (message as { order: number }).order > 6)
    expect(probe).not.toHaveReceived({ order: 8 })
    const error = await errorOf(() => expect(probe).toHaveReceived({ order: 8 }))
    expect(error.message).toBe("probe #1 was expected to have received { order: 8 }, but it has: { order: 7, item: 'honey' }.")
    expect(error).toMatchObject({ actual: [{ order: 7, item: "honey" }], expected: [{ order: 8 }] })
    expect((await errorOf(() => expect(probe).not.toHaveReceived())).message).toContain("was expected not to have received a message")
  })
})

describe("toDeadlock()", () => {
  const starve = () => channel<string>({ name: "flower" }).receive()

  it("runs a body as simulate() does, and explores it with options", async () => {
    await expect(starve).toDeadlock()
    await expect(starve).toDeadlock({ strategy: "exhaustive" })
    await expect(() => sleep(1000)).not.toDeadlock()
    await expect(() => sleep(1000)).not.toDeadlock({ schedules: 3 })
  })

  it("says what it has found instead", async () => {
    expect((await errorOf(() => expect(() => sleep(1)).toDeadlock())).message).toBe("a deadlock was expected, but the body came to its end.")
    expect((await errorOf(() => expect(starve).not.toDeadlock())).message).toMatch(/^no deadlock was expected, but there is one: Deadlock: nothing can wake scenario, which waits for receive on channel "flower"/)
  })

  it("raises what else fails, negated or not", async () => {
    const fail = (): never => {
      throw new Error("stung")
    }
    await expect(errorOf(() => expect(fail).toDeadlock())).resolves.toMatchObject({ message: "stung" })
    await expect(errorOf(() => expect(fail).not.toDeadlock())).resolves.toMatchObject({ message: "stung" })
  })
})

describe("startSupervised()", () => {
  const before: Ref<Hive>[] = []

  beforeEach(async () => {
    before.push(await startSupervised(Hive, { name: "hive" }))
  })

  it("begins in beforeEach(), and is the same test's in its body", async () => {
    const { system } = await new Promise<{ system: System }>((resolve) => resolve({ system: testSystem() }))
    expect(system.whereis("hive")).toBe(before[0])
    await expect(Promise.resolve(startSupervised(Hive))).rejects.toThrow("already")
  })

  it("was stopped after the test before, whose name is free again", () => {
    expect(before.map(({ alive }) => alive)).toEqual([false, true])
    expect(testSystem().whereis("hive")).toBe(before[1])
  })

  it("works inside of tasklets", async () => {
    const hive = await main(function* () {
      return yield* startSupervised(Hive, { id: "inside" })
    })
    expect(hive.alive).toBe(true)
  })
})

describe("concurrent tests", () => {
  it.concurrent.for(["one", "two"])("%s has a tree of its own by its context", async (name, test) => {
    const { expect } = test
    const hive = await startSupervised(Hive, { name: "hive", label: name, test })
    expect(testSystem({ test }).whereis("hive")).toBe(hive)
    expect(hive.label).toBe(name)
    expect(() => testSystem()).toThrow("runs concurrently with other tests, and vitest does not tell which of them calls")
  })
})

import { schedule, sleep } from "@vivarium/core"
import { ExitReason, ignore, type Ref } from "@vivarium/actors"
import { dynamicSupervisor, supervisor, SupervisorError } from "@vivarium/supervision"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { boom, counts, inWords, lingers, member, type Member, noted, type Plan, plans, refOf, states, trace, TreeWorld } from "./otp-supervisor-fixtures.ts"
import { raised } from "./otp-world.ts"

let world: TreeWorld
beforeEach(() => {
  world = new TreeWorld()
})
afterEach(async () => {
  await world.end()
})

/** Each start takes 100 ms and fails, as in the hanging restart loops of supervisor_SUITE. */
const hanging: Plan = {
  afterMs: 100,
  outcome: () => {
    throw boom
  },
}

const strategies = ["one_for_one", "one_for_all", "rest_for_one"] as const

describe.each(strategies)("a restart that fails again and again (%s)", (strategy) => {
  /** Brings `b`, the one in the middle, into such a loop, and waits until its second start is under way. */
  function* loop() {
    const top = yield* world.system.start(supervisor({ strategy, maxRestarts: 8, withinMs: 10_000, children: [member("a"), member("b"), member("c")] }))
    plans.set("b", Array.from({ length: 8 }, () => hanging))
    noted()
    refOf(top, "b").cast.crash()
    yield* sleep(150)
    return top
  }
  const c = strategy === "one_for_one" ? "c running" : "c stopped"
  const active = strategy === "one_for_one" ? 2 : 1

  it("V22, V23: shows the child as restarting, those that would be started after it as stopped, and the others running", async () => {
    await world.process(function* () {
      const top = yield* loop()
      expect([states(top), top.child("b")]).toEqual([[c, "b restarting", "a running"], undefined])
      expect(top.whichChildren()[1]).toEqual({ id: "b", ref: undefined, state: "restarting", kind: "worker" })
      plans.clear()
      yield* sleep(1000)
      expect([states(top), top.tree().restarts]).toEqual([["c running", "b running", "a running"], 3])
    })
  })

  it("V48: the counts leave it out of active, and have it among the workers", async () => {
    await world.process(function* () {
      expect(counts(yield* loop())).toEqual([3, active, 0, 3])
      plans.clear()
    })
  })

  it("V22, V23: each retry counts, and takes all that are up again with it under one_for_all alone", async () => {
    await world.process(function* () {
      const top = yield* loop()
      yield* sleep(100)
      expect(top.tree().restarts).toBe(3)
      const others = { one_for_one: [], one_for_all: ["c ends: shutdown", "a ends: shutdown", "a starts", "a ends: shutdown", "a starts", "a ends: shutdown", "a starts"], rest_for_one: ["c ends: shutdown"] }[strategy]
      expect(trace.filter((word) => !word.startsWith("b"))).toEqual(others)
      expect(inWords(yield* top.join())).toBe("shutdown: gave_up")
      expect([world.clock.now(), trace.filter((word) => word === "b starts").length, trace.at(-1)]).toEqual([800, 8, "a ends: shutdown"])
    })
  })

  it("V25: it cannot be started, restarted or deleted meanwhile", async () => {
    await world.process(function* () {
      const top = yield* loop()
      expect(yield* raised(SupervisorError, top.startChild(member("b")))).toMatchObject({ code: "already_present", child: "b", ref: undefined })
      expect((yield* raised(SupervisorError, top.restartChild("b"))).code).toBe("restarting")
      expect((yield* raised(SupervisorError, top.deleteChild("b"))).code).toBe("restarting")
      plans.clear()
    })
  })

  it("V25: terminateChild takes it out of the loop, and leaves the rest of its group stopped", async () => {
    await world.process(function* () {
      const top = yield* loop()
      yield* top.terminateChild("b")
      expect([states(top), world.clock.now()]).toEqual([[c, "b stopped", "a running"], 200])
      yield* sleep(1000)
      expect([states(top), trace.filter((word) => word === "b starts").length]).toEqual([[c, "b stopped", "a running"], 2])
      plans.clear()
      expect(yield* top.restartChild("b")).toBe(top.child("b"))
      expect([states(top), counts(top)]).toEqual([[c, "b running", "a running"], [3, active + 1, 0, 3]])
    })
  })

  it("V25: so it can be deleted", async () => {
    await world.process(function* () {
      const top = yield* loop()
      yield* top.terminateChild("b")
      yield* top.deleteChild("b")
      yield* sleep(1000)
      expect([states(top), top.childSpec("b")]).toEqual([[c, "a running"], undefined])
    })
  })

  it("V25: the supervisor can be stopped meanwhile: it waits for the start that is under way alone", async () => {
    await world.process(function* () {
      const top = yield* loop()
      noted()
      yield* top.stop(ExitReason.shutdown)
      expect([world.clock.now(), noted()]).toEqual([200, strategy === "one_for_one" ? ["c ends: shutdown", "a ends: shutdown"] : ["a ends: shutdown"]])
    })
  })

  it("V25: so it can by its own supervisor, and its time counts from then", async () => {
    await world.process(function* () {
      const inner = supervisor({ id: "inner", name: "inner", strategy, maxRestarts: 8, shutdownMs: 70, children: [member("a"), member("b")] })
      const top = yield* world.system.start(supervisor({ children: [inner] }))
      plans.set("b", [hanging, hanging])
      ;(world.system.whereis("inner") as Ref<unknown> & { child(id: string): Ref<Member> }).child("b").cast.crash()
      yield* sleep(150)
      yield* top.terminateChild("inner")
      expect([world.clock.now(), states(top), world.system.whereis("inner")]).toEqual([200, ["inner stopped"], undefined])
    })
  })

  it("another child that crashes meanwhile is dealt with in its turn, and counts as well", async () => {
    await world.process(function* () {
      const top = yield* loop()
      refOf(top, "a").cast.crash()
      plans.clear()
      yield* sleep(1000)
      expect(states(top)).toEqual(["c running", "b running", "a running"])
      // The first failure, a retry, the crash of a, and a retry more where that crash has not started b.
      expect(top.tree().restarts).toBe(strategy === "one_for_one" ? 4 : 3)
    })
  })

  it("a child that another one depends on and that chooses not to start again ends the loop", async () => {
    await world.process(function* () {
      const top = yield* loop()
      plans.set("b", [{ outcome: () => ignore }])
      yield* sleep(100)
      expect([states(top), counts(top)]).toEqual([["c running", "b stopped", "a running"], [3, 2, 0, 3]])
    })
  })
})

describe("a dynamic child whose restarts fail", () => {
  it("V42: is known by the reference that its user has, shows as restarting, and can be terminated by it", async () => {
    await world.process(function* () {
      const top = yield* world.system.start(dynamicSupervisor({ maxRestarts: 8 }))
      const first = yield* top.startChild(member("a"))
      plans.set("a", [hanging, hanging, hanging])
      first.cast.crash()
      yield* sleep(150)
      expect([counts(top), top.whichChildren()]).toEqual([[1, 0, 0, 1], [{ id: undefined, ref: undefined, state: "restarting", kind: "worker" }]])
      yield* top.terminateChild(first)
      expect([world.clock.now(), counts(top)]).toEqual([200, [0, 0, 0, 0]])
    })
  })
})

describe("while a group is being stopped", () => {
  it.each(["one_for_all", "rest_for_one"] as const)("the one that has failed shows as restarting, and the others as what they are (%s)", async (strategy) => {
    lingers.set("c", 100)
    await world.process(function* () {
      const top = yield* world.system.start(supervisor({ strategy, children: [member("a"), member("b"), member("c")] }))
      refOf(top, "b").cast.crash()
      yield* sleep(50)
      expect([states(top), counts(top)]).toEqual([["c running", "b restarting", "a running"], [3, 1, 0, 3]])
      yield* sleep(100)
      expect(counts(top)).toEqual([3, 3, 0, 3])
    })
  })
})

describe("escalation", () => {
  it.each(strategies)("V27: a transient supervisor that gives up is not restarted, for shutdown is orderly (%s)", async (strategy) => {
    await world.process(function* () {
      const inner = supervisor({ id: "inner", restart: "transient", maxRestarts: 0, children: [member("a", { name: "a" })] })
      const top = yield* world.system.start(supervisor({ strategy, children: [inner, member("b")] }))
      expect(world.reported("warning")).toEqual(["warning inner: normal"])
      ;(world.system.whereis("a") as unknown as Ref<Member>).cast.crash()
      yield* sleep(1)
      expect([states(top), counts(top)]).toEqual([["b running", "inner stopped"], [2, 1, 1, 1]])
    })
    expect(world.reported("child_terminated")).toEqual(["child_terminated a: boom", "child_terminated inner: shutdown: gave_up"])
  })

  it("V28: a permanent supervisor that gives up is restarted, and that counts one level up: 8 failures for three levels that allow one restart each", async () => {
    await world.process(function* () {
      const leaf = supervisor({ id: "leaf", maxRestarts: 1, withinMs: 60_000, children: [member("a", { name: "a" })] })
      const middle = supervisor({ id: "middle", maxRestarts: 1, withinMs: 60_000, children: [leaf] })
      const top = yield* world.system.start(supervisor({ maxRestarts: 1, withinMs: 60_000, children: [middle] }))
      const failed: unknown[] = []
      world.system.events.on("supervisor", ({ context, offender }) => void (context === "shutdown" && failed.push(offender?.id)))
      const seen: unknown[] = []
      for (let failure = 1; failure <= 8; failure++) {
        ;(world.system.whereis("a") as unknown as Ref<Member>).cast.crash()
        yield* sleep(1)
        seen.push(failed.splice(0))
      }
      // Each supervisor names the child that has failed once too often.
      expect(seen).toEqual([[], ["a"], [], ["a", "leaf"], [], ["a"], [], ["a", "leaf", "middle"]])
      expect(top.alive).toBe(false)
    })
    expect(trace.filter((word) => word === "a starts")).toHaveLength(8)
  })

  it.each(strategies)("V28: the restarted supervisor starts its children anew, and those that were added are gone (%s)", async (strategy) => {
    await world.process(function* () {
      const inner = supervisor({ id: "inner", strategy, maxRestarts: 0, children: [member("a"), member("b")] })
      const top = yield* world.system.start(supervisor({ children: [inner] }))
      const first = top.child("inner") as unknown as typeof top
      yield* first.startChild(member("c"))
      refOf(first, "b").cast.crash()
      yield* sleep(1)
      const second = top.child("inner") as unknown as typeof top
      expect([first.alive, second.alive, states(second)]).toEqual([false, true, ["b running", "a running"]])
    })
  })

  it("V28: a supervisor that cannot be started again is tried again by its own, until that gives up", async () => {
    await world.process(function* () {
      const inner = supervisor({ id: "inner", maxRestarts: 0, children: [member("a", { name: "a" }), member("b")] })
      const top = yield* world.system.start(supervisor({ maxRestarts: 2, children: [inner] }))
      plans.set("b", Array.from({ length: 5 }, () => hanging))
      noted()
      ;(world.system.whereis("a") as unknown as Ref<Member>).cast.crash()
      expect(inWords(yield* top.join())).toBe("shutdown: gave_up")
      const attempt = ["a starts", "b starts", "a ends: shutdown"]
      expect([world.clock.now(), noted()]).toEqual([200, ["a ends: boom", "b ends: shutdown", ...attempt, ...attempt]])
    })
    expect(world.reported("start_error").at(-1)).toBe('start_error inner: shutdown: child "b" was not started: Error: boom')
  })

  it("the mailbox of a supervisor is handled between its retries, in order", async () => {
    await world.process(function* () {
      const top = yield* world.system.start(supervisor({ maxRestarts: 100, children: [member("a")] }))
      plans.set("a", Array.from({ length: 3 }, () => hanging))
      refOf(top, "a").cast.crash()
      yield* schedule()
      yield* sleep(50)
      const added = yield* top.startChild(member("b"))
      expect([world.clock.now(), added.alive, states(top)]).toEqual([100, true, ["b running", "a restarting"]])
      yield* sleep(300)
      expect(counts(top)).toEqual([2, 2, 0, 2])
    })
  })
})

import { sleep } from "@vivarium/core"
import { ExitReason, ignore, type Ref } from "@vivarium/actors"
import { supervisor } from "@vivarium/supervision"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { boom, counts, failing, inWords, type Member, member, noted, plans, refOf, states, trace, TreeWorld } from "./otp-supervisor-fixtures.ts"

let world: TreeWorld
beforeEach(() => {
  world = new TreeWorld()
})
afterEach(async () => {
  await world.end()
})

const orderly = [ExitReason.normal, ExitReason.shutdown, ExitReason.shutdownWith("x")]
const abnormal = [ExitReason.custom("bad"), ExitReason.error(boom), ExitReason.timeout, ExitReason.noproc]

/** Ends a child in one of the ways: the reason `kill` is sent, with any other it ends by itself. */
function endBy(ref: Ref<Member>, reason: ExitReason): void {
  if (reason.kind === "kill") ref.exit(reason)
  else ref.cast.end(reason)
}

describe.each(["one_for_one", "one_for_all", "rest_for_one"] as const)("restarting (%s)", (strategy) => {
  it.each([...orderly, ...abnormal, ExitReason.kill])("V09: a permanent child is restarted after %o", async (reason) => {
    await world.process(function* () {
      const top = yield* world.system.start(supervisor({ strategy, children: [member("a")] }))
      const first = refOf(top, "a")
      endBy(first, reason)
      yield* sleep(1)
      expect([first.alive, refOf(top, "a") === first, refOf(top, "a").alive, counts(top)]).toEqual([false, false, true, [1, 1, 0, 1]])
    })
    expect(world.reported("child_terminated")).toEqual([`child_terminated a: ${reason.kind === "kill" ? "killed" : inWords(reason)}`])
  })

  it.each(orderly)("V10: a transient child that ends with %o is kept, and does not run; its siblings are left alone", async (reason) => {
    await world.process(function* () {
      const top = yield* world.system.start(supervisor({ strategy, children: [member("a"), member("b", { restart: "transient" }), member("c")] }))
      refOf(top, "b").cast.end(reason)
      yield* sleep(1)
      expect([states(top), counts(top), top.child("b")]).toEqual([["c running", "b stopped", "a running"], [3, 2, 0, 3], undefined])
      expect(noted().slice(3)).toEqual([`b ends: ${inWords(reason)}`])
      expect(top.tree().restarts).toBe(0)
    })
  })

  it.each([...abnormal, ExitReason.kill])("V11: a transient child is restarted after %o", async (reason) => {
    await world.process(function* () {
      const top = yield* world.system.start(supervisor({ strategy, children: [member("a", { restart: "transient" })] }))
      const first = refOf(top, "a")
      endBy(first, reason)
      yield* sleep(1)
      expect([refOf(top, "a") === first, counts(top), top.tree().restarts]).toEqual([false, [1, 1, 0, 1], 1])
    })
  })

  it.each([...orderly, ...abnormal, ExitReason.kill])("V12: a temporary child that ends with %o is forgotten, and its id may be started anew; its siblings are left alone", async (reason) => {
    await world.process(function* () {
      const top = yield* world.system.start(supervisor({ strategy, children: [member("a"), member("b", { restart: "temporary" }), member("c")] }))
      const [a, c] = [refOf(top, "a"), refOf(top, "c")]
      endBy(refOf(top, "b"), reason)
      yield* sleep(1)
      expect([counts(top), states(top), top.childSpec("b")]).toEqual([[2, 2, 0, 2], ["c running", "a running"], undefined])
      expect([top.child("a") === a, top.child("c") === c, top.tree().restarts]).toEqual([true, true, 0])
      expect((yield* top.startChild(member("b", { restart: "temporary" }))).alive).toBe(true)
      expect(states(top)).toEqual(["b running", "c running", "a running"])
    })
  })

  it("V13, V14, V15: one dies: who shares its fate is stopped in reverse with shutdown, and all are started in their order", async () => {
    await world.process(function* () {
      const top = yield* world.system.start(supervisor({ strategy, children: [member("a"), member("b"), member("c")] }))
      const before = ["a", "b", "c"].map((id) => top.child(id))
      noted()
      refOf(top, "b").cast.crash()
      yield* sleep(1)
      const restarted = { one_for_one: ["b"], one_for_all: ["a", "b", "c"], rest_for_one: ["b", "c"] }[strategy]
      const stopped = restarted.filter((id) => id !== "b").reverse()
      expect(noted()).toEqual(["b ends: boom", ...stopped.map((id) => `${id} ends: shutdown`), ...restarted.map((id) => `${id} starts`)])
      const kept = ["a", "b", "c"].filter((id, index) => top.child(id) === before[index])
      expect([kept, states(top)]).toEqual([["a", "b", "c"].filter((id) => !restarted.includes(id)), ["c running", "b running", "a running"]])
      const told = world.reported("child_terminated", "child_stopped", "child_restarted")
      expect(told).toEqual(["child_terminated b: boom", ...stopped.map((id) => `child_stopped ${id}: shutdown`), ...restarted.map((id) => `child_restarted ${id}: normal`)])
    })
  })

  it("V14, V15: temporary siblings that share its fate are stopped, not restarted, and forgotten", async () => {
    await world.process(function* () {
      const temporary = { restart: "temporary" } as const
      const top = yield* world.system.start(supervisor({ strategy, children: [member("t", temporary), member("a"), member("b"), member("u", temporary), member("c")] }))
      noted()
      refOf(top, "b").cast.crash()
      yield* sleep(1)
      expect(states(top)).toEqual(
        {
          one_for_one: ["c running", "u running", "b running", "a running", "t running"],
          one_for_all: ["c running", "b running", "a running"],
          rest_for_one: ["c running", "b running", "a running", "t running"],
        }[strategy],
      )
      const u = strategy === "one_for_one" ? undefined : "u ends: shutdown"
      expect(trace.find((word) => word.startsWith("u"))).toBe(u)
      expect(trace).not.toContain("u starts")
    })
  })

  it("V16: one failure counts as one restart, however many children it takes down", async () => {
    await world.process(function* () {
      const top = yield* world.system.start(supervisor({ strategy, maxRestarts: 2, children: ["a", "b", "c", "d"].map((id) => member(id)) }))
      for (const restarts of [1, 2]) {
        refOf(top, "a").cast.crash()
        yield* sleep(1)
        expect([counts(top), top.tree().restarts]).toEqual([[4, 4, 0, 4], restarts])
      }
    })
  })

  it("V16: two that die at the same time count as two where each is alone, and as one where they share their fate", async () => {
    await world.process(function* () {
      const top = yield* world.system.start(supervisor({ strategy, children: [member("a"), member("b"), member("c")] }))
      refOf(top, "a").cast.crash()
      refOf(top, "c").cast.crash()
      yield* sleep(1)
      expect([top.tree().restarts, counts(top)]).toEqual([strategy === "one_for_one" ? 2 : 1, [3, 3, 0, 3]])
      // OTP: who is to be stopped and has died by itself is a shutdown error.
      expect(world.reported("shutdown_error")).toEqual(strategy === "one_for_one" ? [] : ["shutdown_error c: boom"])
    })
  })

  it.each([1, 2, 5])("V17: %i restarts are allowed, and one more ends the supervisor with shutdown", async (maxRestarts) => {
    await world.process(function* () {
      const top = yield* world.system.start(supervisor({ strategy, maxRestarts, withinMs: 5000, children: [member("a"), member("b")] }))
      for (let restart = 1; restart <= maxRestarts; restart++) {
        refOf(top, "a").cast.crash()
        yield* sleep(10)
        expect(counts(top)).toEqual([2, 2, 0, 2])
      }
      noted()
      refOf(top, "a").cast.crash()
      expect(inWords(yield* top.join())).toBe("shutdown: gave_up")
      expect(noted()).toEqual(["a ends: boom", "b ends: shutdown"])
    })
  })

  it("V18: with maxRestarts 0 the first failure ends it", async () => {
    await world.process(function* () {
      const top = yield* world.system.start(supervisor({ strategy, maxRestarts: 0, children: [member("a"), member("b")] }))
      refOf(top, "b").cast.crash()
      expect(inWords(yield* top.join())).toBe("shutdown: gave_up")
      expect(noted().slice(2)).toEqual(["b ends: boom", "a ends: shutdown"])
    })
  })

  it("V19: one restart a second is allowed for ever, if failures are 2.1 s apart", async () => {
    await world.process(function* () {
      const top = yield* world.system.start(supervisor({ strategy, maxRestarts: 1, withinMs: 1000, children: [member("a")] }))
      for (let failure = 0; failure < 20; failure++) {
        refOf(top, "a").cast.crash()
        yield* sleep(2100)
      }
      expect(counts(top)).toEqual([1, 1, 0, 1])
    })
  })

  it("V20: a restart counts for as long as withinMs says, to the millisecond", async () => {
    await world.process(function* () {
      const top = yield* world.system.start(supervisor({ strategy, maxRestarts: 1, withinMs: 1000, children: [member("a")] }))
      refOf(top, "a").cast.crash()
      yield* sleep(1001)
      refOf(top, "a").cast.crash()
      yield* sleep(1000)
      expect(top.alive).toBe(true)
      refOf(top, "a").cast.crash()
      yield* sleep(0)
      expect(top.alive).toBe(false)
    })
  })

  it("V24: a restart whose init returns ignore leaves the child there in name only, and the others run", async () => {
    await world.process(function* () {
      const top = yield* world.system.start(supervisor({ strategy, children: [member("a"), member("b"), member("c")] }))
      plans.set("b", [{ outcome: () => ignore }])
      refOf(top, "b").cast.crash()
      yield* sleep(1)
      expect([states(top), counts(top)]).toEqual([["c running", "b stopped", "a running"], [3, 2, 0, 3]])
      yield* top.restartChild("b")
      expect(counts(top)).toEqual([3, 3, 0, 3])
    })
  })

  it("V14, V15: a sibling that was stopped before starts again with its group", async () => {
    await world.process(function* () {
      const top = yield* world.system.start(supervisor({ strategy, children: [member("a"), member("b"), member("c", { restart: "transient" })] }))
      refOf(top, "c").cast.end()
      yield* top.terminateChild("b")
      refOf(top, "a").cast.crash()
      yield* sleep(1)
      expect(states(top)).toEqual(strategy === "one_for_one" ? ["c stopped", "b stopped", "a running"] : ["c running", "b running", "a running"])
    })
  })

  it("V21: a restart that fails is tried again until maxRestarts are used up, then the supervisor gives up", async () => {
    await world.process(function* () {
      const top = yield* world.system.start(supervisor({ strategy, maxRestarts: 4, children: [member("a"), member("b"), member("c")] }))
      plans.set("b", Array.from({ length: 10 }, () => failing))
      noted()
      refOf(top, "b").cast.crash()
      expect(inWords(yield* top.join())).toBe("shutdown: gave_up")
      expect(trace.filter((word) => word === "b starts")).toHaveLength(4)
      expect(trace.at(-1)).toBe("a ends: shutdown")
    })
    expect(world.reported("child_terminated", "start_error", "shutdown")).toEqual(["child_terminated b: boom", ...[1, 2, 3, 4].map(() => "start_error b: boom"), "shutdown b: shutdown: gave_up"])
  })

  it("V21: each retry starts those that share its fate once more, and it counts whichever of them fails", async () => {
    await world.process(function* () {
      const top = yield* world.system.start(supervisor({ strategy, maxRestarts: 3, children: [member("a"), member("b"), member("c")] }))
      plans.set("b", [failing])
      plans.set("c", strategy === "one_for_one" ? [] : [failing])
      noted()
      refOf(top, "b").cast.crash()
      yield* sleep(1)
      expect([counts(top), top.tree().restarts]).toEqual([[3, 3, 0, 3], strategy === "one_for_one" ? 2 : 3])
      expect(noted()).toEqual(
        {
          one_for_one: ["b ends: boom", "b starts", "b starts"],
          one_for_all: ["b ends: boom", "c ends: shutdown", "a ends: shutdown", "a starts", "b starts", "a ends: shutdown", "a starts", "b starts", "c starts", "b ends: shutdown", "a ends: shutdown", "a starts", "b starts", "c starts"],
          rest_for_one: ["b ends: boom", "c ends: shutdown", "b starts", "b starts", "c starts", "c starts"],
        }[strategy],
      )
    })
  })

  it("V26: giving up stops the others in reverse, and the one that has failed is not there any more", async () => {
    await world.process(function* () {
      const top = yield* world.system.start(supervisor({ strategy, maxRestarts: 0, children: [member("a"), member("b"), member("c"), member("d")] }))
      const end = top.join()
      noted()
      refOf(top, "b").cast.crash()
      const reason = yield* end
      expect([reason.kind, inWords(reason)]).toEqual(["shutdown", "shutdown: gave_up"])
      expect(noted()).toEqual(["b ends: boom", "d ends: shutdown", "c ends: shutdown", "a ends: shutdown"])
    })
    expect(world.reported("shutdown", "child_stopped")).toEqual(["shutdown b: shutdown: gave_up", "child_stopped d: shutdown", "child_stopped c: shutdown", "child_stopped a: shutdown"])
    expect(world.told).toEqual([])
  })

  it("a restarted child begins anew with its first arguments, and children that were added are restarted like the others", async () => {
    await world.process(function* () {
      const top = yield* world.system.start(supervisor({ strategy }))
      const first = yield* top.startChild(member("a"))
      yield* top.startChild(member("b"))
      first.cast.crash()
      yield* sleep(1)
      expect([states(top), top.childSpec("a")?.args, trace.filter((word) => word === "a starts").length]).toEqual([["b running", "a running"], ["a"], 2])
    })
  })
})

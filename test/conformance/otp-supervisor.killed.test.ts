import { type Routine, schedule, sleep } from "@vivarium/core"
import { ExitReason, type Process, type Ref, StartError } from "@vivarium/actors"
import { child, dynamicSupervisor, type StartHost, supervisor, type SupervisorOptions, type SupervisorRef } from "@vivarium/supervision"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { counts, inWords, lingers, member, Member, noted, plans, refOf, states, stubborn, TreeWorld } from "./otp-supervisor-fixtures.ts"
import { raised } from "./otp-world.ts"

let world: TreeWorld
beforeEach(() => {
  world = new TreeWorld()
})
afterEach(async () => {
  await world.end()
})

const strategies = ["one_for_one", "one_for_all", "rest_for_one"] as const
const named = (id: string, options: Parameters<typeof member>[1] = {}) => member(id, { name: id, ...options })

/** A supervisor under another one, which is returned. */
function* startNested(inner: SupervisorOptions, outer: SupervisorOptions = {}) {
  const top = yield* world.system.start(supervisor({ ...outer, children: [supervisor({ id: "inner", ...inner }), ...(outer.children ?? [])] }))
  yield* schedule()
  return top
}
const innerOf = (top: SupervisorRef): SupervisorRef => top.child("inner") as unknown as SupervisorRef

describe.each(strategies)("a supervisor that is killed (%s)", (strategy) => {
  it.each([true, false])("V59: its actors end with killed, terminate and all (trapping: %o)", async (trapExit) => {
    await world.process(function* () {
      const top = yield* world.system.start(supervisor({ strategy, children: [member("a", { trapExit }), member("b", { trapExit })] }))
      const ends = ["a", "b"].map((id) => refOf(top, id).join())
      noted()
      top.exit(ExitReason.kill)
      for (const end of ends) expect(inWords(yield* end)).toBe("killed")
      expect(noted().sort()).toEqual(["a ends: killed", "b ends: killed"])
    })
  })

  it("V59: a raw process that traps exits is told, and is killed when its own time is up", async () => {
    await world.process(function* () {
      const top = yield* world.system.start(supervisor({ strategy, children: [child(stubborn, { shutdownMs: 700 }), member("a")] }))
      yield* schedule()
      const raw = top.child("stubborn") as Ref<unknown>
      const end = raw.join()
      top.exit(ExitReason.kill)
      expect(inWords(yield* end)).toBe("killed")
      expect([world.clock.now(), noted().filter((word) => word.startsWith("stubborn"))]).toEqual([700, ["stubborn is sent killed"]])
    })
  })

  it("V59: one to be killed brutally is at once, and one with infinity is waited for", async () => {
    for (const id of ["a", "b"]) lingers.set(id, 100_000)
    await world.process(function* () {
      const top = yield* startNested({ strategy, children: [member("a", { shutdownMs: "brutal_kill" }), member("b", { shutdownMs: "infinity" })] })
      const inner = innerOf(top)
      const [a, b] = [refOf(inner, "a"), refOf(inner, "b")]
      noted()
      inner.exit(ExitReason.kill)
      yield* sleep(1)
      expect([a.alive, noted()]).toEqual([false, ["b ends: killed"]])
      yield* b.join()
      yield* sleep(0)
      expect([world.clock.now(), counts(innerOf(top)), noted()]).toEqual([100_000, [2, 2, 0, 2], ["b has lingered", "a starts", "b starts"]])
    })
  })

  it("V59: children that unlink themselves end as well", async () => {
    await world.process(function* () {
      function* loner(self: Process): Routine {
        for (const ancestor of self.ancestors) self.unlink(ancestor)
        yield* self.receive()
      }
      const top = yield* world.system.start(supervisor({ strategy, children: [child(loner)] }))
      yield* schedule()
      const end = (top.child("loner") as Ref<unknown>).join()
      top.exit(ExitReason.kill)
      expect(inWords(yield* end)).toBe("killed")
    })
  })

  it("V59: its restart begins when all that it has left behind is gone, and names are free", async () => {
    lingers.set("a", 300)
    lingers.set("b", 200)
    await world.process(function* () {
      const top = yield* startNested({ strategy, children: [named("a"), named("b")] })
      const [inner, a] = [innerOf(top), world.system.whereis("a")]
      noted()
      inner.exit(ExitReason.kill)
      yield* sleep(299)
      expect([states(top), world.system.whereis("a") === a, noted().sort()]).toEqual([["inner restarting"], true, ["a ends: killed", "b ends: killed", "b has lingered"]])
      yield* sleep(2)
      expect([noted(), states(innerOf(top)), innerOf(top) === inner]).toEqual([["a has lingered", "a starts", "b starts"], ["b running", "a running"], false])
      expect(top.tree().restarts).toBe(1)
    })
    expect(world.reported("child_terminated", "start_error")).toEqual(["child_terminated inner: killed"])
  })

  it("V59: its restart starts afresh: children that were added are gone", async () => {
    await world.process(function* () {
      const top = yield* startNested({ strategy, children: [member("a")] })
      const added = yield* innerOf(top).startChild(member("b"))
      innerOf(top).exit(ExitReason.kill)
      yield* sleep(1)
      expect([added.alive, states(innerOf(top))]).toEqual([false, ["a running"]])
    })
  })

  it("V59: while it starts, what it has started so far ends, also one in its init", async () => {
    plans.set("b", [{ afterMs: 1000 }])
    await world.process(function* () {
      world.system.spawn(function* () {
        yield* sleep(100)
        world.system.whereis("inner")?.exit(ExitReason.kill)
      })
      const top = yield* world.system.start(supervisor({ children: [member("c")] }))
      const failed = top.startChild(supervisor({ id: "inner", name: "inner", strategy, children: [named("a"), named("b")] }))
      expect((yield* raised(StartError, failed)).reason).toEqual(ExitReason.killed)
      expect([world.clock.now(), world.system.names, states(top)]).toEqual([100, [], ["c running"]])
    })
  })
})

describe("what a killed supervisor leaves behind", () => {
  it("V59: has gone before a temporary one is forgotten, so its id and its names can be used anew", async () => {
    lingers.set("a", 300)
    await world.process(function* () {
      const inner = supervisor({ id: "inner", restart: "temporary", children: [named("a")] })
      const top = yield* world.system.start(supervisor({ children: [inner] }))
      innerOf(top).exit(ExitReason.kill)
      yield* schedule()
      const again = (yield* top.startChild(inner)) as SupervisorRef
      expect([world.clock.now(), counts(again)]).toEqual([300, [1, 1, 0, 1]])
    })
  })

  it("V59: has gone before its supervisor gives up, so the next one up can start all anew", async () => {
    lingers.set("a", 300)
    await world.process(function* () {
      const middle = supervisor({ id: "middle", maxRestarts: 0, children: [supervisor({ id: "inner", children: [named("a")] })] })
      const top = yield* world.system.start(supervisor({ maxRestarts: 1, children: [middle] }))
      innerOf(top.child("middle") as unknown as SupervisorRef).exit(ExitReason.kill)
      yield* sleep(299)
      expect(top.tree().restarts).toBe(0)
      yield* sleep(2)
      expect([top.alive, top.tree().restarts, counts(innerOf(top.child("middle") as unknown as SupervisorRef))]).toEqual([true, 1, [1, 1, 0, 1]])
    })
    expect(world.reported("start_error")).toEqual([])
  })

  it("V59: has gone before its supervisor stops, also where it would be restarted later", async () => {
    lingers.set("a", 300)
    await world.process(function* () {
      const top = yield* startNested({ backoff: { minMs: 10_000 }, children: [named("a")] })
      innerOf(top).exit(ExitReason.kill)
      yield* sleep(100)
      yield* top.stop(ExitReason.shutdown)
      expect([world.clock.now(), world.system.names]).toEqual([300, []])
    })
  })

  it("V59: is waited for also where the supervisor above is killed with it", async () => {
    lingers.set("a", 300)
    await world.process(function* () {
      const middle = supervisor({ id: "middle", children: [supervisor({ id: "inner", children: [named("a")] }), named("b")] })
      const top = yield* world.system.start(supervisor({ children: [middle] }))
      const first = top.child("middle") as unknown as SupervisorRef
      innerOf(first).exit(ExitReason.kill)
      first.exit(ExitReason.kill)
      yield* sleep(299)
      expect([states(top), world.system.names]).toEqual([["middle restarting"], ["a"]])
      yield* sleep(2)
      expect([top.tree().restarts, world.system.names.toSorted()]).toEqual([1, ["a", "b"]])
    })
    expect(world.reported("start_error")).toEqual([])
  })

  it("V59: is waited for also where the supervisor above is killed while it waits for that", async () => {
    lingers.set("a", 300)
    await world.process(function* () {
      const middle = supervisor({ id: "middle", children: [supervisor({ id: "inner", children: [named("a")] })] })
      const top = yield* world.system.start(supervisor({ children: [middle] }))
      const first = top.child("middle") as unknown as SupervisorRef
      innerOf(first).exit(ExitReason.kill)
      yield* sleep(100)
      first.exit(ExitReason.kill)
      yield* sleep(100)
      expect([states(top), world.system.names]).toEqual([["middle restarting"], ["a"]])
      yield* sleep(101)
      expect([top.tree().restarts, states(top), world.system.names]).toEqual([1, ["middle running"], ["a"]])
    })
    expect(world.reported("start_error")).toEqual([])
  })

  it("V59: goes down through all levels: a supervisor below is told killed, and stops its children in order", async () => {
    await world.process(function* () {
      const leaf = supervisor({ id: "leaf", children: [named("a"), named("b")] })
      const top = yield* startNested({ children: [leaf] })
      noted()
      innerOf(top).exit(ExitReason.kill)
      yield* sleep(1)
      expect([noted(), counts(innerOf(top))]).toEqual([["b ends: shutdown", "a ends: shutdown", "a starts", "b starts"], [1, 1, 1, 0]])
    })
  })

  it("V59: the children of a dynamic supervisor go all at once, each in its time", async () => {
    for (const id of ["a", "b"]) lingers.set(id, 300)
    await world.process(function* () {
      const top = yield* world.system.start(supervisor({ children: [dynamicSupervisor({ id: "inner" })] }))
      const inner = innerOf(top)
      for (const id of ["a", "b"]) yield* inner.startChild(named(id, { shutdownMs: id === "a" ? 5000 : 100 }))
      inner.exit(ExitReason.kill)
      yield* sleep(301)
      expect([states(top), world.system.names, counts(innerOf(top))]).toEqual([["inner running"], [], [0, 0, 0, 0]])
      expect(noted().slice(2)).toEqual(["a ends: killed", "b ends: killed", "a has lingered"])
    })
  })

  it.each(["spawn", "start"] as const)("V59: what a start function has begun to %s ends, although it is no child yet", async (verb) => {
    plans.set("a", [{ afterMs: 1000 }])
    await world.process(function* () {
      function* start(host: StartHost): Routine<unknown> {
        if (verb === "start") return yield* host.start(Member, { args: ["a"], name: "a" })
        const ref = host.spawn(Member, { args: ["a"], name: "a" })
        yield* sleep(500)
        return ref
      }
      world.system.spawn(function* () {
        yield* sleep(100)
        world.system.whereis("top")?.exit(ExitReason.kill)
      })
      yield* raised(StartError, world.system.start(supervisor({ name: "top", children: [child({ id: "a", start })] })))
      yield* sleep(1)
      expect([world.clock.now(), world.system.whereis("a")]).toEqual([101, undefined])
    })
  })
})

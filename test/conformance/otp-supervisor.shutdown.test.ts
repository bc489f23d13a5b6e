import { type Routine, schedule, sleep } from "@vivarium/core"
import { ExitReason, type Process, type Ref } from "@vivarium/actors"
import { child, type Shutdown, supervisor } from "@vivarium/supervision"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { inWords, lingers, member, type Member, noted, refOf, states, stubborn, trace, TreeWorld } from "./otp-supervisor-fixtures.ts"

let world: TreeWorld
beforeEach(() => {
  world = new TreeWorld()
})
afterEach(async () => {
  await world.end()
})

const strategies = ["one_for_one", "one_for_all", "rest_for_one"] as const

describe.each(strategies)("stopping a supervisor (%s)", (strategy) => {
  it("V02: stops its children from right to left, one at a time, each with shutdown, then ends itself", async () => {
    for (const id of ["a", "b", "c"]) lingers.set(id, 10)
    await world.process(function* () {
      const top = yield* world.system.start(supervisor({ strategy, children: [member("a"), member("b"), member("c")] }))
      const ends: string[] = []
      world.system.events.on("ended", ({ reason, ref }) => ends.push(`${ref === top ? "top" : String(ref.label)}: ${inWords(reason)} at ${world.clock.now()}`))
      noted()
      yield* top.stop(ExitReason.shutdown)
      expect(noted()).toEqual(["c", "b", "a"].flatMap((id) => [`${id} ends: shutdown`, `${id} has lingered`]))
      expect(ends).toEqual(["c: shutdown at 10", "b: shutdown at 20", "a: shutdown at 30", "top: shutdown at 30"])
    })
  })

  it.each([ExitReason.normal, ExitReason.shutdownWith("x"), ExitReason.custom("bad")])("V02: with %o it ends with that, and its children with shutdown all the same", async (reason) => {
    await world.process(function* () {
      const top = yield* world.system.start(supervisor({ strategy, children: [member("a"), member("b")] }))
      noted()
      yield* top.stop(reason)
      expect([noted(), yield* top.join()]).toEqual([["b ends: shutdown", "a ends: shutdown"], reason])
    })
  })

  it("V02: so does the exit of its own supervisor; an exit signal from anybody else is of no concern", async () => {
    await world.process(function* (self) {
      const top = yield* world.system.start(supervisor({ children: [supervisor({ id: "inner", strategy, children: [member("a"), member("b")] })] }))
      const inner = top.child("inner") as unknown as typeof top
      self.signalExit(inner, ExitReason.shutdown)
      inner.exit(ExitReason.custom("bad"))
      yield* sleep(10)
      expect(states(inner)).toEqual(["b running", "a running"])
      noted()
      yield* top.stop(ExitReason.shutdown)
      expect([inWords(yield* inner.join()), noted()]).toEqual(["shutdown", ["b ends: shutdown", "a ends: shutdown"]])
    })
  })

  it("V29: a child that takes longer than its shutdownMs is killed then, and the others end with shutdown", async () => {
    lingers.set("b", 10_000)
    await world.process(function* () {
      const top = yield* world.system.start(supervisor({ strategy, children: [member("a"), member("b", { shutdownMs: 1000 }), member("c")] }))
      const end = refOf(top, "b").join()
      yield* top.stop(ExitReason.shutdown)
      expect([inWords(yield* end), world.clock.now()]).toEqual(["killed", 1000])
      expect(noted().slice(3)).toEqual(["c ends: shutdown", "b ends: shutdown", "a ends: shutdown"])
    })
    expect(world.reported("child_stopped", "shutdown_error")).toEqual(["child_stopped c: shutdown", "shutdown_error b: killed", "child_stopped a: shutdown"])
  })

  it("V30: a child to be killed brutally is, without terminate, and that is as told", async () => {
    await world.process(function* () {
      const top = yield* world.system.start(supervisor({ strategy, children: [member("a"), member("b", { shutdownMs: "brutal_kill" })] }))
      const end = refOf(top, "b").join()
      yield* top.stop(ExitReason.shutdown)
      expect([inWords(yield* end), noted().slice(2)]).toEqual(["killed", ["a ends: shutdown"]])
    })
    expect(world.reported("child_stopped", "shutdown_error")).toEqual(["child_stopped b: killed", "child_stopped a: shutdown"])
  })

  it("V31: a child with infinity is waited for, however long it takes", async () => {
    lingers.set("a", 10 ** 9)
    await world.process(function* () {
      const top = yield* world.system.start(supervisor({ strategy, children: [member("a", { shutdownMs: "infinity" })] }))
      yield* top.stop(ExitReason.shutdown)
      expect([world.clock.now(), trace.at(-1)]).toEqual([10 ** 9, "a has lingered"])
    })
  })
})

describe("how a child ends", () => {
  /** Raw children that trap exits, and end with what they are told to. */
  const ending = (reason: ExitReason) =>
    function* (self: Process): Routine {
      self.trapExit = true
      yield* self.receive()
      yield* self.stop(reason)
    }

  const bad = ExitReason.custom("bad")
  it.each([
    [ExitReason.shutdown, "permanent", 1000, "child_stopped"],
    [ExitReason.normal, "permanent", 1000, "shutdown_error"],
    [ExitReason.shutdownWith("x"), "permanent", 1000, "shutdown_error"],
    [bad, "permanent", 1000, "shutdown_error"],
    [ExitReason.normal, "transient", "infinity", "child_stopped"],
    [ExitReason.shutdownWith("x"), "transient", 1000, "child_stopped"],
    [bad, "transient", 1000, "shutdown_error"],
    [ExitReason.normal, "temporary", 1000, "child_stopped"],
    [bad, "temporary", "infinity", "shutdown_error"],
  ] as const)("V32: one that is told to and ends with %o, being %s with the shutdown %j, is reported as %s", async (reason, restart, shutdownMs, context) => {
    await world.process(function* () {
      const top = yield* world.system.start(supervisor({ children: [child(ending(reason), { id: "a", restart, shutdownMs })] }))
      yield* schedule()
      yield* top.terminateChild("a")
    })
    expect(world.reported("child_stopped", "shutdown_error", "child_terminated")).toEqual([`${context} a: ${inWords(reason)}`])
  })

  it.each([
    [ExitReason.normal, "transient", "child_stopped"],
    [ExitReason.shutdownWith("x"), "temporary", "child_stopped"],
    [ExitReason.normal, "permanent", "shutdown_error"],
    [bad, "transient", "shutdown_error"],
  ] as const)("V32: so is one to be killed brutally that has ended with %o before, being %s: %s", async (reason, restart, context) => {
    await world.process(function* () {
      const top = yield* world.system.start(supervisor({ children: [member("a", { restart, shutdownMs: "brutal_kill" }), member("b")] }))
      lingers.set("b", 100)
      // The end of a comes while the supervisor waits for that of b.
      const a = refOf(top, "a")
      world.system.spawn(function* () {
        yield* sleep(50)
        a.cast.end(reason)
      })
      yield* top.stop(ExitReason.shutdown)
    })
    expect(world.reported("child_stopped", "shutdown_error", "child_terminated").at(-1)).toBe(`${context} a: ${inWords(reason)}`)
  })

  it("V29: shutdownMs 0 is legal: it is killed as soon as it does not end at once", async () => {
    await world.process(function* () {
      lingers.set("a", 1)
      const top = yield* world.system.start(supervisor({ children: [member("a", { shutdownMs: 0 })] }))
      const end = refOf(top, "a").join()
      yield* top.terminateChild("a")
      expect([inWords(yield* end), world.clock.now()]).toEqual(["killed", 0])
    })
  })

  it("V29: a trapping process that does not care is killed when its time is up", async () => {
    await world.process(function* () {
      const top = yield* world.system.start(supervisor({ children: [child(stubborn, { shutdownMs: 300 })] }))
      yield* schedule()
      yield* top.stop(ExitReason.shutdown)
      expect([world.clock.now(), noted()]).toEqual([300, ["stubborn is sent shutdown"]])
    })
  })

  it.each([5000, "infinity", "brutal_kill"] as const)("V33: a child that unlinks itself from its supervisor is watched and stopped all the same (%j)", async (shutdownMs: Shutdown) => {
    await world.process(function* () {
      function* loner(self: Process): Routine {
        for (const ancestor of self.ancestors) self.unlink(ancestor)
        if ((yield* self.receive()) === "crash") throw new Error("alone")
      }
      const top = yield* world.system.start(supervisor({ children: [child(loner, { shutdownMs })] }))
      yield* schedule()
      const first = top.child("loner") as Ref<unknown>
      first.send("crash" as never)
      yield* sleep(1)
      const second = top.child("loner") as Ref<unknown>
      expect([first.alive, second.alive]).toEqual([false, true])
      yield* top.stop(ExitReason.shutdown)
      expect(second.alive).toBe(false)
    })
  })

  it("V34 (changed): a child that its start function has not linked is watched and stopped like any other", async () => {
    await world.process(function* () {
      const free: Ref<unknown>[] = []
      const start = () => {
        free.push(world.system.spawn(function* (self: Process): Routine {
          yield* self.receive()
        }))
        return free.at(-1)
      }
      const top = yield* world.system.start(supervisor({ children: [child({ id: "a", start })] }))
      yield* schedule()
      free[0]?.send("end" as never)
      yield* sleep(1)
      expect([free.length, top.child("a") === free[1], states(top)]).toEqual([2, true, ["a running"]])
      yield* top.stop(ExitReason.shutdown)
      expect(free.map(({ alive }) => alive)).toEqual([false, false])
    })
  })

  it("V34 (changed): so is one that is alive when its supervisor is killed", async () => {
    await world.process(function* () {
      const free = world.system.spawn(stubborn)
      const top = yield* world.system.start(supervisor({ children: [child({ id: "a", start: () => free, shutdownMs: 100 })] }))
      yield* schedule()
      top.exit(ExitReason.kill)
      yield* sleep(99)
      expect(free.alive).toBe(true)
      yield* sleep(2)
      expect([free.alive, noted()]).toEqual([false, ["stubborn is sent killed"]])
    })
  })

  it("nested supervisors are stopped from right to left, each with all that is below it", async () => {
    await world.process(function* () {
      const sup = (id: string, ...children: string[]) => supervisor({ id, children: children.map((one) => member(one)) })
      const top = yield* world.system.start(supervisor({ children: [member("a"), sup("left", "b", "c"), member("d"), sup("right", "e", "f")] }))
      noted()
      yield* top.stop(ExitReason.shutdown)
      expect(noted().map((word) => word[0])).toEqual(["f", "e", "d", "c", "b", "a"])
    })
  })

  it("a supervisor that is given too little time is killed, and so is what it leaves behind, each in its own time", async () => {
    lingers.set("a", 500)
    await world.process(function* () {
      const inner = supervisor({ id: "inner", shutdownMs: 100, children: [member("a", { name: "a", shutdownMs: 200 })] })
      const top = yield* world.system.start(supervisor({ children: [inner] }))
      const a = world.system.whereis("a") as unknown as Ref<Member>
      yield* top.terminateChild("inner")
      expect([world.clock.now(), a.alive, world.system.whereis("a")]).toEqual([300, false, undefined])
    })
    expect(world.reported("shutdown_error")).toEqual(["shutdown_error inner: killed"])
  })
})

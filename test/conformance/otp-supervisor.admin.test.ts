import { type Operation, type Routine, sleep } from "@vivarium/core"
import { Actor, CallError, ExitReason, ignore, NoProcessError, type Process, type Ref, StartError, stop } from "@vivarium/actors"
import { child, dynamicSupervisor, type Restart, type Shutdown, SpecError, supervisor, SupervisorError, type SupervisorRef } from "@vivarium/supervision"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { boom, counts, failing, inWords, lingers, member, noted, plans, refOf, states, stubborn, TreeWorld } from "./otp-supervisor-fixtures.ts"
import { raised } from "./otp-world.ts"

let world: TreeWorld
beforeEach(() => {
  world = new TreeWorld()
})
afterEach(async () => {
  await world.end()
})

const strategies = ["one_for_one", "one_for_all", "rest_for_one"] as const

describe.each(strategies)("children of a supervisor that runs (%s)", (strategy) => {
  /** With `a` that runs, `b` that was stopped, and none else. */
  function* begin() {
    const top = yield* world.system.start(supervisor({ strategy, children: [member("a"), member("b")] }))
    yield* top.terminateChild("b")
    noted()
    return top
  }

  it("V35: startChild with the id of one that runs, of one that is stopped, and with a new one", async () => {
    await world.process(function* () {
      const top = yield* begin()
      expect(yield* raised(SupervisorError, top.startChild(member("a")))).toMatchObject({ code: "already_started", child: "a", ref: top.child("a") })
      expect(yield* raised(SupervisorError, top.startChild(member("b")))).toMatchObject({ code: "already_present", child: "b", ref: undefined })
      const c = yield* top.startChild(member("c"))
      expect([c.alive, top.child("c") === c, states(top), noted()]).toEqual([true, true, ["c running", "b stopped", "a running"], ["c starts"]])
    })
  })

  it("V36: terminateChild of one that there is not, of one that is stopped, and of one that runs: that one ends with shutdown, and is kept", async () => {
    await world.process(function* () {
      const top = yield* begin()
      expect(yield* raised(SupervisorError, top.terminateChild("c"))).toMatchObject({ code: "not_found", child: "c" })
      yield* top.terminateChild("b")
      const a = refOf(top, "a")
      yield* top.terminateChild("a")
      expect([inWords(yield* a.join()), states(top), counts(top), noted()]).toEqual(["shutdown", ["b stopped", "a stopped"], [2, 0, 0, 2], ["a ends: shutdown"]])
      yield* sleep(10)
      expect([counts(top), top.tree().restarts]).toEqual([[2, 0, 0, 2], 0])
    })
  })

  it("V36: a temporary child that is terminated is forgotten", async () => {
    await world.process(function* () {
      const top = yield* begin()
      yield* top.startChild(member("c", { restart: "temporary" }))
      yield* top.terminateChild("c")
      expect([states(top), (yield* raised(SupervisorError, top.terminateChild("c"))).code]).toEqual([["b stopped", "a running"], "not_found"])
    })
  })

  it.each([
    [5000, 0, 0, "shutdown"],
    [5000, 100, 100, "shutdown"],
    [50, 100, 50, "killed"],
    ["infinity", 100_000, 100_000, "shutdown"],
    ["brutal_kill", 100, 0, "killed"],
  ] as readonly (readonly [Shutdown, number, number, string])[])("V36: with the shutdown %j, terminateChild of one that takes %i ms takes %i ms, and it ends with %s", async (shutdownMs, lingerMs, takesMs, reason) => {
    if (lingerMs > 0) lingers.set("c", lingerMs)
    await world.process(function* () {
      const top = yield* begin()
      const c = yield* top.startChild(member("c", { shutdownMs }))
      yield* top.terminateChild("c")
      expect([world.clock.now(), inWords(yield* c.join()), states(top)]).toEqual([takesMs, reason, ["c stopped", "b stopped", "a running"]])
    })
  })

  it("V37: restartChild of one that runs, of one that is stopped, and of one that there is not", async () => {
    await world.process(function* () {
      const top = yield* begin()
      expect(yield* raised(SupervisorError, top.restartChild("a"))).toMatchObject({ code: "running", child: "a" })
      const b = yield* top.restartChild("b")
      expect([b === top.child("b"), states(top), noted()]).toEqual([true, ["b running", "a running"], ["b starts"]])
      expect((yield* raised(SupervisorError, top.restartChild("c"))).code).toBe("not_found")
    })
    expect(world.reported("child_started").at(-1)).toBe("child_started b: normal")
  })

  it("V37: one that cannot be started again stays stopped; the error says why, and nothing is tried again", async () => {
    plans.set("b", [{}, { outcome: () => stop(ExitReason.custom("no")) }, failing, { outcome: () => ignore }])
    await world.process(function* () {
      const top = yield* begin()
      expect((yield* raised(StartError, top.restartChild("b"))).reason).toEqual(ExitReason.custom("no"))
      expect((yield* raised(StartError, top.restartChild("b"))).cause).toBe(boom)
      yield* sleep(10)
      expect([states(top), top.tree().restarts, noted()]).toEqual([["b stopped", "a running"], 0, ["b starts", "b starts"]])
      expect([yield* top.restartChild("b"), states(top)]).toEqual([undefined, ["b stopped", "a running"]])
      yield* top.restartChild("b")
      expect(states(top)).toEqual(["b running", "a running"])
    })
  })

  it("V37: a transient child that has ended can be started again, and so can one that chose not to start", async () => {
    plans.set("d", [{ outcome: () => ignore }])
    await world.process(function* () {
      const top = yield* begin()
      ;(yield* top.startChild(member("c", { restart: "transient" }))).cast.end()
      expect(yield* top.startChild(member("d"))).toBe(undefined)
      yield* sleep(1)
      expect(counts(top)).toEqual([4, 1, 0, 4])
      for (const id of ["c", "d"]) expect(yield* top.restartChild(id)).toBe(top.child(id))
      expect(counts(top)).toEqual([4, 3, 0, 4])
    })
  })

  it("V38: deleteChild of one that runs, of one that is stopped, and of one that there is not", async () => {
    await world.process(function* () {
      const top = yield* begin()
      expect(yield* raised(SupervisorError, top.deleteChild("a"))).toMatchObject({ code: "running", child: "a" })
      yield* top.deleteChild("b")
      expect([states(top), top.childSpec("b")]).toEqual([["a running"], undefined])
      expect((yield* raised(SupervisorError, top.deleteChild("b"))).code).toBe("not_found")
      expect((yield* top.startChild(member("b"))).alive).toBe(true)
    })
  })

  it("what is asked of it is done in the order in which it was asked, behind a start that takes long", async () => {
    plans.set("c", [{ afterMs: 100 }])
    await world.process(function* (self) {
      const top = yield* begin()
      const done: string[] = []
      const ask = (what: string, wish: Operation<unknown>) =>
        self.spawn(function* () {
          yield* wish
          done.push(`${what} at ${world.clock.now()}`)
        })
      ask("start c", top.startChild(member("c")))
      ask("restart b", top.restartChild("b"))
      ask("stop a", top.terminateChild("a"))
      yield* sleep(200)
      expect(done).toEqual(["start c at 100", "restart b at 100", "stop a at 100"])
    })
  })

  it("V47: childSpec gives the spec with its defaults", async () => {
    await world.process(function* () {
      const top = yield* begin()
      expect(top.childSpec("a")).toMatchObject({ id: "a", args: ["a"], restart: "permanent", shutdownMs: 5000, significant: false, kind: "worker", backoff: undefined })
      expect(top.childSpec("nobody")).toBe(undefined)
      yield* top.startChild(top.childSpec("a")!.id === "a" ? member("c", { restart: "transient", shutdownMs: "brutal_kill" }) : member("a"))
      expect(top.childSpec("c")).toMatchObject({ restart: "transient", shutdownMs: "brutal_kill" })
    })
  })

  it("V48, V50: countChildren in every state: supervisors and workers count running or not, active what is alive", async () => {
    plans.set("d", [{ outcome: () => ignore }])
    lingers.set("b", 100)
    await world.process(function* () {
      const nested = (id: string, restart: Restart) => supervisor({ id, restart, children: [member(`${id} child`)] })
      const children = [member("a"), member("b"), nested("s", "permanent"), nested("t", "temporary"), member("d")]
      const top = yield* world.system.start(supervisor({ strategy, children }))
      expect(counts(top)).toEqual([5, 4, 2, 3])
      expect(top.whichChildren().map(({ id, kind }) => `${String(id)} ${kind}`)).toEqual(["d worker", "t supervisor", "s supervisor", "b worker", "a worker"])
      const stopping = top.terminateChild("b")
      world.system.spawn(function* () {
        yield* stopping
      })
      yield* sleep(50)
      // It is on its way to its end: listed, and not alive.
      expect([counts(top), states(top)[3], refOf(top, "b").alive]).toEqual([[5, 3, 2, 3], "b running", false])
      yield* sleep(100)
      expect([counts(top), states(top)[3]]).toEqual([[5, 3, 2, 3], "b stopped"])
      yield* top.terminateChild("s")
      expect(counts(top)).toEqual([5, 2, 2, 3])
      yield* top.terminateChild("t")
      expect(counts(top)).toEqual([4, 1, 1, 3])
      yield* top.deleteChild("d")
      expect(counts(top)).toEqual([3, 1, 1, 2])
    })
  })

  it("V49: what a temporary child was started with is not kept", async () => {
    await world.process(function* () {
      function* worker(self: Process, _load: object): Routine {
        yield* self.receive()
      }
      const args = (id: string, restart: Restart) => child(worker, { id, restart, args: [{}] })
      const top = yield* world.system.start(supervisor({ strategy, children: [args("a", "permanent"), args("b", "temporary")] }))
      yield* top.startChild(args("c", "temporary"))
      yield* top.startChild(args("d", "transient"))
      expect(["a", "b", "c", "d"].map((id) => top.childSpec(id)?.args)).toEqual([[{}], undefined, undefined, [{}]])
      expect(top.childSpec("c")).toMatchObject({ id: "c", restart: "temporary" })
      expect(top.childSpec("c")).toBe(top.childSpec("c"))
    })
  })

  it("V60: a message that it does not understand is told, and ignored", async () => {
    await world.process(function* (self) {
      const top = yield* begin()
      const unhandled: unknown[] = []
      world.system.events.on("unhandled", ({ message, ref }) => unhandled.push([message, ref === top]))
      for (const message of ["nonsense", undefined, { "~manage": true }]) (top as Ref<unknown>).send(message as never)
      const { cast } = top as unknown as { readonly cast: { nonsense(): boolean } }
      expect(() => cast.nonsense()).toThrow('no method "nonsense"')
      const other = self.spawn(stubborn)
      self.signalExit(top, ExitReason.custom("bad"))
      other.exit(ExitReason.kill)
      yield* sleep(1)
      expect([unhandled, states(top), noted()]).toEqual([[["nonsense", true], [undefined, true], [{ "~manage": true }, true]], ["b stopped", "a running"], []])
    })
  })

  it("V61: other flags count from now on, and the children that run are kept", async () => {
    await world.process(function* () {
      const top = yield* world.system.start(supervisor({ strategy, maxRestarts: 1, withinMs: 1000, children: [member("a"), member("b")] }))
      refOf(top, "a").cast.crash()
      yield* sleep(1)
      const before = ["a", "b"].map((id) => top.child(id))
      yield* top.changeFlags({ strategy: "one_for_one", maxRestarts: 3, withinMs: undefined })
      expect(["a", "b"].map((id) => top.child(id))).toEqual(before)
      expect(top.tree()).toMatchObject({ strategy: "one_for_one", restarts: 1, maxRestarts: 3, withinMs: 1000 })
      for (let failure = 0; failure < 2; failure++) {
        refOf(top, "a").cast.crash()
        yield* sleep(1)
      }
      expect([top.alive, top.child("b") === before[1]]).toEqual([true, true])
      yield* top.changeFlags({ maxRestarts: 0 })
      expect(top.tree().restarts).toBe(1)
      refOf(top, "a").cast.crash()
      expect(inWords(yield* top.join())).toBe("shutdown: gave_up")
    })
  })
})

describe("changing flags", () => {
  it("V61: a supervisor that is started anew has its first ones", async () => {
    await world.process(function* () {
      const top = yield* world.system.start(supervisor({ children: [supervisor({ id: "inner", maxRestarts: 7 })] }))
      yield* (top.child("inner") as unknown as SupervisorRef).changeFlags({ maxRestarts: 1, autoShutdown: "any_significant" })
      top.child("inner")?.exit(ExitReason.kill)
      yield* sleep(1)
      expect((top.child("inner") as unknown as SupervisorRef).tree().maxRestarts).toBe(7)
    })
  })

  it("V61: what is wrong is refused, and all stays as it is", async () => {
    await world.process(function* () {
      const top = yield* world.system.start(supervisor({ autoShutdown: "any_significant", children: [member("a", { restart: "transient", significant: true })] }))
      for (const wrong of [{ maxRestarts: -1 }, { withinMs: 0 }, { strategy: "all" }, { autoShutdown: true }, { children: [] }, { nonsense: 1 }, null, 7, []]) {
        expect(() => top.changeFlags(wrong as never)).toThrow(SpecError)
      }
      expect(yield* raised(SpecError, top.changeFlags({ autoShutdown: "never", maxRestarts: 9 }))).toMatchObject({ child: "a", field: "significant" })
      expect(top.tree().maxRestarts).toBe(3)
    })
  })
})

describe("a supervisor that has ended", () => {
  it("cannot be asked or looked at", async () => {
    await world.process(function* () {
      const top = yield* world.system.start(supervisor({ children: [member("a")] }))
      yield* top.stop()
      for (const look of [() => top.whichChildren(), () => top.countChildren(), () => top.child("a"), () => top.childSpec("a"), () => top.tree()]) expect(look).toThrow(NoProcessError)
      for (const wish of [top.startChild(member("b")), top.terminateChild("a"), top.restartChild("a"), top.deleteChild("a"), top.changeFlags({})]) {
        expect((yield* raised(CallError, wish)).code).toBe("noproc")
      }
    })
  })
})

describe("what is wrong with specs and flags", () => {
  class Bee extends Actor {}

  it.each([
    ["restart", { restart: "sometimes" }],
    ["shutdownMs", { shutdownMs: -1 }],
    ["shutdownMs", { shutdownMs: "brutal" }],
    ["significant", { significant: "yes" }],
    ["id", { id: {} }],
    ["modules", { modules: [] }],
  ])("V45: the %s of a child: %j", (field, options) => {
    expect(() => child(Bee, options as never)).toThrow(expect.objectContaining({ code: "invalid_argument", field }) as Error)
  })

  it.each([
    ["strategy", { strategy: "one_for_none" }],
    ["maxRestarts", { maxRestarts: -1 }],
    ["maxRestarts", { maxRestarts: 1.5 }],
    ["withinMs", { withinMs: 0 }],
    ["autoShutdown", { autoShutdown: "always" }],
    ["nonsense", { nonsense: true }],
  ])("V45 (changed: an unknown field is refused): the %s of a supervisor: %j", (field, flags) => {
    expect(() => supervisor(flags as never)).toThrow(expect.objectContaining({ code: "invalid_argument", field }) as Error)
  })

  it("V46 (changed: three restarts within 5,000 ms): the defaults", async () => {
    expect(child(Bee)).toMatchObject({ id: "Bee", args: [], restart: "permanent", shutdownMs: 5000, significant: false, kind: "worker" })
    await world.process(function* () {
      const top = yield* world.system.start(supervisor({ children: [supervisor({ id: "inner" }), dynamicSupervisor({ id: "dynamic" })] }))
      expect(top.tree()).toMatchObject({ strategy: "one_for_one", maxRestarts: 3, withinMs: 5000 })
      for (const id of ["inner", "dynamic"]) expect(top.childSpec(id)).toMatchObject({ restart: "permanent", shutdownMs: "infinity", kind: "supervisor" })
    })
  })
})

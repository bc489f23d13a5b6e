import { sleep } from "@vivarium/core"
import { ExitReason, StartError } from "@vivarium/actors"
import { type AutoShutdown, SpecError, Supervisor, supervisor, type SupervisorRef } from "@vivarium/supervision"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { boom, counts, failing, inWords, lingers, member, noted, plans, refOf, states, TreeWorld } from "./otp-supervisor-fixtures.ts"
import { raised } from "./otp-world.ts"

let world: TreeWorld
beforeEach(() => {
  world = new TreeWorld()
})
afterEach(async () => {
  await world.end()
})

const strategies = ["one_for_one", "one_for_all", "rest_for_one"] as const
const modes = ["any_significant", "all_significant"] as const
const orderly = [ExitReason.normal, ExitReason.shutdown, ExitReason.shutdownWith("x")]
const abnormal = [ExitReason.custom("bad"), ExitReason.error(boom)]
const transient = { restart: "transient", significant: true } as const
const temporary = { restart: "temporary", significant: true } as const
const matrix = strategies.flatMap((strategy) => modes.map((autoShutdown) => [strategy, autoShutdown] as const))

describe.each(matrix)("%s, %s", (strategy, autoShutdown) => {
  function* begin(...children: readonly ReturnType<typeof member>[]) {
    const top = yield* world.system.start(supervisor({ strategy, autoShutdown, children: [...children, member("z")] }))
    noted()
    return top
  }

  it.each(orderly)("V51: a significant transient child that ends with %o by itself stops the supervisor with shutdown, and the others in reverse", async (reason) => {
    await world.process(function* () {
      const top = yield* begin(member("y"), member("a", transient))
      refOf(top, "a").cast.end(reason)
      expect(yield* top.join()).toEqual(ExitReason.shutdown)
      expect(noted()).toEqual([`a ends: ${inWords(reason)}`, "z ends: shutdown", "y ends: shutdown"])
    })
    expect(world.reported("shutdown")).toEqual(["shutdown a: shutdown"])
  })

  it.each(abnormal)("V52: one that ends with %o is restarted, and nothing stops", async (reason) => {
    await world.process(function* () {
      const top = yield* begin(member("a", transient))
      refOf(top, "a").cast.end(reason)
      yield* sleep(1)
      expect([top.alive, counts(top), top.tree().restarts]).toEqual([true, [2, 2, 0, 2], 1])
      // It is as significant as before.
      refOf(top, "a").cast.end()
      expect(inWords(yield* top.join())).toBe("shutdown")
    })
  })

  it.each([...orderly, ...abnormal, ExitReason.kill])("V53: a significant temporary child stops it with whatever reason it ends: %o", async (reason) => {
    await world.process(function* () {
      const top = yield* begin(member("a", temporary))
      const a = refOf(top, "a")
      if (reason.kind === "kill") a.exit(reason)
      else a.cast.end(reason)
      expect([inWords(yield* top.join()), noted().at(-1)]).toEqual(["shutdown", "z ends: shutdown"])
    })
  })

  it.each([
    [transient, transient],
    [transient, temporary],
    [temporary, transient],
    [temporary, temporary],
  ])("V54: of two, the first one stops it under any_significant, the second one under all_significant: %j, %j", async (first, second) => {
    await world.process(function* () {
      const top = yield* begin(member("a", first), member("b", second))
      const b = refOf(top, "b")
      refOf(top, "a").cast.end()
      yield* sleep(1)
      const left = autoShutdown === "any_significant" ? null : ["z running", "b running", ...(first === transient ? ["a stopped"] : [])]
      expect(top.alive ? states(top) : null).toEqual(left)
      b.cast.end()
      expect(inWords(yield* top.join())).toBe("shutdown")
    })
  })

  it("V54: one that is to be started again counts as there", async () => {
    await world.process(function* () {
      const top = yield* begin(member("b", transient), member("a", transient))
      plans.set("a", [{ afterMs: 100, outcome: failing.outcome! }])
      refOf(top, "a").cast.crash()
      yield* sleep(50)
      // It ends while the first retry is under way. Under one_for_all the second one starts it again with the group.
      refOf(top, "b").cast.end()
      yield* sleep(100)
      const b = strategy === "one_for_all" ? "b running" : "b stopped"
      const goesOn = autoShutdown === "all_significant"
      expect(top.alive ? states(top) : null).toEqual(goesOn ? ["z running", "a running", b] : null)
    })
  })

  it("V54: one that was restarted counts as there; one that was terminated does not", async () => {
    await world.process(function* () {
      const top = yield* begin(member("a", transient), member("b", transient), member("c", transient))
      refOf(top, "a").cast.crash()
      yield* sleep(1)
      expect(top.alive).toBe(true)
      yield* top.terminateChild("a")
      yield* top.terminateChild("b")
      yield* sleep(1)
      expect(top.alive).toBe(true)
      refOf(top, "c").cast.end()
      expect(inWords(yield* top.join())).toBe("shutdown")
    })
  })

  it.each([transient, temporary])("V55: terminateChild of a significant child stops nothing: %j", async (life) => {
    await world.process(function* () {
      const top = yield* begin(member("a", life))
      yield* top.terminateChild("a")
      yield* sleep(1)
      expect([top.alive, noted()]).toEqual([true, ["a ends: shutdown"]])
      expect(states(top)).toEqual(life === transient ? ["z running", "a stopped"] : ["z running"])
    })
  })

  it("V55: nor does one that ends by itself while it is being terminated", async () => {
    lingers.set("a", 100)
    await world.process(function* () {
      const top = yield* begin(member("a", transient))
      refOf(top, "a").cast.end()
      yield* top.terminateChild("a")
      yield* sleep(1)
      // It had ended by itself before it was told to, but its end had not been dealt with.
      expect([top.alive, states(top)]).toEqual([true, ["z running", "a stopped"]])
    })
  })

  it("V56: the restart of a sibling that takes it down stops nothing", async () => {
    await world.process(function* () {
      const top = yield* world.system.start(supervisor({ strategy, autoShutdown, children: [member("x"), member("a", transient), member("b", temporary)] }))
      refOf(top, "x").cast.crash()
      yield* sleep(1)
      expect(top.alive).toBe(true)
      expect(states(top)).toEqual(strategy === "one_for_one" ? ["b running", "a running", "x running"] : ["a running", "x running"])
      refOf(top, "a").cast.end()
      yield* sleep(1)
      expect(top.alive).toBe(strategy === "one_for_one" && autoShutdown === "all_significant")
    })
  })

  it("V57: children that are added can be significant, too", async () => {
    await world.process(function* () {
      const top = yield* begin()
      const a = yield* top.startChild(member("a", temporary))
      const b = yield* top.startChild(member("b", transient))
      expect(top.childSpec("b")?.significant).toBe(true)
      a.cast.crash()
      yield* sleep(1)
      expect(top.alive).toBe(autoShutdown === "all_significant")
      b.cast.end()
      expect(inWords(yield* top.join())).toBe("shutdown")
    })
  })

  it("V57: a child that is not significant stops nothing, however it ends", async () => {
    await world.process(function* () {
      const top = yield* begin(member("a", transient), member("b", { restart: "transient" }), member("c", { restart: "temporary" }))
      for (const id of ["b", "c"]) refOf(top, id).cast.end()
      yield* sleep(1)
      expect(states(top)).toEqual(["z running", "b stopped", "a running"])
    })
  })

  it("V57: a significant child that could not be restarted any more gives up, which is another end", async () => {
    await world.process(function* () {
      const top = yield* begin(member("a", transient))
      plans.set("a", [failing, failing, failing, failing])
      refOf(top, "a").cast.crash()
      expect(inWords(yield* top.join())).toBe("shutdown: gave_up")
    })
  })

  it("V57: what comes after the last significant child is not done any more", async () => {
    await world.process(function* () {
      const top = yield* begin(member("a", transient))
      const end = top.join()
      refOf(top, "a").cast.end()
      refOf(top, "z").cast.crash()
      expect(inWords(yield* end)).toBe("shutdown")
      expect(noted()).toEqual(["a ends: normal", "z ends: boom"])
    })
    expect(world.reported("child_restarted")).toEqual([])
  })

  it("V58: significant and permanent is refused", () => {
    expect(() => member("a", { restart: "permanent", significant: true })).toThrow(expect.objectContaining({ code: "invalid_argument", child: "a", field: "significant" }) as Error)
    expect(() => member("a", { significant: true })).toThrow(SpecError)
  })

  it("the parent sees shutdown: a permanent supervisor is restarted, a transient one is not, and a significant one passes it on", async () => {
    const inner = (id: string, life: object) => supervisor({ id, strategy, autoShutdown, ...life, children: [member(`${id} a`, transient)] })
    await world.process(function* () {
      const top = yield* world.system.start(supervisor({ autoShutdown, children: [inner("p", {}), inner("t", { restart: "transient" }), inner("s", transient)] }))
      const end = (id: string) => refOf(top.child(id) as unknown as SupervisorRef, `${id} a`).cast.end()
      for (const id of ["p", "t"]) end(id)
      yield* sleep(1)
      expect([states(top), top.tree().restarts]).toEqual([["s running", "t stopped", "p running"], 1])
      end("s")
      expect(inWords(yield* top.join())).toBe("shutdown")
    })
  })
})

describe.each(strategies)("autoShutdown never (%s)", (strategy) => {
  it("V58: significant is refused, in the tree, in what init gives, and of children that are added", async () => {
    for (const flags of [{}, { autoShutdown: "never" as AutoShutdown }]) {
      const wrong = expect.objectContaining({ code: "invalid_argument", child: "a", field: "significant" }) as Error
      for (const life of [transient, temporary]) expect(() => supervisor({ strategy, ...flags, children: [member("a", life)] })).toThrow(wrong)
      class Hive extends Supervisor {
        init() {
          return { strategy, ...flags, children: [member("a", transient)] }
        }
      }
      await world.process(function* () {
        expect((yield* raised(StartError, world.system.start(Hive))).cause).toMatchObject({ field: "significant" })
        const top = yield* world.system.start(supervisor({ strategy, ...flags }))
        expect(yield* raised(SpecError, top.startChild(member("a", temporary)))).toMatchObject({ child: "a", field: "significant" })
        expect([counts(top), noted()]).toEqual([[0, 0, 0, 0], []])
      })
    }
  })

  it("V51, V53: nothing stops, however its children end", async () => {
    await world.process(function* () {
      const top = yield* world.system.start(supervisor({ strategy, children: [member("a", { restart: "transient" }), member("b", { restart: "temporary" })] }))
      refOf(top, "a").cast.end()
      refOf(top, "b").cast.crash()
      yield* sleep(1)
      expect([top.alive, states(top)]).toEqual([true, ["a stopped"]])
    })
  })
})

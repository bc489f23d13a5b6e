import { sleep } from "@vivarium/core"
import { Actor, ExitReason, ignore, StartError, stop } from "@vivarium/actors"
import { child, ChildStarted, FailedToStart, SpecError, Supervisor, supervisor, SupervisorError } from "@vivarium/supervision"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { boom, counts, failing, inWords, lingers, member, Member, noted, plans, refOf, states, TreeWorld } from "./otp-supervisor-fixtures.ts"
import { raised } from "./otp-world.ts"

let world: TreeWorld
beforeEach(() => {
  world = new TreeWorld()
})
afterEach(async () => {
  await world.end()
})

const abc = [member("a"), member("b"), member("c")]

describe.each(["one_for_one", "one_for_all", "rest_for_one"] as const)("starting (%s)", (strategy) => {
  it("V01: starts its children from left to right, each when the one before is ready, and lists the youngest first", async () => {
    plans.set("a", [{ afterMs: 30 }])
    plans.set("b", [{ afterMs: 20 }])
    await world.process(function* () {
      const times: (readonly [unknown, number])[] = []
      world.system.events.on("supervisor", ({ context, offender }) => times.push([`${context} ${String(offender?.id)}`, world.clock.now()]))
      const top = yield* world.system.start(supervisor({ strategy, children: abc }))
      expect(noted()).toEqual(["a starts", "b starts", "c starts"])
      expect(times).toEqual([
        ["child_started a", 30],
        ["child_started b", 50],
        ["child_started c", 50],
      ])
      expect(states(top)).toEqual(["c running", "b running", "a running"])
      expect(top.whichChildren().map(({ kind, ref }) => [kind, ref?.alive])).toEqual(abc.map(() => ["worker", true]))
      expect(counts(top)).toEqual([3, 3, 0, 3])
    })
  })

  it("V05: a child that fails stops the others in reverse, and the start fails with shutdown, the child and its reason", async () => {
    plans.set("c", [{ outcome: () => stop(ExitReason.custom("no flowers")) }])
    await world.process(function* () {
      const failure = yield* raised(StartError, world.system.start(supervisor({ strategy, children: [...abc, member("d")], name: "top" })))
      expect([failure.code, failure.reason.kind]).toEqual(["init_failed", "shutdown"])
      const detail = (failure.reason as { readonly detail: FailedToStart }).detail
      expect(detail).toBeInstanceOf(FailedToStart)
      expect([detail.kind, detail.id, detail.reason]).toEqual(["failed_to_start_child", "c", ExitReason.custom("no flowers")])
      expect(noted()).toEqual(["a starts", "b starts", "c starts", "b ends: shutdown", "a ends: shutdown"])
      expect(world.system.whereis("top")).toBe(undefined)
    })
    expect(world.reported("start_error", "child_stopped")).toEqual(["start_error c: no flowers", "child_stopped b: shutdown", "child_stopped a: shutdown"])
  })

  it("V05: the exit reason of the supervisor is the same", async () => {
    plans.set("a", [failing])
    const ends: string[] = []
    world.system.events.on("ended", ({ reason, ref }) => void (ref.name === "top" && ends.push(inWords(reason))))
    await world.process(function* () {
      yield* raised(StartError, world.system.start(supervisor({ strategy, children: abc, name: "top" })))
    })
    expect(ends).toEqual(['shutdown: child "a" was not started: Error: boom'])
  })

  it("V05: the rollback gives each child its own time", async () => {
    plans.set("c", [failing])
    lingers.set("a", 1000)
    lingers.set("b", 1000)
    await world.process(function* () {
      yield* raised(StartError, world.system.start(supervisor({ strategy, children: [member("a", { shutdownMs: 100 }), member("b", { shutdownMs: "infinity" }), member("c")] })))
      expect([world.clock.now(), noted().slice(3)]).toEqual([1100, ["b ends: shutdown", "b has lingered", "a ends: shutdown"]])
    })
  })

  it("V05: a child that has crashed while another one failed to start is no obstacle, and its crash is reported", async () => {
    plans.set("b", [{ afterMs: 10, outcome: failing.outcome! }])
    class Short extends Actor {
      init() {
        this.continueWith(() => {
          throw new Error("short")
        })
      }
    }
    await world.process(function* () {
      yield* raised(StartError, world.system.start(supervisor({ strategy, children: [child(Short), member("b")] })))
    })
    expect(world.reported("start_error", "child_stopped", "child_restarted", "shutdown_error")).toEqual(["start_error b: boom", "shutdown_error Short: short"])
  })

  it("V06: the init of a child throws: the Error itself is in the reason, and is the cause", async () => {
    plans.set("b", [failing])
    await world.process(function* () {
      const failure = yield* raised(StartError, world.system.start(supervisor({ strategy, children: abc })))
      const { detail } = failure.reason as { readonly detail: FailedToStart }
      expect([detail.id, detail.reason]).toEqual(["b", ExitReason.error(boom)])
      expect(detail.cause).toBeInstanceOf(StartError)
      expect((detail.cause as StartError).cause).toBe(boom)
      expect(failure.cause).toBe(detail.cause)
    })
  })

  it("V06: so is what a start function throws", async () => {
    await world.process(function* () {
      const thrower = child({
        id: "b",
        start: () => {
          throw boom
        },
      })
      const failure = yield* raised(StartError, world.system.start(supervisor({ strategy, children: [member("a"), thrower] })))
      const { detail } = failure.reason as { readonly detail: FailedToStart }
      expect([detail.id, detail.reason, failure.cause]).toEqual(["b", ExitReason.error(boom), boom])
      expect(noted()).toEqual(["a starts", "a ends: shutdown"])
    })
  })

  it("V08: a child whose init returns ignore is kept, and does not run; a temporary one is forgotten", async () => {
    for (const id of ["a", "b", "c"]) plans.set(id, [{ outcome: () => ignore }])
    await world.process(function* () {
      const children = [member("a"), member("b", { restart: "transient" }), member("c", { restart: "temporary" }), member("d")]
      const top = yield* world.system.start(supervisor({ strategy, children }))
      expect([states(top), counts(top), top.child("a")]).toEqual([["d running", "b stopped", "a stopped"], [3, 1, 0, 3], undefined])
    })
  })

  it("a child that crashes during the init of a later one is dealt with once all are there", async () => {
    plans.set("b", [{ afterMs: 100 }])
    await world.process(function* () {
      world.system.spawn(function* () {
        yield* sleep(10)
        ;(world.system.whereis("a") as unknown as { cast: { crash(): void } }).cast.crash()
      })
      const top = yield* world.system.start(supervisor({ strategy, children: [member("a", { name: "a" }), member("b")] }))
      expect(noted()).toEqual(["a starts", "b starts", "a ends: boom"])
      yield* sleep(1)
      const group = strategy === "one_for_one" ? ["a starts"] : ["b ends: shutdown", "a starts", "b starts"]
      expect([noted(), counts(top)]).toEqual([group, [2, 2, 0, 2]])
    })
  })
})

describe("what init gives", () => {
  it.each([
    ["at once", () => ignore],
    ["in time", async () => ignore],
  ])("V03: init returns ignore %s: the start says so, and the process ends normally", async (_when, init) => {
    class Hive extends Supervisor {
      init() {
        return init()
      }
    }
    const ends: ExitReason[] = []
    world.system.events.on("ended", ({ reason, ref }) => void (ref.name === "hive" && ends.push(reason)))
    const failure = await world.scheduler.main(function* () {
      return yield* raised(StartError, world.system.start(Hive, { name: "hive" }))
    })
    expect([failure.code, failure.reason, ends, world.reports]).toEqual(["ignore", ExitReason.ignore, [ExitReason.normal], []])
  })

  it.each([[7], ["one_for_one"], [null], [undefined], [[]], [{ strategy: "one_for_none" }], [{ children: 7 }], [{ children: [7] }], [{ nonsense: 1 }]])("V04: init returns %j: the start fails with what is wrong", async (nonsense) => {
    class Hive extends Supervisor {
      init() {
        return nonsense as never
      }
    }
    await world.process(function* () {
      const failure = yield* raised(StartError, world.system.start(Hive))
      expect([failure.code, failure.reason.kind]).toEqual(["init_failed", "error"])
      expect(failure.cause).toBeInstanceOf(SpecError)
      expect(String(failure.cause)).toContain("Hive")
    })
  })

  it("V04: init returns stop(reason), or throws: that is the reason", async () => {
    class Hive extends Supervisor {
      init(how: "stop" | "throw") {
        if (how === "throw") throw boom
        return stop(ExitReason.custom("winter"))
      }
    }
    await world.process(function* () {
      expect((yield* raised(StartError, world.system.start(Hive, { args: ["stop"] }))).reason).toEqual(ExitReason.custom("winter"))
      expect((yield* raised(StartError, world.system.start(Hive, { args: ["throw"] }))).reason).toEqual(ExitReason.error(boom))
    })
  })

  it("V44: two children with one id: the start fails, and names it; none of them is started", async () => {
    class Hive extends Supervisor {
      init() {
        return { children: [member("a"), member("b"), member("a")] }
      }
    }
    await world.process(function* () {
      const failure = yield* raised(StartError, world.system.start(Hive))
      expect(failure.cause).toMatchObject({ code: "invalid_argument", child: "a", field: "id" })
    })
    expect(noted()).toEqual([])
    expect(() => supervisor({ children: [member("a"), member("a")] })).toThrow(SpecError)
  })
})

describe("start functions", () => {
  const byHand = (id: string, start: () => unknown) => child({ id, start })

  it("V07: of a child that is added throws: startChild raises that, and nothing is listed", async () => {
    await world.process(function* () {
      const top = yield* world.system.start(supervisor())
      const start = () => {
        throw boom
      }
      expect(yield* raised(Error, top.startChild(byHand("a", start)))).toBe(boom)
      plans.set("b", [{ outcome: () => stop(ExitReason.custom("no")) }])
      expect((yield* raised(StartError, top.startChild(member("b")))).reason).toEqual(ExitReason.custom("no"))
      expect([counts(top), top.childSpec("a"), top.childSpec("b")]).toEqual([[0, 0, 0, 0], undefined, undefined])
    })
    expect(world.reported("start_error")).toEqual(["start_error a: boom", "start_error b: no"])
  })

  it.each([[7], [undefined], [null], ["ok"], [{ ok: true }], [[]]])("V07: gives %j: startChild raises bad_start, and nothing is listed", async (junk) => {
    await world.process(function* () {
      const top = yield* world.system.start(supervisor())
      const failure = yield* raised(SupervisorError, top.startChild(byHand("a", () => junk)))
      expect([failure.code, failure.child, counts(top)]).toEqual(["bad_start", "a", [0, 0, 0, 0]])
    })
  })

  it("V07: gives junk at the start of the tree: that is why it fails", async () => {
    await world.process(function* () {
      const failure = yield* raised(StartError, world.system.start(supervisor({ children: [member("a"), byHand("b", () => "junk")] })))
      expect(failure.cause).toMatchObject({ code: "bad_start", child: "b" })
    })
  })

  it("V07: gives a process that has ended already: that is bad_start, too", async () => {
    await world.process(function* () {
      const dead = world.system.spawn(() => {})
      yield* sleep(1)
      const top = yield* world.system.start(supervisor())
      expect((yield* raised(SupervisorError, top.startChild(byHand("a", () => dead)))).code).toBe("bad_start")
    })
  })

  it("V39: gives ChildStarted: startChild and restartChild pass it on, and the restart by itself works", async () => {
    await world.process(function* () {
      let number = 0
      const top = yield* world.system.start(supervisor())
      const spec = child({
        id: "a",
        args: ["a"],
        *start(host, id: string) {
          return new ChildStarted(yield* host.start(Member, { args: [id] }), `number ${++number}`)
        },
      })
      const first = (yield* top.startChild(spec)) as unknown as ChildStarted<Member, string>
      expect([first instanceof ChildStarted, first.info, first.ref === top.child("a")]).toEqual([true, "number 1", true])
      yield* top.terminateChild("a")
      const second = (yield* top.restartChild("a")) as ChildStarted<Member, string>
      expect([second instanceof ChildStarted, second.info, second.ref === top.child("a"), second.ref === first.ref]).toEqual([true, "number 2", true, false])
      refOf(top, "a").cast.crash()
      yield* sleep(1)
      expect([number, counts(top), top.child("a") === second.ref, top.child("a")?.alive]).toEqual([3, [1, 1, 0, 1], false, true])
    })
    expect(noted()).toEqual(["a starts", "a ends: shutdown", "a starts", "a ends: boom", "a starts"])
  })

  it("gives ignore: the child is kept, and startChild gives undefined; a temporary one is forgotten", async () => {
    await world.process(function* () {
      const top = yield* world.system.start(supervisor())
      expect(yield* top.startChild(byHand("a", () => ignore))).toBe(undefined)
      expect(yield* top.startChild(child({ id: "b", restart: "temporary", start: () => ignore }))).toBe(undefined)
      expect([states(top), counts(top)]).toEqual([["a stopped"], [1, 0, 0, 1]])
    })
  })
})

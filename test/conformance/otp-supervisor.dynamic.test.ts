import { type Routine, schedule, sleep } from "@vivarium/core"
import { Actor, ExitReason, ignore, type Ref, StartError, stop, Task } from "@vivarium/actors"
import { child, ChildStarted, dynamicSupervisor, type DynamicOptions, type DynamicSupervisorRef, type TemplateSupervisorRef, partialChild, SpecError, supervisor, SupervisorError } from "@vivarium/supervision"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { boom, counts, failing, inWords, lingers, Member, member, noted, plans, stubborn, trace, TreeWorld } from "./otp-supervisor-fixtures.ts"
import { raised } from "./otp-world.ts"

let world: TreeWorld
beforeEach(() => {
  world = new TreeWorld()
})
afterEach(async () => {
  await world.end()
})

const killed = ExitReason.custom("shot")
const often = { maxRestarts: 100_000 }

/** Notes the arguments with which it is started. */
class Noter extends Actor {
  init(...args: readonly unknown[]) {
    trace.push(args.join(" "))
  }
  crash() {
    throw boom
  }
}

/** Runs a test inside of a process, with a dynamic supervisor. */
/** What is given to `startChild` depends on the options. */
type Anything = DynamicSupervisorRef & TemplateSupervisorRef

async function under(options: DynamicOptions, body: (top: Anything) => Routine): Promise<void> {
  await world.process(function* () {
    const top = yield* world.system.start(dynamicSupervisor(options))
    yield* body(top as Anything)
  })
}

/** Ends a child with a reason, and lets the supervisor deal with it. */
function* end(ref: Ref<never> | Ref<unknown>, reason: ExitReason): Routine {
  ref.exit(reason)
  yield* sleep(0)
}

function* codeOf(operation: Parameters<typeof raised>[1]): Routine<string> {
  return (yield* raised(SupervisorError, operation)).code
}

describe("max_children", () => {
  it("D01: none are allowed with 0", async () => {
    await under({ maxChildren: 0 }, function* (top) {
      expect(yield* codeOf(top.startChild(member("a")))).toBe("max_children")
      expect([noted(), counts(top)]).toEqual([[], [0, 0, 0, 0]])
    })
  })

  it("D01: a child whose restart has failed counts", async () => {
    await under({ maxChildren: 1, ...often }, function* (top) {
      const ref = yield* top.startChild(member("a"))
      plans.set("a", Array.from({ length: 100 }, () => failing))
      ref.exit(killed)
      yield* schedule()
      yield* top.suspend()
      expect([counts(top), top.whichChildren()[0]?.state]).toEqual([[1, 0, 0, 1], "restarting"])
      plans.clear()
      const refused = Task.async(() => codeOf(top.startChild(member("b"))))
      yield* top.resume()
      expect(yield* Task.await(refused)).toBe("max_children")
    })
  })

  it("D01: so does one that has crashed and is not restarted yet, and one that waits out its delay", async () => {
    await under({ maxChildren: 1 }, function* (top) {
      const ref = yield* top.startChild(member("a", { backoff: { minMs: 100, jitter: 0 } }))
      ref.exit(killed)
      expect(yield* codeOf(top.startChild(member("b")))).toBe("max_children")
      yield* sleep(50)
      expect(counts(top)).toEqual([1, 0, 0, 1])
      expect(yield* codeOf(top.startChild(member("b")))).toBe("max_children")
      yield* sleep(51)
      expect(counts(top)).toEqual([1, 1, 0, 1])
    })
  })

  it("there is room again when one has ended, or was not started (section 10)", async () => {
    await under({ maxChildren: 1 }, function* (top) {
      yield* top.terminateChild(yield* top.startChild(member("a")))
      yield* end(yield* top.startChild(member("b", { restart: "temporary" })), killed)
      plans.set("c", [failing, { outcome: () => ignore }])
      yield* raised(StartError, top.startChild(member("c")))
      expect(yield* top.startChild(member("c"))).toBe(undefined)
      yield* top.startChild(member("d"))
      expect(counts(top)).toEqual([1, 1, 0, 1])
    })
  })
})

describe("extra_arguments", () => {
  it("D02: come before those of the child, also when it is restarted", async () => {
    await under({ extraArguments: ["hive", 7] }, function* (top) {
      const ref = yield* top.startChild(partialChild(Noter, { args: ["maya"] }))
      expect(noted()).toEqual(["hive 7 maya"])
      ref.cast.crash()
      yield* sleep(0)
      expect(noted()).toEqual(["hive 7 maya"])
    })
  })

  it("D02: a task gets them before its own", async () => {
    await under({ extraArguments: ["hive"] }, function* (top) {
      yield* top.startChild(child(Task, { args: [(...args: readonly unknown[]) => trace.push(args.join(" ")), "maya"] }))
      yield* sleep(0)
      expect(noted()).toEqual(["hive maya"])
    })
  })
})

describe("what comes of a start", () => {
  it("ignore gives nothing, and nothing is kept (section 10)", async () => {
    plans.set("a", [{ outcome: () => ignore }])
    await under({}, function* (top) {
      expect(yield* top.startChild(member("a"))).toBe(undefined)
      expect(counts(top)).toEqual([0, 0, 0, 0])
    })
  })

  it("ignore on a restart: nothing is kept either (section 10)", async () => {
    await under({}, function* (top) {
      const ref = yield* top.startChild(member("a"))
      plans.set("a", [{ outcome: () => ignore }])
      yield* end(ref, killed)
      expect(counts(top)).toEqual([0, 0, 0, 0])
      expect(yield* codeOf(top.terminateChild(ref))).toBe("not_found")
    })
  })

  it("a start function with something to say gives that, too (section 10)", async () => {
    await under({}, function* (top) {
      const started = yield* top.startChild({ id: "a", start: (host) => new ChildStarted(host.spawn(Noter), "extra") })
      expect(started).toBeInstanceOf(ChildStarted)
      const { info, ref } = started as ChildStarted
      expect([info, top.whichChildren()[0]?.ref]).toEqual(["extra", ref])
    })
  })

  it.each([
    ["throws what is no error", () => raise("oops"), { kind: "error", error: "oops" }],
    ["raises an error", () => raise(boom), { kind: "error", error: boom }],
    ["exits with a reason", () => stop(killed), killed],
  ] as const)("D04: a start that %s fails with that, and nothing is kept", async (_how, outcome, reason) => {
    plans.set("a", [{ outcome }])
    await under({}, function* (top) {
      const error = yield* raised(StartError, top.startChild(member("a")))
      expect([error.code, error.reason]).toEqual(["init_failed", reason])
      expect(counts(top)).toEqual([0, 0, 0, 0])
    })
    expect(world.reported("start_error")).toEqual([`start_error a: ${inWords(reason)}`])
  })

  it("D04: a restart that fails is tried again, as often as the window allows", async () => {
    const ends: unknown[] = []
    await under({ maxRestarts: 3, name: "top" }, function* (top) {
      const ref = yield* top.startChild(member("a"))
      plans.set("a", [{ outcome: () => raise("oops") }, { outcome: () => stop(killed) }, failing])
      world.system.events.on("ended", (one) => void (one.ref === top && ends.push(inWords(one.reason))))
      yield* end(ref, killed)
      expect(noted()).toEqual(["a starts", "a ends: shot", "a starts", "a starts", "a starts"])
    })
    expect(ends).toEqual(["shutdown: gave_up"])
    expect(world.reported("start_error", "shutdown")).toEqual(["start_error a: oops", "start_error a: shot", "start_error a: boom", "shutdown a: shutdown: gave_up"])
  })

  it.each(["temporary", "transient", "permanent"] as const)("a %s child is restarted, kept or forgotten by its reason (section 10)", async (restart) => {
    const left: number[] = []
    await under(often, function* (top) {
      for (const reason of [ExitReason.shutdown, ExitReason.shutdownWith("signal"), killed]) {
        yield* end(yield* top.startChild(member("a", { restart })), reason)
        left.push(top.countChildren().active)
      }
    })
    expect(left).toEqual({ temporary: [0, 0, 0], transient: [0, 0, 1], permanent: [1, 2, 3] }[restart])
  })

  it("significant children are refused, here and in the template (section 10)", async () => {
    const significant = { restart: "transient", significant: true } as const
    await under({}, function* (top) {
      const error = yield* raised(SpecError, top.startChild(member("a", significant)))
      expect([error.child, error.field]).toEqual(["a", "significant"])
    })
    expect(() => dynamicSupervisor({ child: member("a", significant) })).toThrow(SpecError)
  })
})

describe("who is who", () => {
  it("ids are not unique, and not shown (section 10)", async () => {
    await under({}, function* (top) {
      yield* top.startChild(member("a"))
      yield* top.startChild(member("a"))
      expect(top.whichChildren().map(({ id, kind, state }) => [id, kind, state])).toEqual([
        [undefined, "worker", "running"],
        [undefined, "worker", "running"],
      ])
    })
  })

  it("children are stopped by their references, and forgotten; not_found the second time, and of strangers (section 10)", async () => {
    await under({}, function* (top) {
      const [a, b] = [yield* top.startChild(member("a")), yield* top.startChild(member("b", { restart: "temporary" }))]
      const stranger = world.system.spawn(Noter)
      yield* top.terminateChild(a)
      yield* top.terminateChild(b)
      expect([a.alive, b.alive, counts(top)]).toEqual([false, false, [0, 0, 0, 0]])
      expect([yield* codeOf(top.terminateChild(a)), yield* codeOf(top.terminateChild(stranger)), stranger.alive]).toEqual(["not_found", "not_found", true])
    })
  })

  it("V41: an id is no reference, and there is nothing to be restarted or deleted by one", async () => {
    await under({}, function* (top) {
      yield* top.startChild(member("a"))
      expect(yield* codeOf(top.terminateChild("a" as never))).toBe("dynamic_supervisor")
      expect(["restartChild", "deleteChild"].filter((name) => name in top)).toEqual([])
    })
  })
})

describe("a template: simple_one_for_one", () => {
  it.each([["no spec", []], ["two specs", [child(Noter), child(Noter)]], ["what cannot run", 5]] as const)("V40: %s in its place is refused", (_what, given) => {
    expect(() => dynamicSupervisor({ child: given as never })).toThrow(SpecError)
  })

  it("V40: without one, each start needs a spec", async () => {
    await under({}, function* (top) {
      yield* raised(SpecError, top.startChild(...([] as unknown as readonly [typeof Noter])))
      expect(counts(top)).toEqual([0, 0, 0, 0])
    })
  })

  it("takes the arguments of each start behind its own, also on restarts, and after extra ones", async () => {
    await under({ extraArguments: ["x"], child: partialChild(Noter, { args: ["of all"] }) }, function* (top) {
      const ref = (yield* top.startChild("own", 1)) as Ref<Noter>
      yield* end(ref, killed)
      yield* top.startChild()
      expect(noted()).toEqual(["x of all own 1", "x of all own 1", "x of all"])
    })
  })

  it("V43: 10 children that need 100 ms each to stop need 100 ms together", async () => {
    lingers.set("a", 100)
    await under({ child: partialChild(Member) }, function* (top) {
      for (let count = 0; count < 10; count++) yield* top.startChild("a")
      yield* top.stop()
      expect([world.clock.now(), noted().filter((line) => line === "a has lingered").length]).toEqual([100, 10])
    })
  })
})

describe("stopping", () => {
  it("D07: the stubborn one is killed when its time is up, the others end with shutdown", async () => {
    const ends = new Map<unknown, string>()
    world.system.events.on("ended", ({ reason, ref }) => ends.set(ref, inWords(reason)))
    await under({}, function* (top) {
      const a = yield* top.startChild(member("a"))
      const b = yield* top.startChild(child(stubborn, { shutdownMs: 1 }))
      const c = yield* top.startChild(member("c"))
      yield* sleep(0)
      yield* top.stop()
      expect([a, b, c].map((ref) => ends.get(ref))).toEqual(["shutdown", "killed", "shutdown"])
      expect(world.clock.now()).toBe(1)
    })
    expect(world.reported("shutdown_error", "child_stopped")).toEqual(["child_stopped a: shutdown", "shutdown_error stubborn: killed", "child_stopped c: shutdown"])
  })

  it("all at once, each in its own way: brutal_kill, a limit, infinity (section 10)", async () => {
    const times = new Map<string, unknown>()
    world.system.events.on("ended", ({ reason, ref }) => void times.set(ref.label ?? "", [inWords(reason), world.clock.now()]))
    for (const id of ["brutal", "late", "patient", "quick"]) lingers.set(id, 500)
    lingers.set("quick", 10)
    await under({}, function* (top) {
      yield* top.startChild(member("brutal", { shutdownMs: "brutal_kill" }))
      yield* top.startChild(member("late", { shutdownMs: 100 }))
      yield* top.startChild(member("patient", { shutdownMs: "infinity" }))
      yield* top.startChild(member("quick"))
      yield* top.stop()
    })
    expect(Object.fromEntries(times)).toMatchObject({ brutal: ["killed", 0], late: ["killed", 100], patient: ["shutdown", 500], quick: ["shutdown", 10] })
  })

  it("the same when it is the child of another supervisor, which has infinity for it (section 10)", async () => {
    lingers.set("a", 60_000)
    await world.process(function* () {
      const top = yield* world.system.start(supervisor({ children: [dynamicSupervisor({ id: "bees" })] }))
      const bees = top.child("bees") as unknown as DynamicSupervisorRef
      yield* bees.startChild(member("a", { shutdownMs: "infinity" }))
      yield* top.terminateChild("bees")
      expect([world.clock.now(), noted().at(-1)]).toEqual([60_000, "a has lingered"])
    })
  })
})

function raise(error: unknown): never {
  throw error
}

import { type Routine, sleep } from "@vivarium/core"
import { Actor, ExitReason, ignore, StartError, stop, Task } from "@vivarium/actors"
import { child, DynamicSupervisor, dynamicSupervisor, type DynamicInit, type DynamicOptions, DynamicSupervisorRef, type TemplateSupervisorRef, SpecError, Supervisor, supervisor, SupervisorError } from "@vivarium/supervision"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { boom, counts, member, noted, trace, TreeWorld } from "./otp-supervisor-fixtures.ts"
import { raised } from "./otp-world.ts"

let world: TreeWorld
beforeEach(() => {
  world = new TreeWorld()
})
afterEach(async () => {
  await world.end()
})

const killed = ExitReason.custom("shot")

/** Notes the arguments with which it is started. */
class Noter extends Actor {
  init(...args: readonly unknown[]) {
    trace.push(args.join(" "))
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

function* codeOf(operation: Parameters<typeof raised>[1]): Routine<string> {
  return (yield* raised(SupervisorError, operation)).code
}

describe("the class form", () => {
  class Bees extends DynamicSupervisor {
    init(flags: unknown) {
      return flags as DynamicInit
    }
  }

  it.each([
    ["strategy", { strategy: "unknown" }],
    ["maxRestarts", { maxRestarts: -1 }],
    ["withinMs", { withinMs: 0 }],
    ["maxChildren", { maxChildren: -1 }],
    ["extraArguments", { extraArguments: -1 }],
    ["autoShutdown", { autoShutdown: "any_significant" }],
    ["its result", "unknown"],
    ["its result", undefined],
  ])("V04: init that gives a wrong %s fails the start, with a SpecError that names it", async (field, flags) => {
    await world.process(function* () {
      const error = yield* raised(StartError, world.system.start(Bees, { args: [flags] }))
      expect(error.cause).toMatchObject({ code: "invalid_argument", field })
    })
  })

  it("V03: init that gives ignore is no failure of its supervisor", async () => {
    await world.process(function* () {
      expect((yield* raised(StartError, world.system.start(Bees, { args: [ignore] }))).code).toBe("ignore")
      const top = yield* world.system.start(supervisor({ children: [child(Bees, { args: [ignore] })] }))
      expect(counts(top)).toEqual([1, 0, 1, 0])
    })
  })

  it("V04: init that gives stop ends it with that reason", async () => {
    await world.process(function* () {
      expect((yield* raised(StartError, world.system.start(Bees, { args: [stop(killed)] }))).reason).toEqual(killed)
    })
  })

  it("has what the value has (section 10)", async () => {
    await world.process(function* () {
      const top = yield* world.system.start(Bees, { args: [{ maxChildren: 1 }], name: "bees" })
      expect(top).toBeInstanceOf(DynamicSupervisorRef)
      yield* top.startChild(member("a"))
      expect(yield* codeOf(top.startChild(member("b")))).toBe("max_children")
      yield* top.stop()
      expect(world.system.whereis("bees")).toBe(undefined)
    })
  })
})

describe("child specs", () => {
  class Preset extends Noter {
    static readonly childSpec = { id: "preset", restart: "transient", shutdownMs: 7 } as const
  }
  const named = { id: "Noter", restart: "permanent", shutdownMs: 5000, kind: "worker" }

  it.each([
    ["a class", Noter, "", named],
    ["a class and its one argument", [Noter, "x"] as const, "x", named],
    ["a map", { what: Noter, args: ["x", "y"], restart: "transient" } as const, "x y", { ...named, restart: "transient" }],
    ["child()", child(Noter, { args: ["x"], id: "other" }), "x", { ...named, id: "other" }],
    ["a class with presets", Preset, "", { id: "preset", restart: "transient", shutdownMs: 7 }],
    ["presets, and what is said here, which counts", child(Preset, { restart: "temporary" }), "", { id: "preset", restart: "temporary", shutdownMs: 7 }],
    ["a map that overrides presets", { what: Preset, id: 5, shutdownMs: "infinity" } as const, "", { id: 5, restart: "transient", shutdownMs: "infinity" }],
  ])("D08: %s is accepted", async (_form, given, args, expected) => {
    await world.process(function* () {
      const top = yield* world.system.start(supervisor({ children: [given] }))
      expect(noted()).toEqual([args])
      expect(top.childSpec(expected.id)).toMatchObject(expected)
      const bees = yield* world.system.start(dynamicSupervisor({ child: given }))
      yield* bees.startChild()
      expect(noted()).toEqual([args])
    })
  })

  it("D08: a class of supervisors is one, with infinity to shut down, and a task is temporary", () => {
    class Hive extends Supervisor {
      init() {
        return {}
      }
    }
    expect(child(Hive)).toMatchObject({ id: "Hive", kind: "supervisor", shutdownMs: "infinity", restart: "permanent" })
    expect(child(Task, { args: [() => {}] })).toMatchObject({ id: "task", kind: "worker", restart: "temporary" })
  })

  it.each([
    ["a class that is no actor", class Stone {}, "Stone"],
    ["a string", "Beee", '"Beee"'],
    ["nothing", undefined, "undefined"],
    ["a class that is none, in a pair", [class Stone {}, 1], "Stone"],
    ["a map without what", { id: "a" }, '"a"'],
  ])("D08: %s is refused with an error that names it", async (_form, given, name) => {
    expect(() => supervisor({ children: [given as never] })).toThrow(name)
    await under({}, function* (top) {
      const error = yield* raised(SpecError, top.startChild(given as never))
      expect([error.code, error.message]).toEqual(["invalid_argument", expect.stringContaining(name)])
    })
  })
})

describe("a dynamic supervisor of tasks: Task.Supervisor", () => {
  function* visit(flower: string): Routine {
    yield* sleep(100)
    trace.push(flower)
  }

  it("K12: one task more than maxChildren is refused with an error", async () => {
    await under({ maxChildren: 2 }, function* (top) {
      yield* top.startChild(child(Task, { args: [visit, "rose"] }))
      yield* top.startChild(child(Task, { args: [visit, "lily"] }))
      expect(yield* codeOf(top.startChild(child(Task, { args: [visit, "daisy"] })))).toBe("max_children")
      yield* sleep(100)
      yield* top.startChild(child(Task, { args: [visit, "daisy"] }))
      yield* sleep(101)
      expect([noted(), counts(top)]).toEqual([["rose", "lily", "daisy"], [0, 0, 0, 0]])
    })
  })

  it("K12: the task as the template, and its arguments with each start", async () => {
    await under({ maxChildren: 1, child: child(Task, { args: [visit] }) }, function* (top) {
      yield* top.startChild("rose")
      expect(yield* codeOf(top.startChild("lily"))).toBe("max_children")
      yield* sleep(100)
      expect(noted()).toEqual(["rose"])
    })
  })

  it("K12: there is room for more once maxChildren is raised, V61 of a dynamic supervisor", async () => {
    await under({ maxChildren: 1, child: child(Task, { args: [visit] }) }, function* (top) {
      yield* top.startChild("rose")
      expect(yield* codeOf(top.startChild("lily"))).toBe("max_children")
      yield* top.changeFlags({ maxChildren: 2, withinMs: 60_000 })
      yield* top.startChild("lily")
      expect(yield* codeOf(top.startChild("daisy"))).toBe("max_children")
      yield* top.changeFlags({ maxChildren: 0 })
      expect([counts(top), top.tree().withinMs, top.tree().maxRestarts]).toEqual([[2, 2, 0, 2], 60_000, 3])
      yield* sleep(101)
      expect(noted()).toEqual(["rose", "lily"])
    })
  })

  it.each([["maxChildren", -1], ["maxRestarts", 1.5], ["withinMs", 0], ["extraArguments", []], ["strategy", "one_for_one"]])("V61: wrong changes are refused (%s: %s)", async (field, value) => {
    await under({}, function* (top) {
      expect(() => top.changeFlags({ [field]: value })).toThrow(expect.objectContaining({ code: "invalid_argument", field }) as SpecError)
      yield* top.startChild(member("a"))
    })
  })

  it("a task that fails is not restarted, and nobody else is hurt (section 10: start_child)", async () => {
    await under({}, function* (top) {
      yield* top.startChild(child(Task, { args: [() => raise(boom)] }))
      yield* top.startChild(child(Task, { args: [visit, "lily"] }))
      yield* sleep(0)
      expect([top.alive, counts(top)]).toEqual([true, [1, 1, 0, 1]])
    })
    expect(world.reports.length).toBe(1)
  })
})

function raise(error: unknown): never {
  throw error
}

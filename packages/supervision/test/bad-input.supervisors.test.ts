/** Wrong flags of supervisors, wrong lists of children, and wrong arguments of what can be asked of them. */
import { Actor, ignore, type Process, type Ref, StartError, stop } from "@vivarium/actors"
import { InvalidArgumentError, type Operation } from "@vivarium/core"
import { child, DynamicSupervisor, dynamicSupervisor, type DynamicSupervisorRef, partialChild, SpecError, Supervisor, supervisor, SupervisorError, type SupervisorRef } from "@vivarium/supervision"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { DYNAMIC, each, expectSpecError, LIFE, notAnObject, optionsWith, promise, raised, SUPERVISOR, WINDOW, wrong } from "./fixtures/bad-values.ts"
import { childrenOf, TendedStage } from "./fixtures/tended-stage.ts"

class Queen extends Actor {}
class Bee extends Actor {
  init(_name: string) {}
}

const kinds = [
  { what: "supervisor", make: supervisor as (options: never) => unknown, Class: Supervisor, rows: SUPERVISOR },
  { what: "dynamic supervisor", make: dynamicSupervisor as (options: never) => unknown, Class: DynamicSupervisor, rows: DYNAMIC },
] as const

let stage: TendedStage
beforeEach(() => {
  stage = new TendedStage()
})
afterEach(async () => {
  await stage[Symbol.asyncDispose]()
})

/** Why something did not start. */
function startError(what: unknown): StartError {
  const { error } = stage.outcome(() => stage.system.start(what as typeof Queen))
  expect(error).toBeInstanceOf(StartError)
  expect(error).toMatchObject({ code: "init_failed" })
  return error as StartError
}

describe.each(kinds)("the flags of a $what", ({ Class, make, rows, what }) => {
  it.each(each([...LIFE, ...WINDOW, ...rows]))("$field: $value is refused", ({ allowed, field, value }) => {
    const given = optionsWith(field, value)
    expectSpecError(raised(() => make(wrong(given))), { where: what, child: undefined, field, value, allowed })
    if (field !== "id") expectSpecError(raised(() => make(wrong({ id: "hive", ...given }))), { where: `${what} "hive"`, child: undefined, field, value, allowed })
  })

  it.each(each([...WINDOW, ...rows]))("$field: $value is refused from init()", ({ allowed, field, value }) => {
    abstract class Base extends Class {}
    class Hive extends Base {
      init() {
        return optionsWith(field, value)
      }
    }
    expectSpecError(startError(Hive).cause, { where: "init() of Hive", child: undefined, field, value, allowed })
    expect(stage.system.processes).toEqual([])
  })

  it.each(notAnObject)("are not %s", (value) => {
    const allowed = what === "supervisor" ? 'an object such as { strategy: "one_for_one"' : "an object such as { maxChildren: 100 }"
    expectSpecError(raised(() => make(wrong(value))), { where: what, child: undefined, field: "options", value, allowed })
  })

  it.each([undefined, ...notAnObject.filter((value) => value !== promise), Queen, stop])("are not %s from init(), a bad return", (value) => {
    class Hive extends (Class as typeof Supervisor) {
      *init() {
        return wrong(value)
      }
    }
    expectSpecError(startError(Hive).cause, { where: "init() of Hive", child: undefined, field: "its result", value, allowed: "an object such as {" })
    expect(stage.crashes).toHaveLength(1)
  })

  it("may be left to init(), which can also choose not to start", () => {
    class Idle extends (Class as typeof Supervisor) {
      init() {
        return ignore
      }
    }
    expect(stage.outcome(() => stage.system.start(Idle))).toMatchObject({ code: "ignore" })
    class Stopped extends (Class as typeof Supervisor) {
      *init() {
        return stop({ kind: "custom", value: "winter" })
      }
    }
    expect(stage.outcome(() => stage.system.start(Stopped)).error).toMatchObject({ reason: { kind: "custom", value: "winter" } })
  })

  it("need a class with an init", () => {
    class Hive extends (Class as typeof Supervisor) {
      declare init: () => never
    }
    expect(startError(Hive).cause).toMatchObject({ name: "SpecError", field: "init", value: undefined, message: expect.stringContaining("class Hive: init must be a method that gives the flags") as string })
    expect(raised(() => stage.system.spawn(Class as unknown as typeof Queen))).toMatchObject({ name: "InvalidArgumentError", message: expect.stringMatching(/must be a class of your own that extends it/) as string })
  })

  it.each(["info", "exit", "down", "terminate", "snapshot", "restore"])("leave %s() to the supervisor", (name) => {
    class Hive extends (Class as typeof Supervisor) {
      init() {
        return {}
      }
    }
    Object.defineProperty(Hive.prototype, name, { value: () => {}, configurable: true })
    expect(startError(Hive).cause).toMatchObject({ name: "SpecError", field: name, message: expect.stringMatching(/^class Hive: \w+ must be left out: a supervisor deals with that by itself.*right: let a child/) as string })
  })
})

describe("simple_one_for_one", () => {
  it("is told to be a dynamic supervisor here", () => {
    const allowed = "one of one_for_one, one_for_all, rest_for_one"
    const error = raised(() => supervisor({ strategy: wrong("simple_one_for_one") }))
    expectSpecError(error, { where: "supervisor", child: undefined, field: "strategy", value: "simple_one_for_one", allowed })
    expect((error as SpecError).message).toContain("right: dynamicSupervisor({ child: Bee })")
  })
})

describe("the list of children", () => {
  const nothing: readonly unknown[] = [undefined, null, false, 5, NaN, "Queen", "", promise, new Map(), Symbol("child"), 5n]

  it.each(nothing)("has no place for %s", (value) => {
    const expected = { child: undefined, field: "children.1", value, allowed: "a child: a spec, a class, a function, a tree of supervisors, a class and its one argument, or a plain object" }
    expectSpecError(raised(() => supervisor({ id: "hive", children: [Queen, wrong(value)] })), { where: 'supervisor "hive"', ...expected })
    class Hive extends Supervisor {
      init() {
        return { children: [Queen, wrong(value)] }
      }
    }
    expectSpecError(startError(Hive).cause, { where: "init() of Hive", ...expected })
  })

  it("has no place for a process, nor for a class with no argument or with two", () => {
    const ref = stage.system.spawn(Queen)
    expect(raised(() => supervisor({ children: [wrong(ref)] }))).toMatchObject({ name: "SpecError", field: "children.0", value: ref })
    for (const value of [[], [Bee], [Bee, "Maya", "Willy"]]) {
      expectSpecError(raised(() => supervisor({ children: [wrong(value)] })), { where: "supervisor", child: undefined, field: "children.0", value, allowed: "of two parts, the class and its one argument" })
    }
  })

  it("has each id once, whatever the names of the classes", () => {
    const expected = { field: "id", allowed: "unique in its supervisor, and an earlier child has it" }
    expectSpecError(raised(() => supervisor({ children: [Queen, Queen] })), { where: 'supervisor: child "Queen"', child: "Queen", value: "Queen", ...expected })
    expectSpecError(raised(() => supervisor({ id: "hive", children: [child(Queen, { id: 1 }), child(Queen, { id: 1 })] })), { where: 'supervisor "hive": child "1"', child: "1", value: 1, ...expected })
    expect(() => supervisor({ children: [child(Queen, { id: 1 }), child(Queen, { id: "1" })] })).not.toThrow()
  })
})

describe("fields that do not go together", () => {
  it("are a significant child that is permanent, or that nobody heeds", () => {
    expectSpecError(raised(() => child(Queen, { significant: true })), { where: 'child "Queen"', child: "Queen", field: "significant", value: true, allowed: 'left out where restart is "permanent"' })
    expectSpecError(raised(() => supervisor({ children: [child(Queen, { significant: true, restart: "transient" })] })), { where: 'supervisor: child "Queen"', child: "Queen", field: "significant", value: true, allowed: 'left out where autoShutdown is "never"' })
    expectSpecError(raised(() => dynamicSupervisor({ child: child(Queen, { significant: true, restart: "transient" }) })), { where: "dynamic supervisor", child: "Queen", field: "child.significant", value: true, allowed: "left out: a dynamic supervisor does not stop by itself" })
  })

  it("are delays of a child that is never restarted", () => {
    const value = { minMs: 5 }
    expectSpecError(raised(() => child(Queen, { restart: "temporary", backoff: value })), { where: 'child "Queen"', child: "Queen", field: "backoff", value, allowed: 'left out where restart is "temporary"' })
  })

  it.each([null, 5, "Bee", promise, [Bee]])("is a template that is %s", (value) => {
    expect(raised(() => dynamicSupervisor({ child: wrong(value) }))).toMatchObject({ name: "SpecError", field: "child", value })
  })
})

describe("a bad startChild", () => {
  let top: SupervisorRef
  let bees: DynamicSupervisorRef
  beforeEach(() => {
    top = stage.value(() => stage.system.start(supervisor({ id: "hive", children: [Queen] })))
    bees = stage.value(() => stage.system.start(dynamicSupervisor({ id: "bees", maxChildren: 1 })))
    stage.news()
  })

  const bad: readonly unknown[] = [undefined, null, 5, "Bee", promise, [], [Bee], {}, { id: "maya" }, { what: Bee, restart: "always" }, { what: Bee, nmae: "maya" }]

  it.each(bad)("of %s raises SpecError, and leaves everything as it was", (value) => {
    expect(raised(() => top.startChild(wrong(value)))).toBeInstanceOf(SpecError)
    expect(stage.outcome(() => bees.startChild(wrong(value))).error).toBeInstanceOf(SpecError)
    expect([childrenOf(top), childrenOf(bees), stage.news(), stage.system.processes.length]).toEqual([["Queen"], [], [], 3])
    expect(stage.outcome(() => bees.startChild(Queen)).value).toMatchObject({ alive: true })
  })

  it("takes one child alone: options behind it would be ignored", () => {
    const given = [Bee, { args: ["Maya"] }]
    const say = { name: "SpecError", field: "its arguments", message: expect.stringContaining("right: startChild(child(Bee, { args: [1] }))") as string }
    expect(raised(() => (top.startChild as (...all: unknown[]) => unknown)(...given))).toMatchObject(say)
    expect(stage.outcome(() => (bees.startChild as (...all: unknown[]) => Operation<unknown>)(...given)).error).toMatchObject(say)
    expect([childrenOf(top), childrenOf(bees)]).toEqual([["Queen"], []])
  })

  it("is one of a significant child where nobody heeds it", () => {
    const spec = child(Queen, { id: "other", restart: "transient", significant: true })
    for (const wait of [() => top.startChild(spec), () => bees.startChild(spec)]) {
      expect(stage.outcome(wait).error).toMatchObject({ name: "SpecError", child: "other", field: "significant", value: true })
    }
    expect([childrenOf(top), childrenOf(bees), stage.news()]).toEqual([["Queen"], [], []])
  })

  it("of arguments that init does not take is a failed start, and nothing is kept", () => {
    expect(stage.outcome(() => top.startChild(partialChild(Queen, { id: "other", args: [1] })))).toMatchObject({ code: "init_failed" })
    expect([childrenOf(top), stage.news()]).toEqual([["Queen"], ["start_error other args must be empty: Queen has no init that would take them, got an array of 1."]])
  })

  it("of a mailbox that is none never gets to the supervisor", () => {
    expect(raised(() => top.startChild({ what: Queen, id: "other", mailbox: wrong({ capacity: -1 }) }))).toMatchObject({ name: "SpecError", child: "other", field: "mailbox.capacity", value: -1 })
  })
})

describe("who is meant", () => {
  const notAnId: readonly unknown[] = [undefined, null, true, {}, [], promise, 5n, () => "Queen"]
  let top: SupervisorRef
  let queen: Ref<unknown>
  beforeEach(() => {
    top = stage.value(() => stage.system.start(supervisor({ id: "hive", children: [Queen] })))
    queen = top.child("Queen") as Ref<unknown>
    stage.news()
  })

  it.each(notAnId)("is not %s: an id is a string, a number or a symbol", (id) => {
    for (const method of ["terminateChild", "restartChild", "deleteChild", "child", "childSpec"] as const) {
      expect(raised(() => top[method](wrong(id)))).toMatchObject({ name: "InvalidArgumentError", argument: "id", value: id })
    }
    expect([childrenOf(top), stage.news(), queen.alive]).toEqual([["Queen"], [], true])
  })

  it("is an id under a supervisor, and a reference under a dynamic one", () => {
    expect(raised(() => top.terminateChild(wrong(queen)))).toBeInstanceOf(InvalidArgumentError)
    expect(raised(() => top.terminateChild(wrong(queen)))).toMatchObject({ message: expect.stringContaining("A supervisor knows its children by their ids, not by their references") as string })
    const bees = stage.value(() => stage.system.start(dynamicSupervisor()))
    for (const id of ["Queen", 5, undefined, null, Object.create(null) as unknown, Symbol("Queen")]) {
      expect(stage.outcome(() => bees.terminateChild(wrong(id))).error).toMatchObject({ name: "SupervisorError", code: "dynamic_supervisor" })
    }
    expect(stage.outcome(() => bees.terminateChild(queen))).toMatchObject({ code: "not_found" })
    expect(queen.alive).toBe(true)
  })

  it("must be there: the error lists who is", () => {
    for (const method of ["terminateChild", "restartChild", "deleteChild"] as const) {
      const { error } = stage.outcome(() => top[method]("Quen") as ReturnType<typeof top.terminateChild>)
      expect(error).toBeInstanceOf(SupervisorError)
      expect(error).toMatchObject({ code: "not_found", child: "Quen", message: expect.stringMatching(/has no child "Quen"\. It has Queen\./) as string })
    }
    expect([top.child("Quen"), top.childSpec("Quen")]).toEqual([undefined, undefined])
  })

  it("is no raw body that takes supervisors for processes", () => {
    const notASupervisor = stage.system.spawn(function* (self: Process) {
      yield* self.receive()
    })
    expect((notASupervisor as Partial<SupervisorRef>).startChild).toBeUndefined()
  })
})

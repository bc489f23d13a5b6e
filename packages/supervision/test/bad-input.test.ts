/** Wrong child specs: which error, naming which child, field and value, and what it says to do. */
import { Actor, ignore, type Process, Task } from "@vivarium/actors"
import { child, DynamicSupervisor, partialChild, Supervisor, supervisor } from "@vivarium/supervision"
import { describe, expect, it } from "vitest"
import { each, expectSpecError, LIFE, notAnObject, optionsWith, PROCESS, promise, raised, wrong } from "./fixtures/bad-values.ts"

class Queen extends Actor {}
class Bee extends Actor {
  init(_name: string) {}
}

describe("the fields of a child spec", () => {
  it.each(each([...LIFE, ...PROCESS]))("$field: $value is refused by child(), naming the child", ({ allowed, field, value }) => {
    expectSpecError(raised(() => child(Queen, wrong(optionsWith(field, value)))), { where: 'child "Queen"', child: "Queen", field, value, allowed })
    if (field === "id") return
    expectSpecError(raised(() => child(Queen, wrong({ id: "maya", ...optionsWith(field, value) }))), { where: 'child "maya"', child: "maya", field, value, allowed })
  })

  it.each(each([...LIFE, ...PROCESS]))("$field: $value is refused in a map, in partialChild and in static childSpec", ({ allowed, field, value }) => {
    const given = optionsWith(field, value)
    const expected = { where: 'child "Queen"', child: "Queen", field, value, allowed }
    expectSpecError(raised(() => child(wrong({ what: Queen, ...given }))), expected)
    expectSpecError(raised(() => supervisor({ children: [wrong({ what: Queen, ...given })] })), expected)
    expectSpecError(raised(() => partialChild(Queen, wrong(given))), expected)
    class Preset extends Actor {
      static readonly childSpec = given
    }
    expectSpecError(raised(() => child(Preset)), { ...expected, where: "static childSpec of class Preset", child: "Preset" })
    expectSpecError(raised(() => supervisor({ children: [Preset] })), { ...expected, where: "static childSpec of class Preset", child: "Preset" })
  })

  it.each(notAnObject)("options that are %s are refused, and so is a static childSpec", (value) => {
    const expected = { child: "Queen", field: "options", value, allowed: 'an object such as { id: "queen" }' }
    expectSpecError(raised(() => child(Queen, wrong(value))), { where: 'child "Queen"', ...expected })
    expectSpecError(raised(() => partialChild(Queen, wrong(value))), { where: 'child "Queen"', ...expected })
    class Preset extends Actor {
      static readonly childSpec = value
    }
    expectSpecError(raised(() => child(Preset)), { ...expected, where: "static childSpec of class Preset", child: "Preset", field: "it" })
  })

  it("of fields that are undefined are as if they were left out: what a class says of itself stands", () => {
    class Preset extends Actor {
      static readonly childSpec = { id: "preset", restart: "transient", label: undefined } as const
    }
    expect(child(Preset, { id: undefined, restart: undefined, shutdownMs: undefined })).toMatchObject({ id: "preset", restart: "transient", shutdownMs: 5000 })
  })
})

describe("what runs", () => {
  function* forage(_self: Process) {}
  const nothing: readonly unknown[] = [undefined, null, 5, NaN, "Queen", "", true, promise, new Map(), class {}, class Other {}, Actor, Supervisor, DynamicSupervisor]
  const allowed = "a class of your own that extends Actor, a function, Task, or a tree of supervisors"

  it.each(nothing)("is not %s", (value) => {
    const id = typeof value === "function" && value.name !== "" && value.name !== "value" ? value.name : undefined
    const where = id === undefined ? "child" : `child "${id}"`
    expectSpecError(raised(() => child(wrong(value))), { where, child: id, field: "what", value, allowed })
    expectSpecError(raised(() => child(wrong({ id: "maya", what: value }))), { where: 'child "maya"', child: "maya", field: "what", value, allowed })
    expectSpecError(raised(() => supervisor({ children: [[wrong(value), 1]] })), { where, child: id, field: "what", value, allowed })
  })

  it("is not the generator that a body gives, nor an array", () => {
    const generator = forage(wrong(null))
    expectSpecError(raised(() => child(wrong(generator))), { where: "child", child: undefined, field: "what", value: generator, allowed })
    expect(raised(() => child(wrong(generator)))).toMatchObject({ message: expect.stringContaining("This is a generator, not the function that makes it") as string })
    const pair = [Bee, "Maya"]
    expect(raised(() => child(wrong(pair)))).toMatchObject({ field: "what", message: expect.stringContaining("right: child(Bee, { args: [1] })") as string })
  })

  it("needs an id where it has no name", () => {
    expect(raised(() => child(() => {}))).toMatchObject({ name: "SpecError", field: "id", message: expect.stringMatching(/^child: id must be given where the function has no name/) as string })
  })

  it("is a function, of a Task, given as its first argument", () => {
    for (const args of [[], [5], [null], ["work"], [promise], [forage(wrong(null))]]) {
      expectSpecError(raised(() => child(Task, { args: wrong(args) })), { where: 'child "Task"', child: "Task", field: "args.0", value: args[0], allowed: "the function that the task runs" })
    }
    expect(raised(() => child(Task, wrong(undefined)))).toMatchObject({ name: "SpecError", field: "args.0" })
  })

  it("of a map is either what or start, and start needs an id", () => {
    const start = () => ignore
    expectSpecError(raised(() => child(wrong({ id: "maya", start, what: Queen }))), { where: 'child "maya"', child: "maya", field: "what", value: Queen, allowed: "left out where start is given: that says what runs" })
    expectSpecError(raised(() => child(wrong({ start }))), { where: "child", child: undefined, field: "id", value: undefined, allowed: "given where start is: nothing else has a name" })
    for (const value of [5, null, "start", {}, promise, []]) {
      expectSpecError(raised(() => child({ id: "maya", start: wrong(value) })), { where: 'child "maya"', child: "maya", field: "start", value, allowed: "a function" })
    }
  })

  it("takes no arguments if it is a tree", () => {
    const tree = supervisor({ id: "nursery" })
    expect(raised(() => child(tree, wrong({ args: [1] })))).toMatchObject({ name: "SpecError", field: "args", child: undefined })
    expect(raised(() => supervisor({ children: [wrong([tree, 1])] }))).toMatchObject({ name: "SpecError", field: "args" })
  })
})

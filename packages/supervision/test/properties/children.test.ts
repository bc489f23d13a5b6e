/** The children of a supervisor, a linked list and two maps, against an array. */
import assert from "node:assert/strict"
import { type Ref, System } from "@vivarium/actors"
import type { Cell } from "@vivarium/actors/lowlevel"
import { Scheduler } from "@vivarium/core"
import { VirtualClock } from "@vivarium/core/lowlevel"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Child } from "../../src/child.ts"
import { Children } from "../../src/children.ts"
import { child as specOf } from "../../src/index.ts"

const keeper = { ended: () => {} }
const system = new System({ scheduler: new Scheduler({ clock: new VirtualClock() }), log: false })

/** As many processes as are needed, used again in each life. */
const cells: Cell[] = []
function cellAt(index: number): Cell {
  while (cells.length <= index) cells.push((system.spawn(function* () {}) as Ref<unknown>)["~resolve"]() as Cell)
  return cells[index] as Cell
}

type Command = readonly [what: "add" | "remove" | "runs" | "fails" | "walk", which: number]
const command: fc.Arbitrary<Command> = fc.tuple(fc.constantFrom("add", "add", "remove", "runs", "runs", "fails", "walk"), fc.nat(30))

class Lockstep {
  readonly children: Children
  readonly model: { readonly child: Child; known: Cell | null }[] = []
  private readonly unique: boolean
  private made = 0
  private started = 0

  constructor(unique: boolean) {
    this.unique = unique
    this.children = new Children(unique)
  }

  perform([what, which]: Command): void {
    const { children, model } = this
    const one = model[which % Math.max(1, model.length)]
    if (what === "add") {
      const child = new Child(keeper, specOf(function* () {}, { id: this.unique ? `child ${this.made++}` : "any" }), undefined)
      children.add(child)
      model.push({ child, known: null })
    } else if (one === undefined) return
    else if (what === "remove") {
      children.remove(one.child)
      model.splice(model.indexOf(one), 1)
    } else if (what === "runs") {
      one.known = cellAt(this.started++)
      children.runs(one.child, one.known)
    } else if (what === "fails") {
      const before = one.known
      children.runs(one.child, cellAt(this.started++))
      children.runsNot(one.child, before)
    } else this.walkAndRemove(which)
  }

  /** Whoever is being looked at can be removed meanwhile. */
  private walkAndRemove(which: number): void {
    const seen: Child[] = []
    const before = this.model.map(({ child }) => child)
    for (const child of this.children) {
      seen.push(child)
      if (seen.length % 3 !== which % 3) continue
      this.children.remove(child)
      this.model.splice(this.model.findIndex((one) => one.child === child), 1)
    }
    assertSame(seen, before)
  }

  check(): void {
    const { children, model } = this
    const expected = model.map(({ child }) => child)
    assertSame([...children], expected)
    assert.equal(children.size, expected.length)
    assertSame([children.oldest], [expected[0] ?? null])
    assertSame([children.youngest], [expected.at(-1) ?? null])
    const backwards: Child[] = []
    for (let one = children.youngest; one !== null; one = one.older) backwards.push(one)
    assertSame(backwards, expected.toReversed())
    for (const { child, known } of model) {
      assertSame([children.withId(child.spec.id)], [this.unique ? child : undefined])
      if (known !== null) assertSame([children.withRef(known.ref)], [child])
    }
    const known = new Map(model.flatMap((one) => (one.known === null ? [] : [[one.known.ref, one.child] as const])))
    for (let index = 0; index < this.started; index++) {
      const { ref } = cellAt(index)
      assertSame([children.withRef(ref)], [known.get(ref)])
    }
    for (let index = 0; index < this.made; index++) {
      const id = `child ${index}`
      assertSame([children.withId(id)], [expected.find(({ spec }) => spec.id === id)])
    }
  }
}

type Found = Child | null | undefined

/** The very same children. Their ids are shown, for a whole child is half of a system. */
function assertSame(found: readonly Found[], expected: readonly Found[]): void {
  const same = found.length === expected.length && found.every((one, index) => one === expected[index])
  assert(same, `found ${idsOf(found)}, expected ${idsOf(expected)}`)
}

function idsOf(children: readonly Found[]): string {
  return children.map((one) => (one == null ? "nobody" : String(one.spec.id))).join(", ")
}

describe.each([
  ["with ids", true],
  ["without ids", false],
])("children %s", (_name, unique) => {
  // A thousand lives, looked at from all sides after each step.
  it("are those of the array: in order, both ways, by id, and by their newest process alone", { timeout: 30_000 }, () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 40, size: "max" }), (commands) => {
        const lockstep = new Lockstep(unique)
        for (const one of commands) {
          lockstep.perform(one)
          lockstep.check()
        }
      }),
      { numRuns: 1_000, seed: 1 },
    )
  })
})

describe("a child", () => {
  it("keeps its place when it is restarted, and is known by its last process while it waits", () => {
    const children = new Children(true)
    const [a, b, c] = ["a", "b", "c"].map((id) => new Child(keeper, specOf(function* () {}, { id }), undefined)) as [Child, Child, Child]
    for (const [index, one] of [a, b, c].entries()) {
      children.add(one)
      children.runs(one, cellAt(index))
    }
    b.cell = null
    expect(children.withRef(cellAt(1).ref)).toBe(b)
    children.runs(b, cellAt(3))
    expect([...children].map(({ spec }) => spec.id)).toEqual(["a", "b", "c"])
    expect([children.withRef(cellAt(1).ref), children.withRef(cellAt(3).ref)]).toEqual([undefined, b])
  })
})

/** Trees as data: what is seen of a supervision tree, in every state. */
import { Actor, ExitReason, ignore, NoProcessError, type Process, type Ref } from "@vivarium/actors"
import { InvalidArgumentError, sleep } from "@vivarium/core"
import { child, dynamicSupervisor, type DynamicSupervisorRef, Supervisor, supervisor, type SupervisorRef, type SupervisorTree, tree, type TreeNode } from "@vivarium/supervision"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { TendedStage } from "./fixtures/tended-stage.ts"

let stage: TendedStage
beforeEach(() => {
  stage = new TendedStage()
})
afterEach(async () => {
  await stage[Symbol.asyncDispose]()
})

class Bee extends Actor {
  *init(initMs = 0) {
    if (initMs > 0) yield* sleep(initMs)
  }
  end(reason: ExitReason) {
    this.stop(reason)
  }
  *terminate() {
    yield* sleep(5)
  }
}

/** The children of a tree in short: ids, states, and whether there is a process. */
function states({ children }: SupervisorTree): string[] {
  return children.map(({ id, ref, state }) => `${String(id)} ${state}${ref === undefined ? "" : ` ${String(ref.id)}`}`)
}

function crash(ref: Ref<unknown> | undefined): void {
  ;(ref as Ref<Bee>).cast.end(ExitReason.custom("bad"))
  stage.pass(5)
}

describe("a tree", () => {
  it("is all there is, from the top down, the oldest first", () => {
    const nursery = supervisor({ id: "nursery", strategy: "one_for_all", maxRestarts: 9, withinMs: 70, children: [child(Bee, { id: 1 })] })
    const dynamic = dynamicSupervisor({ id: "bees", maxRestarts: Infinity })
    const top = stage.value(() => stage.system.start(supervisor({ id: "hive", children: [child(Bee), nursery, dynamic] })))
    const inner = top.child("nursery") as SupervisorRef
    const bees = top.child("bees", dynamic) as DynamicSupervisorRef
    const maya = stage.value(() => bees.startChild(child(Bee, { id: "maya" })))
    const still = { attempts: 0, restartsInMs: undefined, state: "running" } as const
    const expected: SupervisorTree = {
      ...still, id: "hive", name: "supervisor", kind: "supervisor", ref: top, strategy: "one_for_one", restarts: 0, maxRestarts: 3, withinMs: 5000,
      children: [
        { ...still, id: "Bee", name: "Bee", kind: "worker", ref: top.child("Bee") },
        {
          ...still, id: "nursery", name: "supervisor", kind: "supervisor", ref: inner, strategy: "one_for_all", restarts: 0, maxRestarts: 9, withinMs: 70,
          children: [{ ...still, id: 1, name: "Bee", kind: "worker", ref: inner.child(1) }],
        },
        {
          ...still, id: "bees", name: "dynamic supervisor", kind: "supervisor", ref: bees, strategy: "dynamic", restarts: 0, maxRestarts: Infinity, withinMs: 5000,
          children: [{ ...still, id: undefined, name: "Bee", kind: "worker", ref: maya }],
        },
      ],
    }
    expect(top.tree()).toEqual(expected)
    expect(tree(top)).toEqual(expected)
    expect(tree(stage.system.processes[0] as Ref<unknown>)).toEqual(expected)
    expect(tree(inner)).toEqual(expected.children[1])
    expect(stage.value(() => top.getState())).toEqual(expected)
  })

  it("is a copy of this moment", () => {
    const top = stage.value(() => stage.system.start(supervisor({ maxRestarts: 5, withinMs: 100, children: [child(Bee)] })))
    const before = top.tree()
    crash(top.child("Bee"))
    expect([before.restarts, states(before), top.tree().restarts, states(top.tree())]).toEqual([0, ["Bee running 2"], 1, ["Bee running 3"]])
    stage.pass(101)
    expect(top.tree().restarts).toBe(0)
  })

  it("while inits run: who starts, who runs already, and who is not there yet", () => {
    const ready = stage.begin(() => stage.system.start(supervisor({ name: "hive", children: [child(Bee, { id: "a" }), child(Bee, { id: "b", args: [10] }), child(Bee, { id: "c" })] })))
    stage.pass()
    const top = stage.system.whereis("hive") as Ref<unknown>
    expect([tree(top).state, ...states(tree(top))]).toEqual(["starting", "a running 2", "b starting 3", "c stopped"])
    stage.pass(10)
    expect(ready.settled).toBe(true)
    expect([tree(top).state, ...states(tree(top))]).toEqual(["running", "a running 2", "b running 3", "c running 4"])
  })

  it("while the init of a class of supervisors runs: it starts, and has no strategy yet", () => {
    class Hive extends Supervisor {
      *init() {
        yield* sleep(10)
        return { strategy: "rest_for_one", children: [child(function* idle(self: Process) {
          yield* self.receive()
        })] } as const
      }
    }
    const ready = stage.begin(() => stage.system.start(supervisor({ name: "top", children: [child(Hive)] })))
    stage.pass()
    const top = stage.system.whereis("top") as Ref<unknown>
    expect(tree(top).children[0]).toMatchObject({ id: "Hive", name: "Hive", kind: "supervisor", state: "starting", strategy: undefined, maxRestarts: 0, children: [] })
    stage.pass(10)
    expect(ready.settled).toBe(true)
    expect(tree(top).children[0]).toMatchObject({ state: "running", strategy: "rest_for_one", children: [{ id: "idle", name: "idle", state: "running" }] })
  })

  it("of one that waits for its restart: how long yet, and which attempt it will be", () => {
    const backoff = { minMs: 20, jitter: 0 }
    const top = stage.value(() => stage.system.start(supervisor({ children: [child(Bee, { id: "a", backoff }), supervisor({ id: "nursery", backoff, restart: "permanent" })] })))
    crash(top.child("a"))
    top.child("nursery")?.exit(ExitReason.kill)
    stage.pass(5)
    expect(top.tree().children).toEqual([
      { id: "a", name: "Bee", kind: "worker", state: "restarting", ref: undefined, attempts: 1, restartsInMs: 15 },
      { id: "nursery", name: "supervisor", kind: "supervisor", state: "restarting", ref: undefined, attempts: 1, restartsInMs: 15 },
    ])
    stage.pass(15)
    expect(top.tree().children).toMatchObject([{ state: "running", attempts: 1, restartsInMs: undefined }, { state: "running", attempts: 1, strategy: "one_for_one" }])
  })

  it("of one whose restart takes time: it starts", () => {
    const top = stage.value(() => stage.system.start(supervisor({ children: [child(Bee, { id: "a" })] })))
    const slow = stage.begin(() => top.startChild(child(Bee, { id: "b", args: [10] })))
    stage.pass(10)
    expect(slow.settled).toBe(true)
    crash(top.child("b"))
    expect(states(top.tree()).map((state) => state.replace(/ \d+$/, ""))).toEqual(["a running", "b starting"])
    stage.pass(10)
    expect(states(top.tree())).toEqual(["a running 2", "b running 4"])
  })

  it("of those that do not run: stopped by hand, ended for good, or never begun", () => {
    const children = [child(Bee, { id: "a" }), child(Bee, { id: "b", restart: "transient" }), child({ id: "c", start: () => ignore })]
    const top = stage.value(() => stage.system.start(supervisor({ children })))
    ;(top.child("b") as Ref<Bee>).cast.end(ExitReason.normal)
    const stop = stage.begin(() => top.terminateChild("a"))
    stage.pass()
    expect(states(top.tree())).toEqual(["a ending 2", "b ending 3", "c stopped"])
    stage.pass(5)
    expect(stop.settled).toBe(true)
    expect(states(top.tree())).toEqual(["a stopped", "b stopped", "c stopped"])
    expect(top.tree().children.map(({ name }) => name)).toEqual(["Bee", "Bee", "start"])
  })

  it("while it stops: who has ended, and who has not", () => {
    const top = stage.value(() => stage.system.start(supervisor({ children: [child(Bee, { id: "a" }), child(Bee, { id: "b" })] })))
    const stop = stage.begin(() => top.stop())
    stage.pass()
    expect([top.tree().state, ...states(top.tree())]).toEqual(["ending", "a running 2", "b ending 3"])
    stage.pass(5)
    expect(states(top.tree())).toEqual(["a ending 2", "b stopped"])
    stage.pass(5)
    expect(stop.settled).toBe(true)
  })

  it("of one that has ended, there is none", () => {
    const top = stage.value(() => stage.system.start(supervisor({ id: "hive" })))
    stage.value(() => top.stop())
    for (const look of [() => top.tree(), () => tree(top)]) expect(look).toThrow(NoProcessError)
    expect(() => tree(top)).toThrow('tree() needs supervisor "hive" (#1), which does not run')
  })

  it("of what is no supervisor, there is none", () => {
    const bee = stage.system.spawn(Bee)
    for (const wrong of [bee, undefined, null, "hive", {}]) expect(() => tree(wrong as never)).toThrow(InvalidArgumentError)
    expect(() => tree(bee)).toThrow("ref must be the reference of a supervisor")
  })
})

describe("in JSON", () => {
  it("nothing is lost: symbols, references and Infinity are words", () => {
    const id = Symbol("maya")
    const top = stage.value(() => stage.system.start(supervisor({ id: "hive", children: [child(Bee, { id }), supervisor({ id: "nursery", maxRestarts: Infinity, withinMs: 9 })] })))
    const parsed = JSON.parse(JSON.stringify(top.tree())) as unknown
    const still = { attempts: 0, state: "running" }
    expect(parsed).toEqual({
      ...still, id: "hive", name: "supervisor", kind: "supervisor", ref: 'supervisor "hive" (#1)', strategy: "one_for_one", restarts: 0, maxRestarts: 3, withinMs: 5000,
      children: [
        { ...still, id: "Symbol(maya)", name: "Bee", kind: "worker", ref: "Bee #2" },
        { ...still, id: "nursery", name: "supervisor", kind: "supervisor", ref: 'supervisor "nursery" (#3)', strategy: "one_for_one", restarts: 0, maxRestarts: "infinity", withinMs: 9, children: [] },
      ],
    })
    expect((top.tree().children[0] as TreeNode).id).toBe(id)
  })

  it("gets there without being asked, also as a part of something else", () => {
    const top = stage.value(() => stage.system.start(supervisor({ children: [child(Bee, { id: Symbol.iterator })] })))
    expect(JSON.stringify({ tree: top.tree() })).toContain('"id":"Symbol(Symbol.iterator)"')
    expect(Object.keys(top.tree().children[0] as TreeNode)).not.toContain("toJSON")
  })
})

/** Trees in words: the lines, what is said of whom, and what is summed up. */
import { Actor, ExitReason, NoProcessError, type Ref } from "@vivarium/actors"
import { InvalidArgumentError } from "@vivarium/core"
import { child, dynamicSupervisor, formatTree, type FormatTreeOptions, Supervisor, supervisor, type SupervisorTree, type TreeNode, type TreeState } from "@vivarium/supervision"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { TendedStage } from "./fixtures/tended-stage.ts"

let stage: TendedStage
beforeEach(() => {
  stage = new TendedStage()
})
afterEach(async () => {
  await stage[Symbol.asyncDispose]()
})

class Queen extends Actor {}
class Bee extends Actor {
  crash() {
    this.stop(ExitReason.custom("bad"))
  }
}
class Flowers extends Supervisor {
  init() {
    return { strategy: "one_for_all", maxRestarts: Infinity, children: [child(Bee, { id: 1, name: "the rose" })] } as const
  }
}

function node(parts: Partial<TreeNode> = {}): TreeNode {
  return { id: undefined, name: "Bee", kind: "worker", state: "running", ref: undefined, attempts: 0, restartsInMs: undefined, ...parts }
}

function top(children: readonly TreeNode[], parts: Partial<SupervisorTree> = {}): SupervisorTree {
  return { ...node(), id: "hive", name: "supervisor", strategy: "one_for_one", restarts: 0, maxRestarts: 3, withinMs: 5000, ...parts, kind: "supervisor", children }
}

/** The lines below the top. */
function below(children: readonly TreeNode[], options?: FormatTreeOptions): string[] {
  return formatTree(top(children), options).split("\n").slice(1)
}

function some(count: number, parts: Partial<TreeNode> = {}): TreeNode[] {
  return Array.from({ length: count }, () => node(parts))
}

describe("the lines", () => {
  it("tell supervisors with their strategies and restarts, workers with names, states and numbers; of a reference, its tree now", () => {
    const hive = supervisor({
      id: "hive",
      strategy: "rest_for_one",
      children: [
        child(Queen),
        child(Bee, { id: "maya", backoff: { minMs: 120, jitter: 0 } }),
        supervisor({ id: "nursery", withinMs: 800, children: [child(Bee, { id: Symbol("larva") }), supervisor({ id: "empty" })] }),
        Flowers,
        dynamicSupervisor({ id: "bees", maxRestarts: 7 }),
      ],
    })
    const ref = stage.value(() => stage.system.start(hive))
    for (let attempt = 0; attempt < 3; attempt++) {
      ;(ref.child("maya") as Ref<Bee>).cast.crash()
      stage.pass(120 * 2 ** attempt)
    }
    ;(ref.child("maya") as Ref<Bee>).cast.crash()
    stage.pass(60)
    stage.value(() => ref.startChild(child(Bee, { id: "willy", restart: "transient" })))
    stage.value(() => ref.terminateChild("willy"))
    const expected = [
      "hive: supervisor #1, rest_for_one, 0 of 3 restarts within 5000 ms",
      "├─ Queen #2, running",
      "├─ maya: Bee, restarting in 900 ms (attempt 4)",
      "├─ nursery: supervisor, stopped",
      "├─ Flowers, stopped",
      "├─ bees: dynamic supervisor, stopped",
      "└─ willy: Bee, stopped",
    ]
    expect(formatTree(ref).split("\n")).toEqual(expected)
    expect(formatTree(ref.tree()).split("\n")).toEqual(expected)
    stage.pass(900)
    expect(formatTree(ref).replaceAll(/#\d+/g, "#").split("\n")).toEqual([
      "hive: supervisor #, rest_for_one, 0 of 3 restarts within 5000 ms",
      "├─ Queen #, running",
      "├─ maya: Bee #, running",
      "├─ nursery: supervisor #, one_for_one, 0 of 3 restarts within 800 ms",
      "│  ├─ Symbol(larva): Bee #, running",
      "│  └─ empty: supervisor #, one_for_one, 0 of 3 restarts within 5000 ms",
      "├─ Flowers #, one_for_all, any number of restarts",
      '│  └─ 1: Bee "the rose" (#), running',
      "├─ bees: dynamic supervisor #, 0 of 7 restarts within 5000 ms",
      "└─ willy: Bee #, running",
    ])
  })

  it("of one that starts or ends say so", () => {
    const states: TreeState[] = ["starting", "running", "ending", "restarting", "stopped"]
    expect(below(states.map((state) => node({ id: state, state })))).toEqual([
      "├─ starting: Bee, starting", "├─ running: Bee, running", "├─ ending: Bee, ending", "├─ restarting: Bee, restarting", "└─ stopped: Bee, stopped",
    ])
    expect(formatTree(top([], { state: "starting", strategy: undefined }))).toBe("hive: supervisor, starting")
    expect(formatTree(top([], { state: "ending", restarts: 2 }))).toBe("hive: supervisor, one_for_one, 2 of 3 restarts within 5000 ms, ending")
  })

  it("of a part of a tree are as they are in the whole", () => {
    expect(formatTree(node({ id: "maya", state: "restarting", restartsInMs: 0.4, attempts: 1 }))).toBe("maya: Bee, restarting in 1 ms (attempt 1)")
  })

  it("below the last child leave no line beside them", () => {
    const deep = top([top([top([node({ id: 1 })], { id: "c" })], { id: "b" }), node({ id: 2 })], { id: "a" })
    expect(formatTree(deep).replaceAll(/supervisor.*/g, "").split("\n")).toEqual(["a: ", "├─ b: ", "│  └─ c: ", "│     └─ 1: Bee, running", "└─ 2: Bee, running"])
  })

  it("say of too many restarts what is allowed", () => {
    expect(formatTree(top([], { restarts: 2, maxRestarts: 1, state: "ending" }))).toBe("hive: supervisor, one_for_one, more than 1 restart within 5000 ms, ending")
  })

  // Slow, for the lines are long: 37 million characters in all.
  it("of a tree of any depth can be drawn", () => {
    const LEVELS = 5000
    let tree = supervisor({ id: "leaf" })
    for (let level = 1; level < LEVELS; level++) tree = supervisor({ id: level, children: [tree] })
    const ref = stage.value(() => stage.system.start(tree))
    let depth = 0
    for (let node: TreeNode | SupervisorTree | undefined = ref.tree(); node !== undefined; node = "children" in node ? (node as SupervisorTree).children[0] : undefined) depth++
    const lines = formatTree(ref).split("\n")
    expect([depth, lines.length, lines.at(-1)?.trim()]).toEqual([LEVELS, LEVELS, "└─ leaf: supervisor #5000, one_for_one, 0 of 3 restarts within 5000 ms"])
  })

  it("hold no line ends and nothing that steers a terminal, and not too much of a name", () => {
    const [line] = below([node({ id: "a\nb\u001b[2J", name: "x".repeat(300) })])
    expect(line).toMatch(/^└─ a b\\x1b\[2J: x+…, running$/)
    expect(line?.length).toBeLessThan(130)
  })
})

describe("long lists", () => {
  it("are summed up, with what those are doing who are left out", () => {
    const children = [...some(99_994), ...some(5, { state: "restarting" }), node({ state: "starting" })]
    const lines = below(children)
    expect(lines.length).toBe(11)
    expect(lines[9]).toBe("├─ Bee, running")
    expect(lines[10]).toBe("└─ … and 99,990 more (99,984 running, 1 starting, 5 restarting)")
  })

  it.each([
    [10, 10, 10, undefined],
    [10, 11, 11, undefined],
    [10, 12, 10, "└─ … and 2 more (2 running)"],
    [1, 5, 1, "└─ … and 4 more (4 running)"],
    [0, 5, 0, "└─ … 5 (5 running)"],
    [0, 1, 0, "└─ … 1 (1 running)"],
    [0, 0, 0, undefined],
    [Infinity, 500, 500, undefined],
  ])("maxChildren %d of %d: %d are shown; one alone is not summed up", (maxChildren, count, shown, sum) => {
    const lines = below(some(count), { maxChildren })
    expect(lines.filter((line) => line.endsWith("Bee, running")).length).toBe(shown)
    expect(lines[shown]).toBe(sum)
  })

  it("of different kinds are summed up by kind, so that nobody is hidden by others", () => {
    const children = [...some(20), node({ id: "queen", name: "Queen" }), ...some(20, { name: "Drone", state: "stopped" }), top([node({ id: "larva" })], { id: "nursery" })]
    expect(below(children, { maxChildren: 1 })).toEqual([
      "├─ Bee, running",
      "├─ queen: Queen, running",
      "├─ Drone, stopped",
      "├─ nursery: supervisor, one_for_one, 0 of 3 restarts within 5000 ms",
      "│  └─ larva: Bee, running",
      "├─ … and 19 more of Bee (19 running)",
      "└─ … and 19 more of Drone (19 stopped)",
    ])
  })
})

describe("in ASCII", () => {
  it("there is nothing else", () => {
    const text = formatTree(top([top(some(3), { id: "bärchen" }), node({ id: "🐝" })]), { ascii: true, maxChildren: 1 })
    expect(text.split("\n")).toEqual([
      "hive: supervisor, one_for_one, 0 of 3 restarts within 5000 ms",
      "|- b\\xe4rchen: supervisor, one_for_one, 0 of 3 restarts within 5000 ms",
      "|  |- Bee, running",
      "|  `- ... and 2 more (2 running)",
      "`- \\u{1f41d}: Bee, running",
    ])
  })
})

describe("what is wrong", () => {
  it.each([["maxChildren", -1], ["maxChildren", 1.5], ["maxChildren", "3"], ["ascii", 1], ["depth", 3]])("%s: %o is refused", (option, value) => {
    expect(() => formatTree(top([]), { [option]: value })).toThrow(InvalidArgumentError)
  })

  it.each([[undefined], [null], ["hive"], [{}]])("%o is no tree", (wrong) => {
    expect(() => formatTree(wrong as never)).toThrow("treeOrRef must be the tree or the reference of a supervisor")
  })

  it("who is no supervisor has none, and who has ended has none any more", () => {
    const bee = stage.system.spawn(Bee)
    expect(() => formatTree(bee)).toThrow(InvalidArgumentError)
    const ref = stage.value(() => stage.system.start(supervisor()))
    stage.value(() => ref.stop())
    expect(() => formatTree(ref)).toThrow(NoProcessError)
  })
})

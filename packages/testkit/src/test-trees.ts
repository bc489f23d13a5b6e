/** All that one test has started under supervision: a supervisor in each system that it uses, and a system of its own. */
import { type Ref, System, type SystemOptions } from "@vivarium/actors"
import { MisuseError, type Operation, type Routine, type Scheduler } from "@vivarium/core"
import type { ChildId, ChildSpec } from "@vivarium/supervision"
import { failed } from "./assertion-error.ts"
import { LeakWatch } from "./leak-watch.ts"
import { leftIn } from "./left.ts"
import type { RunningTest } from "./test-runner.ts"
import { TestTree } from "./test-tree.ts"

const tests = new WeakMap<object, TestTrees>()

/** Those of a test; made, and stopped at its end, from the first use on. */
export function treesOf({ atEnd, key }: RunningTest): TestTrees {
  const known = tests.get(key)
  if (known !== undefined) return known
  const trees = new TestTrees(null)
  tests.set(key, trees)
  atEnd(async () => {
    // It may be run again.
    tests.delete(key)
    await trees.finishOutside()
  })
  return trees
}

export class TestTrees {
  private own: System | null = null
  private readonly home: (() => System) | null
  private readonly trees = new Map<System, TestTree>()
  private readonly watches = new Map<Scheduler, LeakWatch>()

  /** In a scenario there is a system already, and what is left at the end is the scenario's business. */
  constructor(home: (() => System) | null) {
    this.home = home
  }

  /** The system of the test. */
  system(options: SystemOptions | undefined): System {
    if (options !== undefined && (this.home ?? this.own) !== null) {
      throw new MisuseError("has_system", `the test has its system already, so these options come too late. ${this.home === null ? "Call testSystem(options) before anything else." : "In a scenario it is the world's."}`)
    }
    return this.home === null ? (this.own ??= this.watched(new System({ name: "test", ...options }))) : this.home()
  }

  start<R>(spec: ChildSpec<R>, system = this.system(undefined)): Operation<R> {
    const tree = this.trees.get(system) ?? new TestTree(this.watched(system))
    this.trees.set(system, tree)
    return tree.start(spec)
  }

  stop(idOrRef: ChildId | Ref<unknown>): Operation<void> {
    const trees = [...this.trees.values()]
    const tree = trees.find((one) => one.has(idOrRef)) ?? trees[0]
    if (tree === undefined) throw new MisuseError("nothing_started", "stopSupervised() was called before startSupervised(): nothing runs that it could stop.")
    return tree.stop(idOrRef)
  }

  /** Stops all, the youngest tree first. */
  *finish(): Routine {
    const wrong: string[] = []
    for (const tree of [...this.trees.values()].reverse()) wrong.push(...(yield* tree.finish()))
    complain(wrong)
  }

  /** The same after a test, and its system. What is left then is wrong, too. */
  async finishOutside(): Promise<void> {
    const wrong: string[] = []
    for (const tree of [...this.trees.values()].reverse()) wrong.push(...(await tree.finish()))
    if (this.own !== null) {
      await this.own.stop()
      wrong.push(...leftIn(this.own))
    }
    for (const watch of this.watches.values()) wrong.push(...watch.left())
    complain(wrong)
  }

  private watched(system: System): System {
    const { scheduler } = system
    if (this.home === null && !this.watches.has(scheduler)) this.watches.set(scheduler, new LeakWatch(scheduler))
    return system
  }
}

function complain(wrong: readonly string[]): void {
  if (wrong.length > 0) throw failed(`after the test, what it has started under supervision was to be stopped, and nothing left: ${wrong.join("; ")}.`)
}

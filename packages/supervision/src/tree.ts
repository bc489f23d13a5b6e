/** Trees as data: what tools and people see of a supervision tree. */
import { NoProcessError, Ref } from "@vivarium/actors"
import { ALIVE, type Cell, RAW } from "@vivarium/actors/lowlevel"
import { InvalidArgumentError } from "@vivarium/core"
import type { Child } from "./child.ts"
import type { ChildId } from "./child-spec.ts"
import { insideOf, supervisionOf } from "./inside.ts"
import { idInJson, numberInJson } from "./report.ts"
import type { Strategy } from "./settings.ts"
import type { Supervision } from "./supervision.ts"
import { whatRuns } from "./what-runs.ts"

/**
 * What a process in a tree does: its `init` runs, it runs, its end has been decided, it waits for its next start, or it is not there. More than `whichChildren()` tells, where a
 * child that starts for the first time or ends counts as running, and one that starts again as restarting.
 */
export type TreeState = "starting" | "running" | "ending" | "restarting" | "stopped"

/** A child in a tree. In JSON a symbol and a reference are words. */
export interface TreeNode {
  /** In its supervisor; of the top, what it is called. Undefined under a dynamic supervisor. */
  readonly id: ChildId | undefined
  /** What runs, by its class or function. */
  readonly name: string
  /** Whether it is a supervisor. */
  readonly kind: "worker" | "supervisor"
  /** What it does. */
  readonly state: TreeState
  /** Its process, if it runs. */
  readonly ref: Ref<unknown> | undefined
  /** How often in a row it has been restarted with a delay; 0 without back-off. */
  readonly attempts: number
  /** In how many milliseconds it is started again, if it waits for that. */
  readonly restartsInMs: number | undefined
}

/** A supervisor in a tree. One that does not run is a plain `TreeNode`. */
export interface SupervisorTree extends TreeNode {
  readonly kind: "supervisor"
  /** Whom it restarts; `dynamic` of a dynamic supervisor; undefined while its `init` runs. */
  readonly strategy: Strategy | "dynamic" | undefined
  /** How many restarts count now. */
  readonly restarts: number
  /** How many are allowed. In JSON Infinity is `infinity`. */
  readonly maxRestarts: number
  /** Within how many milliseconds. */
  readonly withinMs: number
  /** Its children, the oldest first. */
  readonly children: readonly (TreeNode | SupervisorTree)[]
}

/**
 * The whole supervision tree below a supervisor, now, as data: the same as `ref.tree()`, for any reference. It is a copy, made without asking the supervisor, so it can be taken while
 * that is busy, starts or stops. JSON.stringify gives all of it. Raises NoProcessError once the supervisor has ended, InvalidArgumentError of what is no supervisor.
 *
 * @example
 * ```ts
 * import { Actor, System } from "@vivarium/actors"
 * import { child, supervisor, tree } from "@vivarium/supervision"
 *
 * class Queen extends Actor {}
 * await using system = new System()
 * await system.start(supervisor({ name: "hive", children: [child(Queen), child(Queen, { id: "young queen" })] }))
 * const { children, strategy } = tree(system.whereis("hive")!)
 * console.log(strategy, children.map(({ id, state }) => `${String(id)}: ${state}`))
 * // prints: one_for_one [ 'Queen: running', 'young queen: running' ]
 * ```
 */
export function tree(ref: Ref<never> | Ref<unknown>): SupervisorTree {
  const cell = ref instanceof Ref ? ref["~resolve"]() : undefined
  if (cell === null) throw new NoProcessError(String(ref), "tree()")
  if (cell === undefined || !isSupervisor(cell)) throw new InvalidArgumentError("ref", ref, `the reference of a supervisor${cell === undefined ? "" : `, and ${String(ref)} is none`}`, "right: tree(yield* system.start(hive))")
  return treeOf(cell, supervisionOf(cell, "tree()"))
}

export function treeOf(cell: Cell, supervision: Supervision | null): SupervisorTree {
  const hollow: Hollow[] = []
  const top = supervisorNode(cell, supervision, { id: cell.ref.name ?? cell.ref.label ?? cell.kind, state: stateOf(cell), attempts: 0, restartsInMs: undefined }, hollow)
  for (let one = hollow.pop(); one !== undefined; one = hollow.pop()) {
    const dynamic = one.supervision.settings.dynamic !== null
    for (const child of one.supervision.children) one.children.push(childNode(child, dynamic, cell.world.now, hollow))
  }
  return top
}

/** A supervisor whose children are not in the tree yet. They are put there one level after another, so that no tree is too deep. */
interface Hollow {
  readonly supervision: Supervision
  readonly children: TreeNode[]
}

/** Whether it is one, or was: the class says so, for what has ended has no actor any more. */
function isSupervisor({ ref }: Cell): boolean {
  return "tree" in ref
}

function supervisorNode(cell: Cell, supervision: Supervision | null, rest: Pick<TreeNode, "id" | "state" | "attempts" | "restartsInMs">, hollow: Hollow[]): SupervisorTree {
  const { now } = cell.world
  const settings = supervision?.settings
  const children: TreeNode[] = []
  if (supervision !== null) hollow.push({ supervision, children })
  return node({
    ...rest,
    name: cell.kind,
    kind: "supervisor",
    ref: cell.ref,
    strategy: settings !== undefined && settings.dynamic !== null ? "dynamic" : settings?.strategy,
    restarts: supervision?.window.count(now) ?? 0,
    maxRestarts: settings?.maxRestarts ?? 0,
    withinMs: settings?.withinMs ?? 0,
    children,
  })
}

function childNode(child: Child, dynamic: boolean, now: number, hollow: Hollow[]): TreeNode | SupervisorTree {
  const { attempts, cell, retry, spec } = child
  const state = retry !== null || cell === null ? child.state : stateOf(cell)
  const rest = { id: dynamic ? undefined : spec.id, state, attempts, restartsInMs: retry?.at === undefined ? undefined : Math.max(0, retry.at - now) }
  const inside = cell === null ? undefined : insideOf(cell)
  if (cell !== null && inside !== undefined) return supervisorNode(cell, inside, rest, hollow)
  return node({ ...rest, name: nameOf(child), kind: spec.kind, ref: child.ref })
}

/** A raw process has no `init`: it runs at once. */
function stateOf({ flags, state }: Cell): TreeState {
  if (state > ALIVE) return "ending"
  return state === ALIVE || (flags & RAW) !== 0 ? "running" : "starting"
}

/** Plain data, which knows what it is in JSON: there are no symbols, and no Infinity. */
function node<T extends TreeNode>(parts: T): T {
  return Object.defineProperty(parts, "toJSON", { value: toJSON })
}

function toJSON(this: TreeNode | SupervisorTree): object {
  const limits = "children" in this ? { maxRestarts: numberInJson(this.maxRestarts), withinMs: numberInJson(this.withinMs) } : {}
  return { ...this, id: idInJson(this.id), ...limits }
}

function nameOf({ cell, last, spec }: Child): string {
  return (cell ?? last)?.kind ?? whatRuns(spec.what)
}

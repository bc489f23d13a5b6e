/** Trees as data: what tools and people see of a supervision tree. */
import { NoProcessError, type Ref } from "@vivarium/actors"
import { type Cell, DEAD } from "@vivarium/actors/lowlevel"
import type { Child, ChildState } from "./child.ts"
import type { ChildId } from "./child-spec.ts"
import type { Strategy } from "./settings.ts"
import type { SupervisorBase } from "./supervisor-base.ts"
import type { Supervision } from "./supervision.ts"

/** A child in a tree. */
export interface TreeNode {
  /** In its supervisor; of the top, what it is called. */
  readonly id: ChildId
  /** What runs, by its class or function. */
  readonly name: string
  /** Whether it is a supervisor. */
  readonly kind: "worker" | "supervisor"
  /** What it does. */
  readonly state: ChildState
  /** Its process, if it runs. */
  readonly ref: Ref<unknown> | undefined
  /** How often in a row it has been restarted with a delay; 0 without back-off. */
  readonly attempts: number
  /** In how many milliseconds it is started again, if it waits for that. */
  readonly restartsInMs: number | undefined
}

/** A supervisor in a tree. */
export interface SupervisorTree extends TreeNode {
  readonly kind: "supervisor"
  /** Whom it restarts; `dynamic` of a dynamic supervisor. */
  readonly strategy: Strategy | "dynamic" | undefined
  /** How many restarts count now. */
  readonly restarts: number
  /** How many are allowed. */
  readonly maxRestarts: number
  /** Within how many milliseconds. */
  readonly withinMs: number
  /** Its children, the oldest first. */
  readonly children: readonly (TreeNode | SupervisorTree)[]
}

/** The inside of a supervisor; null while its `init` runs. Raises NoProcessError once it has ended. */
export function supervisionOf(cell: Cell, what: string): Supervision | null {
  if (cell.state === DEAD || typeof cell.actor !== "object" || cell.actor === null || !("~supervision" in cell.actor)) {
    throw new NoProcessError(cell.ref.toString(), what)
  }
  return (cell.actor as SupervisorBase)["~supervision"]
}

export function treeOf(cell: Cell): SupervisorTree {
  return supervisorNode(cell, supervisionOf(cell, "tree()"), { id: cell.ref.name ?? cell.ref.label ?? cell.kind, state: "running", attempts: 0, restartsInMs: undefined })
}

function supervisorNode(cell: Cell, supervision: Supervision | null, rest: Pick<TreeNode, "id" | "state" | "attempts" | "restartsInMs">): SupervisorTree {
  const { now } = cell.world
  const settings = supervision?.settings
  return {
    ...rest,
    name: cell.kind,
    kind: "supervisor",
    ref: cell.ref,
    strategy: settings === undefined ? undefined : settings.dynamic === null ? settings.strategy : "dynamic",
    restarts: supervision?.window.count(now) ?? 0,
    maxRestarts: settings?.maxRestarts ?? 0,
    withinMs: settings?.withinMs ?? 0,
    children: supervision === null ? [] : [...supervision.children].map((child) => childNode(child, now)),
  }
}

function childNode(child: Child, now: number): TreeNode | SupervisorTree {
  const { attempts, cell, retry, spec, state } = child
  const rest = { id: spec.id, state, attempts, restartsInMs: retry?.at === undefined ? undefined : Math.max(0, retry.at - now) }
  if (cell !== null && cell.state !== DEAD && typeof cell.actor === "object" && cell.actor !== null && "~supervision" in cell.actor) {
    return supervisorNode(cell, (cell.actor as SupervisorBase)["~supervision"], rest)
  }
  return { ...rest, name: nameOf(child), kind: spec.kind, ref: cell?.ref }
}

/** What runs, in a word. */
function nameOf({ cell, last, spec }: Child): string {
  const known = (cell ?? last)?.kind
  if (known !== undefined) return known
  const { name } = spec.what as { readonly name?: string }
  return name === undefined || name === "" ? spec.kind : name
}

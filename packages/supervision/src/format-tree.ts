/** Trees in words: a supervision tree drawn with lines, for terminals. */
import { Ref } from "@vivarium/actors"
import { InvalidArgumentError } from "@vivarium/core"
import { checkOptions, readFlag } from "@vivarium/core/lowlevel"
import type { ChildId } from "./child-spec.ts"
import { checkLimit } from "./format-report.ts"
import { TREE_CHILDREN } from "./limits.ts"
import { inAscii, inWords, onOneLine, restartsInWords } from "./printable.ts"
import { type SupervisorTree, tree, type TreeNode, type TreeState } from "./tree.ts"

/** Options of `formatTree`. */
export interface FormatTreeOptions {
  /** How many children of a kind are printed one by one under each supervisor; the others are summed up. Default 10; Infinity for all. */
  readonly maxChildren?: number | undefined
  /** For terminals without Unicode: ASCII alone. Default false. */
  readonly ascii?: boolean | undefined
}

/** What lines are drawn with: before a child, before the last one, and before what is below them. */
interface Lines {
  readonly child: string
  readonly last: string
  readonly below: string
  readonly belowLast: string
}

const UNICODE: Lines = { child: "├─ ", last: "└─ ", below: "│  ", belowLast: "   " }
const ASCII: Lines = { child: "|- ", last: "`- ", below: "|  ", belowLast: "   " }
const STATES: readonly TreeState[] = ["running", "starting", "restarting", "ending", "stopped"]
/** How much of a name is printed. */
const NAME_LENGTH = 100

const EXAMPLE = "formatTree(top, { maxChildren: 20 })"

/**
 * A supervision tree as text: supervisors with their strategy and how many restarts count, workers with what they are, their number and what they do. Takes a tree as data,
 * or the reference of a supervisor, whose tree is taken now. Long lists of alike children are summed up. Raises NoProcessError if the supervisor has ended, InvalidArgumentError.
 *
 * @example
 * ```ts
 * import { Actor, System } from "@vivarium/actors"
 * import { child, dynamicSupervisor, formatTree, supervisor } from "@vivarium/supervision"
 *
 * class Queen extends Actor {}
 * class Bee extends Actor {}
 * await using system = new System()
 * const top = await system.start(
 *   supervisor({ id: "hive", strategy: "rest_for_one", children: [child(Queen, { id: "queen" }), dynamicSupervisor({ id: "bees" })] }),
 * )
 * console.log(formatTree(top))
 * // prints: hive: supervisor #1, rest_for_one, 0 of 3 restarts within 5000 ms
 * // prints: ├─ queen: Queen #2, running
 * // prints: └─ bees: dynamic supervisor #3, 0 of 3 restarts within 5000 ms
 * ```
 */
export function formatTree(treeOrRef: SupervisorTree | TreeNode | Ref<never> | Ref<unknown>, options: FormatTreeOptions = {}): string {
  checkOptions("options", options, ["maxChildren", "ascii"], EXAMPLE)
  const { maxChildren = TREE_CHILDREN } = options
  checkLimit("maxChildren", maxChildren, 0)
  const ascii = readFlag("ascii", options.ascii)
  const node = treeOrRef instanceof Ref ? tree(treeOrRef) : treeOrRef
  if (typeof node !== "object" || node === null || !("state" in node)) throw new InvalidArgumentError("treeOrRef", node, "the tree or the reference of a supervisor", `right: ${EXAMPLE}`)
  const text = [...linesOf(node, ascii ? ASCII : UNICODE, maxChildren)]
  return (ascii ? text.map(inAscii) : text).join("\n")
}

/** What is still to be drawn, with what stands before it, and before all that is below it. */
interface Branch {
  /** Words of those that are summed up. */
  readonly node: SupervisorTree | TreeNode | string
  readonly before: string
  readonly below: string
}

/** A tree can be of any depth, so those that wait are in a list and not on the stack. */
function* linesOf(top: SupervisorTree | TreeNode, lines: Lines, maxChildren: number): Generator<string, void, undefined> {
  const waiting: Branch[] = [{ node: top, before: "", below: "" }]
  for (let branch = waiting.pop(); branch !== undefined; branch = waiting.pop()) {
    const { before, below, node } = branch
    yield `${before}${inALine(node)}`
    if (typeof node === "string" || !("children" in node)) continue
    const { sums, shown } = select(node.children, maxChildren)
    const last = { before: `${below}${lines.last}`, below: `${below}${lines.belowLast}` }
    const others = { before: `${below}${lines.child}`, below: `${below}${lines.below}` }
    const branches = [...shown, ...sums].map((one, index, all): Branch => ({ node: one, ...(index === all.length - 1 ? last : others) }))
    for (const one of branches.reverse()) waiting.push(one)
  }
}

function inALine(node: Branch["node"]): string {
  if (typeof node === "string") return node
  return "children" in node ? supervisorInWords(node) : nodeInWords(node)
}

/** Of those that are alike, the first ones, and the others summed up; a line that sums up one would save nothing. */
function select(children: readonly TreeNode[], maxChildren: number): { readonly shown: readonly TreeNode[]; readonly sums: readonly string[] } {
  const alike = new Map<string, TreeNode[]>()
  for (const child of children) {
    const key = `${child.kind} ${child.name}`
    const others = alike.get(key)
    if (others === undefined) alike.set(key, [child])
    else others.push(child)
  }
  const hidden = new Set<TreeNode>()
  const sums: string[] = []
  for (const group of alike.values()) {
    if (group.length <= maxChildren + 1 && maxChildren > 0) continue
    const rest = group.slice(maxChildren)
    for (const child of rest) hidden.add(child)
    sums.push(sumOf(rest, maxChildren > 0, alike.size > 1))
  }
  return { shown: children.filter((child) => !hidden.has(child)), sums }
}

function supervisorInWords(node: SupervisorTree): string {
  const { maxRestarts, name, restarts, state, strategy, withinMs } = node
  const facts = [called(node)]
  if (strategy !== undefined && name !== `${strategy} supervisor`) facts.push(strategy)
  if (strategy !== undefined) facts.push(maxRestarts === Infinity ? "any number of restarts" : `${restarts > maxRestarts ? `more than ${restartsInWords(maxRestarts)}` : `${restarts} of ${maxRestarts} restarts`} within ${withinMs} ms`)
  if (state !== "running") facts.push(doing(node))
  return facts.join(", ")
}

function nodeInWords(node: TreeNode): string {
  return `${called(node)}, ${doing(node)}`
}

/** Its id, what it is, and which process. */
function called({ id, name, ref }: TreeNode): string {
  const known = id === undefined ? undefined : inWords(() => id)
  const process = ref === undefined ? name : inWords(() => processInWords(ref, name, id))
  return onOneLine(known === undefined || known === name ? process : `${known}: ${process}`, NAME_LENGTH)
}

/** A name of its own is told, unless it is the id again. */
function processInWords(ref: Ref<unknown>, name: string, id: ChildId | undefined): string {
  const own = ref.name ?? ref.label
  return own === undefined || own === id ? `${name} #${ref.id}` : String(ref)
}

function doing({ attempts, restartsInMs, state }: TreeNode): string {
  const when = restartsInMs === undefined ? "" : ` in ${Math.ceil(restartsInMs)} ms`
  return `${state}${when}${state === "restarting" && attempts > 0 ? ` (attempt ${attempts})` : ""}`
}

function sumOf(children: readonly TreeNode[], more: boolean, named: boolean): string {
  const counts = STATES.map((state) => [children.filter((child) => child.state === state).length, state] as const).filter(([count]) => count > 0)
  const states = counts.map(([count, state]) => `${grouped(count)} ${state}`).join(", ")
  const total = more ? `and ${grouped(children.length)} more` : grouped(children.length)
  return `… ${total}${named ? ` of ${onOneLine((children[0] as TreeNode).name, NAME_LENGTH)}` : ""} (${states})`
}

function grouped(count: number): string {
  return count.toLocaleString("en-US")
}

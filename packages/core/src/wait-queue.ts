/**
 * Waiting lists: doubly linked, first come first served, O(1) in every operation.
 *
 * Invariants:
 * 1. A wait node is in at most one list. A tasklet is its own wait node; a parked `select` uses one case node per case.
 * 2. A node outside of any list has both links null.
 */
import type { ParkedSelect } from "./parked-select.ts"
import type { Tasklet } from "./tasklet.ts"

/** Something that can stand in a waiting list: a tasklet, or one case of its parked `select`. */
export interface WaitNode {
  /** @internal The node behind this one. */
  after: WaitNode | null
  /** @internal The node before this one. */
  before: WaitNode | null
  /** @internal What it offers (a value to send), its timer, or what it has been given. */
  value: unknown
  /** @internal The parked select that this node is a case of; null for a tasklet. */
  readonly parked: ParkedSelect | null
}

/** @internal The tasklet behind a wait node. */
export function taskletOfNode(node: WaitNode): Tasklet {
  return node.parked === null ? (node as Tasklet) : node.parked.tasklet
}

/** A first-come-first-served list of wait nodes. */
export class WaitQueue {
  /** @internal */
  declare first: WaitNode | null
  /** @internal */
  declare last: WaitNode | null
  /** How many nodes wait. */
  declare size: number

  constructor() {
    this.first = null
    this.last = null
    this.size = 0
  }

  /** How many tasklets wait: a parked select may wait by several nodes. */
  countTasklets(): number {
    const tasklets = new Set<Tasklet>()
    for (let node = this.first; node !== null; node = node.after) tasklets.add(taskletOfNode(node))
    return tasklets.size
  }

  /** Appends a node. */
  push(node: WaitNode): void {
    const last = this.last
    node.before = last
    if (last === null) this.first = node
    else last.after = node
    this.last = node
    this.size++
  }

  /** Takes the first node out, or returns null. */
  shift(): WaitNode | null {
    const node = this.first
    if (node !== null) this.remove(node)
    return node
  }

  /** Takes a node out, wherever it stands. */
  remove(node: WaitNode): void {
    const { after, before } = node
    if (before === null) this.first = after
    else before.after = after
    if (after === null) this.last = before
    else after.before = before
    node.after = null
    node.before = null
    this.size--
  }
}

/**
 * The children of one supervisor, in the order of their start.
 *
 * Invariants:
 * 1. Adding, removing and finding one takes the same time however many there are.
 * 2. A child keeps its place when it is restarted.
 * 3. A child is found by the reference of its process; one that waits for a restart by that of its last one.
 */
import type { Ref } from "@vivarium/actors"
import type { Cell } from "@vivarium/actors/lowlevel"
import type { Child } from "./child.ts"
import type { ChildId } from "./child-spec.ts"

export class Children {
  oldest: Child | null = null
  youngest: Child | null = null
  size = 0
  /** Null where ids mean nothing. */
  private readonly byId: Map<ChildId, Child> | null
  private readonly byRef = new Map<Ref<unknown>, Child>()

  constructor(unique: boolean) {
    this.byId = unique ? new Map() : null
  }

  add(child: Child): void {
    child.older = this.youngest
    if (this.youngest === null) this.oldest = child
    else this.youngest.younger = child
    this.youngest = child
    this.byId?.set(child.spec.id, child)
    this.size++
  }

  remove(child: Child): void {
    const { last, older, younger } = child
    if (older === null) this.oldest = younger
    else older.younger = younger
    if (younger === null) this.youngest = older
    else younger.older = older
    this.byId?.delete(child.spec.id)
    if (last !== null) this.byRef.delete(last.ref)
    this.size--
  }

  /** Notes the process of a child, in place of the last one. */
  runs(child: Child, cell: Cell): void {
    if (child.last !== null) this.byRef.delete(child.last.ref)
    child.last = cell
    child.cell = cell
    this.byRef.set(cell.ref, child)
  }

  /** Its start has failed: it is known by its last process again. */
  runsNot(child: Child, last: Cell | null): void {
    child.cell = null
    if (child.last === last) return
    if (child.last !== null) this.byRef.delete(child.last.ref)
    child.last = last
    if (last !== null) this.byRef.set(last.ref, child)
  }

  withId(id: ChildId): Child | undefined {
    return this.byId?.get(id)
  }

  withRef(ref: Ref<unknown>): Child | undefined {
    return this.byRef.get(ref)
  }

  /** The oldest first. Those that are removed meanwhile, the next one excepted, do not matter. */
  *[Symbol.iterator](): Generator<Child, void, undefined> {
    for (let child = this.oldest; child !== null; ) {
      const next: Child | null = child.younger
      yield child
      child = next
    }
  }
}

/**
 * The entries of a registry, by key.
 *
 * Invariants:
 * 1. An entry belongs to its process from `add` until it is taken out or the process has ended, so nobody who is told of that end finds it.
 * 2. Entries of one key stand in the order in which they were added. A key without entries is not kept.
 * 3. An entry of a process that has been killed counts as gone at once: it runs none of its code any more but its `finally` blocks.
 */
import { BRUTAL, type Cell } from "./cell.ts"
import { type Belonging, disown, own } from "./extras.ts"

export class Entry<K, V> implements Belonging {
  readonly key: K
  readonly cell: Cell
  value: V
  readonly entries: Entries<K, V>

  constructor(entries: Entries<K, V>, key: K, cell: Cell, value: V) {
    this.entries = entries
    this.key = key
    this.cell = cell
    this.value = value
  }

  /** Whether it counts. */
  get stands(): boolean {
    return (this.cell.flags & BRUTAL) === 0
  }

  release(): void {
    this.entries.forget(this)
  }
}

export class Entries<K, V> {
  private readonly byKey = new Map<K, Set<Entry<K, V>>>()
  private readonly onGone: (entry: Entry<K, V>) => void

  constructor(onGone: (entry: Entry<K, V>) => void) {
    this.onGone = onGone
  }

  of(key: K): readonly Entry<K, V>[] {
    const entries = this.byKey.get(key)
    return entries === undefined ? [] : [...entries].filter(({ stands }) => stands)
  }

  all(): readonly Entry<K, V>[] {
    return [...this.byKey.keys()].flatMap((key) => this.of(key))
  }

  /** Looks at what belongs to the process, not at all entries. */
  ofProcess(cell: Cell): readonly Entry<K, V>[] {
    const mine: Entry<K, V>[] = []
    for (const belonging of cell.extras?.belongings ?? []) {
      if (belonging instanceof Entry && belonging.entries === (this as unknown) && belonging.stands) mine.push(belonging as Entry<K, V>)
    }
    return mine
  }

  /** Who has entries, killed processes included. */
  *holders(): Generator<Cell, void, undefined> {
    for (const entries of this.byKey.values()) for (const { cell } of entries) yield cell
  }

  add(key: K, cell: Cell, value: V): Entry<K, V> {
    const entry = new Entry(this, key, cell, value)
    const entries = this.byKey.get(key)
    if (entries === undefined) this.byKey.set(key, new Set([entry]))
    else entries.add(entry)
    own(cell, entry)
    return entry
  }

  remove(entry: Entry<K, V>): void {
    disown(entry.cell, entry)
    this.forget(entry)
  }

  /** Takes out what killed processes have left under a key. */
  clear(key: K): void {
    for (const entry of this.byKey.get(key) ?? []) if (!entry.stands) this.remove(entry)
  }

  forget(entry: Entry<K, V>): void {
    const entries = this.byKey.get(entry.key)
    if (entries?.delete(entry) !== true) return
    if (entries.size === 0) this.byKey.delete(entry.key)
    this.onGone(entry)
  }
}

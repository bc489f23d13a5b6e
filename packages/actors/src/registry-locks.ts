/**
 * The locks of a registry: one holder a key, first come first served.
 *
 * Invariants:
 * 1. A lock is given back once: by its body, or by the end of the process for which its tasklet works, whichever comes first.
 * 2. Who waits for a lock waits for its holder, which a call cycle may lead over: the edge follows the lock from holder to holder.
 * 3. A lock that nobody holds is not kept.
 */
import type { Operation, Routine, RunLoop, Tasklet } from "@vivarium/core"
import { Offer, OwnedCall, realm, taskletOfNode, wake, type WaitNode, WaitQueue } from "@vivarium/core/lowlevel"
import type { Cell } from "./cell.ts"
import { currentCell } from "./current.ts"
import { describeValue } from "./describe.ts"
import { RegistryError } from "./errors.ts"
import { type Belonging, disown, own } from "./extras.ts"
import { addEdge, circleInWords, type Edge, pathOfWaits, removeEdge } from "./waits-for.ts"

export class Locks {
  private readonly held = new Map<unknown, Lock>()
  private readonly loop: RunLoop

  constructor(loop: RunLoop) {
    this.loop = loop
  }

  /** Performs an operation while holding the lock of a key. */
  with<R>(key: unknown, inside: Operation<R>): Operation<R> {
    return new OwnedCall<R>(this.loop, holding as never, [this, key, inside])
  }

  of(key: unknown): Lock {
    const lock = this.held.get(key) ?? new Lock(this.loop, describeValue(key), () => this.held.delete(key))
    this.held.set(key, lock)
    return lock
  }
}

function* holding<R>(locks: Locks, key: unknown, inside: Operation<R>): Routine<R> {
  const lock = locks.of(key)
  const tasklet = realm.current as Tasklet
  yield* waitFor(lock, tasklet)
  try {
    return yield* inside
  } finally {
    lock.giveBack(tasklet)
  }
}

function* waitFor(lock: Lock, tasklet: Tasklet): Routine {
  if (lock.holder === tasklet) {
    throw new RegistryError("lock_held", `the lock ${lock.key} is taken again by who holds it already; it is not re-entrant. Take it once, outside.`)
  }
  const cell = currentCell()
  if (cell === null) return yield* lock
  checkCycle(lock, cell)
  const edge: Edge = {
    nextEdge: null,
    previousEdge: null,
    // One that no process holds leads nowhere: back to where the search has been.
    get target(): Cell {
      return lock.holdingCell ?? cell
    },
  }
  addEdge(cell, edge)
  try {
    yield* lock
  } finally {
    removeEdge(cell, edge)
  }
}

function checkCycle(lock: Lock, cell: Cell): void {
  const { holdingCell } = lock
  const path = holdingCell === null || holdingCell === cell ? null : pathOfWaits(holdingCell, cell)
  if (path === null) return
  throw new RegistryError("lock_cycle", `waiting for the lock ${lock.key} would never end, for ${circleInWords(path)}. Call nobody who needs a lock that you hold.`)
}

class Lock extends Offer<void> {
  readonly key: string
  holder: Tasklet | null = null
  holdingCell: Cell | null = null
  private belonging: Belonging | null = null
  private readonly waiting = new WaitQueue()
  private readonly loop: RunLoop
  private readonly onFree: () => void

  constructor(loop: RunLoop, key: string, onFree: () => void) {
    super()
    this.loop = loop
    this.key = key
    this.onFree = onFree
  }

  override get owner(): RunLoop {
    return this.loop
  }

  ready(): boolean {
    return this.holder === null
  }

  take(): void {
    this.give(realm.current as Tasklet)
  }

  park(node: WaitNode): void {
    this.waiting.push(node)
  }

  unpark(node: WaitNode): void {
    this.waiting.remove(node)
  }

  /** It was on its way to a tasklet that will not take it. */
  override undo(brought: unknown): void {
    this.giveBack(brought as Tasklet)
  }

  /** Passes it on, if the tasklet still holds it. */
  giveBack(tasklet: Tasklet): void {
    if (this.holder !== tasklet) return
    if (this.belonging !== null) disown(this.holdingCell as Cell, this.belonging)
    const node = this.waiting.shift()
    if (node === null) {
      this.holder = null
      this.holdingCell = null
      this.belonging = null
      this.onFree()
      return
    }
    const next = taskletOfNode(node)
    this.give(next)
    wake(node, next)
  }

  override get awaited(): readonly Tasklet[] {
    return this.holder === null ? [] : [this.holder]
  }

  describe(): string {
    return `the lock ${this.key} of a registry, which ${this.holdingCell?.ref.toString() ?? this.holder?.name ?? "nobody"} holds`
  }

  private give(tasklet: Tasklet): void {
    const cell = tasklet.owner as Cell | null
    this.holder = tasklet
    this.holdingCell = cell
    this.belonging = null
    if (cell === null) return
    this.belonging = { release: () => this.giveBack(tasklet) }
    own(cell, this.belonging)
  }
}

/**
 * Timers: a binary heap by time, then by creation; removal is O(log n).
 *
 * Invariants:
 * 1. `heap[timer.index] === timer` for every timer in it; `index` is -1 outside.
 * 2. Timers due at the same time fire in the order in which they were made; none fires early.
 */
import type { Entry } from "./ingress.ts"
import type { WaitNode } from "./wait-queue.ts"

/** @internal */
export class Timer {
  readonly at: number
  readonly order: number
  /** Who is woken, or what enters, when it is due. */
  readonly node: WaitNode | Entry
  index: number

  constructor(at: number, order: number, node: WaitNode | Entry) {
    this.at = at
    this.order = order
    this.node = node
    this.index = -1
  }
}

function earlier(a: Timer, b: Timer): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}

/** @internal */
export class Timers {
  private readonly heap: Timer[] = []
  /** How many timers have been made so far. */
  made = 0

  get size(): number {
    return this.heap.length
  }

  /** The earliest timer, if any. */
  get first(): Timer | undefined {
    return this.heap[0]
  }

  /** When the first of those is due that are due later than at a time; Infinity if there is none. Looks at all. */
  nextAfter(at: number): number {
    let next = Infinity
    for (const timer of this.heap) if (timer.at > at && timer.at < next) next = timer.at
    return next
  }

  add(at: number, node: WaitNode | Entry): Timer {
    const timer = new Timer(at, ++this.made, node)
    this.heap.push(timer)
    this.rise(timer, this.heap.length - 1)
    return timer
  }

  remove(timer: Timer): void {
    const { heap } = this
    const { index } = timer
    if (index < 0) return
    timer.index = -1
    const moved = heap.pop() as Timer
    if (moved === timer) return
    if (index > 0 && earlier(moved, heap[(index - 1) >> 1] as Timer)) this.rise(moved, index)
    else this.sink(moved, index)
  }

  private rise(timer: Timer, from: number): void {
    const { heap } = this
    let index = from
    while (index > 0) {
      const up = (index - 1) >> 1
      const parent = heap[up] as Timer
      if (earlier(parent, timer)) break
      heap[index] = parent
      parent.index = index
      index = up
    }
    heap[index] = timer
    timer.index = index
  }

  private sink(timer: Timer, from: number): void {
    const { heap } = this
    const size = heap.length
    let index = from
    for (;;) {
      let down = 2 * index + 1
      if (down >= size) break
      if (down + 1 < size && earlier(heap[down + 1] as Timer, heap[down] as Timer)) down++
      const child = heap[down] as Timer
      if (earlier(timer, child)) break
      heap[index] = child
      child.index = index
      index = down
    }
    heap[index] = timer
    timer.index = index
  }
}

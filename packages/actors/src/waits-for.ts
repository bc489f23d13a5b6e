/**
 * Who waits for whom: the edges along which a call cycle is found when the call is made.
 *
 * An edge stands while a call is queued or handled, while a start has not come to its end, and while somebody waits for room. The
 * callee of most calls waits for nobody, so the search ends with one look.
 */
import type { Cell } from "./cell.ts"

/** One wait of a process for another one. */
export interface Edge {
  readonly target: Cell
  nextEdge: Edge | null
  previousEdge: Edge | null
}

export function edgeTo(target: Cell): Edge {
  return { target, nextEdge: null, previousEdge: null }
}

/** A path of waits that closes a circle, in words: it leads from whom somebody would wait for to who that is. */
export function circleInWords(path: readonly Cell[]): string {
  const names = [path.at(-1) as Cell, ...path].map(({ ref }) => ref.toString())
  return `each waits for the next: ${names.join(" -> ")}`
}

/** Notes that a process waits. */
export function addEdge(from: Cell, edge: Edge): void {
  const first = from.outgoing
  edge.nextEdge = first
  if (first !== null) first.previousEdge = edge
  from.outgoing = edge
}

/** The wait is over; nothing happens if it was before. */
export function removeEdge(from: Cell, edge: Edge): void {
  const { nextEdge, previousEdge } = edge
  if (previousEdge !== null) previousEdge.nextEdge = nextEdge
  else if (from.outgoing === edge) from.outgoing = nextEdge
  else return
  if (nextEdge !== null) nextEdge.previousEdge = previousEdge
  edge.nextEdge = null
  edge.previousEdge = null
}

/** The processes along which `to` waits for `from`, ends included, or null if it does not. */
export function pathOfWaits(to: Cell, from: Cell): readonly Cell[] | null {
  if (to === from) return [to]
  if (to.outgoing === null) return null
  const cameFrom = new Map<Cell, Cell | null>([[to, null]])
  const open = [to]
  for (let cell = open.pop(); cell !== undefined; cell = open.pop()) {
    for (let edge: Edge | null = cell.outgoing; edge !== null; edge = edge.nextEdge) {
      const { target } = edge
      if (cameFrom.has(target)) continue
      cameFrom.set(target, cell)
      if (target === from) return pathBack(cameFrom, from)
      open.push(target)
    }
  }
  return null
}

function pathBack(cameFrom: ReadonlyMap<Cell, Cell | null>, end: Cell): readonly Cell[] {
  const path: Cell[] = []
  for (let cell: Cell | null = end; cell !== null; cell = cameFrom.get(cell) ?? null) path.unshift(cell)
  return path
}

/** Circles of waits that are closed by something else than a call: a process begins to wait for one that waits for it. */
import { cycle } from "./call.ts"
import type { Cell } from "./cell.ts"
import { Request } from "./request.ts"
import { addEdge, type Edge, edgeTo, pathOfWaits } from "./waits-for.ts"

/** Notes that a process begins to wait for another one, and fails what would wait for ever now; take the edge away when the wait is over. */
export function beginWait(waiting: Cell, target: Cell): Edge {
  const edge = edgeTo(target)
  addEdge(waiting, edge)
  failCircles(waiting, target)
  return edge
}

/** A process begins to wait for another one: calls of it that would never be answered now fail, as they would had they come later. */
export function failCircles(waiting: Cell, target: Cell): void {
  for (let path = pathOfWaits(target, waiting); path !== null; path = pathOfWaits(target, waiting)) {
    const request = callTo(waiting, path.at(-2))
    if (request === undefined) return
    request.leave()
    request.fail(cycle(request, [waiting, ...path.slice(0, -1)]))
  }
}

function callTo(target: Cell, caller: Cell | undefined): Request | undefined {
  for (let edge: Edge | null = caller?.outgoing ?? null; edge !== null; edge = edge.nextEdge) {
    if (edge.target === target && edge instanceof Request) return edge
  }
  return undefined
}

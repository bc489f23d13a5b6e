/** Circles of waits. */

/** The circles in a graph of who waits for whom, each once, beginning with the one that is listed first. */
export function circlesOf<T>(edges: ReadonlyMap<T, readonly T[]>): T[][] {
  const done = new Set<T>()
  const circles: T[][] = []
  for (const start of edges.keys()) walk(start)
  return circles

  /** In depth, by a list and not on the stack. */
  function walk(start: T): void {
    const path: T[] = []
    const positions = new Map<T, number>()
    const open: { readonly node: T; readonly depth: number }[] = [{ node: start, depth: 0 }]
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      for (const left of path.splice(next.depth)) {
        done.add(left)
        positions.delete(left)
      }
      const at = positions.get(next.node)
      if (at !== undefined) circles.push(path.slice(at))
      if (at !== undefined || done.has(next.node)) continue
      positions.set(next.node, path.length)
      path.push(next.node)
      for (const node of [...(edges.get(next.node) ?? [])].reverse()) open.push({ node, depth: path.length })
    }
    for (const left of path) done.add(left)
  }
}

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
    const open: { readonly node: T; readonly depth: number }[] = [{ node: start, depth: 0 }]
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      for (const left of path.splice(next.depth)) done.add(left)
      const at = path.indexOf(next.node)
      if (at >= 0) circles.push(path.slice(at))
      if (at >= 0 || done.has(next.node)) continue
      path.push(next.node)
      for (const node of [...(edges.get(next.node) ?? [])].reverse()) open.push({ node, depth: path.length })
    }
    for (const left of path) done.add(left)
  }
}

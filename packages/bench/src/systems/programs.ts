// Which rows a system has, and which workload of its program each of them is.

export interface Programs {
  readonly rows: ReadonlySet<string>
  /** The name under which the system's program knows the row. */
  nameOf(row: string): string
}

/**
 * Most rows have the same name in the program. A row of actors can be the same work there as a row of tasklets: a process of
 * the BEAM has a mailbox in any case. `renamed` maps such rows to the workload that exists, so that none is written twice.
 */
export function programs(sameName: readonly string[], renamed: Readonly<Record<string, string>> = {}): Programs {
  const names = new Map([...sameName.map((name) => [name, name] as const), ...Object.entries(renamed)])
  return { rows: new Set(names.keys()), nameOf: (row) => names.get(row) ?? row }
}

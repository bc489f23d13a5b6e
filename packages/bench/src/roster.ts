// Which systems take part: those that are installed. The others are named with what would install them.

import type { System } from "./systems/system.ts"

export interface Roster {
  readonly systems: readonly System[]
  /** One line a system: its version, or what would install it. */
  readonly lines: readonly string[]
}

export async function prepare(candidates: readonly System[]): Promise<Roster> {
  const systems: System[] = []
  const lines: string[] = []
  for (const system of candidates) {
    const readiness = await system.prepare()
    if (readiness.ready) systems.push(system)
    const state = readiness.ready ? readiness.version : `missing; to have it: ${readiness.cure}`
    lines.push(`${system.title}: ${state}`)
  }
  return { systems, lines }
}

// Runs the rows of a table: round by round, row by row, and within a row system by system, so that a disturbance of the
// machine falls on neighbours that are compared with each other.

import { cpus } from "node:os"
import { Figures } from "./figures.ts"
import { parseLine } from "./measurement.ts"
import { pinning } from "./pinning.ts"
import { runCommand, type System } from "./systems/system.ts"
import type { Workload } from "./workload.ts"

export interface RoundOptions {
  readonly rounds: number
  readonly rows: readonly Workload[]
  readonly systems: readonly System[]
  readonly core: number | undefined
  /** Told what is about to run, and of failures. */
  readonly log: (message: string) => void
}

export interface RoundResult {
  readonly figures: Figures
  /** How many measurements failed; each was logged. */
  readonly failures: number
  /** Undefined where the processes could not be pinned. */
  readonly core: number | undefined
}

export async function runRounds({ rounds, rows, systems, core, log }: RoundOptions): Promise<RoundResult> {
  const figures = new Figures()
  // The last core, for interrupts tend to go to the first.
  const pin = pinning(core, cpus().length - 1)
  let failures = 0
  for (let round = 1; round <= rounds; round++) {
    for (const row of rows) {
      for (const system of systems) {
        if (!system.rows.has(row.name)) continue
        log(`round ${round}/${rounds}  ${row.name}  ${system.title}`)
        try {
          const line = await runCommand(pin.apply(system.command(row.name)))
          const measurement = parseLine(line)
          if (measurement === undefined) throw new Error(`no measurement in ${JSON.stringify(line)}`)
          figures.add({ system: system.id, row: row.name, round, measurement })
        } catch (error) {
          failures++
          const reason = error instanceof Error ? error.message : String(error)
          log(`${row.name} on ${system.title} failed: ${reason}`)
        }
      }
    }
  }
  return { figures, failures, core: pin.core }
}

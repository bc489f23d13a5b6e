// `bench` without a NAME: prepares the systems, runs the rounds, prints the tables.

import { writeFileSync } from "node:fs"
import { cpus } from "node:os"
import type { Figures } from "./figures.ts"
import type { TableOptions } from "./options.ts"
import { comparison, ownTable, targetTable } from "./report.ts"
import { rivals } from "./rivals.ts"
import { prepare, type Roster } from "./roster.ts"
import { type RoundResult, runRounds } from "./rounds.ts"
import { vivarium } from "./systems/vivarium.ts"

/** Prints all of it and returns the exit code: 1 if any measurement failed. A missed target is a figure, no failure. */
export async function printTables(options: TableOptions): Promise<number> {
  const roster = await prepare(options.rivals ? [vivarium, ...rivals] : [vivarium])
  const result = await runRounds({
    rounds: options.best,
    rows: options.rows,
    systems: roster.systems,
    core: options.core,
    log: (message) => process.stderr.write(`${message}\n`),
  })
  if (options.json !== undefined) writeJson(options.json, roster, { core: result.core }, result.figures)
  process.stdout.write(`${render(options, roster, result)}\n`)
  return result.failures === 0 ? 0 : 1
}

function render(options: TableOptions, roster: Roster, { figures, core }: RoundResult): string {
  const style = options.markdown ? "markdown" : "text"
  const rows = options.rows
  const others = roster.systems.filter((system) => system !== vivarium)
  const bullet = options.markdown ? "- " : ""
  const pinned = core === undefined ? "not pinned to a core" : `pinned to core ${core}`
  const sections = [
    [...roster.lines, `${cpus()[0]?.model.trim() ?? "unknown CPU"}, ${pinned}, best of ${options.best}`]
      .map((line) => `${bullet}${line}`)
      .join("\n"),
    ownTable(figures, vivarium.id, rows, style),
  ]
  if (others.length > 0) {
    sections.push(
      "Wall time, in brackets ours / theirs; best is the best of Go, BEAM and Stackless:",
      comparison(figures, vivarium, others, rows, "wall", style),
      "CPU time:",
      comparison(figures, vivarium, others, rows, "cpu", style),
    )
  }
  sections.push("Targets (n/a: a figure is missing):", targetTable(figures, vivarium.id, rows, style))
  return sections.join("\n\n")
}

/** Every single figure, with the systems and where they were pinned. */
export function writeJson(file: string, roster: Roster, pinned: Readonly<Record<string, number | undefined>>, figures: Figures): void {
  const samples = figures.samples.map(({ measurement, ...rest }) => ({
    ...rest,
    ...measurement,
    extra: Object.fromEntries(measurement.extra),
  }))
  const content = { systems: roster.lines, cpu: cpus()[0]?.model, ...pinned, samples }
  writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`)
}

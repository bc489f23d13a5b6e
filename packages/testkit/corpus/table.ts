/** The table of the corpus: which bug was found by which strategy, after how many schedules, and how fast. */
import type { Mutant } from "./mutant.ts"
import type { Searched, WayName } from "./search.ts"

/** A mutant and what the strategies made of it. */
export interface Row {
  readonly mutant: Mutant
  readonly searched: readonly Searched[]
}

const WAYS: readonly (readonly [way: WayName, head: string])[] = [
  ["random", "random"],
  ["pct", "PCT, depth 3"],
  ["delays", "delay bound 0 to 2"],
  ["exhaustive", "exhaustive"],
]

const HEADS = ["mutant", "package", ...WAYS.map(([, head]) => head), "the bug"]

/** For a terminal: the columns are padded. */
export function asText(rows: readonly Row[]): string {
  const table = [HEADS, ...rows.map(cellsOf)]
  const widths = HEADS.map((_, column) => Math.max(...table.map((cells) => (cells[column] as string).length)))
  const lines = table.map((cells) => cells.map((cell, column) => cell.padEnd(widths[column] as number)).join("  ").trimEnd())
  return `${[lines[0], widths.map((width) => "-".repeat(width)).join("  "), ...lines.slice(1)].join("\n")}\n`
}

export function asMarkdown(rows: readonly Row[]): string {
  const lines = [HEADS, HEADS.map(() => "---"), ...rows.map(cellsOf)].map((cells) => `| ${cells.join(" | ")} |`)
  return `${lines.join("\n")}\n`
}

/** What all rows come to. */
export function summaryOf(rows: readonly Row[]): string {
  const lines = WAYS.map(([way, head]) => {
    const found = rows.flatMap(({ searched }) => searched.filter((one) => one.way === way && one.finding !== null))
    return `${head}: ${found.length} of ${rows.length} found${found.length === 0 ? "" : `, ${times(found.map(({ ms }) => ms))}`}`
  })
  const best = rows.flatMap((row) => fastest(row) ?? [])
  lines.push(`by any of them: ${best.length} of ${rows.length} found${best.length === 0 ? "" : `, ${times(best)}`}`)
  const atOnce = rows.filter(({ searched }) => searched.some(({ finding, way }) => way === "delays" && finding?.bound === 0)).map(({ mutant }) => mutant.id)
  lines.push(`in the shipped order already: ${atOnce.length}${atOnce.length === 0 ? "" : ` (${atOnce.join(", ")})`}`)
  const missed = rows.filter((row) => fastest(row) === undefined).map(({ mutant }) => mutant.id)
  if (missed.length > 0) lines.push(`NOT FOUND: ${missed.join(", ")}`)
  return `${lines.join("\n")}\n`
}

/** How fast it was found, in milliseconds; undefined if it was not. */
export function fastest({ searched }: Row): number | undefined {
  const found = searched.filter(({ finding }) => finding !== null).map(({ ms }) => ms)
  return found.length === 0 ? undefined : Math.min(...found)
}

function cellsOf({ mutant, searched }: Row): string[] {
  const cells = WAYS.map(([way]) => cellOf(searched.find((one) => one.way === way)))
  return [mutant.id, mutant.package, ...cells, mutant.title]
}

function cellOf(searched: Searched | undefined): string {
  if (searched === undefined) return "?"
  const { finding, ms, schedules } = searched
  if (finding === null) return "-"
  return `${finding.bound === undefined ? "" : `bound ${finding.bound}: `}${schedules} in ${Math.round(ms)} ms`
}

function times(all: readonly number[]): string {
  const sorted = [...all].sort((a, b) => a - b)
  return `median ${Math.round(sorted[sorted.length >> 1] as number)} ms, worst ${Math.round(sorted.at(-1) as number)} ms`
}

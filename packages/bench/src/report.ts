// Turns figures into tables: our own rows with their targets, and the comparison with the rivals.

import type { Figures, Metric } from "./figures.ts"
import { figure, renderGrid, type Style } from "./grid.ts"
import { findWorkload } from "./registry.ts"
import type { System } from "./systems/system.ts"
import { bestContender, judge } from "./targets.ts"
import type { Workload } from "./workload.ts"

const withUnit = (row: Workload): string => `${row.name}, ${row.unit}`

/** Our own figures: wall, CPU, the peak of the process, and what else a row tells. */
export function ownTable(figures: Figures, ours: string, rows: readonly Workload[], style: Style): string {
  const body = rows.map((row) => [
    withUnit(row),
    figure(figures.best(ours, row, "wall")),
    row.unit === "bytes" ? "" : figure(figures.best(ours, row, "cpu")),
    figure(peakOf(figures, ours, row)),
    notesOf(figures, ours, row),
  ])
  return renderGrid([["row, unit", "wall", "CPU", "peak MB", "also"], ...body], style)
}

/** Each rival's figure with ours / theirs in brackets behind it; below 1 we are faster or smaller. */
export function comparison(
  figures: Figures,
  ours: System,
  systems: readonly System[],
  rows: readonly Workload[],
  metric: Metric,
  style: Style,
): string {
  const head = ["row, unit", ours.title, "ours / best", ...systems.map((system) => system.title)]
  const body = rows.map((row) => {
    const own = figures.best(ours.id, row, metric)
    const theirs = rivalRow(row)
    return [
      withUnit(row),
      figure(own),
      figure(ratio(own, bestContender(figures, theirs, metric))),
      ...systems.map((system) => {
        const value = figures.best(system.id, theirs, metric)
        return value === undefined ? "-" : `${figure(value)} (${figure(ratio(own, value))})`
      }),
    ]
  })
  return renderGrid([head, ...body], style)
}

/** One line a target, with whether it holds by wall and by CPU time. */
export function targetTable(figures: Figures, ours: string, rows: readonly Workload[], style: Style): string {
  const body = rows.flatMap((row) => {
    const byCpu = judge(figures, ours, row, "cpu")
    return judge(figures, ours, row, "wall").map((verdict, index) => [
      row.name,
      verdict.text,
      word(verdict.holds),
      word(byCpu[index]?.holds),
    ])
  })
  return renderGrid([["row", "target", "by wall", "by CPU"], ...body], style)
}

/** Rivals have no preference: a row of ours for another preference stands beside their only one. */
function rivalRow(row: Workload): Workload {
  return (row.variantOf === undefined ? undefined : findWorkload(row.variantOf)) ?? row
}

function ratio(ours: number | undefined, theirs: number | undefined): number | undefined {
  return ours === undefined || theirs === undefined || theirs === 0 ? undefined : ours / theirs
}

function word(holds: boolean | undefined): string {
  if (holds === undefined) return "n/a"
  return holds ? "yes" : "NO"
}

function peakOf(figures: Figures, ours: string, row: Workload): number | undefined {
  const peaks = ownSamples(figures, ours, row).map((sample) => sample.measurement.peakMegabytes)
  return peaks.length === 0 ? undefined : Math.min(...peaks)
}

function notesOf(figures: Figures, ours: string, row: Workload): string {
  const extra = ownSamples(figures, ours, row).at(-1)?.measurement.extra ?? new Map<string, string>()
  return [...extra]
    .filter(([key]) => key !== "cpu-ns")
    .map(([key, value]) => `${key}=${value}`)
    .join(" ")
}

function ownSamples(figures: Figures, ours: string, row: Workload): typeof figures.samples {
  return figures.samples.filter((sample) => sample.system === ours && sample.row === row.name)
}

// Turns figures into tables: our own rows with their targets, and the comparison with the rivals.

import type { Figures, Metric } from "./figures.ts"
import { figure, renderGrid, type Style } from "./grid.ts"
import { contenders } from "./rivals.ts"
import type { System } from "./systems/system.ts"
import { bestContender, judge, rivalRow } from "./targets.ts"
import type { Row } from "./workload.ts"

const withUnit = (row: Row): string => `${row.name}, ${row.unit}`

/** Our own figures: wall, CPU, the peak of the process, and what else a row tells. */
export function ownTable(figures: Figures, ours: string, rows: readonly Row[], style: Style): string {
  const body = rows.map((row) => [
    withUnit(row),
    figure(figures.best(ours, row, "wall")),
    row.unit === "bytes" ? "" : figure(figures.best(ours, row, "cpu")),
    figure(peakOf(figures, ours, row)),
    notesOf(figures, ours, row),
  ])
  return renderGrid([["row, unit", "wall", "CPU", "peak MB", "also"], ...body], style)
}

/** Each rival's figure with ours / theirs in brackets behind it; below 1 we are faster or smaller. One contender alone is the best. */
export function comparison(
  figures: Figures,
  ours: System,
  systems: readonly System[],
  rows: readonly Row[],
  metric: Metric,
  style: Style,
): string {
  const withBest = systems.filter((system) => contenders.includes(system.id)).length > 1
  const head = ["row, unit", ours.title, ...(withBest ? ["ours / best"] : []), ...systems.map((system) => system.title)]
  const body = rows.map((row) => {
    const own = figures.best(ours.id, row, metric)
    const theirs = rivalRow(row)
    return [
      withUnit(row),
      figure(own),
      ...(withBest ? [figure(ratio(own, bestContender(figures, theirs, metric)))] : []),
      ...systems.map((system) => {
        const value = figures.best(system.id, theirs, metric)
        return value === undefined ? "-" : `${figure(value)} (${figure(ratio(own, value))})`
      }),
    ]
  })
  return renderGrid([head, ...body], style)
}

const headOf: Readonly<Record<Metric, string>> = { wall: "by wall", cpu: "by CPU" }

/** One line a target, with whether it holds by each of the clocks. */
export function targetTable(
  figures: Figures,
  ours: string,
  rows: readonly Row[],
  style: Style,
  clocks: readonly Metric[] = ["wall", "cpu"],
): string {
  const body = rows.flatMap((row) => {
    const verdicts = clocks.map((clock) => judge(figures, ours, row, clock))
    const [first = []] = verdicts
    return first.map(({ text }, index) => [row.name, text, ...verdicts.map((each) => word(each[index]?.holds))])
  })
  return renderGrid([["row", "target", ...clocks.map((clock) => headOf[clock])], ...body], style)
}

function ratio(ours: number | undefined, theirs: number | undefined): number | undefined {
  return ours === undefined || theirs === undefined || theirs === 0 ? undefined : ours / theirs
}

function word(holds: boolean | undefined): string {
  if (holds === undefined) return "n/a"
  return holds ? "yes" : "NO"
}

function peakOf(figures: Figures, ours: string, row: Row): number | undefined {
  const peaks = ownSamples(figures, ours, row).map((sample) => sample.measurement.peakMegabytes)
  return peaks.length === 0 ? undefined : Math.min(...peaks)
}

function notesOf(figures: Figures, ours: string, row: Row): string {
  const extra = ownSamples(figures, ours, row).at(-1)?.measurement.extra ?? new Map<string, string>()
  return [...extra]
    .filter(([key]) => key !== "cpu-ns")
    .map(([key, value]) => `${key}=${value}`)
    .join(" ")
}

function ownSamples(figures: Figures, ours: string, row: Row): typeof figures.samples {
  return figures.samples.filter((sample) => sample.system === ours && sample.row === row.name)
}

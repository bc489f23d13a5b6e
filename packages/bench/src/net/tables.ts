// `bench net`, once its options are read: prepares the systems, runs the rounds, prints the tables.

import { cpus } from "node:os"
import type { Figures } from "../figures.ts"
import { figure, renderGrid, type Style } from "../grid.ts"
import type { Measurement } from "../measurement.ts"
import { UsageError } from "../options.ts"
import { comparison, targetTable } from "../report.ts"
import { prepare, type Roster } from "../roster.ts"
import { outputOf, type System } from "../systems/system.ts"
import { writeJson } from "../tables.ts"
import type { Row } from "../workload.ts"
import type { NetOptions } from "./options.ts"
import { type NetResult, runNet } from "./rounds.ts"
import { netVivarium } from "./systems.ts"

/** What a process has open besides its connections, generously. */
const otherFiles = 100

/** Returns the exit code: 1 if any measurement failed. A missed target is a figure, no failure. */
export async function printNetTables(options: NetOptions): Promise<number> {
  checkOpenFiles(options)
  const roster = await prepare([netVivarium, ...options.rivals])
  const result = await runNet(options, roster.systems, (message) => process.stderr.write(`${message}\n`))
  const { serverCore, clientCore, figures } = result
  if (options.json !== undefined) writeJson(options.json, roster, { serverCore, clientCore }, figures)
  process.stdout.write(`${render(options, roster, result)}\n`)
  return result.failures === 0 ? 0 : 1
}

/**
 * Node raises its own limit of open files as far as it may, and its children inherit that; so do Go's programs. What a shell below this
 * process reads is thus the limit of the servers and of the client.
 */
function checkOpenFiles({ workloads, sizes }: NetOptions): void {
  if (!workloads.some(({ name }) => name === "ten-thousand")) return
  const limit = outputOf("sh", "-c", "ulimit -n")
  const needed = sizes.connections + otherFiles
  if (limit === undefined || limit === "unlimited" || Number(limit) >= needed) return
  throw new UsageError(
    `ten-thousand needs ${needed} open files in a process, and the limit here is ${limit} (ulimit -n). ` +
      "Raise the hard limit, ask for fewer --connections, or leave ten-thousand out by --only.",
  )
}

function render(options: NetOptions, roster: Roster, { figures, serverCore, clientCore }: NetResult): string {
  const style = options.markdown ? "markdown" : "text"
  const rows = options.workloads.flatMap((workload) => workload.rows)
  const timed = rows.filter(({ unit }) => unit !== "bytes")
  const held = rows.filter(({ unit }) => unit === "bytes")
  const others = roster.systems.filter((system) => system !== netVivarium)
  const pinned = (core: number | undefined): string => (core === undefined ? "not pinned" : `pinned to core ${core}`)
  const bullet = options.markdown ? "- " : ""
  const model = cpus()[0]?.model.trim() ?? "unknown CPU"
  const where = `${model}, servers ${pinned(serverCore)}, client ${pinned(clientCore)}, best of ${options.best}`
  const sections = [[...roster.lines, where].map((line) => `${bullet}${line}`).join("\n")]
  if (timed.length > 0) {
    sections.push("The pass with the least CPU time of the server, and the latencies in it:", serverTable(figures, roster.systems, timed, style))
  }
  if (held.length > 0) {
    sections.push(
      "Resident memory for a connection, without the growth of V8's young generation; with it; how much that is; and what is live of it:",
      memoryTable(figures, roster.systems, held, style),
    )
  }
  sections.push(
    "CPU time of the server for a request, memory for a connection; in brackets ours / theirs:",
    comparison(figures, netVivarium, others, rows, "cpu", style),
    "Targets (n/a: a figure is missing):",
    targetTable(figures, netVivarium.id, rows, style, ["cpu"]),
  )
  return sections.join("\n\n")
}

const latencies = ["p50", "p90", "p99", "max"]

function serverTable(figures: Figures, systems: readonly System[], rows: readonly Row[], style: Style): string {
  const head = ["row, server", "CPU µs", "requests/s", "p50 µs", "p90 µs", "p99 µs", "max µs", "busy %"]
  const cost = ({ extra }: Measurement): number => Number(extra.get("cpu-ns"))
  const cells = (measurement: Measurement): readonly number[] => {
    const { operations, seconds, extra } = measurement
    return [cost(measurement) / 1e3, operations / seconds, ...[...latencies, "busy%"].map((key) => Number(extra.get(key)))]
  }
  return renderGrid([head, ...lines(figures, systems, rows, cost, cells)], style)
}

function memoryTable(figures: Figures, systems: readonly System[], rows: readonly Row[], style: Style): string {
  const cells = ({ perOperation, extra }: Measurement): readonly (number | undefined)[] => [
    perOperation,
    ...["rss", "young", "live"].map((key) => (extra.has(key) ? Number(extra.get(key)) : undefined)),
  ]
  return renderGrid([["row, server", "bytes", "RSS", "young", "live"], ...lines(figures, systems, rows, ({ perOperation }) => perOperation, cells)], style)
}

/** One line for each row and system: the cells of the measurement that cost least. */
function lines(
  figures: Figures,
  systems: readonly System[],
  rows: readonly Row[],
  cost: (measurement: Measurement) => number,
  cells: (measurement: Measurement) => readonly (number | undefined)[],
): readonly (readonly string[])[] {
  return rows.flatMap((row) =>
    systems.flatMap((system) => {
      const samples = figures.samples.filter((each) => each.system === system.id && each.row === row.name)
      const [least] = samples.map(({ measurement }) => measurement).sort((one, other) => cost(one) - cost(other))
      return least === undefined ? [] : [[`${row.name}, ${system.title}`, ...cells(least).map(figure)]]
    }),
  )
}

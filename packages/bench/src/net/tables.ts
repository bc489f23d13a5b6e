// `bench net`, once its options are read: prepares the systems, runs the rounds, prints the tables.

import { cpus } from "node:os"
import type { Figures, Sample } from "../figures.ts"
import { figure, renderGrid, type Style } from "../grid.ts"
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
  const others = roster.systems.filter((system) => system !== netVivarium)
  const pinned = (core: number | undefined): string => (core === undefined ? "not pinned" : `pinned to core ${core}`)
  const bullet = options.markdown ? "- " : ""
  const model = cpus()[0]?.model.trim() ?? "unknown CPU"
  const where = `${model}, servers ${pinned(serverCore)}, client ${pinned(clientCore)}, best of ${options.best}`
  const sections = [[...roster.lines, where].map((line) => `${bullet}${line}`).join("\n")]
  if (timed.length > 0) {
    sections.push("The pass with the least CPU time of the server, and the latencies in it:", serverTable(figures, roster.systems, timed, style))
  }
  sections.push(
    "CPU time of the server for a request, resident memory for a connection; in brackets ours / theirs:",
    comparison(figures, netVivarium, others, rows, "cpu", style),
    "Targets (n/a: a figure is missing):",
    targetTable(figures, netVivarium.id, rows, style, ["cpu"]),
  )
  return sections.join("\n\n")
}

const latencies = ["p50", "p90", "p99", "max"]

/** One line for each row and system. */
function serverTable(figures: Figures, systems: readonly System[], rows: readonly Row[], style: Style): string {
  const body = rows.flatMap((row) =>
    systems.flatMap((system) => {
      const sample = cheapest(figures.samples.filter((each) => each.system === system.id && each.row === row.name))
      if (sample === undefined) return []
      const { operations, seconds, extra } = sample.measurement
      const number = (key: string): number => Number(extra.get(key))
      const cells = [number("cpu-ns") / 1e3, operations / seconds, ...latencies.map(number), number("busy%")]
      return [[`${row.name}, ${system.title}`, ...cells.map(figure)]]
    }),
  )
  return renderGrid([["row, server", "CPU µs", "requests/s", "p50 µs", "p90 µs", "p99 µs", "max µs", "busy %"], ...body], style)
}

function cheapest(samples: readonly Sample[]): Sample | undefined {
  const cpu = ({ measurement }: Sample): number => Number(measurement.extra.get("cpu-ns"))
  return [...samples].sort((one, other) => cpu(one) - cpu(other))[0]
}

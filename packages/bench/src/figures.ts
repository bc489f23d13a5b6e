// The figures of one table: every measurement of every system, and the best of them by wall and by CPU time.

import { cpuPerOperation, type Measurement } from "./measurement.ts"
import type { Row } from "./workload.ts"

/** By which clock a table compares. Rows that measure memory are the same by both. */
export type Metric = "wall" | "cpu"

/** One measurement with where it came from, as `--json` writes it. */
export interface Sample {
  readonly system: string
  readonly row: string
  readonly round: number
  readonly measurement: Measurement
}

export class Figures {
  readonly samples: Sample[] = []

  add(sample: Sample): void {
    this.samples.push(sample)
  }

  /** The least value in the row's unit (live: bytes of live heap each); undefined when the system has none. */
  best(system: string, row: Row, metric: Metric | "live"): number | undefined {
    let best: number | undefined
    for (const sample of this.samples) {
      if (sample.system !== system || sample.row !== row.name) continue
      const value = inUnit(sample.measurement, row, metric)
      if (value !== undefined && (best === undefined || value < best)) best = value
    }
    return best
  }
}

function inUnit(measurement: Measurement, row: Row, metric: Metric | "live"): number | undefined {
  if (metric === "live") {
    const live = Number.parseFloat(measurement.extra.get("live") ?? "")
    return Number.isFinite(live) ? live : undefined
  }
  if (row.unit === "bytes") return measurement.perOperation
  const nanoseconds = metric === "wall" ? measurement.perOperation : cpuPerOperation(measurement)
  if (nanoseconds === undefined) return undefined
  if (row.unit === "µs") return nanoseconds / 1e3
  return row.unit === "s" ? (nanoseconds * measurement.operations) / 1e9 : nanoseconds
}

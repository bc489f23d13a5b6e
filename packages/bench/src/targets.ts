// What each row is to reach, on one core and in one run, and whether it does.

import type { Figures, Metric } from "./figures.ts"
import { contenders } from "./rivals.ts"
import type { Row } from "./workload.ts"

/** Our figure is to be at most `atMost` times the figure of `of`, or at most `atMost` itself where `of` is a limit. */
type Target = { readonly row: string; readonly atMost: number } & (
  | { readonly of: "best" | "go" | "beam" | "stackless" | "effect" | "gevent" }
  | { readonly of: "node"; readonly plusBytes?: number }
  | { readonly of: "row"; readonly other: string }
  | { readonly of: "limit"; readonly unit: string; readonly by?: Metric | "live" }
)

const asFastAsTheBest = ["pingpong", "ring", "spawn", "idle", "fanin", "ask", "sieve", "select", "timers"]

const actorTargets: readonly Target[] = [
  { row: "ask-actors", atMost: 0.15, of: "beam" },
  { row: "pingpong-actors", atMost: 0.5, of: "beam" },
  { row: "fanin-actors", atMost: 0.5, of: "beam" },
  { row: "fanin-actors", atMost: 1, of: "go" },
  { row: "big", atMost: 1, of: "go" },
  { row: "spawn-actors", atMost: 1, of: "beam" },
  { row: "idle-actors", atMost: 700, of: "limit", unit: "bytes live", by: "live" },
  { row: "selective", atMost: 1_000, of: "limit", unit: "µs" },
  // Unread messages are to cost a call nothing; the rest is for what two runs differ by.
  { row: "selective-call", atMost: 1.2, of: "row", other: "selective-call-empty" },
]

const supervisionTargets: readonly Target[] = [
  { row: "restart", atMost: 5, of: "limit", unit: "µs" },
  { row: "restart", atMost: 1, of: "beam" },
  { row: "restart-error", atMost: 5, of: "limit", unit: "µs" },
  // However many restarts there were, one more costs the same; the rest is for what two runs differ by.
  { row: "restart-history", atMost: 1.2, of: "row", other: "restart" },
  { row: "dynamic", atMost: 5, of: "limit", unit: "µs" },
  { row: "dynamic", atMost: 1, of: "beam" },
]

const testkitTargets: readonly Target[] = [
  // Ten million an hour.
  { row: "schedules", atMost: 360, of: "limit", unit: "µs" },
  { row: "schedules-bound2", atMost: 1, of: "limit", unit: "s" },
  { row: "schedules-bound3", atMost: 30, of: "limit", unit: "s" },
  { row: "shrink", atMost: 5, of: "limit", unit: "s" },
  { row: "day", atMost: 15, of: "limit", unit: "s" },
]

/** By CPU time of the server, or by its memory without V8's young generation; `node` is what node:http or node:net does by itself. */
const netTargets: readonly Target[] = [
  { row: "hello-http", atMost: 1.05, of: "node" },
  { row: "hello-http", atMost: 1.2, of: "go" },
  { row: "hello-http", atMost: 0.25, of: "gevent" },
  { row: "hello-http-web", atMost: 2, of: "node" },
  { row: "echo", atMost: 1.1, of: "node" },
  { row: "connect-close-http", atMost: 1.15, of: "node" },
  { row: "connect-close-tcp", atMost: 1.15, of: "node" },
  ...["ten-thousand-tcp-idle", "ten-thousand-tcp"].flatMap((row): readonly Target[] => [
    { row, atMost: 1, of: "node", plusBytes: 1_024 },
    { row, atMost: 1, of: "go" },
  ]),
  { row: "ten-thousand-http-idle", atMost: 14_336, of: "limit", unit: "bytes" },
  { row: "ten-thousand-http", atMost: 14_336, of: "limit", unit: "bytes" },
]

const targets: readonly Target[] = [
  ...asFastAsTheBest.map((row): Target => ({ row, atMost: 1, of: "best" })),
  { row: "ring", atMost: 0.8, of: "stackless" },
  { row: "spawn", atMost: 0.3, of: "stackless" },
  { row: "pingpong", atMost: 1 / 20, of: "effect" },
  { row: "skynet", atMost: 1.1, of: "go" },
  { row: "fanin-buffered", atMost: 1.5, of: "go" },
  { row: "deep", atMost: 3, of: "go" },
  { row: "deep", atMost: 0.2, of: "stackless" },
  { row: "idle", atMost: 500, of: "limit", unit: "bytes live", by: "live" },
  { row: "timers", atMost: 0.7, of: "limit", unit: "s CPU", by: "cpu" },
  { row: "fanin-receiver", atMost: 1.5, of: "row", other: "fanin" },
  { row: "sieve-receiver", atMost: 1.5, of: "row", other: "sieve" },
  { row: "select-receiver", atMost: 1.5, of: "row", other: "select" },
  ...actorTargets,
  ...supervisionTargets,
  ...testkitTargets,
  ...netTargets,
]

export interface Verdict {
  readonly text: string
  /** Undefined when a figure is missing. */
  readonly holds: boolean | undefined
}

/** The verdicts on one row. `ours` is the id of the system that is judged. */
export function judge(figures: Figures, ours: string, row: Row, metric: Metric): readonly Verdict[] {
  return targets
    .filter((target) => target.row === row.name)
    .map((target) => {
      const value = figures.best(ours, row, (target.of === "limit" ? target.by : undefined) ?? metric)
      const bar = barOf(figures, ours, row, target, metric)
      const more = target.of === "node" ? (target.plusBytes ?? 0) : 0
      const holds = value === undefined || bar === undefined ? undefined : value <= bar * target.atMost + more
      return { text: describe(target), holds }
    })
}

function barOf(figures: Figures, ours: string, row: Row, target: Target, metric: Metric): number | undefined {
  switch (target.of) {
    case "limit":
      return 1
    case "best":
      return bestContender(figures, row, metric)
    case "row":
      return figures.best(ours, { name: target.other, unit: row.unit }, metric)
    default:
      return figures.best(target.of, rivalRow(row), metric)
  }
}

/** Rivals have no preference: a row of ours for another preference stands beside their only one. */
export function rivalRow({ name, variantOf, unit }: Row): Row {
  return { name: variantOf ?? name, unit }
}

/** The best figure of Go, BEAM and Stackless, as far as they are there. */
export function bestContender(figures: Figures, row: Row, metric: Metric): number | undefined {
  const values = contenders.flatMap((id) => figures.best(id, row, metric) ?? [])
  return values.length === 0 ? undefined : Math.min(...values)
}

function describe(target: Target): string {
  if (target.of === "limit") return `≤ ${target.atMost} ${target.unit}`
  const of = target.of === "row" ? target.other : target.of
  const more = target.of === "node" && target.plusBytes !== undefined ? ` + ${target.plusBytes} bytes` : ""
  return `≤ ${target.atMost} × ${of}${more}`
}

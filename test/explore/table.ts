/** The table of `pnpm explore`: a row for each exploration, as soon as it is done. */
import type { Outcome } from "./job.ts"

export class Table {
  private readonly width: number
  private schedules = 0
  private switches = 0
  private busyMs = 0
  private readonly failed: Outcome[] = []

  constructor(labels: readonly string[]) {
    this.width = Math.max("scenario".length, ...labels.map((label) => label.length))
  }

  get head(): string {
    const cells = this.row("scenario", "strategy", "schedules", "switches", "time", "found")
    return `${cells}\n${"-".repeat(cells.length)}\n`
  }

  add(outcome: Outcome): string {
    const { job, ms, result } = outcome
    const time = `${(ms / 1000).toFixed(2)} s`
    this.busyMs += ms
    if (result === undefined) {
      this.failed.push(outcome)
      return `${this.row(job.label, job.exploration.strategy ?? "", "", "", time, "FAILED")}\n`
    }
    this.schedules += result.schedules
    this.switches += result.switches
    return `${this.row(job.label, result.strategy, number(result.schedules), number(result.switches), time, "-")}\n`
  }

  /** The totals, and the reports of what has failed. */
  end(explorations: number, scenarios: number, ms: number): string {
    const totals = [
      `${many(scenarios, "scenario")}, ${many(explorations, "exploration")}, ${many(this.schedules, "schedule")}, ${number(this.switches)} switches`,
      `${(ms / 1000).toFixed(1)} s, ${number((this.schedules / Math.max(1, this.busyMs)) * 3_600_000)} schedules an hour and worker; ${number(this.failed.length)} failed`,
    ]
    const reports = this.failed.map(({ job, report }) => `\n=== ${job.label}\n${report ?? ""}\n`)
    return `\n${totals.join("\n")}\n${reports.join("")}`
  }

  get hasFailures(): boolean {
    return this.failed.length > 0
  }

  private row(scenario: string, strategy: string, schedules: string, switches: string, time: string, found: string): string {
    return `${scenario.padEnd(this.width)}  ${strategy.padEnd(24)}  ${schedules.padStart(9)}  ${switches.padStart(11)}  ${time.padStart(9)}  ${found}`
  }
}

function number(value: number): string {
  return Math.round(value).toLocaleString("en-GB")
}

function many(value: number, noun: string): string {
  return `${number(value)} ${noun}${value === 1 ? "" : "s"}`
}

/** The chronicle of the meadow: how often each of its inhabitants has come back, and what happened last. */
import { describeReason, type System } from "@vivarium/actors"
import type { SupervisorReport } from "@vivarium/supervision"

/** How much of what happened is kept. */
const KEPT = 14

/** Something that has happened. */
export interface News {
  /** All news are counted. */
  readonly number: number
  /** When, in milliseconds since the meadow came to life. */
  readonly at: number
  readonly level: "info" | "warning" | "error"
  readonly text: string
}

export class Chronicle {
  readonly #system: System
  readonly #starts = new Map<string, number>()
  #news: News[] = []
  #count = 0

  constructor(system: System) {
    this.#system = system
    system.events.on("supervisor", (report) => this.#enter(report))
  }

  /** What happened last, the oldest first. */
  get news(): readonly News[] {
    return this.#news
  }

  /** How often somebody was started again, whoever was the reason. */
  restartsOf(id: string): number {
    return Math.max(0, (this.#starts.get(id) ?? 0) - 1)
  }

  note(text: string, level: News["level"] = "info"): void {
    this.#news = [...this.#news.slice(1 - KEPT), { number: ++this.#count, at: this.#system.scheduler.clock.now(), level, text }]
  }

  #enter(report: SupervisorReport): void {
    const { context, offender } = report
    const id = String(offender?.id)
    if (context === "child_started" || context === "child_restarted") this.#starts.set(id, (this.#starts.get(id) ?? 0) + 1)
    const text = inWords(report, id)
    if (text !== undefined) this.note(text, report.level)
  }
}

/** What is worth telling; that all go to sleep in the evening is not. */
function inWords({ context, delayMs, note, reason, supervisor }: SupervisorReport, id: string): string | undefined {
  const again = delayMs === undefined ? "" : `, and comes again in ${Math.round(delayMs)} ms`
  if (context === "child_terminated") return `${id} has ended: ${describeReason(reason)}${again}`
  if (context === "child_restarted") return `${id} is back`
  if (context === "start_error") return `${id} could not be started: ${describeReason(reason)}${again}`
  if (context === "shutdown") return `${String(supervisor)} ${note ?? "stops"}`
  return undefined
}

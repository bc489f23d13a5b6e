/** Reports in words: the one formatter for people, on the console and elsewhere. */
import { describeReason } from "@vivarium/actors"
import { describeValue } from "@vivarium/actors/lowlevel"
import { checkCount, checkOptions, readFlag } from "@vivarium/core/lowlevel"
import type { Shutdown } from "./child-spec.ts"
import { failedChild } from "./failed-to-start.ts"
import { REPORT_DEPTH, REPORT_FACT_LENGTH, REPORT_LENGTH } from "./limits.ts"
import { cut, inWords, linesOf, onOneLine } from "./printable.ts"
import { causesOf, levelOf, type Offender, type ReportParts } from "./report.ts"

/** Options of `formatReport`. */
export interface FormatReportOptions {
  /** All in one line, for logs; without a stack. Default false. */
  readonly oneLine?: boolean | undefined
  /** How many characters there may be in all. What is longer is cut, and ends with an ellipsis. Default 10,000; Infinity for all. */
  readonly maxLength?: number | undefined
  /** How many causes are told after the reason. Default 10. */
  readonly depth?: number | undefined
  /** Whether the stack of the innermost error comes last; not in one line. Default true. */
  readonly stack?: boolean | undefined
}

/** One thing that is known, by its name. */
type Fact = readonly [label: string, text: string]

const EXAMPLE = "formatReport(report, { oneLine: true, maxLength: 200 })"

/**
 * A report as text for people: what has happened, how bad it is, which supervisor and which child, why with all causes, how many restarts count, when it is started
 * again, and the stack of the innermost error. Payloads are shortened, control characters made visible. Whatever a report carries, it raises nothing;
 * for options that are wrong it raises InvalidArgumentError. Erlang: `supervisor:format_log/2`.
 *
 * @example
 * ```ts
 * import { Actor, describeReason, System } from "@vivarium/actors"
 * import { child, formatReport, supervisor } from "@vivarium/supervision"
 *
 * class Bee extends Actor {
 *   init() {
 *     throw new Error("no wings", { cause: new RangeError("a larva") })
 *   }
 * }
 * await using system = new System({ log: false })
 * system.events.on("supervisor", (report) => console.log(formatReport(report, { stack: false })))
 * await system.start(supervisor({ id: "hive", children: [child(Bee, { id: "maya" })] })).then(undefined, () => {})
 * // prints: error: child "maya" could not be started (start_error)
 * // prints:   supervisor: supervisor "hive" (#1)
 * // prints:   child:      "maya", Bee, permanent worker, 5000 ms to shut down
 * // prints:   reason:     Error: no wings
 * // prints:   caused by:  RangeError: a larva
 * // prints:   restarts:   0 of 3 within 5000 ms
 * ```
 */
export function formatReport(report: ReportParts, options: FormatReportOptions = {}): string {
  checkOptions("options", options, ["oneLine", "maxLength", "depth", "stack"], EXAMPLE)
  const { depth = REPORT_DEPTH, maxLength = REPORT_LENGTH } = options
  checkLimit("maxLength", maxLength, 1)
  checkLimit("depth", depth, 0)
  const oneLine = readFlag("oneLine", options.oneLine)
  const stack = !oneLine && readFlag("stack", options.stack ?? true)
  return inWords(() => cut(oneLine ? inOneLine(report, maxLength, depth) : inLines(report, maxLength, depth, stack), maxLength))
}

/** An integer, or Infinity. */
export function checkLimit(name: string, limit: unknown, lowest: number): void {
  if (limit === Infinity) return
  checkCount(name, limit, lowest)
}

/** What the console shows of a failed start of which it has told more already: in one line whose child, and why. */
export function formatInBrief(report: ReportParts): string {
  return inWords(() => {
    const below = failedChild(report.reason)
    const facts = factsOf(report, [], 0).filter(([label]) => label !== "child" && (label !== "restarts" || report.restarts > 0))
    const told = facts.map(([label, text]): Fact => [label, label === "reason" && below !== undefined ? `its child ${describeValue(below.id)} was not started` : text])
    return joined(report, told, REPORT_LENGTH)
  })
}

/** The spec of the child comes last, so that a cut takes that, and not what has happened. */
function inOneLine(report: ReportParts, maxLength: number, depth: number): string {
  const facts = factsOf(report, causesOf(report), depth)
  return joined(report, [...facts.filter(([label]) => label !== "child"), ...facts.filter(([label]) => label === "child")], maxLength)
}

function joined(report: ReportParts, facts: readonly Fact[], maxLength: number): string {
  return [headlineOf(report), ...facts.map(([label, text]) => `${label}: ${onOneLine(text, shareOf(maxLength))}`)].join("; ")
}

function inLines(report: ReportParts, maxLength: number, depth: number, stack: boolean): string {
  const causes = causesOf(report)
  const facts = factsOf(report, causes, depth)
  const lines = facts.map(([label, text]) => `  ${`${label}:`.padEnd(12)}${linesOf(text, shareOf(maxLength)).join(`\n${" ".repeat(14)}`)}`)
  return [headlineOf(report), ...lines, ...(stack ? stackOf(causes, maxLength) : [])].join("\n")
}

/** A long message must leave room for the rest. */
function shareOf(maxLength: number): number {
  return Math.min(maxLength, Math.max(REPORT_FACT_LENGTH, Math.floor(maxLength / 5)))
}

function headlineOf(report: ReportParts): string {
  const { context, failure, offender, reason } = report
  const child = `child ${onOneLine(inWords(() => describeValue(offender?.id)), REPORT_FACT_LENGTH)}`
  return `${levelOf(context, reason, offender?.restart, failure)}: ${happened(report, child)} (${context})`
}

function happened({ context, reason }: ReportParts, child: string): string {
  switch (context) {
    case "child_started":
      return `${child} has been started`
    case "child_restarted":
      return `${child} has been started again`
    case "child_ignored":
      return `${child} has chosen not to start`
    case "child_stopped":
      return `${child} has been stopped`
    case "child_terminated":
      return `${child} has ${endOf(reason)}`
    case "start_error":
      return `${child} could not be started`
    case "shutdown_error":
      return `${child} has not ended as it was told`
    case "shutdown":
      return reason.kind === "shutdown" && reason.detail === undefined ? "the supervisor stops by itself" : "the supervisor gives up"
    case "warning":
      return `${child} is declared in a way that may surprise`
  }
}

function endOf({ kind }: ReportParts["reason"]): string {
  if (kind === "killed") return "been killed"
  return kind === "normal" || kind === "shutdown" || kind === "ignore" ? "ended by itself" : "crashed"
}

function factsOf(report: ReportParts, causes: readonly unknown[], depth: number): Fact[] {
  const { attempt, context, delayMs, failure, maxRestarts, note, offender, reason, restarts, supervisor, withinMs } = report
  const facts: Fact[] = [["supervisor", inWords(() => supervisor)]]
  if (offender !== undefined) facts.push(["child", inWords(() => childInWords(offender))])
  if (reason.kind !== "normal" || context === "child_terminated") facts.push(["reason", inWords(() => describeReason(reason))])
  if (failure !== undefined) facts.push(["failure", inWords(() => describeReason(failure))])
  // The first one is the error that the reason, or the failure, has told already.
  const further = (failure ?? reason).kind === "error" ? causes.slice(1) : causes
  for (const cause of further.slice(0, depth)) facts.push(["caused by", inWords(() => describeValue(cause))])
  if (further.length > depth) facts.push(["caused by", `… and ${further.length - depth} more`])
  const calm = restarts === 0 && (context === "child_started" || context === "child_ignored" || context === "child_stopped" || context === "warning")
  if (!calm && maxRestarts !== Infinity) facts.push(["restarts", `${restarts > maxRestarts ? `more than ${maxRestarts}` : `${restarts} of ${maxRestarts}`} within ${withinMs} ms`])
  if (delayMs !== undefined) facts.push(["next start", `in ${Math.ceil(delayMs)} ms, attempt ${attempt}`])
  else if (context === "child_restarted" && attempt > 0) facts.push(["attempt", String(attempt)])
  if (note !== undefined) facts.push(["note", note])
  return facts
}

function childInWords({ id, kind, ref, restart, shutdownMs, significant, what }: Offender): string {
  const process = ref === undefined ? what : String(ref)
  // A start function may start anything.
  const runs = process.startsWith(what) ? process : `${what}, ${process}`
  return `${describeValue(id)}, ${runs}, ${significant ? "significant " : ""}${restart} ${kind}, ${shutdownInWords(shutdownMs)}`
}

function shutdownInWords(shutdownMs: Shutdown): string {
  if (shutdownMs === "brutal_kill") return "killed to stop it"
  return shutdownMs === "infinity" ? "any time to shut down" : `${shutdownMs} ms to shut down`
}

/** The frames of the innermost error that has a stack. */
function stackOf(causes: readonly unknown[], maxLength: number): readonly string[] {
  for (let index = causes.length - 1; index >= 0; index--) {
    const cause = causes[index]
    const stack = inWords(() => (cause instanceof Error ? (cause.stack ?? "") : ""))
    const frames = linesOf(stack, maxLength).filter((line) => /^\s+at /.test(line))
    if (frames.length > 0) return frames
  }
  return []
}

/** Reports: a failing run as text for people, in a terminal or the output of a test runner. */
import { isDeepStrictEqual } from "node:util"
import type { Written } from "./diagram-file.ts"
import { count } from "./describe.ts"
import type { Finding } from "./exploration-error.ts"
import { MOST_CHOICES, MOST_WAITS } from "./limits.ts"
import { type Column, tableOf, wrap } from "./report-table.ts"
import type { RunSettings } from "./run.ts"
import type { Step } from "./trace.ts"
import type { Wait } from "./waits.ts"

const WIDTH = 116
const INDENT = "  "

const STEP_COLUMNS: readonly Column[] = [
  { head: "step", most: 8, right: true },
  { head: "ms", most: 14, right: true },
  { head: "who", most: 26 },
  { head: "did", most: 44 },
  { head: "then", most: 34 },
]

const WAIT_COLUMNS: readonly Column[] = [
  { head: "who", most: 26 },
  { head: "waits for", most: 40 },
  { head: "up to", most: 24 },
  { head: "known", most: 30 },
]

/** How the failing run was found, and what shrinking has made of it. */
export interface FoundBy {
  /** Which strategy, with its parameters. */
  readonly strategy: string
  /** The number of the schedule, counted from 1. */
  readonly schedule: number
  /** How many choices were off the shipped order. */
  readonly deviationsBefore: number
  /** How many are after shrinking. */
  readonly deviations: number
  /** How many schedules were tried while shrinking. */
  readonly attempts: number
  /** Whether nothing more could be left out; else there was no time for it. */
  readonly shrunk: boolean
}

/** All of it. */
export function reportOf(finding: Finding, written: Written | null): string {
  const { circles, waits } = finding.trace.waits
  const parts = [
    [finding.failure.text, ...placeOf(finding)],
    wrap(foundInWords(finding.found), WIDTH),
    ["Replay it:", `${INDENT}await replay(scenario, "${finding.code}"${replayOptions(finding.settings)})`],
    choicesOf(finding),
    stepsOf(finding),
    waitsInWords(waits, circles),
    diagramLine(written),
  ]
  return parts
    .filter((part) => part.length > 0)
    .map((part) => part.join("\n"))
    .join("\n\n")
}

/** Where it broke: what is only found at the end has no place. */
function placeOf({ failure, trace }: Finding): string[] {
  const last = trace.steps.at(-1)
  if (last === undefined || (failure.kind !== "check" && failure.kind !== "error")) return []
  return [`${INDENT}at step ${last.number}, of ${last.tasklet}, at ${last.at} ms`]
}

function foundInWords(found: FoundBy | null): string {
  if (found === null) return "Replayed."
  const { attempts, deviations, deviationsBefore, schedule, shrunk, strategy } = found
  const off = `${count(deviationsBefore, "choice")} off the shipped order`
  const where = `Found by ${strategy}, in schedule ${schedule}`
  if (deviationsBefore === 0) return `${where}, which is the shipped order.`
  if (attempts === 0) return `${where}, with ${off}; it was not shrunk.`
  return `${where}, with ${off}: shrunk to ${deviations} in ${count(attempts, "attempt")}${shrunk ? "" : ", and then there was no time for more"}.`
}

/** What the code does not say. */
function replayOptions({ leaks, promises, startAt, trapped }: RunSettings & { readonly trapped: boolean }): string {
  const options = [promises ? "promises: true" : "", trapped ? "" : 'globals: "allow"', leaks === "allow" ? 'leaks: "allow"' : "", startAt === 0 ? "" : `startAt: ${startAt}`].filter((one) => one !== "")
  return options.length === 0 ? "" : `, { ${options.join(", ")} }`
}

function choicesOf({ trace: { choices } }: Finding): string[] {
  if (choices.length === 0) return ["No choice matters: it fails in the shipped order."]
  const head = choices.length === 1 ? "The one choice that matters:" : `The ${choices.length} choices that matter:`
  const shown = choices.slice(0, MOST_CHOICES)
  const more = choices.length - shown.length
  return [head, ...shown.flatMap(({ step, text }) => hanging(`at step ${step}: ${text}`)), ...(more === 0 ? [] : [`${INDENT}… and ${more} more`])]
}

/** Lines of which all but the first are indented further. */
function hanging(text: string): string[] {
  return wrap(text, WIDTH - 4).map((line, at) => `${INDENT}${at === 0 ? "" : INDENT}${line}`)
}

function stepsOf({ report: { lastSteps }, trace: { choices, steps } }: Finding): string[] {
  const shown = lastSteps === 0 ? [] : steps.slice(-lastSteps)
  if (shown.length === 0) return []
  const chosen = new Set(choices.map(({ step }) => step))
  const rows = alikeAsOne(shown).map(([{ at, did, number, tasklet, then }, last]) => {
    const numbers = number === last ? String(number) : `${number}-${last}`
    return [`${chosen.has(number) ? "* " : ""}${numbers}`, String(at), tasklet, did.join("; "), then]
  })
  const which = shown.length === steps.length ? `All ${count(steps.length, "step")}` : `The last ${shown.length} of ${count(steps.length, "step")}`
  return [`${which}${shown.some(({ number }) => chosen.has(number)) ? " (* with a choice that matters)" : ""}:`, ...tableOf(STEP_COLUMNS, rows, INDENT)]
}

/** Steps that repeat the one before are told once, with the number of the last. */
function alikeAsOne(steps: readonly Step[]): (readonly [step: Step, last: number])[] {
  const rows: (readonly [Step, number])[] = []
  for (const step of steps) {
    const before = rows.at(-1)
    if (before !== undefined && isDeepStrictEqual({ ...before[0], number: 0 }, { ...step, number: 0 })) rows[rows.length - 1] = [before[0], step.number]
    else rows.push([step, step.number])
  }
  return rows
}

function waitsInWords(waits: readonly Wait[], circles: readonly (readonly string[])[]): string[] {
  if (!waits.some(({ waitsFor }) => waitsFor !== undefined)) return []
  const idle = waits.filter((one) => one.idle).map(({ who }) => who)
  const busy = waits.filter((one) => !one.idle)
  const shown = busy.slice(0, MOST_WAITS)
  const rows = shown.map(({ hint, waitsFor, who, whom }) => [who, waitsFor ?? "nothing: it can run", whom.join(", "), hint ?? ""])
  return [
    "Who waits for what:",
    ...circles.flatMap((circle) => hanging(`each waits for the next: ${[...circle, circle[0]].join(" -> ")}`)),
    ...(rows.length === 0 ? [] : tableOf(WAIT_COLUMNS, rows, INDENT)),
    ...(busy.length > shown.length ? [`${INDENT}… and ${busy.length - shown.length} more`] : []),
    ...(idle.length === 0 ? [] : hanging(`idle, until a message comes: ${idle.slice(0, MOST_WAITS).join(", ")}${idle.length > MOST_WAITS ? ` and ${idle.length - MOST_WAITS} more` : ""}`)),
  ]
}

function diagramLine(written: Written | null): string[] {
  if (written === null) return []
  return ["file" in written ? `Sequence diagram (Mermaid): ${written.file}` : `The sequence diagram was not written: ${written.refused}`]
}

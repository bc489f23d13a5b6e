/** Crash reports: who ended abnormally, over which message, in which state. As data, and as text. */
import type { Cell } from "./cell.ts"
import { RAW, TRAPS_EXIT } from "./cell.ts"
import { describeError, describeReason, describeValue } from "./describe.ts"
import { CALL, TICK } from "./envelope.ts"
import type { ExitReason } from "./exit-reason.ts"
import { messageOf } from "./opened.ts"
import type { Ref } from "./ref.ts"
import { snapshotOf } from "./snapshot.ts"

/** What is known of a process that has ended with a reason that is not orderly. Erlang: proc_lib's crash report. */
export interface CrashReport {
  /** Who. */
  readonly ref: Ref<unknown>
  /** The name of its class or body. Erlang: the initial call. */
  readonly kind: string
  /** Why; the error of the kind `error` is the original one. */
  readonly reason: ExitReason
  /** What it was handling, if anything. The payload is the message or the list of arguments. */
  readonly message: { readonly method: string | undefined; readonly payload: unknown; readonly from: Ref<unknown> | undefined; readonly call: boolean } | undefined
  /** What `snapshot()` gave, else its public own fields; undefined of a raw process. */
  readonly state: unknown
  /** Who spawned it, and who spawned that one. */
  readonly ancestors: readonly Ref<unknown>[]
  /** To whom it was linked. */
  readonly links: readonly Ref<unknown>[]
  /** How many messages were unread. */
  readonly unread: number
  /** Whether it trapped exits. */
  readonly trapExit: boolean
  /** Milliseconds of the scheduler's clock. */
  readonly at: number
}

/** Makes the report, if anybody listens; a report costs as little as it can when it is not looked at. */
export function reportCrash(cell: Cell): void {
  const { events, log } = cell.world
  if (log === null && events.listenerCount("crash") === 0) return
  const report = makeReport(cell)
  events.emit("crash", report)
  try {
    log?.(formatCrashReport(report))
  } catch (error) {
    cell.world.uncaught(error)
  }
}

function makeReport(cell: Cell): CrashReport {
  const { actor, current, flags, ref, reason, size } = cell
  const links = [...(cell.extras?.links ?? [])].map((other) => other.ref)
  const raw = (flags & RAW) !== 0
  // Of a timer, what it brings; a Down stands there as it is, whatever its monitor makes of it.
  const payload = current?.kind === TICK ? messageOf(current) : current?.payload
  return {
    ref,
    kind: cell.kind,
    reason,
    message:
      current === null
        ? undefined
        : { method: raw || current.method === "" ? undefined : current.method, payload, from: current.sender?.ref, call: current.kind === CALL },
    state: raw || actor === undefined || typeof actor !== "object" ? undefined : stateOf(actor as object),
    ancestors: ancestorsOf(cell),
    links,
    unread: size,
    trapExit: (flags & TRAPS_EXIT) !== 0,
    at: cell.world.now,
  }
}

/** A snapshot that fails must not hide the crash. */
function stateOf(actor: object): unknown {
  try {
    return snapshotOf(actor)
  } catch (error) {
    return `no snapshot: ${describeError(error)}`
  }
}

/** Who spawned it, the nearest first. */
export function ancestorsOf(cell: Cell): readonly Ref<unknown>[] {
  const ancestors: Ref<unknown>[] = []
  for (let { parent } = cell; parent !== null; { parent } = parent) ancestors.push(parent.ref)
  return ancestors
}

/**
 * A crash report as text for people: several lines, the stack of the error last.
 *
 * @example
 * ```ts
 * import { Actor, formatCrashReport, System } from "@vivarium/actors"
 *
 * class Bee extends Actor {
 *   fly() {
 *     throw new Error("stung")
 *   }
 * }
 * await using system = new System({ log: false })
 * system.events.on("crash", (report) => console.log(formatCrashReport(report).split("\n")[0]))
 * const bee = system.spawn(Bee, { name: "Maya" })
 * await bee.call.fly().then(undefined, () => {})
 * // prints: Bee "Maya" (#1) crashed in fly(): Error: stung
 * ```
 */
export function formatCrashReport(report: CrashReport): string {
  const { ancestors, links, message, reason, ref, state, trapExit, unread } = report
  const doing = message === undefined ? "" : message.method === undefined ? ` over the message ${describeValue(message.payload)}` : ` in ${message.method}()`
  const lines = [`${String(ref)} crashed${doing}: ${describeReason(reason)}`]
  if (message?.from !== undefined) lines.push(`  sent by:   ${String(message.from)}${message.call ? ", who waits for the answer" : ""}`)
  if (Array.isArray(message?.payload) && message.payload.length > 0) lines.push(`  arguments: ${message.payload.map(describeValue).join(", ")}`)
  if (state !== undefined) lines.push(`  state:     ${describeValue(state)}`)
  if (ancestors.length > 0) lines.push(`  ancestors: ${ancestors.map(String).join(", ")}`)
  if (links.length > 0) lines.push(`  links:     ${links.map(String).join(", ")}`)
  if (unread > 0) lines.push(`  unread:    ${unread} ${unread === 1 ? "message" : "messages"}`)
  if (trapExit) lines.push("  it trapped exits")
  if (reason.kind === "error") lines.push(...stackOf(reason.error))
  return lines.join("\n")
}

/** The frames of an error and of what caused it, as lines. */
export function stackOf(error: unknown): readonly string[] {
  const lines: string[] = []
  const seen = new Set<unknown>()
  for (let one = error; one instanceof Error && !seen.has(one); one = one.cause) {
    seen.add(one)
    if (one !== error) lines.push(`  caused by: ${describeError(one)}`)
    lines.push(...(one.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line)))
  }
  return lines
}

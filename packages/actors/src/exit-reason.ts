/** Exit reasons: why a process ended. */
import { InvalidArgumentError } from "@vivarium/core"

/**
 * Why a process ended, as its links, monitors and callers are told. `normal`, `shutdown` and `ignore` are orderly; `kill` is what is sent,
 * `killed` what others see of it. Erlang: the exit reason.
 */
export type ExitReason =
  | { readonly kind: "normal" | "kill" | "killed" | "noproc" | "noconnection" | "timeout" | "ignore" }
  | { readonly kind: "shutdown"; readonly detail?: unknown }
  | { readonly kind: "error"; readonly error: unknown }
  | { readonly kind: "custom"; readonly value: unknown }

const constant = <K extends ExitReason["kind"]>(kind: K): { readonly kind: K } => Object.freeze({ kind })

/**
 * The exit reasons that carry nothing, and makers of those that do.
 *
 * @example
 * ```ts
 * import { ExitReason, isOrderly } from "@vivarium/actors"
 *
 * console.log(isOrderly(ExitReason.shutdown), isOrderly(ExitReason.error(new Error("stung"))))
 * // prints: true false
 * ```
 */
export const ExitReason = {
  /** It came to its end. */
  normal: constant("normal"),
  /** It was asked to end by whoever is responsible for it. */
  shutdown: constant("shutdown"),
  /** Sent, it ends the receiver whatever it traps; others see `killed`. */
  kill: constant("kill"),
  /** It was killed. */
  killed: constant("killed"),
  /** There was no such process. */
  noproc: constant("noproc"),
  /** The connection to its node was lost. */
  noconnection: constant("noconnection"),
  /** Something took longer than allowed. */
  timeout: constant("timeout"),
  /** Its `init` chose not to start. */
  ignore: constant("ignore"),
  /** Orderly, with a detail. Erlang: `{shutdown, Detail}`. */
  shutdownWith: (detail: unknown): ExitReason => ({ kind: "shutdown", detail }),
  /** It failed with an error. */
  error: (error: unknown): ExitReason => ({ kind: "error", error }),
  /** A reason of your own: any other Erlang term. */
  custom: (value: unknown): ExitReason => ({ kind: "custom", value }),
} as const

const KINDS = ["normal", "shutdown", "kill", "killed", "noproc", "noconnection", "timeout", "ignore", "error", "custom"]

/** Whether a reason is no crash: `normal`, `shutdown` (with any detail) and `ignore`. No report is made of these. */
export function isOrderly(reason: ExitReason): boolean {
  return reason.kind === "normal" || reason.kind === "shutdown" || reason.kind === "ignore"
}

function isExitReason(value: unknown): value is ExitReason {
  return typeof value === "object" && value !== null && KINDS.includes((value as { kind?: unknown }).kind as string)
}

/** Whether two reasons say the same. */
export function sameReason(a: ExitReason, b: ExitReason): boolean {
  if (a === b) return true
  return a.kind === b.kind && carried(a) === carried(b)
}

function carried(reason: ExitReason): unknown {
  if (reason.kind === "shutdown") return reason.detail
  if (reason.kind === "error") return reason.error
  return reason.kind === "custom" ? reason.value : undefined
}

export function checkReason(argument: string, reason: unknown): asserts reason is ExitReason {
  if (isExitReason(reason)) return
  throw new InvalidArgumentError(
    argument,
    reason,
    `an exit reason: an object whose kind is one of ${KINDS.join(", ")}`,
    'right: { kind: "shutdown" }, ExitReason.error(error), ExitReason.custom(value)',
  )
}

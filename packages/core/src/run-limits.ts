/** How far a `run()` may go. */
import { checkCount, checkDuration, checkOptions } from "./checks.ts"

/** Options of `run()`. */
export interface RunLimits {
  /** Stop at the switch after this many. */
  readonly switches?: number
  /** Stop at the next switch after this many milliseconds. */
  readonly ms?: number
}

const NO_LIMITS: Required<RunLimits> = { switches: Infinity, ms: Infinity }

/** @internal */
export function readRunLimits(limits: RunLimits | undefined): Required<RunLimits> {
  if (limits === undefined) return NO_LIMITS
  checkOptions("limits", limits, ["switches", "ms"], "run({ switches: 100 })")
  const { ms = Infinity, switches = Infinity } = limits
  if (switches !== Infinity) checkCount("switches", switches, 1)
  if (ms !== Infinity) checkDuration("ms", ms, "run({ ms: 5 })")
  return { switches, ms }
}

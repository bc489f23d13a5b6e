/** The limits of a scheduler, all in one place. */
import { checkDuration, checkOptions } from "./checks.ts"

/** What may be set when a scheduler is made. */
export interface Limits {
  /** How long a drain on the host's event loop may take before it lets I/O through. Default 5. */
  readonly budgetMs: number
  /** A slice longer than this is reported. Default 50; Infinity turns the report off. */
  readonly slowSliceMs: number
}

/** @internal */
export const DEFAULT_LIMITS: Limits = { budgetMs: 5, slowSliceMs: 50 }

/** @internal */
export function readLimits(given: Partial<Limits> | undefined): Limits {
  if (given === undefined) return DEFAULT_LIMITS
  checkOptions("limits", given, ["budgetMs", "slowSliceMs"], "{ limits: { budgetMs: 5 } }")
  const limits = { ...DEFAULT_LIMITS, ...given }
  checkDuration("limits.budgetMs", limits.budgetMs)
  if (limits.slowSliceMs !== Infinity) checkDuration("limits.slowSliceMs", limits.slowSliceMs)
  return limits
}

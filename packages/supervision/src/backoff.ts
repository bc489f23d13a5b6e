/** Back-off: growing delays between the restarts of a child that keeps failing. */
import type { Random } from "@vivarium/core"
import { BACKOFF_FACTOR, BACKOFF_JITTER, BACKOFF_MAX_MS, BACKOFF_MIN_MS, BACKOFF_RESET_AFTER_MS } from "./limits.ts"

/** Options of `backoff`; all can be left out. */
export interface BackoffOptions {
  /** The delay before the first restart, in milliseconds. Default 10. */
  readonly minMs?: number | undefined
  /** The longest delay, in milliseconds, jitter not counted. Default 30,000. */
  readonly maxMs?: number | undefined
  /** By how much each delay is longer than the one before; at least 1. Default 2. */
  readonly factor?: number | undefined
  /** By how much of it a delay is changed at random, in both directions; 0 to 1. Drawn from the seeded random of the scheduler. Default 0.2. */
  readonly jitter?: number | undefined
  /** How many restarts in a row are tried before the supervisor gives up. Default Infinity. */
  readonly maxAttempts?: number | undefined
  /** After how long a run the next failure counts as the first one again, in milliseconds. Default 60,000. */
  readonly resetAfterMs?: number | undefined
}

/** The same with nothing left out. */
export interface Backoff {
  /** See `BackoffOptions`. */
  readonly minMs: number
  /** See `BackoffOptions`. */
  readonly maxMs: number
  /** See `BackoffOptions`. */
  readonly factor: number
  /** See `BackoffOptions`. */
  readonly jitter: number
  /** See `BackoffOptions`. */
  readonly maxAttempts: number
  /** See `BackoffOptions`. */
  readonly resetAfterMs: number
}

export function withDefaults(options: BackoffOptions): Backoff {
  const { factor = BACKOFF_FACTOR, jitter = BACKOFF_JITTER, maxAttempts = Infinity, minMs = BACKOFF_MIN_MS, resetAfterMs = BACKOFF_RESET_AFTER_MS } = options
  return { minMs, maxMs: options.maxMs ?? Math.max(minMs, BACKOFF_MAX_MS), factor, jitter, maxAttempts, resetAfterMs }
}

/** The delay before a restart, in milliseconds; the first attempt is 1. */
export function delayOf({ factor, jitter, maxMs, minMs }: Backoff, attempt: number, random: Random): number {
  // Of no delay at all nothing grows; and 0 times a growth past all numbers would be none.
  const delay = minMs === 0 ? 0 : Math.min(maxMs, minMs * factor ** (attempt - 1))
  return jitter === 0 ? delay : delay * (1 - jitter + 2 * jitter * random.next())
}

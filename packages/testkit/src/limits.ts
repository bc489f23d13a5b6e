/** The limits of the package, all in one place. Times are milliseconds. */

/** How many schedules are run where chance decides. */
export const SCHEDULES = 10_000
/** A run with more switches goes nowhere. */
export const MAX_SWITCHES = 10_000
/** How many delays a schedule may have. */
export const DELAY_BOUND = 2
/** How many orderings a bug may need. */
export const PCT_DEPTH = 3
/** How long a schedule that fails is shrunk. */
export const SHRINK_MS = 5_000
/** After how long an exploration gives the host a turn. */
export const BATCH_MS = 50
/** One schedule in so many is run twice, and must be the same. */
export const DOUBLE_RUN_EVERY = 1000
/** How long an expectation waits. */
export const WITHIN_MS = 3_000
/** How long nothing must come. */
export const SILENCE_MS = 100

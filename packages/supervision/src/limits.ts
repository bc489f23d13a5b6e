/** The limits of the package, all in one place. Times are milliseconds. */

/** How many restarts are allowed within `WITHIN_MS`. */
export const MAX_RESTARTS = 3
/** How far back restarts count. */
export const WITHIN_MS = 5_000
/** How long a worker is given to shut down. */
export const SHUTDOWN_MS = 5_000
/** The first delay of a child that backs off. */
export const BACKOFF_MIN_MS = 10
/** The longest delay. */
export const BACKOFF_MAX_MS = 30_000
/** By how much each delay is longer than the one before. */
export const BACKOFF_FACTOR = 2
/** By how much of it a delay is changed at random, in both directions. */
export const BACKOFF_JITTER = 0.2
/** After how long a run the next failure counts as the first one. */
export const BACKOFF_RESET_AFTER_MS = 60_000
/** How long an application is given to shut down. */
export const APPLICATION_DEADLINE_MS = 30_000

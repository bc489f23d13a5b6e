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
/** How many characters of a report are printed. */
export const REPORT_LENGTH = 10_000
/** How many characters of one thing in a report, such as a message, are printed. */
export const REPORT_FACT_LENGTH = 2_000
/** How many causes of a reason are printed. */
export const REPORT_DEPTH = 10
/** How many causes of a reason are looked for. */
export const REPORT_CAUSES = 100
/** How many children of a kind are printed one by one under each supervisor. */
export const TREE_CHILDREN = 10
/** How long a program that holds on past the deadline is given to end by itself. */
export const LAST_RESORT_MS = 1_000

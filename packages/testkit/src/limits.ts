/** The limits of the package, all in one place. Times are milliseconds. */

/** How many schedules are run where chance decides. */
export const SCHEDULES = 10_000
/** A run with more switches goes nowhere. */
export const MAX_SWITCHES = 10_000
/** A run that is free goes nowhere if it has more of them without any time passing. */
export const MOST_SWITCHES_AT_ONCE = 3_000_000
/** A simulation with more switches has no end: some minutes of a core. */
export const SIMULATED_SWITCHES = 1_000_000_000
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
/** How many of the last steps a report prints. */
export const LAST_STEPS = 20
/** How many of the choices that matter a report lists. */
export const MOST_CHOICES = 20
/** How many of those who wait a report lists. */
export const MOST_WAITS = 30
/** After how long an exploration shows how far it is. */
export const PROGRESS_AFTER_MS = 1_000
/** How often that is shown on a terminal. */
export const PROGRESS_EVERY_MS = 200
/** How often where lines cannot be taken back. */
export const PROGRESS_LINES_EVERY_MS = 5_000
/** For how many switches a slow tasklet is held back while others can run. */
export const LONGEST_SLOW = 100
/** For how many switches a mailbox is full. */
export const FULL_FOR = 2
/** The supervisor of a test restarts so many children, */
export const MOST_RESTARTS = 1_000
/** within so many milliseconds. */
export const RESTARTS_WITHIN_MS = 1_000
/** How many choices of a run fast-check makes. */
export const CHOICES = 100
/** The largest index that it draws. */
export const LARGEST_INDEX = 100

/** The limits of the package, all in one place. Times are milliseconds. */

/** How many messages a mailbox takes: see `MailboxOptions`. */
export const MAILBOX_CAPACITY = 100_000
/** At how many unread messages a mailbox is reported. */
export const MAILBOX_REPORT_AT = 10_000
/** How long a call waits for its answer. */
export const CALL_TIMEOUT_MS = 5_000
/** How long one process is given to end when its system stops, and what async methods of an actor that ends are given. */
export const SHUTDOWN_MS = 5_000
/** How long a system is given to stop. */
export const STOP_DEADLINE_MS = 30_000
/** How many messages an actor handles before it gives way. */
export const MESSAGE_BUDGET = 1_000
/** A method that runs longer is reported. */
export const SLOW_METHOD_MS = 50
/** How many dead letters a system keeps to look at. */
export const DEAD_LETTERS_KEPT = 100
/** How many generations of dead ancestors are remembered. */
export const DEAD_ANCESTORS_KEPT = 100
/** How often a process that is killed may wait in its `finally` blocks before its frames are dropped. */
export const KILL_ROUNDS = 1_000
/** How long a task may take: to be awaited, to be shut down, and as an element of a stream. */
export const TASK_TIMEOUT_MS = 5_000
/** How many tasks of a stream run at the same time. */
export const STREAM_CONCURRENCY = 8
/** How many results an ordered stream keeps that have come before their turn. */
export const STREAM_EARLY_RESULTS = 1_000

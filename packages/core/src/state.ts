/**
 * The states and marks of a tasklet.
 *
 * Invariants:
 * 1. A tasklet is in exactly one state, and in at most one list: the run queue (READY) or one waiting list (BLOCKED).
 * 2. The states from RUNNING to CALLBACK mean *executing*: its frames are on the JavaScript stack, so nothing may resume it.
 * 3. A suspended tasklet is READY, BLOCKED or PAUSED; after a resume, a state above RUNNING asks the driver for more work.
 */

/** Bound or not, but without arguments: it cannot run yet. */
export const NEW = 0
/** Alive, in no list: `insert()` continues it. */
export const PAUSED = 1
/** In the run queue. */
export const READY = 2
/** Its pending operation waits for somebody else. */
export const BLOCKED = 3
/** Its code is running now, or has called a nested `run()`, `kill()` or `throw()`. */
export const RUNNING = 4
/** It has performed `call`: the driver must push a frame. */
export const CALLING = 5
/** Killed while executing: it ends at its next wait. */
export const MARKED = 6
/** A callback of an operation is running: it may not wait. */
export const CALLBACK = 7
/** Ended: `value` is its result or its error. */
export const DEAD = 8

/** `value` is an error to be thrown, or the kill marker, rather than a value to be handed over. */
export const FAULT = 1
/** The body has not been called yet; `value` holds its arguments. */
export const UNSTARTED = 2
/** What keeps a resume off the fast path. */
export const NOT_PLAIN = FAULT | UNSTARTED
/** A wait that would block raises instead. */
export const BLOCK_TRAP = 4
/** Any switch raises instead: the scheduler's trap, mirrored so that one test finds both traps. */
export const SWITCH_TRAP = 8
/** Either trap. */
export const TRAPS = BLOCK_TRAP | SWITCH_TRAP
/** It was killed: joining it fails with the code `killed`. */
export const KILLED = 16
/** It ended with an error. */
export const FAILED = 32
/** Its error has been reported as uncaught. */
export const REPORTED = 64
/** It is the caller of a nested `run()`. */
export const IN_RUN = 128
/** Its body is an async function: it can be told to stop, not stopped. */
export const ASYNC_BODY = 256

/** Exit codes: what a program tells of how its application has ended. */
import { type ExitReason, isOrderly } from "@vivarium/actors"
import { GAVE_UP } from "./supervision.ts"

/** The exit codes of an application, by name. A program that is started again and again can be told by them what would help. */
export const ExitCode = {
  /** It has ended in order: by itself, because it was told to, or because of a signal. */
  orderly: 0,
  /** It was not started: `start`, the tree or a phase has failed. Or it has ended, but `prepStop` or `stop` has failed: then what they were to do may not be done. */
  failed: 1,
  /** It was not started: its options or its configuration are wrong, or its tree cannot be built. To try again would not help. */
  badConfiguration: 2,
  /** Its tree has given up, has crashed or was killed. */
  gaveUp: 3,
  /** It did not end in order within its deadline, or a second signal would not wait for that. */
  deadline: 4,
} as const

/** One of the exit codes. */
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode]

/** What the end of the tree means for the program. */
export function codeOfEnd(reason: ExitReason): ExitCode {
  return isOrderly(reason) && !(reason.kind === "shutdown" && reason.detail === GAVE_UP) ? ExitCode.orderly : ExitCode.gaveUp
}

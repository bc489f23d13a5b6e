/** Choices: what a schedule is made of. */
import type { ChoiceKind as SchedulerChoice } from "@vivarium/core"

/** What a choice is about: those of the scheduler, and which fault happens, 0 being none. */
export type ChoiceKind = SchedulerChoice | "fault"

/** Their numbers in traces. The order is part of schedule codes. */
export const CHOICE_KINDS: readonly ChoiceKind[] = ["tasklet", "case", "timers", "due", "fault"]

/** One choice of a run that has been made. */
export interface Choice {
  readonly kind: ChoiceKind
  /** Among how many. */
  readonly count: number
  /** What was chosen; 0 is the shipped order. */
  readonly index: number
}

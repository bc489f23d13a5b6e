/** What a strategy is: it says which schedules are run, one after another. */
import type { ChoiceKind } from "./choice.ts"
import type { Run } from "./run.ts"

/** Makes the choices of a run. */
export interface Chooser {
  /** An integer from 0 to `count` - 1. */
  choose(kind: ChoiceKind, count: number, run: Run): number
  /** Told of a run that is about to begin. */
  started?(run: Run): void
  /** Told of each slice that has ended, after all that is judged there; not all need to know. */
  sliced?(run: Run): void
  /** Told of what the running slice says that it touches. */
  touched?(key: unknown): void
}

/** Makes the choices of many runs. */
export interface Strategy extends Chooser {
  /** As reports call it. */
  readonly name: string
  /** Sets out for the next schedule; says false when there is none that has not been run. */
  begin(): boolean
  /** Told of a run that has come to its end. */
  ended(run: Run): void
  /** Nothing more will be run. */
  close?(): void
  /** What can be said of what has been run so far, if anything: a probability, a bound. */
  readonly coverage?: string | undefined
  /** False if it had to leave out schedules that it should have run. */
  readonly complete?: boolean
}

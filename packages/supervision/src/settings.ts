/** What a supervisor does when a child ends: its flags, checked, with their defaults. */
import type { ChildSpec } from "./child-spec.ts"

/** Who is restarted with a child: nobody, all, or those that were started after it. */
export type Strategy = "one_for_one" | "one_for_all" | "rest_for_one"

/** Whether a supervisor stops when significant children have ended by themselves. */
export type AutoShutdown = "never" | "any_significant" | "all_significant"

/** The flags that can be changed while a supervisor runs; what is left out stays as it is. */
export interface FlagChanges {
  /** See `SupervisorFlags`. */
  readonly strategy?: Strategy | undefined
  /** See `SupervisorFlags`. */
  readonly maxRestarts?: number | undefined
  /** See `SupervisorFlags`. */
  readonly withinMs?: number | undefined
  /** See `SupervisorFlags`. */
  readonly autoShutdown?: AutoShutdown | undefined
}

/** The flags of a dynamic supervisor that can be changed while it runs; what is left out stays as it is. */
export interface DynamicFlagChanges {
  /** See `DynamicFlags`. Children that are there already stay, also if they are more. */
  readonly maxChildren?: number | undefined
  /** See `DynamicFlags`. */
  readonly maxRestarts?: number | undefined
  /** See `DynamicFlags`. */
  readonly withinMs?: number | undefined
}

export interface Settings {
  readonly strategy: Strategy
  readonly maxRestarts: number
  readonly withinMs: number
  readonly autoShutdown: AutoShutdown
  /** Those to start with. */
  readonly children: readonly ChildSpec<unknown>[]
  /** Of a dynamic supervisor. */
  readonly dynamic: Dynamic | null
}

/** What the `init` of a tree that is a value gives: its flags were checked when it was made. */
export class CheckedFlags {
  readonly settings: Settings

  constructor(settings: Settings) {
    this.settings = settings
  }
}

export interface Dynamic {
  readonly maxChildren: number
  /** Put before the arguments of every child. */
  readonly extraArguments: readonly unknown[]
  /** What all children are made of, if `startChild` takes arguments alone. */
  readonly template: ChildSpec<unknown> | undefined
}

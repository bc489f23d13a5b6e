/** What a supervisor does when a child ends: its flags, checked, with their defaults. */
import type { ChildSpec } from "./child-spec.ts"

/** Who is restarted with a child: nobody, all, or those that were started after it. */
export type Strategy = "one_for_one" | "one_for_all" | "rest_for_one"

/** Whether a supervisor stops when significant children have ended by themselves. */
export type AutoShutdown = "never" | "any_significant" | "all_significant"

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

export interface Dynamic {
  readonly maxChildren: number
  /** Put before the arguments of every child. */
  readonly extraArguments: readonly unknown[]
  /** What all children are made of, if `startChild` takes arguments alone. */
  readonly template: ChildSpec<unknown> | undefined
}

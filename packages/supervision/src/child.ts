/**
 * One child of a supervisor: its spec, and what has become of it.
 *
 * Invariants:
 * 1. `cell` is its process, from before its `init` until its end has been dealt with; there is never a second one.
 * 2. While it waits to be started again, `retry` says for what; then `cell` is null.
 */
import { ExitReason, type Ref } from "@vivarium/actors"
import { addWatcher, type Cell, DEAD, type Watcher } from "@vivarium/actors/lowlevel"
import type { ChildSpec } from "./child-spec.ts"
import type { Retry } from "./retry.ts"

/** What a child does: it runs (or is being started or stopped), waits for its next start, or is not there. */
export type ChildState = "running" | "restarting" | "stopped"

/** Who is told of its end. */
export interface Keeper {
  /** A child has ended by itself. */
  ended(child: Child, cell: Cell, reason: ExitReason): void
}

export class Child implements Watcher {
  spec: ChildSpec<unknown>
  /** Forgotten once a temporary child runs. */
  args: readonly unknown[] | undefined
  cell: Cell | null = null
  retry: Retry | null = null
  /** Its last process, by which it is known while it waits. */
  last: Cell | null = null
  /** It is about to run again, and its `init` is not done: nobody sees its process before. */
  restarting = false
  /** How often in a row it has been restarted with a delay. */
  attempts = 0
  /** Why its last start has failed. */
  failure: ExitReason = ExitReason.normal
  /** Whether its end for good is still to come, if it is significant. */
  expected = false
  /** When it was started last, on the clock of the scheduler. */
  startedAt = 0
  older: Child | null = null
  younger: Child | null = null
  private readonly keeper: Keeper

  constructor(keeper: Keeper, spec: ChildSpec<unknown>, args: readonly unknown[] | undefined) {
    this.keeper = keeper
    this.spec = spec
    this.args = args
  }

  get state(): ChildState {
    if (this.retry !== null || this.restarting) return "restarting"
    return this.cell === null ? "stopped" : "running"
  }

  /** Its process, if it runs. */
  get ref(): Ref<unknown> | undefined {
    return this.restarting ? undefined : this.cell?.ref
  }

  /** It is never started again, so nothing is kept of what it was started with, unless that is a template. */
  forgetArguments(template: ChildSpec<unknown> | undefined): void {
    this.args = undefined
    if (this.spec !== template && this.spec.args !== undefined && this.spec.args.length > 0) this.spec = this.spec.withArguments(undefined)
  }

  /** Has its keeper told of its end, also if that has come already. */
  watch(cell: Cell): void {
    if (cell.state === DEAD) this.fire(cell.reason)
    else addWatcher(cell, this)
  }

  /** Its end is not told any more; one that has been told already is not heeded. */
  unwatch(): void {
    this.cell?.extras?.watchers?.delete(this)
  }

  fire(reason: ExitReason): void {
    if (this.cell !== null) this.keeper.ended(this, this.cell, reason)
  }
}

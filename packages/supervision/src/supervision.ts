/**
 * The inside of a supervisor: its children, and what it does when one of them ends.
 *
 * All of it runs in the turns of the supervisor's own process, one message after another; reading it is possible at any time.
 *
 * Invariants:
 * 1. One failure is one restart, however many children it takes down; so is each attempt that fails.
 * 2. A child is started only when its last process, and all that was below that, has ended.
 * 3. While a delay runs the supervisor handles other messages; whatever ends the child, or the supervisor, ends the delay.
 * 4. No child outlives the supervisor: it stops them, or leaves them as orphans, which are ended.
 */
import { ExitReason, isOrderly } from "@vivarium/actors"
import { adopt, awaitStart, beginWait, type Belonging, type Cell, checkStart, DEAD, failCircles, RAW, removeEdge, requestStop, type World } from "@vivarium/actors/lowlevel"
import type { Routine } from "@vivarium/core"
import { delayOf } from "./backoff.ts"
import { Child, type Keeper } from "./child.ts"
import { ChildEnd } from "./child-end.ts"
import { Children } from "./children.ts"
import type { ChildSpec } from "./child-spec.ts"
import { FailedToStart, isStartError } from "./failed-to-start.ts"
import { SHUTDOWN_MS } from "./limits.ts"
import { hasOrphans, leaveOrphans, type Orphan, orphansGone } from "./orphans.ts"
import { Reporter } from "./reporter.ts"
import { RestartWindow } from "./restart-window.ts"
import { Retry } from "./retry.ts"
import type { Settings } from "./settings.ts"
import { type Outcome, spawnChild, startBy, StartFailed } from "./starting.ts"
import type { StartHost } from "./start-function.ts"
import { Stopping } from "./stopping.ts"

/** The reason with which a supervisor gives up. */
export const GAVE_UP = "gave_up"

export class Supervision implements Keeper, Belonging {
  readonly cell: Cell
  readonly host: StartHost
  settings: Settings
  readonly children: Children
  window: RestartWindow
  readonly reporter: Reporter
  /** Whether its start is not wanted any more: see `cancelStart`. */
  cancelled = false
  /** How many children wait out a delay. */
  private delayed = 0
  /** How many significant children have not ended for good. */
  private significant = 0

  constructor(host: StartHost, cell: Cell, settings: Settings) {
    this.host = host
    this.cell = cell
    this.settings = settings
    this.children = new Children(settings.dynamic === null)
    this.window = new RestartWindow(settings.maxRestarts, settings.withinMs)
    this.reporter = new Reporter(this)
  }

  get world(): World {
    return this.cell.world
  }

  /** Starts the first children, in their order. Gives null, or why the supervisor cannot start: then all are stopped again. */
  *open(): Routine<ExitReason | null> {
    for (const spec of this.settings.children) {
      const child = this.make(spec)
      this.children.add(child)
      this.reporter.declared(child)
    }
    for (const child of this.children) {
      if (this.cancelled) {
        yield* this.close()
        return ExitReason.shutdown
      }
      const outcome = yield* this.start(child, "child_started")
      if (!(outcome instanceof StartFailed)) continue
      // One whose start was cancelled has ended as it was told.
      this.reporter.tell(this.cancelled && outcome.reason.kind === "shutdown" ? "child_stopped" : "start_error", outcome.reason, child)
      yield* this.close()
      return ExitReason.shutdownWith(new FailedToStart(child.spec.id, outcome.error))
    }
    return null
  }

  /** Stops all children, the youngest first; dynamic ones all at once. */
  *close(): Routine {
    if (this.settings.dynamic === null) {
      for (let child = this.children.youngest; child !== null; child = child.older) yield* this.stop(child)
      return
    }
    const stopping: (readonly [Child, Stopping])[] = []
    for (const child of this.children) {
      const one = this.tellToStop(child)
      if (one !== null) stopping.push([child, one])
    }
    for (const [, { target }] of stopping) if (target.outgoing !== null) failCircles(this.cell, target)
    try {
      for (const [child, one] of stopping) {
        yield* one
        one.over()
        yield* orphansGone(one.target, this.cell)
        child.cell = null
        this.reporter.stopped(child, one)
      }
    } finally {
      // Killed meanwhile, it leaves the rest as orphans, whose time is counted anew.
      for (const [, one] of stopping) one.over()
    }
  }

  /** The supervisor has ended: what it could not stop must end, too. */
  release(): void {
    const left: Orphan[] = []
    const dead: Cell[] = []
    // What a start function has spawned that is no child yet.
    for (const cell of this.cell.extras?.links ?? []) {
      if (cell.parent !== this.cell) continue
      adopt(cell, this.cell)
      left.push({ cell, shutdownMs: SHUTDOWN_MS })
    }
    for (const child of this.children) {
      child.retry?.cancel()
      const { cell } = child
      if (cell === null) continue
      if (cell.state !== DEAD) {
        child.unwatch()
        left.push({ cell, shutdownMs: child.spec.shutdownMs })
      } else if (hasOrphans(cell)) dead.push(cell)
    }
    if (left.length > 0 || dead.length > 0) leaveOrphans(this.cell, left, dead)
  }

  /** A child that is not in the list yet. */
  make(spec: ChildSpec<unknown>, args: readonly unknown[] | undefined = spec.args): Child {
    return new Child(this, spec, args)
  }

  /** A child has ended by itself: comes from its process, and is dealt with in the supervisor's next turn. */
  ended(child: Child, cell: Cell, reason: ExitReason): void {
    new ChildEnd(child, cell, reason).tell(this.cell, cell)
  }

  /** Deals with the end of a child: at once, or by what this gives. */
  heal(child: Child, cell: Cell, reason: ExitReason): Routine | undefined {
    if (child.cell !== cell) return undefined
    if (hasOrphans(cell)) return this.healAfter(child, cell, reason)
    child.cell = null
    return this.dealWith(child, reason)
  }

  /** A supervisor was killed: nothing is decided before all that it has left behind is gone. */
  private *healAfter(child: Child, cell: Cell, reason: ExitReason): Routine {
    child.restarting = child.spec.restart !== "temporary"
    yield* orphansGone(cell, this.cell)
    child.restarting = false
    child.cell = null
    const dealing = this.dealWith(child, reason)
    if (dealing !== undefined) yield* dealing
  }

  private dealWith(child: Child, reason: ExitReason): Routine | undefined {
    const { restart } = child.spec
    if (restart === "permanent" || (restart === "transient" && !isOrderly(reason))) return this.restart(child, reason, "child_terminated")
    this.reporter.tell("child_terminated", reason, child)
    if (restart === "temporary" || this.settings.dynamic !== null) this.children.remove(child)
    this.expect(child, false)
    if (child.spec.significant) this.shutDownBySignificant(child, reason)
    return undefined
  }

  /** Counts the significant children whose end for good is still to come. */
  private expect(child: Child, expected: boolean): void {
    if (!child.spec.significant || child.expected === expected) return
    child.expected = expected
    this.significant += expected ? 1 : -1
  }

  /** Tries a child again whose start has failed, or whose delay is over. */
  *retry(retry: Retry): Routine {
    if (!retry.holds) return
    const { child } = retry
    child.retry = null
    if (retry.delayed) {
      this.delayed--
      yield* this.startGroup(child, null)
    } else yield* this.restart(child, child.failure, null)
  }

  /** Starts a child whose last process has ended, and waits until its `init` is done. */
  *start(child: Child, context: "child_started" | "child_restarted"): Routine<Outcome> {
    const { last, spec } = child
    let outcome: Outcome = "running"
    child.restarting = context === "child_restarted"
    try {
      if (spec.start !== undefined) outcome = yield* startBy(this, child, spec.start)
      else {
        const cell = spawnChild(this, child)
        if ((cell.flags & RAW) === 0) {
          const starting = awaitStart(cell, null, spec.startTimeoutMs)
          try {
            yield* starting
          } finally {
            starting.over()
          }
          checkStart(starting)
        }
      }
    } catch (error) {
      if (child.cell !== null && hasOrphans(child.cell)) yield* orphansGone(child.cell, this.cell)
      this.children.runsNot(child, last)
      if (!(isStartError(error) && error.code === "ignore")) return new StartFailed(error)
    } finally {
      child.restarting = false
    }
    if (child.cell === null) {
      this.expect(child, false)
      this.reporter.tell("child_ignored", ExitReason.ignore, child)
      if (spec.restart === "temporary" || this.settings.dynamic !== null) this.children.remove(child)
      return "ignored"
    }
    if (spec.backoff !== undefined) child.startedAt = this.world.now
    if (spec.restart === "temporary") child.forgetArguments(this.settings.dynamic?.template)
    this.expect(child, true)
    child.watch(child.cell)
    this.reporter.tell(context, ExitReason.normal, child)
    return outcome
  }

  /** Stops one child, or ends its wait. */
  *stop(child: Child): Routine {
    const stopping = this.tellToStop(child)
    if (stopping === null) return
    // A child that calls its supervisor while that waits for its end is told so.
    const edge = beginWait(this.cell, stopping.target)
    try {
      yield* stopping
    } finally {
      removeEdge(this.cell, edge)
      stopping.over()
    }
    if (hasOrphans(stopping.target)) yield* orphansGone(stopping.target, this.cell)
    child.cell = null
    this.reporter.stopped(child, stopping)
  }

  /** Null if there is nothing to wait for. */
  private tellToStop(child: Child): Stopping | null {
    this.expect(child, false)
    if (child.retry !== null) {
      if (child.retry.delayed) this.delayed--
      child.retry.cancel()
      this.reporter.tell("child_stopped", ExitReason.shutdown, child)
    }
    if (child.cell === null) return null
    this.countAnew(child)
    child.unwatch()
    return new Stopping(child.cell, this.cell, child.spec.shutdownMs)
  }

  /** Starts the rest of a group that has waited for a child which will not come. */
  *goOnWithout(child: Child): Routine {
    yield* this.startGroup(child, child)
  }

  /** Restarts a child, and those that share its fate: at once, or after its delay. Tells first what has happened to it, if that is not known yet. */
  private *restart(child: Child, reason: ExitReason, news: "child_terminated" | "start_error" | null): Routine {
    const alone = this.settings.strategy === "one_for_one"
    const delayMs = this.nextDelay(child, news === "child_terminated")
    if (news !== null) this.reporter.tell(news, reason, child, delayMs === Infinity ? undefined : delayMs)
    // Nothing can be started any more: this one will be told to stop, too.
    if (this.world.stopping) return
    if (delayMs === Infinity || (delayMs === undefined && !this.window.admit(this.world.now))) return this.giveUp(child, reason)
    if (!alone) {
      child.restarting = true
      yield* this.stopGroup(child)
      child.restarting = false
    }
    if (delayMs !== undefined) {
      this.delayed++
      Retry.after(this.cell, child, delayMs)
    } else if (!alone) yield* this.startGroup(child, null)
    else {
      const outcome = yield* this.start(child, "child_restarted")
      if (outcome instanceof StartFailed) yield* this.retryLater(child, outcome)
    }
  }

  /** The delay before the next restart of a child that backs off: Infinity if there will be none. */
  private nextDelay(child: Child, died: boolean): number | undefined {
    const { backoff } = child.spec
    if (backoff === undefined) return undefined
    if (died) this.countAnew(child)
    child.attempts++
    return child.attempts > backoff.maxAttempts ? Infinity : delayOf(backoff, child.attempts, this.world.loop.random)
  }

  /** Delays begin anew for a child that has run for long enough, however that has come to its end. */
  private countAnew(child: Child): void {
    const { backoff } = child.spec
    if (backoff !== undefined && this.world.now - child.startedAt >= backoff.resetAfterMs) child.attempts = 0
  }

  /** Stops those that share the fate of a child. One that waits out a delay goes on waiting; temporary ones are forgotten. */
  private *stopGroup(child: Child): Routine {
    const { strategy } = this.settings
    for (let other = this.children.youngest; other !== null; other = other.older) {
      if (other === child) {
        if (strategy === "rest_for_one") return
        continue
      }
      if (other.retry?.delayed === true) continue
      yield* this.stop(other)
      if (other.spec.restart === "temporary") this.children.remove(other)
    }
  }

  /** Starts a child and those that share its fate, except for one that is left out. Nobody behind one that waits is started. */
  private *startGroup(child: Child, leftOut: Child | null): Routine {
    const { strategy } = this.settings
    if (this.mustWait(child)) return
    for (let one = strategy === "one_for_all" ? this.children.oldest : child; one !== null; one = strategy === "one_for_one" ? null : one.younger) {
      // In a system that stops nothing can be started any more.
      if (one.retry !== null || this.world.stopping) return
      if (one.cell !== null || one === leftOut) continue
      const outcome = yield* this.start(one, "child_restarted")
      if (outcome instanceof StartFailed) return yield* this.retryLater(one, outcome)
    }
  }

  /** Whether somebody waits on whom a child depends: then it is started with that one. */
  private mustWait(child: Child): boolean {
    const { strategy } = this.settings
    if (strategy === "one_for_one" || this.delayed === 0) return false
    for (const other of this.children) {
      if (strategy === "rest_for_one" && other === child) return false
      if (other.retry?.delayed === true) return true
    }
    return false
  }

  /** A child could not be restarted: it is tried again when its turn comes, or after its delay. */
  private *retryLater(child: Child, failed: StartFailed): Routine {
    child.failure = failed.reason
    if (child.spec.backoff !== undefined) return yield* this.restart(child, failed.reason, "start_error")
    this.reporter.tell("start_error", failed.reason, child)
    Retry.now(this.cell, child)
  }

  private giveUp(child: Child, reason: ExitReason): void {
    const end = ExitReason.shutdownWith(GAVE_UP)
    this.reporter.gaveUp(child, reason, end)
    this.children.remove(child)
    requestStop(this.cell, end)
  }

  /** A significant child has ended by itself for good. */
  private shutDownBySignificant(child: Child, reason: ExitReason): void {
    const { autoShutdown } = this.settings
    if (autoShutdown === "never" || (autoShutdown === "all_significant" && this.significant > 0)) return
    this.reporter.stopsBySignificant(child, reason, ExitReason.shutdown)
    requestStop(this.cell, ExitReason.shutdown)
  }
}

/**
 * Structured tasklets: a group ends when all its members have ended.
 *
 * Invariants:
 * 1. No member outlives the group's operation, unless that operation itself is killed again; then they are killed as often.
 * 2. The first uncaught error of a member cancels the others and is raised; errors after it are uncaught errors, and so is that one
 *    if the operation is killed before it can raise it.
 */
import { type Body, checkBody, type Outcome, type StarredBody } from "./body.ts"
import { OwnedCall } from "./call.ts"
import { TaskletError } from "./errors.ts"
import { Join } from "./join.ts"
import { checkNested, resumeFlat, START_WEIGHT } from "./kill.ts"
import { wakeAll } from "./offer.ts"
import type { Operation } from "./operation.ts"
import { QueuedOffer } from "./queued-offer.ts"
import { realm, type Suspend } from "./realm.ts"
import type { RunLoop } from "./run-loop.ts"
import { createFor } from "./start.ts"
import type { Tasklet } from "./tasklet.ts"
import { WaitQueue } from "./wait-queue.ts"

/** The members of a `group`: its body and what it spawns. */
export class Group {
  private readonly scheduler: RunLoop
  private readonly members = new Set<Tasklet>()
  private readonly waiting = new WaitQueue()
  private failure: { readonly error: unknown; readonly member: Tasklet } | null = null
  /** Whether the operation itself is being killed: whoever is spawned now has come too late. */
  private cancelled = false
  private over = false

  /** @internal */
  constructor(scheduler: RunLoop) {
    this.scheduler = scheduler
    scheduler.made?.(this)
  }

  /** How many members have not ended, the body included. */
  get size(): number {
    return this.members.size
  }

  /** Starts a member: appended to the run queue. Its uncaught error cancels the group; a joiner that waits for it gets it instead. */
  spawn<A extends readonly unknown[], R>(body: StarredBody<A, R>, ...args: A): Tasklet<Outcome<R>> {
    const tasklet = this.admit(null, body, args)
    if (this.failure === null && !this.cancelled) this.scheduler.append(tasklet)
    else tasklet.kill()
    return tasklet as Tasklet<Outcome<R>>
  }

  /** @internal Starts the body, at once. */
  begin(body: Body): Tasklet {
    const tasklet = this.admit(realm.current, body, [this])
    resumeFlat(tasklet, START_WEIGHT)
    return tasklet
  }

  private admit(parent: Tasklet | null, body: unknown, args: readonly unknown[]): Tasklet {
    checkBody(body)
    if (this.over) throw new TaskletError("dead", "spawn() on a group that has ended. Spawn from inside the group's body or its members.")
    const tasklet = createFor(parent, this.scheduler, body, ...args)
    tasklet.detail().group = this
    this.scheduler.begun(tasklet)
    this.members.add(tasklet)
    return tasklet
  }

  /** @internal Says whether the group answers for the error. */
  failedMember(tasklet: Tasklet): boolean {
    if (this.failure !== null || this.over || this.cancelled) return false
    this.failure = { error: tasklet.value, member: tasklet }
    for (const member of this.members) member.kill({ pending: true })
    return true
  }

  /** @internal */
  endedMember(tasklet: Tasklet): void {
    this.members.delete(tasklet)
    if (this.members.size > 0) return
    wakeAll(this.waiting, undefined)
  }

  /** @internal */
  listMembers(): readonly Tasklet[] {
    return [...this.members]
  }

  /** @internal The operation itself is being killed: it will raise nothing any more, so an error that waited for that is uncaught. */
  cancel(): void {
    this.cancelled = true
    if (this.failure !== null) this.scheduler.uncaught(this.failure.member)
  }

  /** @internal */
  killAll(): void {
    for (const member of this.members) member.kill()
  }

  /** @internal Gives the body's result, or raises the group's failure. */
  finish(root: Tasklet): unknown {
    this.over = true
    if (this.failure !== null) throw this.failure.error
    return new Join(root).take()
  }

  /** @internal */
  emptied(): Operation<void> {
    return new Emptied(this, this.waiting)
  }
}

class Emptied extends QueuedOffer<void> {
  private readonly group: Group

  constructor(group: Group, waiting: WaitQueue) {
    super(waiting, null)
    this.group = group
  }

  ready(): boolean {
    return this.group.size === 0
  }

  take(): void {}

  override get awaited(): readonly Tasklet[] {
    return this.group.listMembers()
  }

  describe(): string {
    return `the end of ${this.group.size} members of a group`
  }
}

function* runGroup(body: Body): Generator<Suspend, unknown, unknown> {
  checkNested(realm.current as Tasklet, "group()", "Spawn members from one group instead of nesting groups")
  const group = new Group((realm.current as Tasklet).scheduler)
  const root = group.begin(body)
  let emptied = false
  try {
    yield* group.emptied()
    emptied = true
  } finally {
    if (!emptied) group.cancel()
    if (group.size > 0) {
      group.killAll()
      try {
        yield* group.emptied()
      } finally {
        // Killed again: its members are, too, so that none is left behind.
        if (group.size > 0) group.killAll()
      }
    }
  }
  return group.finish(root)
}

/**
 * Runs a body that may spawn members, and waits until all of them have ended: no child is left behind. The body runs on a
 * member of its own, at once up to its first wait. The first failure cancels the rest and is raised, as the original object;
 * killing the tasklet that performs the group kills all members and waits for their `finally` blocks. The result is the
 * body's. A failing member kills the body where it waits, so a `catch` there does not see it: catch around the group, or join
 * the member. Of the family of Trio's nursery and Go's errgroup.
 *
 * @example
 * ```ts
 * import { group, main, sleep } from "@vivarium/core"
 *
 * const sum = await main(function* () {
 *   return yield* group(function* (bees) {
 *     const one = bees.spawn(function* () { yield* sleep(2); return 1 })
 *     const two = bees.spawn(function* () { yield* sleep(1); return 2 })
 *     return (yield* one) + (yield* two)
 *   })
 * })
 * console.log(sum)
 * // prints: 3
 * ```
 */
export function group<R>(body: StarredBody<[members: Group], R>): Operation<Outcome<R>> {
  checkBody(body)
  return groupOf<R>(null, body)
}

/** @internal A group that belongs to a scheduler, or to none. */
export function groupOf<R>(owner: RunLoop | null, body: Body<[members: Group], R>): Operation<Outcome<R>> {
  return new OwnedCall<Outcome<R>>(owner, runGroup as Body<never> as Body, [body])
}

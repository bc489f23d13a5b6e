/** Joining: waiting for a tasklet's end. */
import { TaskletError } from "./errors.ts"
import { Offer, wake, wakeWithError } from "./offer.ts"
import type { Operation } from "./operation.ts"
import type { RunLoop } from "./run-loop.ts"
import { DEAD, FAILED, KILLED } from "./state.ts"
import type { Tasklet } from "./tasklet.ts"
import { WaitQueue, type WaitNode } from "./wait-queue.ts"

/** @internal The waiting list of a tasklet's joiners; `answered` counts those that have its error, or will. */
export class JoinQueue extends WaitQueue {
  answered = 0
}

/** @internal Every joiner gets the same outcome, in the order in which they came. */
export class Join<T> extends Offer<T> {
  declare readonly target: Tasklet
  /** What a started case performs: its outcome is given back there, if the choice does not take it after all. */
  declare private readonly performed: Operation<T> | null

  constructor(target: Tasklet, performed: Operation<T> | null = null) {
    super()
    this.target = target
    this.performed = performed
  }

  override get owner(): RunLoop {
    return this.target.scheduler
  }

  ready(): boolean {
    return this.target.state === DEAD
  }

  take(): T {
    const target = this.target
    if ((target.flags & FAILED) !== 0) {
      joinersOf(target).answered++
      throw target.value
    }
    if ((target.flags & KILLED) !== 0) throw killed(target)
    return target.value as T
  }

  park(node: WaitNode): void {
    joinersOf(this.target).push(node)
  }

  unpark(node: WaitNode): void {
    joinersOf(this.target).remove(node)
  }

  override undo(outcome: unknown, failed: boolean): void {
    const { performed, target } = this
    if (!failed) performed?.undo(outcome, false)
    if (!failed || (target.flags & FAILED) === 0 || --joinersOf(target).answered > 0) return
    if (target.details?.group?.failedMember(target) !== true) target.scheduler.uncaught(target)
  }

  override get awaited(): readonly Tasklet[] {
    return [this.target]
  }

  describe(): string {
    return `the end of ${this.target.name}`
  }
}

function joinersOf(target: Tasklet): JoinQueue {
  return (target.detail().joiners ??= new JoinQueue())
}

function killed(target: Tasklet): TaskletError {
  return new TaskletError("killed", `${target.name} (#${target.id}) was killed, so it has no result. If that is expected, catch this code.`)
}

/** @internal Hands the outcome of a tasklet that has ended to all its joiners, first come first served. */
export function wakeJoiners(target: Tasklet): void {
  const joiners = target.details?.joiners
  if (joiners == null) return
  const failed = (target.flags & FAILED) !== 0
  for (let node = joiners.shift(); node !== null; node = joiners.shift()) {
    if (failed) {
      joiners.answered++
      wakeWithError(node, target.value)
    } else if ((target.flags & KILLED) !== 0) wakeWithError(node, killed(target))
    else wake(node, target.value)
  }
}

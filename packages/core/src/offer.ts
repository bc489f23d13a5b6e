/**
 * Offers: operations that happen whole or not at all, and so can be cases of a select.
 *
 * The parking protocol, for those who build primitives of their own on it:
 * 1. `ready()` says whether the offer could be taken at once; it changes nothing.
 * 2. `take()` takes it; it is called only when `ready()` holds, and may raise.
 * 3. `park(node)` puts the node into the offer's waiting list; `unpark(node)` takes it out again, in O(1).
 * 4. Whoever makes the offer come true takes the node out of the list and calls `wake(node, value)` or `wakeWithError`.
 * 5. If the woken tasklet is killed or thrown into before it resumes, `undo` gets the value back, to pass it on.
 */
import { BlockTrapError, SwitchTrapError } from "./errors.ts"
import { misuse, OFFER, Operation, type OperationKind, wrongScheduler } from "./operation.ts"
import { finished, realm, SUSPEND, type Suspend } from "./realm.ts"
import { BLOCKED, FAULT, RUNNING, SWITCH_TRAP, TRAPS } from "./state.ts"
import type { Tasklet } from "./tasklet.ts"
import type { WaitNode, WaitQueue } from "./wait-queue.ts"

/**
 * The base of transactional operations: subclass it to build a primitive that works with `yield*`, `await`, `select`,
 * `timeout`, kill and throw alike.
 *
 * @example
 * ```ts
 * import { run, tasklet } from "@vivarium/core"
 * import { Offer, wake, WaitQueue, type WaitNode } from "@vivarium/core/lowlevel"
 *
 * const waiting = new WaitQueue()
 * class Bell extends Offer<string> {
 *   ready() { return false }
 *   take() { return "" }
 *   park(node: WaitNode) { waiting.push(node) }
 *   unpark(node: WaitNode) { waiting.remove(node) }
 *   describe() { return "the bell" }
 * }
 * tasklet(function* () { console.log(yield* new Bell()) })
 * run()
 * wake(waiting.shift()!, "ding")
 * run()
 * // prints: ding
 * ```
 */
export abstract class Offer<T> extends Operation<T> {
  /** @internal */
  get kind(): OperationKind {
    return OFFER
  }

  /** Whether it could be taken at once. Must change nothing. */
  abstract ready(): boolean
  /** Takes it, without waiting; called only when `ready()`. */
  abstract take(): T
  /** Puts a node into the waiting list. */
  abstract park(node: WaitNode): void
  /** Takes a node out of the waiting list. */
  abstract override unpark(node: WaitNode): void

  /** @internal */
  next(value?: unknown): IteratorResult<Suspend, T> {
    const tasklet = realm.current
    if (tasklet === null || tasklet.state !== RUNNING) return misuse(this)
    if (tasklet.op === this) {
      tasklet.op = null
      return finished(this.outcome(value))
    }
    const owner = this.owner
    if (owner !== null && owner !== tasklet.scheduler) throw wrongScheduler(this.describe())
    if (this.ready()) return finished(this.take())
    // What it has asked may have killed the tasklet.
    if ((tasklet.state as number) !== RUNNING) return SUSPEND
    if ((tasklet.flags & TRAPS) !== 0) throw trapped(tasklet, this)
    tasklet.op = this
    tasklet.state = BLOCKED
    this.park(tasklet)
    return SUSPEND
  }
}

/** Wakes a node with a value: its tasklet is appended to the run queue. The node must be out of its waiting list. */
export function wake(node: WaitNode, value: unknown): void {
  let tasklet: Tasklet
  if (node.parked === null) {
    tasklet = node as Tasklet
    tasklet.value = value
  } else tasklet = node.parked.win(node, value, false)
  tasklet.scheduler.append(tasklet)
}

/** @internal Wakes all nodes of a list with a value, first come first served. */
export function wakeAll(waiting: WaitQueue, value: unknown): void {
  for (let node = waiting.shift(); node !== null; node = waiting.shift()) wake(node, value)
}

/** Wakes a node with an error, raised where its tasklet waits. The node must be out of its waiting list. */
export function wakeWithError(node: WaitNode, error: unknown): void {
  let tasklet: Tasklet
  if (node.parked === null) {
    tasklet = node as Tasklet
    tasklet.value = error
    tasklet.flags |= FAULT
  } else tasklet = node.parked.win(node, error, true)
  tasklet.scheduler.append(tasklet)
}

/** @internal The error of a wait that a trap forbids. */
export function trapped(tasklet: Tasklet, operation: Operation<unknown>): Error {
  if ((tasklet.flags & SWITCH_TRAP) !== 0) return new SwitchTrapError(operation.describe())
  return new BlockTrapError(tasklet.name, operation.describe())
}

/** @internal Raises if a switch is forbidden just now; for operations that would switch without blocking. */
export function checkSwitch(tasklet: Tasklet, operation: Operation<unknown>): void {
  if ((tasklet.flags & SWITCH_TRAP) !== 0) throw new SwitchTrapError(operation.describe())
}

/** @internal Mirrors the trap of its scheduler in a tasklet that is current, or again so after others ran within its slice. */
export function mirrorTrap(tasklet: Tasklet | null | undefined): void {
  if (tasklet == null) return
  tasklet.flags = tasklet.scheduler.switchTrap > 0 ? tasklet.flags | SWITCH_TRAP : tasklet.flags & ~SWITCH_TRAP
}

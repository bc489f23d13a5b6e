/**
 * Choices: select, race and time-outs are one machine.
 *
 * Invariants:
 * 1. Exactly one case happens. If offers are ready, one is chosen through the scheduler; else started operations begin, in
 *    order; else all cases are parked, one case node each.
 * 2. While parked, `tasklet.value` is the ParkedSelect; once won, it is the winning case node.
 * 3. Losers leave no trace: every other node is unparked when one wins, and tasklets begun for started cases are killed: at their next
 *    turn, and at the latest when the choice goes on.
 */
import { ChannelClosedError } from "./errors.ts"
import { isFaulty, KILL } from "./fault.ts"
import { checkNested, MAX_NESTING } from "./kill.ts"
import { beginStarted, type Child } from "./started-case.ts"
import { trapped } from "./offer.ts"
import { CHOICE, misuse, OFFER, Operation, type OperationKind, STARTED, takeBackWait, wrongScheduler } from "./operation.ts"
import { CaseNode, type ParkedSelect, parkedSelect, release } from "./parked-select.ts"
import { finished, realm, SUSPEND, type Suspend } from "./realm.ts"
import type { RunLoop } from "./run-loop.ts"
import { BLOCKED, FAULT, MARKED, RUNNING, TRAPS } from "./state.ts"
import type { Tasklet } from "./tasklet.ts"

/** @internal The cases of a choice by key; null and undefined switch a case off. */
export type CaseRecord = Readonly<Record<string, Operation<unknown> | null | undefined>>

/** @internal One level of nested choices: how to turn the inner outcome into the outer one. */
export interface Level {
  readonly choice: Choice<unknown>
  readonly key: string
  readonly up: Level | null
}

interface Leaf {
  readonly op: Operation<unknown>
  readonly key: string
  readonly level: Level | null
}

/** @internal */
export abstract class Choice<T> extends Operation<T> {
  declare readonly cases: CaseRecord
  declare readonly priority: boolean

  constructor(cases: CaseRecord, priority: boolean) {
    super()
    this.cases = cases
    this.priority = priority
  }

  get kind(): OperationKind {
    return CHOICE
  }

  /** Turns the outcome of a case into the outcome of the choice; may raise. */
  abstract wrap(key: string, value: unknown): T

  /** Whether the keys are the user's, so that errors may name the case. */
  get named(): boolean {
    return true
  }

  override get owner(): RunLoop | null {
    for (const key in this.cases) {
      const owner = this.cases[key]?.owner
      if (owner != null) return owner
    }
    return null
  }

  next(value?: unknown): IteratorResult<Suspend, T> {
    const tasklet = realm.current
    if (tasklet === null || tasklet.state !== RUNNING) return misuse(this)
    if (tasklet.op === this) {
      tasklet.op = null
      return finished(this.settle(value as CaseNode))
    }
    const { cases } = this
    let ready = 0
    let chosen = ""
    for (const key in cases) {
      const op = cases[key]
      if (op === null || op === undefined) continue
      if (op.kind !== OFFER) return this.performNested(tasklet)
      if (!(op as ReadyOperation).ready()) continue
      if (ready++ === 0) chosen = key
      if (this.priority) break
    }
    if (ready > 1) chosen = this.chooseKey(tasklet.scheduler.choose("case", ready))
    if (ready > 0) return this.commit(tasklet, cases[chosen] as Operation<unknown>, chosen, null)
    // An offer that was asked may have killed the tasklet.
    if ((tasklet.state as number) !== RUNNING) return SUSPEND
    if ((tasklet.flags & TRAPS) !== 0) throw trapped(tasklet, this)
    const parked = this.beginWaiting(tasklet)
    for (const key in cases) {
      const op = cases[key]
      if (op !== null && op !== undefined) parked.add(checkOwner(op, tasklet), key, null)
    }
    return SUSPEND
  }

  private beginWaiting(tasklet: Tasklet): ParkedSelect {
    const parked = parkedSelect(tasklet)
    tasklet.op = this
    tasklet.state = BLOCKED
    tasklet.value = parked
    return parked
  }

  private chooseKey(position: number): string {
    let left = position
    for (const key in this.cases) if ((this.cases[key] as ReadyOperation | null)?.ready() === true && left-- === 0) return key
    throw new Error("unreachable: the chosen case has gone")
  }

  /** Lets a ready offer happen under this choice: if it hands control over, the choice stays the pending operation. */
  private commit(tasklet: Tasklet, op: Operation<unknown>, key: string, level: Level | null): IteratorResult<Suspend, T> {
    let result: IteratorResult<Suspend, unknown>
    try {
      result = op.next(undefined)
    } catch (error) {
      throw nameCase(error, this as Choice<unknown>, key, level)
    }
    if (result !== SUSPEND) return finished(this.climb(key, level, result.value))
    if ((tasklet.flags & FAULT) === 0) {
      const node = new CaseNode(op, key, level, null)
      node.value = tasklet.value
      tasklet.value = node
    }
    tasklet.op = this
    return SUSPEND
  }

  /** The general way: nested choices are flattened, and started operations begin if no offer is ready. */
  private performNested(tasklet: Tasklet): IteratorResult<Suspend, T> {
    const leaves: Leaf[] = []
    this.flatten(leaves, null)
    const early = this.commitReady(tasklet, leaves)
    if (early !== null) return early
    if ((tasklet.state as number) !== RUNNING) return SUSPEND
    if ((tasklet.flags & TRAPS) !== 0) throw trapped(tasklet, this)
    const children: Child[] = []
    const joins: Leaf[] = []
    for (const { op, key, level } of leaves) {
      if (op.kind !== STARTED) continue
      if (children.length === 0) checkNested(tasklet, "a select of started operations", "Wait for them one after another")
      const child = beginStarted(tasklet, op)
      children.push(child)
      joins.push({ op: child.join, key, level })
      if ((tasklet.state as number) === MARKED) {
        killAll(children)
        return SUSPEND
      }
      if (child.join.ready()) break
    }
    const offers = leaves.filter((leaf) => leaf.op.kind === OFFER)
    // What was begun may have made an offer ready, or have ended.
    let late: IteratorResult<Suspend, T> | null
    try {
      late = this.commitReady(tasklet, children.some((child) => child.join.ready()) ? joins : offers)
    } catch (error) {
      killAll(children)
      throw error
    }
    if (late === SUSPEND) {
      // The tasklet is runnable while its code is still on the stack: what the losers do must wait for their turn.
      killAll(children, true)
      return SUSPEND
    }
    if (late !== null) {
      const outcome = late.value as T
      killAll(children)
      return finished(outcome)
    }
    if ((tasklet.state as number) !== RUNNING) {
      killAll(children)
      return SUSPEND
    }
    const parked = this.beginWaiting(tasklet)
    parked.children = children
    for (const { op, key, level } of [...offers, ...joins]) parked.add(checkOwner(op, tasklet), key, level)
    return SUSPEND
  }

  private commitReady(tasklet: Tasklet, leaves: readonly Leaf[]): IteratorResult<Suspend, T> | null {
    const leaf = readyLeaf(leaves, tasklet.scheduler)
    if (leaf === undefined) return null
    return this.commit(tasklet, leaf.op, leaf.key, leaf.level)
  }

  /** Lets a ready offer happen without waiting; the caller goes on. */
  attempt(scheduler: RunLoop): T | undefined {
    const leaves: Leaf[] = []
    this.flatten(leaves, null)
    const leaf = readyLeaf(leaves, scheduler)
    if (leaf === undefined) return undefined
    try {
      if (scheduler.hooks !== null) {
        leaf.op.announceTry()
        // A hook may have taken it.
        if (!(leaf.op as ReadyOperation).ready()) return this.attempt(scheduler)
      }
      return this.climb(leaf.key, leaf.level, (leaf.op as ReadyOperation).take())
    } catch (error) {
      throw nameCase(error, this as Choice<unknown>, leaf.key, leaf.level)
    }
  }

  private flatten(leaves: Leaf[], up: Level | null): void {
    for (const key in this.cases) {
      const op = this.cases[key]
      if (op === null || op === undefined) continue
      const level: Level = { choice: this as Choice<unknown>, key, up }
      if (op.kind === CHOICE) (op as Choice<unknown>).flatten(leaves, level)
      else leaves.push({ op, key, level })
    }
  }

  private settle(node: CaseNode): T {
    const { failed, key, level, op, value } = node
    if (node.parked !== null) {
      const { children } = node.parked
      release(node.parked)
      if (children !== null) endLosers(children)
    }
    if (failed) throw nameCase(value, this as Choice<unknown>, key, level)
    return this.climb(key, level, op.outcome(value))
  }

  private climb(key: string, level: Level | null, value: unknown): T {
    if (level === null) return this.wrap(key, value)
    let outcome = value
    for (let at: Level | null = level; at !== null; at = at.up) outcome = at.choice.wrap(at.key, outcome)
    return outcome as T
  }

  unpark(tasklet: Tasklet): void {
    ;(tasklet.value as ParkedSelect).takeBack(null, false)
  }

  override undo(outcome: unknown, failed: boolean): void {
    if (failed) return
    const node = outcome as CaseNode
    node.op.undo(node.value, node.failed)
  }

  describe(): string {
    const cases: string[] = []
    for (const key in this.cases) if (this.cases[key] != null) cases.push(`${key}: ${this.cases[key]?.describe()}`)
    return `select of ${cases.length === 0 ? "nothing" : cases.join(", ")}`
  }
}

/** @internal An operation that can say whether it is ready: an offer. */
export type ReadyOperation = Operation<unknown> & { ready(): boolean; take(): unknown }

/** Refuses a case of another scheduler, and takes back the cases that are parked already. */
function checkOwner(op: Operation<unknown>, tasklet: Tasklet): Operation<unknown> {
  const { owner } = op
  if (owner === null || owner === tasklet.scheduler) return op
  takeBackWait(tasklet)
  throw wrongScheduler(op.describe())
}

/** One of the offers that are ready: the first where a choice goes by priority, else a fair one. */
function readyLeaf(leaves: readonly Leaf[], scheduler: RunLoop): Leaf | undefined {
  const ready = leaves.filter((leaf) => leaf.op.kind === OFFER && (leaf.op as ReadyOperation).ready())
  if (ready.length <= 1) return ready[0]
  const fair = ready.some(hasPriority) ? ready.filter((leaf, index) => !isShadowed(leaf, ready.slice(0, index))) : ready
  return fair.length === 1 ? fair[0] : fair[scheduler.choose("case", fair.length)]
}

function hasPriority(leaf: Leaf): boolean {
  for (let at = leaf.level; at !== null; at = at.up) if (at.choice.priority) return true
  return false
}

/** Whether an earlier ready case comes before this one in a choice by priority; in the others all are equal. */
function isShadowed(leaf: Leaf, earlier: readonly Leaf[]): boolean {
  for (let at = leaf.level; at !== null; at = at.up) {
    if (!at.choice.priority) continue
    for (const other of earlier) {
      for (let up = other.level; up !== null; up = up.up) if (up.choice === at.choice && up.up === at.up && up.key !== at.key) return true
    }
  }
  return false
}

/** Names the case in the outermost choice whose keys are the user's. */
function nameCase(error: unknown, choice: Choice<unknown>, key: string, level: Level | null): unknown {
  if (!(error instanceof ChannelClosedError)) return error
  if (level === null && choice.named) error.case = key
  for (let at = level; at !== null; at = at.up) if (at.choice.named) error.case = at.key
  return error
}

/** Ends the losers that have not had their turn since they were told: their clean-up comes before whatever follows the choice. */
function endLosers(children: readonly Child[]): void {
  for (const { tasklet } of children) if (isFaulty(tasklet) && tasklet.value === KILL && realm.nesting < MAX_NESTING) tasklet.kill()
}

function killAll(children: readonly Child[], pending = false): void {
  for (const { tasklet } of children) tasklet.kill({ pending })
}

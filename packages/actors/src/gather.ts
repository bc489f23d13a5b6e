/**
 * Waiting for tasks: for one or many, for all or the first failure, at most for a time. Their results stay where they are.
 *
 * While it waits, edges lead from who waits to the tasks, so that a task that calls its owner is told of the cycle.
 */
import type { RunLoop } from "@vivarium/core"
import { cancelTimer, type Entry, Offer, startTimer, taskletOfNode, type Timer, wake, type WaitNode } from "@vivarium/core/lowlevel"
import type { Answer, AnswerListener } from "./answer.ts"
import type { Cell } from "./cell.ts"
import { currentCell } from "./current.ts"
import { TaskError } from "./errors.ts"
import { ExitReason } from "./exit-reason.ts"
import type { TaskProcess, TaskResult } from "./task-process.ts"
import { addEdge, circleInWords, type Edge, edgeTo, pathOfWaits, removeEdge } from "./waits-for.ts"

type AnyTask = TaskProcess<unknown>

/** What is waited for. */
export interface GatherWays {
  /** How many tasks must have ended. Default: all. */
  readonly enough?: number
  /** Whether one that has ended without a result is enough. */
  readonly untilFailure?: boolean
  /** Whether a wait that cannot end is refused. */
  readonly refusesCycles?: boolean
  readonly timeoutMs: number
}

/** Passes when it is time; `conclude` then makes the outcome of what has ended, and may raise. */
export class Gather<R> extends Offer<R> {
  readonly tasks: readonly AnyTask[]
  readonly ways: GatherWays
  readonly enough: number
  private readonly conclude: () => R

  constructor(tasks: readonly AnyTask[], ways: GatherWays, conclude: () => R) {
    super()
    this.tasks = [...new Set(tasks)]
    this.ways = ways
    this.enough = Math.min(ways.enough ?? Infinity, this.tasks.length)
    this.conclude = conclude
  }

  override get owner(): RunLoop | null {
    return this.tasks[0]?.cell.loop ?? null
  }

  ready(): boolean {
    let ended = 0
    for (const { result } of this.tasks) {
      if (result === undefined) continue
      if (this.isFailure(result)) return true
      ended++
    }
    if (ended >= this.enough) return true
    if (this.ways.refusesCycles === true) this.checkCycle()
    return false
  }

  take(): R {
    return this.conclude()
  }

  override outcome(): R {
    return this.conclude()
  }

  park(node: WaitNode): void {
    node.value = new Gathering(this, node)
  }

  unpark(node: WaitNode): void {
    ;(node.value as Gathering).leave()
  }

  describe(): string {
    const [first] = this.tasks
    return this.tasks.length === 1 ? `the result of ${String(first)}` : `the results of ${this.tasks.length} tasks`
  }

  isFailure(result: TaskResult<unknown>): boolean {
    return this.ways.untilFailure === true && result.kind === "exit"
  }

  private checkCycle(): void {
    const waiter = currentCell()
    if (waiter === null) return
    for (const task of this.tasks) {
      const path = task.cell.outgoing === null ? null : pathOfWaits(task.cell, waiter)
      if (path === null) continue
      throw new TaskError("call_cycle", task.toString(), ExitReason.custom("call_cycle"), `${task.toString()} would never end, for ${circleInWords(path)}. Answer its call first, or let it cast.`)
    }
  }
}

/** One wait. */
class Gathering implements AnswerListener, Entry {
  private readonly gather: Gather<unknown>
  private readonly node: WaitNode
  private readonly loop: RunLoop
  private readonly waiter: Cell | null
  private readonly awaited: Answer<unknown>[] = []
  private readonly edges: Edge[] = []
  private missing: number
  private timer: Timer | null = null

  constructor(gather: Gather<unknown>, node: WaitNode) {
    const { owner, scheduler } = taskletOfNode(node)
    this.gather = gather
    this.node = node
    this.loop = scheduler
    this.waiter = owner as Cell | null
    this.missing = gather.enough
    for (const task of gather.tasks) this.await(task)
    const { timeoutMs } = gather.ways
    if (timeoutMs !== Infinity) this.timer = startTimer(scheduler, scheduler.clock.now() + timeoutMs, this)
  }

  private await({ answer, cell, ended }: AnyTask): void {
    if (answer.settled) {
      this.missing--
      return
    }
    answer.listen(this)
    this.awaited.push(answer)
    if (this.waiter === null || ended) return
    const edge = edgeTo(cell)
    addEdge(this.waiter, edge)
    this.edges.push(edge)
  }

  arrived(answer: Answer<unknown>): void {
    this.missing--
    if (this.missing === 0 || this.gather.isFailure(answer.take() as TaskResult<unknown>)) this.finish()
  }

  /** The time is up. */
  enter(): void {
    this.timer = null
    this.finish()
  }

  leave(): void {
    for (const answer of this.awaited) answer.unlisten(this)
    if (this.waiter !== null) for (const edge of this.edges) removeEdge(this.waiter, edge)
    if (this.timer !== null) cancelTimer(this.loop, this.timer)
  }

  private finish(): void {
    this.leave()
    wake(this.node, undefined)
  }
}

/**
 * The process of a task, and the slot that its result falls into.
 *
 * Invariants:
 * 1. The slot is settled when the process has ended, after its links have been told. A result that was returned counts, whatever ended the process.
 * 2. Nothing of a task goes into a mailbox, but what its link or its monitor brings.
 */
import { type Routine, Tasklet } from "@vivarium/core"
import { isGenerator, isOperation, isThenable } from "@vivarium/core/lowlevel"
import { Answer } from "./answer.ts"
import { type Cell, DEAD, EXITING } from "./cell.ts"
import type { ExitReason } from "./exit-reason.ts"
import { unlinkCells } from "./exits.ts"
import { addWatcher, type Watcher } from "./extras.ts"
import { type Monitor, monitor } from "./monitor.ts"
import type { Process } from "./process.ts"
import { spawnCell } from "./spawn.ts"
import type { Home } from "./task-home.ts"

/** How a task has ended: with its result, or without one. */
export type TaskResult<T> = { readonly kind: "ok"; readonly value: T } | { readonly kind: "exit"; readonly reason: ExitReason }

/** What a task does. */
export interface TaskWork {
  /** The name of the body. */
  readonly name: string
  readonly label: string | undefined
  readonly start: (self: Process<never>) => unknown
}

/** The inside of a task. */
export class TaskProcess<T> implements Watcher {
  readonly cell: Cell
  readonly owner: Cell | null
  /** That of its owner, if it is not linked. */
  readonly monitor: Monitor | null
  /** Replaced by one that is never settled when the task is ignored. */
  answer: Answer<TaskResult<T>>
  private returned: { readonly value: T } | null = null
  private ignored = false

  constructor({ linked, owner, world }: Home, { label, name, start }: TaskWork, monitored: boolean) {
    // Its name is what reports show.
    const task = (self: Process<never>): unknown => this.collect(start(self))
    if (name !== "") Object.defineProperty(task, "name", { value: name })
    const callers = owner === null ? [] : [owner, ...(owner.extras?.callers ?? [])]
    this.owner = owner
    this.cell = spawnCell(world, owner, task, label === undefined ? undefined : { label }, { link: linked, callers })
    this.answer = this.emptySlot()
    addWatcher(this.cell, this)
    // It comes after the slot: who is told of the end finds the result.
    this.monitor = monitored && owner !== null ? monitor(owner, this.cell, this.cell.ref) : null
  }

  /** The process has ended. */
  fire(reason: ExitReason): void {
    if (this.ignored) return
    this.answer.settle(this.returned === null ? { kind: "exit", reason } : { kind: "ok", value: this.returned.value }, false)
  }

  /** How it has ended; undefined if it has not, or is ignored. */
  get result(): TaskResult<T> | undefined {
    return this.answer.settled ? this.answer.take() : undefined
  }

  /** Its owner is not told of its end any more, neither by a signal nor by a message; what the link has brought already stays. */
  release(): void {
    if (this.owner !== null) unlinkCells(this.owner, this.cell)
    this.monitor?.demonitor(true)
  }

  /** Lets it go: it never has a result any more. Gives the one that it has had. */
  ignore(): TaskResult<T> | undefined {
    const { result } = this
    this.release()
    this.ignored = true
    this.answer = this.emptySlot()
    return result
  }

  /** How it has ended after it was asked to: undefined if with that reason, and without a result. */
  endAsAsked(kind: "shutdown" | "killed"): TaskResult<T> | undefined {
    const { result } = this
    if (result?.kind === "ok") return result
    const { reason } = this.cell
    const asAsked = reason.kind === kind && !(reason.kind === "shutdown" && reason.detail !== undefined)
    return asAsked ? undefined : { kind: "exit", reason }
  }

  get ended(): boolean {
    return this.cell.state === DEAD
  }

  toString(): string {
    return this.cell.ref.toString()
  }

  /** What a body has returned, or what has to be waited for, by whatever the process itself can wait for. */
  private collect(outcome: unknown): unknown {
    if (isGenerator(outcome) || isOperation(outcome)) return this.collectFrom(outcome as Routine<T>)
    if (outcome instanceof Tasklet) return this.collectFrom(outcome.join() as unknown as Routine<T>)
    // One that is asked to end is given time to settle; what it settles with then is its result, too.
    if (isThenable(outcome)) return outcome.then((value) => this.keep(value as T, DEAD))
    this.keep(outcome as T, EXITING)
    return undefined
  }

  private *collectFrom(outcome: Routine<T>): Routine {
    this.keep(yield* outcome, EXITING)
  }

  /** Keeps the result, unless the process has come too far: a routine that is unwound can come back here, if a `finally` block of it waits. */
  private keep(value: T, tooLate: number): void {
    if (this.cell.state < tooLate) this.returned = { value }
  }

  private emptySlot(): Answer<TaskResult<T>> {
    return new Answer(this.cell.loop, `the result of ${this.toString()}`)
  }
}

/** What tasks are waited for with: `await`, `yield`, `shutdown`, for one and for many. */
import { type Operation, type Routine, select, sleep } from "@vivarium/core"
import { currentCell } from "./current.ts"
import { describeReason } from "./describe.ts"
import { EndOf } from "./end-of.ts"
import { TaskError } from "./errors.ts"
import { ExitReason } from "./exit-reason.ts"
import { sendExit } from "./exits.ts"
import { Gather } from "./gather.ts"
import type { TaskProcess, TaskResult } from "./task-process.ts"
import { addEdge, edgeTo, removeEdge } from "./waits-for.ts"

type AnyTask = TaskProcess<unknown>

type AnyResult = TaskResult<unknown> | undefined

/** The values of tasks, in their order, and what is made of them; raises the first failure, or that the time is up. */
export function awaitTasks<R>(tasks: readonly AnyTask[], timeoutMs: number, shape: (values: readonly unknown[]) => R): Operation<R> {
  return new Gather(tasks, { untilFailure: true, refusesCycles: true, timeoutMs }, () => {
    const failed = firstFailure(tasks)
    if (failed !== null) {
      failed.monitor?.demonitor(true)
      throw withoutResult(failed)
    }
    const late = tasks.filter(({ result }) => result === undefined)
    if (late.length > 0) throw tooLate(tasks, late, timeoutMs)
    return shape(collect(tasks).map((result) => (result as { readonly value: unknown }).value))
  })
}

/** How tasks have ended so far, and what is made of that. */
export function lookAt<R>(tasks: readonly AnyTask[], enough: number, timeoutMs: number, shape: (results: readonly AnyResult[]) => R): Operation<R> {
  return new Gather(tasks, { enough, timeoutMs }, () => shape(collect(tasks)))
}

/** The same, and ends or lets go those that have not come to their end when the time is up. */
export function* lookAndEnd(tasks: readonly AnyTask[], enough: number, timeoutMs: number, kill: boolean): Routine<readonly AnyResult[]> {
  const results = yield* lookAt(tasks, enough, timeoutMs, (found) => found)
  if (results.filter((result) => result !== undefined).length >= Math.min(enough, tasks.length)) return results
  const last: AnyResult[] = []
  for (const [index, task] of tasks.entries()) {
    if (results[index] !== undefined) last.push(results[index])
    else last.push(kill ? yield* shutDown(task, { brutal: true }) : task.ignore())
  }
  return last
}

/** How a task is asked to end. */
export type ShutdownWay = { readonly brutal: true } | { readonly brutal: false; readonly timeoutMs: number }

/** Ends a task and waits until it has. Whoever gives up waiting has it killed. */
export function* shutDown<T>(task: TaskProcess<T>, way: ShutdownWay): Routine<TaskResult<T> | undefined> {
  const { cell, owner } = task
  const waiter = currentCell()
  const edge = edgeTo(cell)
  task.release()
  if (waiter !== null) addEdge(waiter, edge)
  try {
    sendExit(cell, owner, way.brutal ? ExitReason.kill : ExitReason.shutdown, false)
    const ended = new EndOf(cell)
    const patience = way.brutal || way.timeoutMs === Infinity ? null : sleep(way.timeoutMs)
    const outcome = yield* select({ ended, late: patience }, { priority: true })
    if (outcome.key === "late") {
      sendExit(cell, owner, ExitReason.kill, false)
      yield* ended
    }
  } finally {
    if (waiter !== null) removeEdge(waiter, edge)
    if (!task.ended) sendExit(cell, owner, ExitReason.kill, false)
  }
  return task.endAsAsked(way.brutal ? "killed" : "shutdown")
}

/** Results are taken out of the slots, with the messages that told of them. */
function collect(tasks: readonly AnyTask[]): AnyResult[] {
  return tasks.map(({ monitor, result }) => {
    if (result !== undefined) monitor?.demonitor(true)
    return result
  })
}

function firstFailure(tasks: readonly AnyTask[]): AnyTask | null {
  let first: AnyTask | null = null
  for (const task of tasks) {
    if (task.result?.kind === "exit" && (first === null || task.answer.arrival < first.answer.arrival)) first = task
  }
  return first
}

function withoutResult(task: AnyTask): TaskError {
  const { reason } = task.cell
  const cause = reason.kind === "error" ? { cause: reason.error } : {}
  return new TaskError("exit", task.toString(), reason, `${task.toString()} has ended without a result: ${describeReason(reason)}.`, cause)
}

function tooLate(tasks: readonly AnyTask[], late: readonly AnyTask[], timeoutMs: number): TaskError {
  const names = late.slice(0, 4).map(String)
  const who = tasks.length === 1 ? String(late[0]) : `${late.length} of ${tasks.length} tasks (${names.join(", ")}${late.length > 4 ? ", …" : ""})`
  const goesOn = late.every(({ owner }) => owner === null) ? "" : late.length === 1 ? ", until its owner ends" : ", until their owner ends"
  return new TaskError(
    "timeout",
    String(late[0]),
    ExitReason.timeout,
    `${who} did not end within ${timeoutMs} ms, and ${late.length === 1 ? "goes" : "go"} on${goesOn}. Allow more with { timeoutMs }, ask with Task.yield(), or end it with Task.shutdown().`,
  )
}

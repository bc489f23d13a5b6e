/** Starting one child, and what comes of it. */
import { type ExitReason, ignore, Ref, StartError } from "@vivarium/actors"
import { type Cell, DEAD, describeValue, RAW, spawnNamed, started, unlinkCells, waitFor } from "@vivarium/actors/lowlevel"
import type { Routine } from "@vivarium/core"
import type { Child } from "./child.ts"
import { SupervisorError } from "./errors.ts"
import { reasonOf } from "./failed-to-start.ts"
import { orphansGone } from "./orphans.ts"
import { ChildStarted, type StartFunction } from "./start-function.ts"
import type { Supervision } from "./supervision.ts"

/** A child could not be started. */
export class StartFailed {
  readonly error: unknown

  constructor(error: unknown) {
    this.error = error
  }

  get reason(): ExitReason {
    return reasonOf(this.error)
  }
}

/** What came of a start: it runs, or chose not to, or has failed. */
export type Outcome = "running" | "ignored" | ChildStarted | StartFailed

/** Starts a child whose last process has ended, and waits until its `init` is done. */
export function* startChild(supervision: Supervision, child: Child): Routine<Outcome> {
  if (child.last !== null) yield* orphansGone(child.last)
  try {
    const { start } = child.spec
    const outcome = start === undefined ? yield* spawn(supervision, child) : yield* startBy(supervision, child, start)
    const { cell } = child
    if (cell === null) return "ignored"
    child.startedAt = child.spec.backoff === undefined ? 0 : supervision.world.now
    if (child.spec.restart === "temporary") child.args = undefined
    child.watch(cell)
    return outcome
  } catch (error) {
    child.cell = null
    return error instanceof StartError && error.code === "ignore" ? "ignored" : new StartFailed(error)
  }
}

function* spawn({ cell: supervisor, children, world }: Supervision, child: Child): Routine<Outcome> {
  const { spec } = child
  // A tree has its arguments in itself.
  const options = typeof spec.what === "object" ? spec.options : { ...spec.options, args: child.args ?? [] }
  const cell = spawnNamed(world, supervisor, spec.what, options, { owned: true })
  children.runs(child, cell)
  if ((cell.flags & RAW) === 0) yield* started(cell, null, spec.startTimeoutMs)
  return "running"
}

/** By a function of its own. What it starts is no more linked than other children are: the supervisor looks after it by itself. */
function* startBy({ cell: supervisor, children, host }: Supervision, child: Child, start: StartFunction): Routine<Outcome> {
  const outcome = yield* waitFor((start as (...args: unknown[]) => unknown)(host, ...(child.args ?? [])))
  if (outcome === ignore) return "ignored"
  const ref: unknown = outcome instanceof ChildStarted ? outcome.ref : outcome
  const cell: Cell | null = ref instanceof Ref ? ref["~resolve"]() : null
  if (cell === null || cell.state === DEAD) {
    throw new SupervisorError("bad_start", `the start function of child "${String(child.spec.id)}" must give the reference of a process that runs, a ChildStarted or ignore, but it gave ${describeValue(outcome)}.`, { child: child.spec.id })
  }
  unlinkCells(supervisor, cell)
  children.runs(child, cell)
  return outcome instanceof ChildStarted ? outcome : "running"
}

/** Starting one child, and what comes of it. */
import { type ExitReason, Ref } from "@vivarium/actors"
import { adopt, type Cell, DEAD, describeValue, Ignore, spawnNamed, waitFor } from "@vivarium/actors/lowlevel"
import type { Routine } from "@vivarium/core"
import type { Child } from "./child.ts"
import { SupervisorError } from "./errors.ts"
import { reasonOf } from "./failed-to-start.ts"
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

/** Spawns the process of a child. It shares the fate of the supervisor from now on. */
export function spawnChild({ cell: supervisor, children, world }: Supervision, child: Child): Cell {
  const { args = [], spec } = child
  // A tree has its arguments in itself.
  const options = typeof spec.what === "object" ? spec.options : { ...spec.options, args }
  const cell = spawnNamed(world, supervisor, spec.what, options, { owned: true })
  children.runs(child, cell)
  return cell
}

/** Starts a child by a function of its own. What it starts is no more linked than other children are: the supervisor looks after it by itself. */
export function* startBy({ cell: supervisor, children, host }: Supervision, child: Child, start: StartFunction): Routine<Outcome> {
  const outcome = yield* waitFor((start as (...args: unknown[]) => unknown)(host, ...(child.args ?? [])))
  if (outcome instanceof Ignore) return "ignored"
  const ref: unknown = outcome instanceof ChildStarted ? outcome.ref : outcome
  const cell: Cell | null = ref instanceof Ref ? ref["~resolve"]() : null
  if (cell === null || cell.state === DEAD || cell === supervisor || cell.loop !== supervisor.loop) {
    throw new SupervisorError("bad_start", `the start function of child "${String(child.spec.id)}" must give the reference of another process that runs, on the same scheduler, a ChildStarted or ignore, but it gave ${describeValue(outcome)}.`, { child: child.spec.id })
  }
  adopt(cell, supervisor)
  children.runs(child, cell)
  return outcome instanceof ChildStarted ? outcome : "running"
}

/** What can be asked of a supervisor whose children have ids. */
import type { Ref } from "@vivarium/actors"
import type { Routine } from "@vivarium/core"
import type { Child } from "./child.ts"
import type { ChildId, ChildSpec } from "./child-spec.ts"
import { SupervisorError } from "./errors.ts"
import type { FlagChanges, Settings } from "./settings.ts"
import { checkSignificance } from "./significance.ts"
import { ChildStarted } from "./start-function.ts"
import { StartFailed } from "./starting.ts"
import type { Supervision } from "./supervision.ts"

/** What starting a child gives. */
type Started = Ref<unknown> | ChildStarted | undefined

export function* startChild(supervision: Supervision, spec: ChildSpec<unknown>): Routine<Started> {
  const { children } = supervision
  const present = children.withId(spec.id)
  if (present !== undefined) throw taken(supervision, present)
  checkSignificant(supervision.settings, spec)
  const child = supervision.make(spec)
  children.add(child)
  supervision.reporter.declared(child)
  return yield* begin(supervision, child, () => children.remove(child))
}

export function* terminateChild(supervision: Supervision, id: ChildId): Routine {
  const child = find(supervision, id)
  const waited = child.retry?.delayed === true
  yield* supervision.stop(child)
  if (waited) yield* supervision.goOnWithout(child)
  if (child.spec.restart === "temporary") supervision.children.remove(child)
}

export function* restartChild(supervision: Supervision, id: ChildId): Routine<Started> {
  const child = find(supervision, id)
  checkStopped(supervision, child, "restarted", "It runs already.")
  child.attempts = 0
  return yield* begin(supervision, child, () => {})
}

export function* deleteChild(supervision: Supervision, id: ChildId): Routine {
  const child = find(supervision, id)
  checkStopped(supervision, child, "deleted", "Terminate it first.")
  supervision.children.remove(child)
}

export function* changeFlags(supervision: Supervision, changes: FlagChanges): Routine {
  const settings = { ...supervision.settings, ...changes } as Settings
  for (const { spec } of supervision.children) checkSignificant(settings, spec)
  supervision.settings = settings
  supervision.window = supervision.window.under(settings.maxRestarts, settings.withinMs)
}

/** Starts a child for somebody who waits for it, and tells them what came of it. */
export function* begin(supervision: Supervision, child: Child, onFailure: () => void): Routine<Started> {
  const outcome = yield* supervision.start(child, "child_started")
  if (outcome instanceof StartFailed) {
    supervision.reporter.tell("start_error", outcome.reason, child)
    onFailure()
    throw outcome.error
  }
  if (outcome instanceof ChildStarted) return outcome
  return outcome === "ignored" ? undefined : child.last?.ref
}

function checkSignificant({ autoShutdown }: Settings, { id, significant }: ChildSpec<unknown>): void {
  checkSignificance(significant, autoShutdown, { where: `child "${String(id)}"`, child: String(id), example: "" })
}

function find({ cell, children }: Supervision, id: ChildId): Child {
  const child = children.withId(id)
  if (child !== undefined) return child
  const known: string[] = []
  for (let one = children.oldest; one !== null && known.length < 10; one = one.younger) known.push(String(one.spec.id))
  const list = known.length === 0 ? "It has none" : `It has ${known.join(", ")}${children.size > 10 ? ", …" : ""}`
  throw new SupervisorError("not_found", `${cell.ref.toString()} has no child "${String(id)}". ${list}.`, { child: id })
}

function taken({ cell }: Supervision, { ref, spec, state }: Child): SupervisorError {
  const who = `${cell.ref.toString()} has a child "${String(spec.id)}" already`
  if (state === "running") return new SupervisorError("already_started", `${who}, and it runs: ${String(ref)}.`, { child: spec.id, ref })
  return new SupervisorError("already_present", `${who}, which is ${state}. Use restartChild, or deleteChild first.`, { child: spec.id })
}

function checkStopped({ cell }: Supervision, { ref, spec, state }: Child, done: string, cure: string): void {
  if (state === "stopped") return
  const advice = state === "running" ? cure : "It waits for its restart already."
  throw new SupervisorError(state, `child "${String(spec.id)}" of ${cell.ref.toString()} is ${state}, so it cannot be ${done}. ${advice}`, { child: spec.id, ref })
}

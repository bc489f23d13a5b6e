/** References of supervisors: what can be asked of them, and what can be seen. */
import { NoProcessError, Ref, type RefOf, type StarCheck, type Startable } from "@vivarium/actors"
import { BaseRef, type Cell } from "@vivarium/actors/lowlevel"
import { InvalidArgumentError, type Operation } from "@vivarium/core"
import { changeFlags, deleteChild, restartChild, startChild, terminateChild } from "./admin.ts"
import { check } from "./check.ts"
import type { ChildState } from "./child.ts"
import { type ChildId, type ChildLike, type ChildMap, type ChildSpec, type NoArguments, onlySpec, type StartedRef } from "./child-spec.ts"
import { supervisionOf } from "./inside.ts"
import { manage } from "./manage.ts"
import type { FlagChanges } from "./settings.ts"
import { flagChanges } from "./spec-schema.ts"
import type { ChildStarted } from "./start-function.ts"
import { type SupervisorTree, tree } from "./tree.ts"
import type { Supervision } from "./supervision.ts"
import { whatRuns } from "./what-runs.ts"
import { withoutUndefined } from "./without-undefined.ts"

/** A child, as `whichChildren()` lists it. */
export interface ChildInfo {
  /** Undefined under a dynamic supervisor. */
  readonly id: ChildId | undefined
  /** Its process; undefined while it does not run. */
  readonly ref: Ref<unknown> | undefined
  /** Whether it runs, waits to be started again, or is there in name only. */
  readonly state: ChildState
  /** Whether it is a supervisor. */
  readonly kind: "worker" | "supervisor"
}

/** What `countChildren()` gives. */
export interface ChildCounts {
  /** All children, running or not. */
  readonly specs: number
  /** Those that run. */
  readonly active: number
  /** Those that are supervisors, running or not. */
  readonly supervisors: number
  /** Those that are not, running or not. */
  readonly workers: number
}

/** What all references of supervisors can do. */
export abstract class AnySupervisorRef<A = unknown> extends BaseRef<A> {
  /** The children, the youngest first, as they are now. Raises NoProcessError once the supervisor has ended. Erlang: `which_children`. */
  whichChildren(): readonly ChildInfo[] {
    const inside = this["~inside"]("whichChildren()")
    if (inside === null) return []
    const dynamic = inside.settings.dynamic !== null
    return [...inside.children].reverse().map(({ ref, spec, state }) => ({ id: dynamic ? undefined : spec.id, ref, state, kind: spec.kind }))
  }

  /** How many children there are, now. Raises NoProcessError once the supervisor has ended. Erlang: `count_children`. */
  countChildren(): ChildCounts {
    const inside = this["~inside"]("countChildren()")
    let active = 0
    let supervisors = 0
    for (const child of inside?.children ?? []) {
      if (child.ref?.alive === true) active++
      if (child.spec.kind === "supervisor") supervisors++
    }
    const specs = inside?.children.size ?? 0
    return { specs, active, supervisors, workers: specs - supervisors }
  }

  /** The whole tree below, now: data, for tools; `formatTree` prints it. Raises NoProcessError once the supervisor has ended. */
  tree(): SupervisorTree {
    return tree(this)
  }

  /** @internal */
  "~inside"(what: string): Supervision | null {
    // A reference by name may mean nobody.
    const cell = this["~resolve"]() as Cell | null
    if (cell === null) throw new NoProcessError(this.toString(), what)
    return supervisionOf(cell, what)
  }
}

/**
 * The reference of a supervisor. What it is asked to do is done in its turn, in the order in which it was asked, and takes as long as it takes:
 * there is no time-out. What is only looked at is seen as it is now. Erlang: the functions of `supervisor`.
 */
export class SupervisorRef<A = unknown> extends AnySupervisorRef<A> {
  /**
   * Starts one more child, and waits until its `init` is done. Undefined if that returned `ignore`: then the child is kept, but does not run. Raises StartError
   * if it fails, SupervisorError with `already_started` (and the `ref`) or `already_present` if the id is taken, SpecError. It is not kept then.
   */
  startChild<R>(spec: ChildSpec<R>): Operation<R>
  startChild(map: ChildMap): Operation<Ref<unknown> | ChildStarted | undefined>
  startChild<S extends Startable>(what: S & StarCheck<S>, ...none: NoArguments<S>): Operation<StartedRef<S>>
  startChild(like: ChildLike): Operation<Ref<unknown> | undefined>
  startChild(...given: readonly unknown[]): Operation<never> {
    const spec = onlySpec(given)
    return manage(this, "startChild", (supervision) => startChild(supervision, spec)) as Operation<never>
  }

  /** Stops a child as its spec says, and keeps the spec, unless it is temporary. One that waits for a restart stops waiting. Raises SupervisorError with `not_found`. */
  terminateChild(id: ChildId): Operation<void> {
    checkId(id)
    return manage(this, "terminateChild", (supervision) => terminateChild(supervision, id))
  }

  /** Starts a child again that was stopped. Raises SupervisorError with `not_found`, `running` or `restarting`; StartError if it fails. */
  restartChild(id: ChildId): Operation<Ref<unknown> | ChildStarted | undefined> {
    checkId(id)
    return manage(this, "restartChild", (supervision) => restartChild(supervision, id))
  }

  /** Forgets a child that was stopped. Raises SupervisorError with `not_found`, `running` or `restarting`. */
  deleteChild(id: ChildId): Operation<void> {
    checkId(id)
    return manage(this, "deleteChild", (supervision) => deleteChild(supervision, id))
  }

  /**
   * Other flags for a supervisor that runs: from its turn on they count. Its children stay as they are, and restarts that count already go on counting. One that is
   * started anew has its first flags again. Raises SpecError. Erlang: `code_change` of a supervisor.
   */
  changeFlags(changes: FlagChanges): Operation<void> {
    const said = withoutUndefined(check(flagChanges, changes, { where: "changeFlags()", example: "top.changeFlags({ maxRestarts: 10, withinMs: 60_000 })" }))
    return manage(this, "changeFlags", (supervision) => changeFlags(supervision, said))
  }

  /**
   * Who runs as that child now; undefined if it does not run, or there is none. Say what it is, class or tree, to have the reference typed:
   * `top.child("queen", Queen)`. Raises InvalidArgumentError if it is something else.
   */
  child(id: ChildId): Ref<unknown> | undefined
  child<S extends Startable>(id: ChildId, what: S): RefOf<S> | undefined
  child(id: ChildId, what?: Startable): Ref<unknown> | undefined {
    checkId(id)
    const found = this["~inside"]("child()")?.children.withId(id)
    if (found !== undefined && what !== undefined) checkWhat(found.spec, what)
    return found?.ref
  }

  /** The spec of a child, defaults filled in; undefined if there is none. Erlang: `get_childspec`. */
  childSpec(id: ChildId): ChildSpec<unknown> | undefined {
    checkId(id)
    const child = this["~inside"]("childSpec()")?.children.withId(id)
    return child === undefined || child.args === child.spec.args ? child?.spec : child.spec.withArguments(child.args)
  }
}

function checkId(id: unknown): asserts id is ChildId {
  if (typeof id === "string" || typeof id === "number" || typeof id === "symbol") return
  const cure = id instanceof Ref ? "A supervisor knows its children by their ids, not by their references; a dynamic one does it the other way round." : 'right: top.restartChild("queen")'
  throw new InvalidArgumentError("id", id, "a string, a number or a symbol", cure)
}

/** A start function may start anything; otherwise the spec knows what runs. */
function checkWhat({ id, start, what }: ChildSpec<unknown>, expected: unknown): void {
  if (start !== undefined || what === expected) return
  if (typeof what === "function" && typeof expected === "function" && what.prototype instanceof expected) return
  throw new InvalidArgumentError("what", expected, `what runs as child "${String(id)}", which is ${whatRuns(what)}`, "Leave it out, or say the class or tree of its child spec.")
}

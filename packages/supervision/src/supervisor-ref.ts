/** References of supervisors: what can be asked of them, and what can be seen. */
import type { Ref, RefOf, StarCheck, Startable } from "@vivarium/actors"
import { LocalRef } from "@vivarium/actors/lowlevel"
import type { Operation } from "@vivarium/core"
import { deleteChild, restartChild, startChild, terminateChild } from "./admin.ts"
import type { ChildState } from "./child.ts"
import { type ChildId, type ChildLike, type ChildMap, ChildSpec, toSpec } from "./child-spec.ts"
import type { ChildStarted } from "./start-function.ts"
import { manage } from "./manage.ts"
import { supervisionOf, type SupervisorTree, treeOf } from "./tree.ts"
import type { Supervision } from "./supervision.ts"

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
export abstract class AnySupervisorRef<A = unknown> extends LocalRef<A> {
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
      if (child.cell?.alive === true) active++
      if (child.spec.kind === "supervisor") supervisors++
    }
    const specs = inside?.children.size ?? 0
    return { specs, active, supervisors, workers: specs - supervisors }
  }

  /** The whole tree below, now: data, for tools; `formatTree` prints it. Raises NoProcessError once the supervisor has ended. */
  tree(): SupervisorTree {
    return treeOf(this["~resolve"]()!)
  }

  /** @internal */
  "~inside"(what: string): Supervision | null {
    return supervisionOf(this["~resolve"]()!, what)
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
  startChild<S extends Startable>(what: S & StarCheck<S>): Operation<RefOf<S>>
  startChild(like: ChildLike): Operation<Ref<unknown> | undefined>
  startChild(like: ChildLike): Operation<never> {
    const spec = toSpec(like)
    return manage(this, (supervision) => startChild(supervision, spec)) as Operation<never>
  }

  /** Stops a child as its spec says, and keeps the spec, unless it is temporary. One that waits for a restart stops waiting. Raises SupervisorError with `not_found`. */
  terminateChild(id: ChildId): Operation<void> {
    return manage(this, (supervision) => terminateChild(supervision, id))
  }

  /** Starts a child again that was stopped. Raises SupervisorError with `not_found`, `running` or `restarting`; StartError if it fails. */
  restartChild(id: ChildId): Operation<Ref<unknown> | ChildStarted | undefined> {
    return manage(this, (supervision) => restartChild(supervision, id))
  }

  /** Forgets a child that was stopped. Raises SupervisorError with `not_found`, `running` or `restarting`. */
  deleteChild(id: ChildId): Operation<void> {
    return manage(this, (supervision) => deleteChild(supervision, id))
  }

  /** Who runs as that child now; undefined if it does not run, or there is none. */
  child(id: ChildId): Ref<unknown> | undefined {
    return this["~inside"]("child()")?.children.withId(id)?.ref
  }

  /** The spec of a child, defaults filled in; undefined if there is none. Erlang: `get_childspec`. */
  childSpec(id: ChildId): ChildSpec<unknown> | undefined {
    const child = this["~inside"]("childSpec()")?.children.withId(id)
    if (child === undefined) return undefined
    return child.args === child.spec.args ? child.spec : new ChildSpec({ ...child.spec, args: child.args } as ChildSpec)
  }
}

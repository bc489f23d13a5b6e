/** Dynamic supervisors: any number of children of a kind, started while it runs. */
import type { ignore, Ref, StarCheck, Startable, Stop } from "@vivarium/actors"
import type { Operation } from "@vivarium/core"
import { check, type Place, wrong } from "./check.ts"
import { type ChildLike, type ChildMap, ChildSpec, type NoArguments, type StartedRef, toSpec } from "./child-spec.ts"
import { changeDynamicFlags, startDynamic, terminateDynamic } from "./dynamic-admin.ts"
import { MAX_RESTARTS, WITHIN_MS } from "./limits.ts"
import { manage } from "./manage.ts"
import { markSupervisor } from "./mark.ts"
import { CheckedFlags, type DynamicFlagChanges, type Settings } from "./settings.ts"
import { dynamicChanges, dynamicOptions } from "./spec-schema.ts"
import type { ChildStarted } from "./start-function.ts"
import { placeOf, placeOfInit } from "./supervisor.ts"
import { SupervisorBase } from "./supervisor-base.ts"
import { AnySupervisorRef } from "./supervisor-ref.ts"
import type { Soon } from "./soon.ts"
import { Tree, type TreeOptions } from "./supervisor-tree.ts"
import { withoutUndefined } from "./without-undefined.ts"

/** The flags of a dynamic supervisor. */
export interface DynamicFlags {
  /** How many children there may be, those that wait for a restart included. Default Infinity. */
  readonly maxChildren?: number | undefined
  /** Put before the arguments of every child, also when it is restarted. */
  readonly extraArguments?: readonly unknown[] | undefined
  /** What all children are made of: then `startChild` takes arguments, which are put behind those of this one. Erlang: simple_one_for_one. */
  readonly child?: ChildLike | Startable | undefined
  /** How many restarts are allowed within `withinMs`; with one more the supervisor gives up. Default 3. */
  readonly maxRestarts?: number | undefined
  /** How far back restarts count, in milliseconds. Default 5,000. */
  readonly withinMs?: number | undefined
}

/** What the `init` of a dynamic supervisor may give. */
export type DynamicInit = DynamicFlags | typeof ignore | Stop

/** Options of `dynamicSupervisor()`: its flags, and how it lives as a child itself. */
export interface DynamicOptions extends DynamicFlags, TreeOptions {}

const EXAMPLE = "dynamicSupervisor({ maxChildren: 100 })"

/** The reference of a dynamic supervisor: its children are known by their references, and ids mean nothing. Elixir: `DynamicSupervisor`. */
export class DynamicSupervisorRef<A = unknown> extends AnySupervisorRef<A> {
  /**
   * Starts a child, and waits until its `init` is done. Undefined if that returned `ignore`: then nothing is kept. One with a template takes arguments instead: see
   * `TemplateSupervisorRef`. Raises SupervisorError with `max_children`, StartError if it fails, SpecError.
   */
  startChild<R>(spec: ChildSpec<R>): Operation<R>
  startChild(map: ChildMap): Operation<Ref<unknown> | ChildStarted | undefined>
  startChild<S extends Startable>(what: S & StarCheck<S>, ...none: NoArguments<S>): Operation<StartedRef<S>>
  startChild(...given: readonly unknown[]): Operation<never> {
    return manage(this, "startChild", (supervision) => startDynamic(supervision, given)) as Operation<never>
  }

  /** Stops a child as its spec says, and forgets it; one that waits for a restart is known by its last reference. Raises SupervisorError with `not_found`. */
  terminateChild(ref: Ref<never> | Ref<unknown>): Operation<void> {
    return manage(this, "terminateChild", (supervision) => terminateDynamic(supervision, ref))
  }

  /**
   * Other flags while it runs: from its turn on they count. Its children stay as they are, and restarts that count already go on counting. One that is started anew has its
   * first flags again. Raises SpecError. Elixir: `code_change` of a dynamic supervisor.
   */
  changeFlags(changes: DynamicFlagChanges): Operation<void> {
    const said = withoutUndefined(check(dynamicChanges, changes, { where: "changeFlags()", example: "bees.changeFlags({ maxChildren: 200 })" }))
    return manage(this, "changeFlags", (supervision) => changeDynamicFlags(supervision, said))
  }
}

/** The reference of a dynamic supervisor with a template, whose children are `R`: what is given to `startChild` are arguments. */
export interface TemplateSupervisorRef<R = Ref<unknown> | undefined> extends Omit<DynamicSupervisorRef, "startChild"> {
  /** Starts a child: these arguments are put behind those of the template, and are not checked by the compiler. Raises as that of `DynamicSupervisorRef` does. */
  startChild(...args: readonly unknown[]): Operation<R>
}

/** A dynamic supervisor as a class: `init` gives the flags. With a template, say what its children are: `DynamicSupervisor<Ref<Bee>>`. Elixir: `DynamicSupervisor`. */
export abstract class DynamicSupervisor<R = never> extends SupervisorBase {
  /** Only the compiler knows it. */
  declare readonly "~ref"?: [R] extends [never] ? DynamicSupervisorRef<this> : TemplateSupervisorRef<R>

  /** Gives the flags; or `ignore`, or `stop(reason)`. Plain, generator or async. */
  abstract init(...args: never[]): Soon<DynamicInit>

  /** @internal */
  override "~flags"(given: unknown): Settings {
    return readFlags(given, placeOfInit(this, EXAMPLE))
  }
}

markSupervisor(DynamicSupervisor, DynamicSupervisorRef)

/** What runs for a value, whose flags were checked when it was made. */
class ValueSupervisor extends DynamicSupervisor {
  init(settings: Settings): object {
    return new CheckedFlags(settings)
  }
}
Object.defineProperty(ValueSupervisor, "name", { value: "dynamic supervisor" })

/**
 * A dynamic supervisor as a value. It begins without children; each failure restarts one child, all are stopped at once. For many children of a kind that come and
 * go: sessions, rooms, bees.
 *
 * @example
 * ```ts
 * import { Actor, System } from "@vivarium/actors"
 * import { child, dynamicSupervisor } from "@vivarium/supervision"
 *
 * class Bee extends Actor {}
 * await using system = new System()
 * const bees = await system.start(dynamicSupervisor({ maxChildren: 1000 }))
 * const maya = await bees.startChild(child(Bee, { restart: "transient" }))
 * await bees.terminateChild(maya)
 * console.log(bees.countChildren().specs)
 * // prints: 0
 * ```
 */
export function dynamicSupervisor<R>(options: DynamicOptions & { readonly child: ChildSpec<R> }): Tree<TemplateSupervisorRef<R>>
export function dynamicSupervisor(options: DynamicOptions & { readonly child: ChildLike | Startable }): Tree<TemplateSupervisorRef>
export function dynamicSupervisor(options?: DynamicOptions): Tree<DynamicSupervisorRef>
export function dynamicSupervisor(options: DynamicOptions = {}): Tree {
  return new Tree(ValueSupervisor, readFlags(options, placeOf("dynamic supervisor", options, EXAMPLE)), options)
}

function readFlags(given: unknown, place: Place): Settings {
  const { child, extraArguments = [], maxChildren = Infinity, maxRestarts = MAX_RESTARTS, withinMs = WITHIN_MS } = check(dynamicOptions, given, place)
  const template = child === undefined ? undefined : toSpec(child, "child", place)
  if (template?.significant === true) throw wrong({ ...place, child: String(template.id) }, "child.significant", true, "left out: a dynamic supervisor does not stop by itself")
  return { strategy: "one_for_one", maxRestarts, withinMs, autoShutdown: "never", children: [], dynamic: { maxChildren, extraArguments, template } }
}

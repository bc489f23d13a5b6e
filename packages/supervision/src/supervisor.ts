/** Supervisors: actors that start, watch, restart and stop others. */
import type { ignore, Stop } from "@vivarium/actors"
import { check, type Place, wrong } from "./check.ts"
import { type ChildId, type ChildLike, type ChildSpec, toSpec } from "./child-spec.ts"
import { MAX_RESTARTS, WITHIN_MS } from "./limits.ts"
import { markSupervisor } from "./mark.ts"
import { type AutoShutdown, CheckedFlags, type Settings, type Strategy } from "./settings.ts"
import { checkSignificance } from "./significance.ts"
import { isPlain, supervisorOptions } from "./spec-schema.ts"
import type { Soon } from "./soon.ts"
import { SupervisorBase } from "./supervisor-base.ts"
import { SupervisorRef } from "./supervisor-ref.ts"
import { Tree, type TreeOptions } from "./supervisor-tree.ts"

/** The flags of a supervisor, and its first children. */
export interface SupervisorFlags {
  /** Who is restarted with a child that has failed: nobody else, all others, or those that were started after it. Default `one_for_one`. */
  readonly strategy?: Strategy | undefined
  /** How many restarts are allowed within `withinMs`; with one more the supervisor gives up. Default 3. */
  readonly maxRestarts?: number | undefined
  /** How far back restarts count, in milliseconds. Default 5,000. */
  readonly withinMs?: number | undefined
  /** Whether the supervisor stops when one of its significant children has ended by itself, or all have. Default `never`. */
  readonly autoShutdown?: AutoShutdown | undefined
  /** Started in this order, each when the one before is ready; stopped in reverse. */
  readonly children?: readonly ChildLike[] | undefined
}

/** What the `init` of a supervisor may give. */
export type SupervisorInit = SupervisorFlags | typeof ignore | Stop

/** Options of `supervisor()`: its flags, and how it lives as a child itself. */
export interface SupervisorOptions extends SupervisorFlags, TreeOptions {}

const EXAMPLE = 'supervisor({ strategy: "one_for_one", maxRestarts: 3, withinMs: 5000, children: [child(Queen)] })'

/**
 * A supervisor as a class: `init` gives the flags, each time it is started. Of the family of Erlang's `supervisor` behaviour.
 *
 * @example
 * ```ts
 * import { Actor, System } from "@vivarium/actors"
 * import { child, Supervisor } from "@vivarium/supervision"
 *
 * class Bee extends Actor {}
 * class Hive extends Supervisor {
 *   init(bees: number) {
 *     return { strategy: "one_for_all", children: Array.from({ length: bees }, (_, number) => child(Bee, { id: number })) } as const
 *   }
 * }
 * await using system = new System()
 * const hive = await system.start(Hive, { args: [3] })
 * console.log(hive.whichChildren().map(({ id }) => id))
 * // prints: [ 2, 1, 0 ]
 * ```
 */
export abstract class Supervisor extends SupervisorBase {
  /** Only the compiler knows it. */
  declare readonly "~ref"?: SupervisorRef<this>

  /** Gives the flags and the first children; or `ignore`, or `stop(reason)`. Plain, generator or async. */
  abstract init(...args: never[]): Soon<SupervisorInit>

  /** @internal */
  override "~flags"(given: unknown): Settings {
    return readFlags(given, placeOfInit(this, EXAMPLE))
  }
}

markSupervisor(Supervisor, SupervisorRef)

/** What runs for a tree that is a value, whose flags were checked when it was made. */
class StaticSupervisor extends Supervisor {
  init(settings: Settings): object {
    return new CheckedFlags(settings)
  }
}
Object.defineProperty(StaticSupervisor, "name", { value: "supervisor" })

/**
 * A supervisor as a value: start it with `system.start(tree)`, or make it a child of another one. It starts its children from left to right, restarts those that fail
 * by its strategy, gives up with `shutdown` (detail `gave_up`) when there are too many restarts, and stops its children from right to left. Raises SpecError.
 *
 * @example
 * ```ts
 * import { Actor, System } from "@vivarium/actors"
 * import { child, formatTree, supervisor } from "@vivarium/supervision"
 *
 * class Queen extends Actor {}
 * class Bee extends Actor {}
 * const hive = supervisor({
 *   id: "hive",
 *   strategy: "rest_for_one",
 *   children: [child(Queen), supervisor({ id: "nursery", children: [child(Bee, { id: "maya" })] })],
 * })
 * await using system = new System()
 * const top = await system.start(hive)
 * console.log(top.countChildren())
 * // prints: { specs: 2, active: 2, supervisors: 1, workers: 1 }
 * ```
 */
export function supervisor(options: SupervisorOptions = {}): Tree<SupervisorRef> {
  return new Tree(StaticSupervisor, readFlags(options, placeOf("supervisor", options, EXAMPLE)), options)
}

export function placeOf(what: string, options: unknown, example: string): Place {
  const { id, name } = (typeof options === "object" && options !== null ? options : {}) as { readonly id?: string | number; readonly name?: string | number }
  const called = [id, name].find((one) => (typeof one === "string" && one !== "") || (one === id && typeof one === "number" && !Number.isNaN(one)))
  return { where: called === undefined ? what : `${what} "${called}"`, example }
}

/** Of the class form: what `init` has given. Erlang calls it a bad return. */
export function placeOfInit({ constructor: { name } }: object, example: string): Place {
  return { where: `init() of ${name}`, whole: "its result", example: `return ${example.slice(example.indexOf("{"), -1)}, or ignore, or stop(reason)` }
}

/** Checks flags and children, and fills in the defaults. */
function readFlags(given: unknown, place: Place): Settings {
  if (isPlain(given) && "strategy" in given && given.strategy === "simple_one_for_one") {
    throw wrong({ ...place, example: "dynamicSupervisor({ child: Bee })" }, "strategy", given.strategy, "one of one_for_one, one_for_all, rest_for_one: a supervisor of many children of one kind is another one here")
  }
  const options = check(supervisorOptions, given, place)
  const { autoShutdown = "never", children = [], maxRestarts = MAX_RESTARTS, strategy = "one_for_one", withinMs = WITHIN_MS } = options
  const specs = children.map((one, index) => toSpec(one, `children.${index}`, place))
  checkChildren(specs, autoShutdown, place)
  return { strategy, maxRestarts, withinMs, autoShutdown, children: specs, dynamic: null }
}

function checkChildren(specs: readonly ChildSpec<unknown>[], autoShutdown: AutoShutdown, place: Place): void {
  const seen = new Set<ChildId>()
  for (const { id, significant } of specs) {
    const inside: Place = { ...place, where: `${place.where}: child "${String(id)}"`, child: String(id) }
    if (seen.has(id)) throw wrong({ ...inside, example: `child(Bee, { id: "another" })` }, "id", id, "unique in its supervisor, and an earlier child has it")
    checkSignificance(significant, autoShutdown, inside)
    seen.add(id)
  }
}

/** Partition supervisors: several copies of one child, among which the work is divided by keys. */
import type { ignore, Ref, Startable, Stop, System, Via } from "@vivarium/actors"
import { type Cell, DEAD, isRecipe } from "@vivarium/actors/lowlevel"
import { InvalidArgumentError, type Operation } from "@vivarium/core"
import { check, type Place, wrong } from "./check.ts"
import { type ChildLike, type ChildSpec, type StartedRef, toSpec } from "./child-spec.ts"
import { MAX_RESTARTS, WITHIN_MS } from "./limits.ts"
import { manage } from "./manage.ts"
import { markSupervisor } from "./mark.ts"
import { fixedChildren, noPartitions, type PartitionSettings, partitionsOf, resize } from "./partition-admin.ts"
import { type PartitionKey, partitionOf } from "./partition-key.ts"
import { CheckedFlags, type FlagChanges, type Strategy } from "./settings.ts"
import { partitionOptions } from "./spec-schema.ts"
import { placeOf, placeOfInit } from "./supervisor.ts"
import { SupervisorBase } from "./supervisor-base.ts"
import { SupervisorRef } from "./supervisor-ref.ts"
import type { Soon } from "./soon.ts"
import { Tree, type TreeOptions } from "./supervisor-tree.ts"

/** The flags of a partition supervisor. */
export interface PartitionFlags<C extends ChildLike = ChildLike> {
  /** How many there are at first, and can be at most: 1 or more. */
  readonly partitions: number
  /** What all of them are. Its id does not count: their ids are 0, 1, 2 and so on. It has no name, which they could not share. */
  readonly child: C
  /** Gives the arguments of one of them from those of `child`. Default: the same for all. Not for a tree, which has its arguments in itself. */
  readonly withArguments?: ((args: readonly unknown[], partition: number) => readonly unknown[]) | undefined
  /** Who is restarted with one that has failed. Default `one_for_one`. */
  readonly strategy?: Strategy | undefined
  /** How many restarts are allowed within `withinMs`; with one more the supervisor gives up. Default 3. */
  readonly maxRestarts?: number | undefined
  /** How far back restarts count, in milliseconds. Default 5,000. */
  readonly withinMs?: number | undefined
}

/** What the `init` of a partition supervisor may give. */
export type PartitionInit = PartitionFlags | typeof ignore | Stop

/** Options of `partitionSupervisor()`: its flags, and how it lives as a child itself. */
export interface PartitionOptions<C extends ChildLike = ChildLike> extends PartitionFlags<C>, TreeOptions {}

/** The reference of what is given as a child. */
export type ChildRef<C> = C extends ChildSpec<infer R> ? R : C extends readonly [what: infer S, argument: unknown] ? StartedRef<S> : C extends Startable ? StartedRef<C> : Ref<unknown> | undefined

const EXAMPLE = "partitionSupervisor({ partitions: 4, child: child(Counter) })"

/**
 * The reference of a partition supervisor: a supervisor whose children have the ids 0, 1, 2 and so on. Which one serves a key: an integer by the remainder of its absolute value;
 * a reference by its number, if it is of a name, by that; true and false as 1 and 0; all else by a hash of its text. Elixir: `PartitionSupervisor`.
 */
export class PartitionSupervisorRef<R = Ref<unknown> | undefined, A = unknown> extends SupervisorRef<A> {
  /** How many partitions there are now. Raises NoProcessError once the supervisor has ended. Elixir: `partitions`. */
  get partitions(): number {
    const inside = this["~inside"]("partitions")
    return inside === null ? 0 : partitionsOf(inside).count
  }

  /**
   * Who serves a key now; undefined if it does not run. Keep the result for one use only: after a restart it is another one. Raises SupervisorError with
   * `no_partitions`, InvalidArgumentError if that cannot be a key, NoProcessError once the supervisor has ended.
   */
  partition(key: PartitionKey): R | undefined {
    const inside = this["~inside"]("partition()")
    if (inside === null) return undefined
    const { count } = partitionsOf(inside)
    if (count === 0) throw noPartitions(this.toString())
    return inside.children.withId(partitionOf(key, count))?.ref as R | undefined
  }

  /**
   * A key as a name, for `named`: whoever serves it is looked up at each use, so it survives the restarts of the partition, and if the supervisor has a name, its own.
   * Raises what `partition` does; once the supervisor has ended, nobody holds the name. Nothing can be registered by it. Elixir: `{:via, PartitionSupervisor, {name, key}}`.
   */
  via(key: PartitionKey): Via {
    partitionOf(key, 1)
    const describe = `${this.name ?? this.label ?? "partition"} ${String(key)}`
    return {
      describe,
      system: this["~resolve"]()?.world.system as System,
      register: () => {
        throw new InvalidArgumentError("name", describe, "a name that can be taken", "The partition supervisor decides who serves a key.")
      },
      resolve: () => this.latest()?.partition(key) as Ref<unknown> | undefined,
    }
  }

  /**
   * Stops the last partitions, the youngest first, or starts them again, so that there are so many; gives how many there were. From 0 to the number with which the supervisor was
   * started; InvalidArgumentError otherwise. Keys go to those that stay before the first one is stopped, and to new ones when all of them run. Raises StartError if one fails to
   * start; then there are as many as before. When the supervisor itself is restarted, it begins with all. Elixir: `resize!`.
   */
  resize(partitions: number): Operation<number> {
    return manage(this, "resize", (supervision) => resize(supervision, partitions))
  }

  /** Not of a partition supervisor: raises SupervisorError with `partition_supervisor`. */
  override startChild(_child: ChildLike): Operation<never> {
    throw fixedChildren(this.toString(), "startChild()")
  }

  /** Not of a partition supervisor: raises SupervisorError with `partition_supervisor`. */
  override deleteChild(_id: unknown): Operation<never> {
    throw fixedChildren(this.toString(), "deleteChild()")
  }

  /** As of every supervisor, without `autoShutdown`: a partition supervisor does not stop by itself. */
  override changeFlags(changes: Omit<FlagChanges, "autoShutdown">): Operation<void> {
    const { autoShutdown } = (changes ?? {}) as FlagChanges
    if (autoShutdown !== undefined) throw wrong({ where: "changeFlags()", example: "combs.changeFlags({ maxRestarts: 10 })" }, "autoShutdown", autoShutdown, "left out: a partition supervisor does not stop by itself")
    return super.changeFlags(changes)
  }

  /** This one, or who has its name since it has ended. */
  private latest(): PartitionSupervisorRef | undefined {
    const cell = this["~resolve"]() as Cell
    if (cell.state !== DEAD) return this as unknown as PartitionSupervisorRef
    const holder = this.name === undefined ? undefined : cell.world.names.find(this.name)
    return holder?.ref instanceof PartitionSupervisorRef && holder.state !== DEAD ? holder.ref : undefined
  }
}

/** A partition supervisor as a class: `init` gives the flags. The type argument is the reference of one of the children. Elixir: `PartitionSupervisor`. */
export abstract class PartitionSupervisor<R = Ref<unknown> | undefined> extends SupervisorBase {
  /** Only the compiler knows it. */
  declare readonly "~ref"?: PartitionSupervisorRef<R, this>

  /** Gives the flags; or `ignore`, or `stop(reason)`. Plain, generator or async. */
  abstract init(...args: never[]): Soon<PartitionInit>

  /** @internal */
  override "~flags"(given: unknown): PartitionSettings {
    const place = placeOfInit(this, EXAMPLE)
    return settingsOf(readFlags(given, place), place)
  }
}

markSupervisor(PartitionSupervisor, PartitionSupervisorRef)

/** What runs for a value, whose flags were checked when it was made. */
class ValueSupervisor extends PartitionSupervisor {
  init(flags: Checked): PartitionFlags {
    return new CheckedFlags(settingsOf(flags, placeOfInit(this, EXAMPLE))) as object as PartitionFlags
  }
}
Object.defineProperty(ValueSupervisor, "name", { value: "partition supervisor" })

/**
 * A partition supervisor as a value: several copies of one child, among which the work is divided by keys. For what would be too much for one process, or must not be lost
 * all at once: caches, counters, dynamic supervisors. Raises SpecError.
 *
 * @example
 * ```ts
 * import { Actor, named, System } from "@vivarium/actors"
 * import { partialChild, partitionSupervisor } from "@vivarium/supervision"
 *
 * class Comb extends Actor {
 *   #number = 0
 *   init(number: number) {
 *     this.#number = number
 *   }
 *   store(honey: string) {
 *     return `${honey} is in comb ${this.#number}`
 *   }
 * }
 * await using system = new System()
 * const combs = await system.start(partitionSupervisor({ partitions: 3, child: partialChild(Comb), withArguments: (_, partition) => [partition] }))
 * console.log(await combs.partition(-4)?.call.store("lime"), "of", combs.partitions)
 * const mine = named(Comb, combs.via("Maya"))
 * console.log(await mine.call.store("clover") === await mine.call.store("clover"))
 * // prints: lime is in comb 1 of 3
 * // prints: true
 * ```
 */
export function partitionSupervisor<const C extends ChildLike>(options: PartitionOptions<C>): Tree<PartitionSupervisorRef<ChildRef<C>>> {
  return new Tree(ValueSupervisor, readFlags(options, placeOf("partition supervisor", options, EXAMPLE)), options)
}

type Checked = Omit<PartitionFlags, "child" | "withArguments"> & { readonly child: ChildSpec<unknown>; readonly withArguments?: unknown }

function readFlags(given: unknown, place: Place): Checked {
  const flags = check(partitionOptions, given, place)
  const child = toSpec(flags.child, "child", place)
  const inside: Place = { ...place, child: String(child.id) }
  if (child.significant) throw wrong(inside, "child.significant", true, "left out: a partition supervisor does not stop by itself")
  const tree = isRecipe(child.what) ? child.what : undefined
  const name = child.options?.name ?? (tree?.["~recipe"].options as { readonly name?: unknown } | undefined)?.name
  if (name !== undefined) throw wrong(inside, "child.name", name, "left out: all partitions would have it. Name the partition supervisor, and use via(key)")
  if (tree !== undefined && flags.withArguments !== undefined) throw wrong(place, "withArguments", flags.withArguments, "left out where child is a tree, which has its arguments in itself: use its class form, whose init takes arguments")
  return { ...flags, child }
}

/** The specs of all partitions are made once, so that one that is started again is what it was. */
function settingsOf({ child, maxRestarts = MAX_RESTARTS, partitions, strategy = "one_for_one", withArguments, withinMs = WITHIN_MS }: Checked, place: Place): PartitionSettings {
  const make = withArguments as PartitionFlags["withArguments"]
  const children = Array.from({ length: partitions }, (_, partition) => {
    const args = make === undefined ? child.args : make(child.args ?? [], partition)
    if (args !== undefined && !Array.isArray(args)) throw wrong(place, `withArguments(…, ${partition})`, args, "an array of the arguments of init")
    return child.withArguments(args, partition)
  })
  return { strategy, maxRestarts, withinMs, autoShutdown: "never", children, dynamic: null, partitions: { count: partitions } }
}

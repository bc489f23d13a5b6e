/** References by name: resolved at each use, so they survive a restart. */
import { InvalidArgumentError, type RunLoop } from "@vivarium/core"
import { checkOptions } from "@vivarium/core/lowlevel"
import type { Actor } from "./actor.ts"
import { type ActorClass, type ActorType, isActorClass, RAW_TYPE, type RefClass, typeOfNamed } from "./actor-type.ts"
import type { Cell } from "./cell.ts"
import { defaultSystem, noSystem } from "./default-system.ts"
import type { Envelope } from "./envelope.ts"
import { type Via } from "./names.ts"
import { Process } from "./process.ts"
import { isRecipe, type Recipe } from "./recipe.ts"
import { LocalRef, Ref } from "./ref.ts"
import { isVia } from "./spawn.ts"
import type { ActorConstructor, RefOf, RefTo } from "./spawn-types.ts"
import type { System } from "./system.ts"
import type { World } from "./world.ts"

class NamedRef extends Ref<unknown> {
  readonly id = 0
  readonly label: undefined = undefined
  readonly "~type": ActorType
  private readonly held: string | Via
  private readonly given: System | undefined

  constructor(type: ActorType, held: string | Via, given: System | undefined) {
    super()
    this["~type"] = type
    this.held = held
    this.given = given
  }

  get name(): string {
    return typeof this.held === "string" ? this.held : this.held.describe
  }

  get "~loop"(): RunLoop | null {
    return typeof this.held === "string" ? this.world.loop : (this.held.resolve()?.["~loop"] ?? null)
  }

  "~resolve"(): Cell | null {
    if (typeof this.held === "string") return this.world.names.find(this.held) ?? null
    return this.held.resolve()?.["~resolve"]() ?? null
  }

  "~lost"(envelope: Envelope): void {
    this.world.deadLetters.add(this.name, envelope, "dead")
  }

  toString(): string {
    return `${this["~type"].name} "${this.name}"`
  }

  /** Of the process that uses it, else the one system that there is. */
  private get world(): World {
    const system = this.given ?? defaultSystem()
    if (system !== undefined) return system["~world"]
    throw noSystem(`the name "${this.name}" is used`, `named(${this["~type"].name}, "${this.name}", { system })`)
  }
}

const withVerbs = new WeakMap<RefClass, typeof NamedRef>()

/** What the references of a type can do beside the rest, those by name can do, too: such verbs resolve whom they mean at each use. */
function classOf({ Ref }: ActorType): typeof NamedRef {
  if (Ref === null) return NamedRef
  let Class = withVerbs.get(Ref)
  if (Class === undefined) {
    Class = class extends NamedRef {}
    const verbs: object[] = []
    for (let prototype = Ref.prototype as object; prototype !== LocalRef.prototype; prototype = Object.getPrototypeOf(prototype) as object) verbs.unshift(prototype)
    for (const prototype of verbs) {
      const { constructor: _constructor, ...own } = Object.getOwnPropertyDescriptors(prototype)
      Object.defineProperties(Class.prototype, own)
    }
    withVerbs.set(Ref, Class)
  }
  return Class
}

/**
 * The reference of whoever holds a name, looked up at each use: it survives restarts, and can be made before its actor. `via` names work as
 * well. Of a raw process: `named(Process, name)`; of a tree, `named(tree, name)`; of any supervisor, `named(Supervisor, name)`. Casts and sends to nobody are dead letters; calls fail with `noproc`. Outside of any actor, name the system if there are several.
 *
 * @example
 * ```ts
 * import { Actor, named, System } from "@vivarium/actors"
 *
 * class Hive extends Actor {
 *   honey() {
 *     return 12
 *   }
 * }
 * await using system = new System()
 * const hive = named(Hive, "hive", { system })
 * console.log(hive.alive, hive.cast.honey())
 * system.spawn(Hive, { name: "hive" })
 * console.log(hive.alive, await hive.call.honey())
 * // prints: false false
 * // prints: true 12
 * ```
 */
export function named<S extends ActorConstructor | Recipe<Ref<never> | Ref<unknown>>>(what: S, name: string | Via, options?: { readonly system?: System }): RefOf<S>
export function named<A extends Actor>(what: abstract new () => A, name: string | Via, options?: { readonly system?: System }): RefTo<A>
export function named<M = unknown>(raw: typeof Process, name: string | Via, options?: { readonly system?: System }): Ref<Process<M>>
export function named(what: unknown, name: string | Via, options: { readonly system?: System } = {}): Ref<never> {
  const Class = isRecipe(what) ? what["~recipe"].what : what
  const isRaw = Class === Process
  if (!isRaw && !isActorClass(Class)) throw new InvalidArgumentError("Class", Class, "a class that extends Actor, or Process for a raw process", 'right: named(Counter, "counter"), named(Process, "logger")')
  isVia(name)
  checkOptions("options", options, ["system"], 'named(Counter, "counter", { system })')
  const { system: given } = options as { readonly system?: unknown }
  if (given !== undefined && (typeof given !== "object" || given === null || !("~world" in given))) throw new InvalidArgumentError("system", given, "a system")
  const system = options.system ?? (typeof name === "string" ? undefined : name.system)
  const type = isRaw ? RAW_TYPE : typeOfNamed(Class as ActorClass)
  return new (classOf(type))(type, name, system) as unknown as Ref<never>
}

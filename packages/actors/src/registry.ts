/** Registries: who is found under which key, be it one process a key or many. Elixir's Registry. */
import { call, InvalidArgumentError, type Operation, type Outcome } from "@vivarium/core"
import { checkOptions } from "@vivarium/core/lowlevel"
import { findSubject, type OnBehalf, type Subject, subjectOf } from "./behalf.ts"
import { readSystem } from "./default-system.ts"
import { describeValue } from "./describe.ts"
import { NameTakenError, RegistryError } from "./errors.ts"
import { extrasOf } from "./extras.ts"
import type { Via } from "./names.ts"
import { Ref } from "./ref.ts"
import { Entries, type Entry } from "./registry-entries.ts"
import { Listeners, RegistryChange, type RegistryListener } from "./registry-listeners.ts"
import { Locks } from "./registry-locks.ts"
import type { System } from "./system.ts"
import type { World } from "./world.ts"

/** Options of a registry. */
export interface RegistryOptions {
  /** Whether a key has one process at most, or any number of entries. */
  readonly keys: "unique" | "duplicate"
  /** Shown in reports. Default "registry". */
  readonly name?: string
  /** Whose processes it takes. Default: the system of the current process, else the only one that runs. */
  readonly system?: System
}

/** An entry of a registry, as it was when it was asked for. */
export interface RegistryEntry<V, A> {
  /** Who. */
  readonly ref: Ref<A>
  /** What it has put there. */
  readonly value: V
}

/** A value, which can be left out where `V` allows `undefined`. */
export type ValueArgument<V> = undefined extends V ? [value?: V] : [value: V]

/** What `register` takes behind the key. */
export type RegisterArguments<V> = undefined extends V ? [value?: V, options?: OnBehalf] : [value: V, options?: OnBehalf]

/**
 * Finds processes by keys of any kind, each with a value: names that are no strings, or subscribers of a topic. `K` is what keys are, `V` what values
 * are, `A` the class of the actors that are found. It is a plain object, no process: everything happens at once.
 *
 * An entry belongs to its process and goes with it, before anybody is told of the end. The key of a process that was killed counts as free at once.
 * Keys are compared as a Map does: NaN is itself, 0 is -0, objects are the same or not. Entries come in the order in which they were registered.
 * Everything that a process does for itself can be done for another one by `{ for: ref }`; async methods need it, as `{ for: this }`.
 *
 * When not to use it: for plain names, which a system knows by itself (`spawn(Hive, { name: "hive" })`); to be told of members, which `Groups` do.
 * Source: Elixir's Registry, without its partitions.
 *
 * @example
 * ```ts
 * import { Actor, named, Registry, System } from "@vivarium/actors"
 *
 * class Room extends Actor {
 *   greet(guest: string) {
 *     return `welcome to ${this.self.name}, ${guest}`
 *   }
 * }
 * await using system = new System({ log: false })
 * const rooms = new Registry<number, undefined, Room>({ keys: "unique", name: "rooms", system })
 * await system.start(Room, { name: rooms.via(7) })
 * console.log(await rooms.whereis(7)?.call.greet("Maya"))
 * console.log(await named(Room, rooms.via(7)).call.greet("Willy"))
 * // prints: welcome to rooms/7, Maya
 * // prints: welcome to rooms/7, Willy
 * ```
 */
export class Registry<K = unknown, V = unknown, A = unknown> {
  /** Whether a key has one process at most, or any number of entries. */
  readonly kind: "unique" | "duplicate"
  /** Shown in reports. */
  readonly name: string
  /** Whose processes it takes. */
  readonly system: System
  /** What is to be known of the registry as a whole: yours to fill. Elixir: `Registry.put_meta`. */
  readonly meta: Map<unknown, unknown> = new Map()
  private readonly world: World
  private readonly entries: Entries<K, V>
  private readonly listeners: Listeners<K, V, A>
  private readonly locks: Locks

  constructor(options: RegistryOptions) {
    checkOptions("options", options, ["keys", "name", "system"], 'new Registry({ keys: "unique" })')
    const { keys, name = "registry" } = options
    if (keys !== "unique" && keys !== "duplicate") throw new InvalidArgumentError("keys", keys, '"unique" or "duplicate"', 'right: new Registry({ keys: "unique" })')
    if (typeof name !== "string" || name === "") throw new InvalidArgumentError("name", name, "a string that is not empty")
    this.kind = keys
    this.name = name
    this.system = readSystem(`the registry "${name}" is made`, options.system, `new Registry({ keys: "${keys}", system })`)
    this.world = this.system["~world"]
    this.entries = new Entries((entry) => this.tell("unregister", entry))
    this.world.watch?.keeps?.({ name: `the registry "${name}"`, holders: () => this.entries.holders() })
    this.listeners = new Listeners(this.world)
    this.locks = new Locks(this.world.loop)
  }

  /**
   * Puts the current process under a key, with a value. Where keys are unique, raises NameTakenError if it is taken, also by itself; else the same process may
   * stand there several times.
   */
  register(key: K, ...rest: RegisterArguments<V>): void {
    const [value, options = {}] = rest
    checkOptions("options", options, ["for"], "registry.register(key, value, { for: ref })")
    const cell = subjectOf("register()", "for", options.for, this.world)
    if (this.kind === "unique") {
      const [holder] = this.entries.of(key)
      if (holder !== undefined) throw new NameTakenError(this.nameOf(key), holder.cell.ref)
      this.entries.clear(key)
    }
    this.tell("register", this.entries.add(key, cell, value as V))
  }

  /** Takes all entries of the current process away from a key, or those whose value `where` says; says whether there were any. */
  unregister(key: K, options: OnBehalf & { readonly where?: (value: V) => boolean } = {}): boolean {
    checkOptions("options", options, ["for", "where"], "registry.unregister(key, { for: ref })")
    const { where = () => true } = options
    const mine = this.ofSubject("unregister()", key, options.for).filter(({ value }) => where(value))
    for (const entry of mine) this.entries.remove(entry)
    return mine.length > 0
  }

  /** Who stands under a key, or those of them whose value `where` says. */
  lookup(key: K, where: (value: V) => boolean = () => true): readonly RegistryEntry<V, A>[] {
    return this.entries.of(key).filter(({ value }) => where(value)).map(shown<K, V, A>)
  }

  /** The process that was put under a key first; where keys are unique, the only one. */
  whereis(key: K): Ref<A> | undefined {
    return this.entries.of(key)[0]?.cell.ref as Ref<A> | undefined
  }

  /** The keys of the current process or of another one, in the order of registration; as often as it stands there. */
  keys(of?: Subject): readonly K[] {
    const cell = findSubject("keys()", "of", of, this.world)
    return cell === null ? [] : this.entries.ofProcess(cell).map(({ key }) => key)
  }

  /** The values that the current process has put under a key. */
  values(key: K, options: OnBehalf = {}): readonly V[] {
    checkOptions("options", options, ["for"], "registry.values(key, { for: ref })")
    return this.ofSubject("values()", key, options.for).map(({ value }) => value)
  }

  /** All entries, or those that `where` says, with their keys. Looks at all of them. Elixir: `Registry.select`. */
  select(where: (entry: RegistryEntry<V, A> & { readonly key: K }) => boolean = () => true): readonly (RegistryEntry<V, A> & { readonly key: K })[] {
    return this.entries.all().map((entry) => ({ key: entry.key, ...shown<K, V, A>(entry) })).filter(where)
  }

  /** How many entries there are, in all or of one key. */
  count(...key: [key?: K]): number {
    return key.length === 0 ? this.entries.all().length : this.entries.of(key[0] as K).length
  }

  /**
   * Changes the value of a unique key that the current process holds; gives the new one. Raises RegistryError if it does not hold it: values are changed by
   * their owners alone.
   */
  updateValue(key: K, change: (value: V) => V, options: OnBehalf = {}): V {
    this.needUnique("updateValue()")
    if (typeof change !== "function") throw new InvalidArgumentError("change", change, "a function of the value", "right: registry.updateValue(key, (count) => count + 1)")
    checkOptions("options", options, ["for"], "registry.updateValue(key, change, { for: ref })")
    const cell = subjectOf("updateValue()", "for", options.for, this.world)
    const [entry] = this.entries.of(key)
    if (entry?.cell !== cell) throw new RegistryError("not_registered", `${cell.ref.toString()} does not hold "${this.nameOf(key)}", so it cannot change what stands there. Send its holder a message that asks for it.`)
    entry.value = change(entry.value)
    return entry.value
  }

  /**
   * Calls a function with all that stand under a key, once, and gives what it returns; where nobody stands, does not call it and gives undefined.
   * To publish: `dispatch(topic, (entries) => { for (const { ref } of entries) ref.send(news) })`.
   */
  dispatch<R>(key: K, body: (entries: readonly RegistryEntry<V, A>[]) => R): R | undefined {
    if (typeof body !== "function") throw new InvalidArgumentError("body", body, "a function of the entries", "right: registry.dispatch(key, (entries) => { … })")
    const entries = this.lookup(key)
    return entries.length === 0 ? undefined : body(entries)
  }

  /**
   * Has somebody told of every entry that comes or goes, in order: a function, which is called at once and may not wait, or a process, which is sent
   * each `RegistryChange`. Until the result is disposed of, or the process has ended. What a function throws goes to the system's `onUncaught`.
   */
  listen(listener: RegistryListener<K, V, A>): Disposable {
    if (typeof listener !== "function" && !(listener instanceof Ref)) throw new InvalidArgumentError("listener", listener, "a function or a reference", "right: registry.listen(this.self)")
    return this.listeners.add(listener)
  }

  /**
   * Runs a body while nobody else runs one under the same key of this registry; waiters are served first come, first served. The lock is free again when
   * the body has ended, or the process that holds it has. Locks and entries share no keys. Raises RegistryError if it is taken twice, or could
   * never be had because its holder waits for who wants it.
   */
  lock<R>(key: unknown, body: () => R): Operation<Outcome<R>> {
    if (typeof body !== "function") throw new InvalidArgumentError("body", body, "a function, best a generator function", "right: registry.lock(key, function* () { … })")
    return this.locks.with(key, call(body as () => unknown) as Operation<Outcome<R>>)
  }

  /** A unique key as a name: for `spawn` and `start`, and for `named`. Elixir: `{:via, Registry, {registry, key, value}}`. */
  via(key: K, ...value: ValueArgument<V>): Via {
    this.needUnique("via()")
    return {
      describe: this.nameOf(key),
      system: this.system,
      register: (ref) => {
        this.register(key, ...([value[0], { for: ref }] as unknown as RegisterArguments<V>))
        const cell = ref["~resolve"]()
        if (cell !== null) extrasOf(cell).name ??= this.nameOf(key)
      },
      resolve: () => this.whereis(key) as Ref<unknown> | undefined,
    }
  }

  /** @internal */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return `Registry "${this.name}"`
  }

  private ofSubject(what: string, key: K, subject: Subject | undefined): readonly Entry<K, V>[] {
    const cell = findSubject(what, "for", subject, this.world)
    return cell === null ? [] : this.entries.ofProcess(cell).filter((entry) => sameKey(entry.key, key))
  }

  private tell(kind: "register" | "unregister", entry: Entry<K, V>): void {
    if (this.listeners.some) this.listeners.tell(new RegistryChange<K, V, A>(kind, this, entry.key, entry.cell.ref as unknown as Ref<A>, entry.value))
  }

  private needUnique(what: string): void {
    if (this.kind !== "unique") throw new RegistryError("duplicate_keys", `${what} needs unique keys, but a key of "${this.name}" may have several entries. Make it with { keys: "unique" }.`)
  }

  private nameOf(key: K): string {
    return `${this.name}/${typeof key === "string" ? key : describeValue(key)}`
  }
}

/** As a Map compares them. */
function sameKey(a: unknown, b: unknown): boolean {
  return a === b || (Number.isNaN(a) && Number.isNaN(b))
}

function shown<K, V, A>(entry: Entry<K, V>): RegistryEntry<V, A> {
  return { ref: entry.cell.ref as unknown as Ref<A>, value: entry.value }
}

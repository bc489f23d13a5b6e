/** The actors behind probes: one that takes messages, and for each class that a probe stands in for, one that has its methods. */
import { Actor, type ActorConstructor, Exit, type ExitReason, type Ref } from "@vivarium/actors"
import { BASE, type Framework, isActorClass } from "@vivarium/actors/lowlevel"
import { InvalidArgumentError } from "@vivarium/core"
import type { MethodCall, Note } from "./probe-note.ts"

/** Who is told of what comes. What it gives is what the method gives. */
export interface Listening {
  heard(note: Note): unknown
  called(note: Note & { readonly message: MethodCall }): unknown
}

/** What the system calls by itself, and a probe does in its own way; and what makes an object a promise. */
const NO_METHODS = new Set(["constructor", "init", "info", "exit", "down", "terminate", "snapshot", "restore", "handle", "then", "toJSON"])
const OPEN = "~open"

/** Takes everything, and passes it on. Its name is that of the probe in reports. */
export class Listener extends Actor {
  #probe: Listening | null = null

  init(probe: Listening): void {
    this.#probe = probe
  }

  info(message: unknown): unknown {
    return this.#probe?.heard({ message, sender: this.sender, later: null })
  }

  exit(from: Ref<unknown> | undefined, reason: ExitReason): unknown {
    return this.#probe?.heard({ message: new Exit(from, reason), sender: from, later: null })
  }

  /** A method has been called or cast. */
  static called(actor: Listener, method: string, args: readonly unknown[]): unknown {
    const later = actor.replyLater<unknown>()
    const call = later["~request"] === null ? null : later
    return actor.#probe?.called({ message: { method, args }, sender: actor.sender, later: call })
  }
}

/** The same for classes that take calls by any name, as state machines do. */
class OpenListener extends Listener {}
Object.defineProperty(OpenListener.prototype, BASE, { value: true })
Object.defineProperty(OpenListener.prototype, OPEN, { value: true })
Object.setPrototypeOf(
  OpenListener.prototype,
  new Proxy(Listener.prototype, {
    get: (target, key, actor): unknown => {
      if (typeof key === "symbol" || key in target || NO_METHODS.has(key) || key.startsWith("~")) return Reflect.get(target, key, actor)
      return (...args: readonly unknown[]) => Listener.called(actor as Listener, key, args)
    },
  }),
)

const plain = name(class extends Listener {}, "probe")
const known = new WeakMap<object, typeof Listener>()

/** The class of actors of a probe that stands in for a class, or for none. */
export function standInFor(Class: ActorConstructor | undefined): typeof Listener {
  if (Class === undefined) return plain
  const found = known.get(Class)
  if (found !== undefined) return found
  const made = make(Class)
  known.set(Class, made)
  return made
}

function make(Class: unknown): typeof Listener {
  if (!isActorClass(Class)) throw new InvalidArgumentError("as", Class, "a class that extends Actor", "right: createProbe(system, { as: Hive })")
  const base = baseOf(Class.prototype)
  const brought = (base as { readonly [BASE]: Framework | true })[BASE]
  if (brought !== true && brought.Ref !== null) throw new InvalidArgumentError("as", Class, "a class whose references are plain ones: nobody can stand in for a supervisor, or for what else has references of its own")
  const StandIn = name(OPEN in base ? class extends OpenListener {} : class extends Listener {}, `probe of ${Class.name}`)
  for (const method of methodsOf(Class.prototype, base)) define(StandIn.prototype, method)
  const { protocol } = Class as unknown as { readonly protocol?: unknown }
  if (protocol !== undefined) Object.defineProperty(StandIn, "protocol", { value: protocol })
  return StandIn
}

/** The prototype of the class of ours on which a class is built. */
function baseOf(prototype: object): object {
  let base = prototype
  while (!Object.hasOwn(base, BASE)) base = Object.getPrototypeOf(base) as object
  return base
}

function methodsOf(prototype: object, base: object): Set<string> {
  const methods = new Set<string>()
  for (let one = prototype; one !== base; one = Object.getPrototypeOf(one) as object) {
    for (const [method, { value }] of Object.entries(Object.getOwnPropertyDescriptors(one))) if (typeof value === "function" && !NO_METHODS.has(method)) methods.add(method)
  }
  return methods
}

function define(prototype: object, method: string): void {
  const value = function (this: Listener, ...args: readonly unknown[]): unknown {
    return Listener.called(this, method, args)
  }
  Object.defineProperty(prototype, method, { value, configurable: true })
}

function name<C extends typeof Listener>(Class: C, text: string): C {
  return Object.defineProperty(Class, "name", { value: text })
}
